import { summaryText } from "../../feeds/content.ts";
import type { Format } from "../../feeds/formats.ts";
import type { JsonFeedItem } from "../../feeds/json.ts";
import type { Organization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { ENGLISH, written } from "./language.ts";
import { document } from "./layout.tsx";
import { FeedDiscovery, FeedLinks, host, Name, organizationUrl, webLink } from "./links.tsx";
import { Mark } from "./mark.tsx";

/** What an organization's page shows; `items` are those of its JSON feed, newest first. */
export interface OrganizationView {
  organization: Pick<Organization, "slug" | "name" | "description" | "homepage" | "language" | "logo">;
  items: readonly JsonFeedItem[];
  publicUrl: string;
  /** The feed at whose address a browser gets this page instead. */
  asFeed?: Pick<Format, "name" | "title">;
}

/** `/{organization}`: its description, how to subscribe, and its latest articles. */
export function organizationPage({ organization, items, publicUrl, asFeed }: OrganizationView): string {
  const { slug, name, description, language } = organization;
  const feeds = { slug, name, publicUrl };
  return document({
    title: `${name} · Communiqué`,
    description,
    language,
    canonical: organizationUrl(feeds),
    head: <FeedDiscovery {...feeds} />,
    children: (
      <>
        {asFeed ? <Notice format={asFeed} address={`${organizationUrl(feeds)}/feed.${asFeed.name}`} /> : null}
        <Introduction organization={organization} publicUrl={publicUrl} />
        <section aria-labelledby="latest">
          <h2 id="latest" class="label" {...ENGLISH}>
            Latest articles
          </h2>
          {items.length === 0 ? (
            <p {...ENGLISH}>Nothing published yet. A feed will tell you when that changes.</p>
          ) : null}
          <ul class="entries">
            {items.map((item) => (
              <Entry item={item} language={language} publicUrl={publicUrl} />
            ))}
          </ul>
        </section>
      </>
    ),
  });
}

/** What a feed is, for a person who opened one in a browser. */
function Notice({ format, address }: { format: Pick<Format, "name" | "title">; address: string }) {
  return (
    <aside class="notice" {...ENGLISH}>
      <p>
        <strong>This is the address of a feed</strong> ({format.title}). Put it into a feed reader, and it
        will tell you of everything new:
      </p>
      <p>
        <code>{address}</code>
      </p>
    </aside>
  );
}

function Introduction({ organization, publicUrl }: Pick<OrganizationView, "organization" | "publicUrl">) {
  const { slug, name, description, homepage } = organization;
  const website = webLink(homepage);
  return (
    <div class="intro">
      <div class="title">
        <Mark {...organization} />
        <h1>{name}</h1>
      </div>
      {description ? <p class="lead">{description}</p> : null}
      {website ? (
        <p class="muted note" {...ENGLISH}>
          Website: <a href={website}>{host(website)}</a>
        </p>
      ) : null}
      <FeedLinks slug={slug} name={name} publicUrl={publicUrl} />
    </div>
  );
}

function Entry({ item, language, publicUrl }: { item: JsonFeedItem; language: string; publicUrl: string }) {
  const { article_id, published_precision, source } = item._communique;
  const elsewhere = item.url.startsWith(`${publicUrl}/`) ? undefined : webLink(item.url);
  const image = webLink(item.image);
  const summary = summaryText(item);
  return (
    <li>
      <article class="entry" {...written(item.language ?? language)}>
        {image ? <img src={image} alt="" loading="lazy" /> : null}
        <h3>
          <a href={`${publicUrl}/articles/${article_id}`}>{item.title}</a>
        </h3>
        {summary && summary !== item.title ? <p>{summary}</p> : null}
        <ul class="facts muted" {...ENGLISH}>
          <li>
            <PublishedDate at={item.date_published} precision={published_precision} />
          </li>
          {item.authors?.map((author) => (
            <li>
              <Name {...author} />
            </li>
          ))}
          {source ? (
            <li>
              <Name {...source} />
            </li>
          ) : null}
          {elsewhere ? (
            <li>
              <a href={elsewhere}>{host(elsewhere)}</a>
            </li>
          ) : null}
        </ul>
      </article>
    </li>
  );
}
