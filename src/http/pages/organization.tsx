import { summaryText } from "../../feeds/content.ts";
import type { Format } from "../../feeds/formats.ts";
import type { JsonFeedItem } from "../../feeds/json.ts";
import type { Organization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import {
  Author,
  type FeedAddress,
  FeedDiscovery,
  FeedLinks,
  type FeedsOf,
  feedUrl,
  host,
  Name,
  organizationUrl,
  Tags,
  webLink,
} from "./links.tsx";
import { localeOf, useLocale } from "./locale.ts";
import { iconOf, Mark } from "./mark.tsx";
import { breadcrumbs, organizationData } from "./sharing.tsx";
import { Subscribe } from "./subscribe.tsx";

/** What an organization's page shows; `items` are those of its JSON feed, newest first. */
export interface OrganizationView {
  organization: Pick<
    Organization,
    "slug" | "name" | "description" | "homepage" | "language" | "logo" | "time_zone"
  >;
  items: readonly JsonFeedItem[];
  publicUrl: string;
  /** The feed at whose address a browser gets this page instead. */
  asFeed?: Pick<Format, "name" | "title">;
  /** Where its feeds are, if it shows a part of the organization's articles, or those of several, or private ones. */
  at?: FeedAddress;
  /** What it is a part of. */
  whole?: { name: string; url: string };
  /** The address of the page for search engines, if it is not the organization's; null if it has none. */
  canonical?: string | null;
  /** What the addresses of articles' pages begin with, if not with that of the service's. */
  articlesAt?: string;
  /** The words that its articles were searched for. */
  searched?: string | undefined;
  /** The address of the page of older articles. */
  older?: string | undefined;
  /** Of a page of older articles: the address of that of the latest. */
  latest?: string | undefined;
  /** Whether tags and authors lead to their pages: there are none of several organizations, nor private ones. */
  isLinked?: boolean;
}

/** `/{organization}`: its description, how to subscribe, and its latest articles. */
export function organizationPage(view: OrganizationView): string {
  const { organization, items, publicUrl, asFeed, at, whole, older, latest, isLinked = true } = view;
  const { slug, name, description, language } = organization;
  const locale = localeOf(organization);
  const { words, own } = locale;
  const feeds = { slug, name, publicUrl, at };
  const { canonical = organizationUrl(feeds), articlesAt = `${publicUrl}/articles` } = view;
  return document({
    title: `${latest ? `${name}: ${words.older}` : name} · Communiqué`,
    description,
    language,
    locale,
    canonical: canonical ?? undefined,
    ...(canonical === null ? {} : sharingOf(view, canonical)),
    head: <FeedDiscovery {...feeds} />,
    children: (
      <>
        {asFeed ? <Notice format={asFeed} address={feedUrl(feeds, asFeed.name)} /> : null}
        <Introduction organization={organization} feeds={feeds} whole={whole} />
        <Subscribe feeds={feeds} asFeed={asFeed} isPrivate={view.articlesAt !== undefined} />
        <section aria-labelledby="latest">
          <h2 id="latest" class="label" {...own}>
            {latest ? words.older : words.latest}
          </h2>
          {isLinked ? <Search page={organizationUrl(feeds)} words={view.searched ?? ""} /> : null}
          {items.length === 0 ? <p {...own}>{at?.query ? words.search.nothing : words.empty}</p> : null}
          <ul class="entries">
            {items.map((item) => (
              <Entry
                item={item}
                language={language}
                publicUrl={publicUrl}
                page={`${articlesAt}/${item._communique.article_id}`}
                of={isLinked ? { slug, publicUrl } : null}
              />
            ))}
          </ul>
        </section>
        <FurtherPages older={older} latest={latest} />
      </>
    ),
  });
}

/** What others show of the page. */
function sharingOf({ organization, whole, publicUrl }: OrganizationView, url: string) {
  const { name, description, logo } = organization;
  const own = whole ? { slug: organization.slug, name: whole.name, ...(logo ? { logo } : {}) } : organization;
  const steps = [
    { name: "Communiqué", url: `${publicUrl}/` },
    { name: own.name, url: whole?.url ?? url },
    ...(whole ? [{ name, url }] : []),
  ];
  return {
    icon: { small: iconOf(own, publicUrl), touch: webLink(logo) ?? `${publicUrl}/apple-touch-icon.png` },
    sharing: {
      title: name,
      description,
      kind: "profile" as const,
      url,
      image: webLink(logo),
      data: [organizationData(own, publicUrl), breadcrumbs(steps)],
    },
  };
}

/** Links to the pages of older articles, and back to the latest. */
function FurtherPages({ older, latest }: Pick<OrganizationView, "older" | "latest">) {
  const { words, own } = useLocale();
  if (!older && !latest) return null;
  return (
    <nav class="after pages" aria-label={words.pages} {...own}>
      {latest ? <a href={latest}>{words.latest}</a> : null}
      {older ? (
        <a href={older} rel="next">
          {words.older}
        </a>
      ) : null}
    </nav>
  );
}

/** Searches the articles of an organization, by the same filter as its feeds. */
function Search({ page, words: given }: { page: string; words: string }) {
  const { words, own } = useLocale();
  const { label, submit } = words.search;
  return (
    <search {...own}>
      <form action={page} class="search">
        <input
          type="search"
          name="q"
          aria-label={label}
          placeholder={label}
          value={given}
          dir="auto"
          required
        />
        <button type="submit">{submit}</button>
      </form>
    </search>
  );
}

/** What a feed is, for a person who opened one in a browser. */
function Notice({ format, address }: { format: Pick<Format, "name" | "title">; address: string }) {
  const { words, own } = useLocale();
  return (
    <aside class="notice" {...own}>
      <p>
        <strong>{words.feed.thisIs}</strong> (<bdi>{format.title}</bdi>). {words.feed.whatToDo}
      </p>
      <p>
        <code dir="ltr">{address}</code>
      </p>
    </aside>
  );
}

function Introduction({
  organization,
  feeds,
  whole,
}: Pick<OrganizationView, "organization"> & { feeds: FeedsOf; whole: OrganizationView["whole"] }) {
  const { name, description, homepage } = organization;
  const { words, own } = useLocale();
  const website = webLink(homepage);
  return (
    <div class="intro">
      <div class="title">
        <Mark {...organization} />
        <h1>{name}</h1>
      </div>
      {description ? <p class="lead">{description}</p> : null}
      {website ? (
        <p class="muted note" {...own}>
          {words.website} <a href={website}>{host(website)}</a>
        </p>
      ) : null}
      {whole ? (
        <p class="muted note" {...own}>
          {words.allArticles} <Name {...whole} />
        </p>
      ) : null}
      <FeedLinks {...feeds} />
    </div>
  );
}

interface EntryView {
  item: JsonFeedItem;
  language: string;
  publicUrl: string;
  /** The address of the article's page. */
  page: string;
  /** The organization to whose parts its tags and authors lead. */
  of: { slug: string; publicUrl: string } | null;
}

function Entry({ item, language, publicUrl, page, of }: EntryView) {
  const { own } = useLocale();
  const { published_precision, source } = item._communique;
  const elsewhere = item.url.startsWith(`${publicUrl}/`) ? undefined : webLink(item.url);
  const image = webLink(item.image);
  const summary = summaryText(item);
  return (
    <li>
      <article class="entry" {...written(item.language ?? language)}>
        {image ? <img src={image} alt="" loading="lazy" /> : null}
        <h3>
          <a href={page}>
            <bdi>{item.title}</bdi>
          </a>
        </h3>
        {summary && summary !== item.title ? <p>{summary}</p> : null}
        <ul class="facts muted" {...own}>
          <li>
            <PublishedDate at={item.date_published} precision={published_precision} />
          </li>
          {item.authors?.map((author) => (
            <li>
              <Author author={author} of={of} />
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
        {of ? <Tags tags={item.tags ?? []} of={of} /> : null}
      </article>
    </li>
  );
}
