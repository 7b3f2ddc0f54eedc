import type { Headline } from "../../model/headline.ts";
import type { ListedOrganization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import { FeedDiscovery, FeedLinks, type FeedsOf, Name, organizationUrl } from "./links.tsx";
import { ENGLISH, type Locale, useLocale } from "./locale.ts";
import { Mark } from "./mark.tsx";

/** What the home page shows. */
export interface HomeView {
  organizations: readonly ListedOrganization[];
  publicUrl: string;
  /** The newest of all organizations; null if the service has no feed of its own. */
  headlines?: readonly Headline[] | null;
  /** How many pages the list of organizations has. */
  pages?: number;
  /** How the page speaks. */
  locale?: Locale;
}

/** `/`: the organizations with their feeds. */
export function homePage(view: HomeView): string {
  const { organizations, publicUrl, pages = 1, headlines = null, locale = ENGLISH } = view;
  const { words } = locale;
  const { home } = words;
  const feeds = { slug: "", name: "Communiqué", publicUrl, at: { path: "/feed", query: "" } };
  return document({
    title: `Communiqué: ${home.title}`,
    description: home.description,
    language: locale.own.lang,
    locale,
    canonical: `${publicUrl}/`,
    sharing: {
      title: "Communiqué",
      description: home.description,
      kind: "website",
      url: `${publicUrl}/`,
      data: [{ "@type": "WebSite", "@id": `${publicUrl}/#site`, name: "Communiqué", url: `${publicUrl}/` }],
    },
    head: (
      <>
        {headlines ? <FeedDiscovery {...feeds} /> : null}
        <link rel="alternate" type="text/x-opml" title={home.opml} href={`${publicUrl}/feeds.opml`} />
      </>
    ),
    wide: true,
    children: (
      <>
        <div class="intro">
          <h1>{headlines ? home.news : words.organizations}</h1>
          <p class="lead">{home.lead}</p>
          <ul class="facts muted">
            <li>
              <a href={`${publicUrl}/feeds.opml`}>{home.opml}</a>
            </li>
            <li>
              <a href={`${publicUrl}/api/docs`}>{home.developers}</a>
            </li>
          </ul>
        </div>
        {headlines ? <Headlines headlines={headlines} feeds={feeds} /> : null}
        {organizations.length === 0 ? <p>{home.nobody}</p> : null}
        <Cards organizations={organizations} publicUrl={publicUrl} />
        <Pages number={1} pages={pages} publicUrl={publicUrl} />
      </>
    ),
  });
}

/** The newest articles of all organizations. */
function Headlines({ headlines, feeds }: { headlines: readonly Headline[]; feeds: FeedsOf }) {
  const { publicUrl } = feeds;
  const { words } = useLocale();
  return (
    <>
      <section class="headlines" aria-labelledby="latest">
        <h2 id="latest" class="label">
          {words.home.latest}
        </h2>
        <FeedLinks {...feeds} />
        {headlines.length === 0 ? <p>{words.home.nothing}</p> : null}
        <ul class="entries">
          {headlines.map(({ id, organization, title, language, published_at, published_precision }) => (
            <li class="entry">
              <h3 {...written(language)}>
                <a href={`${publicUrl}/articles/${id}`}>
                  <bdi>{title}</bdi>
                </a>
              </h3>
              <ul class="facts muted">
                <li>
                  <Name name={organization.name} url={organizationUrl({ ...organization, publicUrl })} />
                </li>
                <li>
                  <PublishedDate at={published_at} precision={published_precision} />
                </li>
              </ul>
            </li>
          ))}
        </ul>
      </section>
      <h2 class="label">{words.organizations}</h2>
    </>
  );
}

/** `/organizations?page=`: a page of the organizations with their feeds. */
export function listPage({
  organizations,
  publicUrl,
  number,
  pages,
  locale = ENGLISH,
}: Omit<HomeView, "headlines" | "pages"> & { number: number; pages: number }): string {
  const { words } = locale;
  return document({
    title: `${number === 1 ? words.organizations : words.home.page(number)} · Communiqué`,
    language: locale.own.lang,
    locale,
    canonical: listUrl(publicUrl, number),
    wide: true,
    children: (
      <>
        <div class="intro">
          <h1>{words.organizations}</h1>
        </div>
        <Cards organizations={organizations} publicUrl={publicUrl} />
        <Pages number={number} pages={pages} publicUrl={publicUrl} />
      </>
    ),
  });
}

const listUrl = (publicUrl: string, number: number): string =>
  `${publicUrl}/organizations${number === 1 ? "" : `?page=${number}`}`;

function Pages({ number, pages, publicUrl }: { number: number; pages: number; publicUrl: string }) {
  const { words } = useLocale();
  if (number === 1 && pages === 1) return null;
  return (
    <nav class="after" aria-label={words.pages}>
      {number > 1 ? (
        <a href={listUrl(publicUrl, number - 1)} rel="prev">
          {words.home.previous}
        </a>
      ) : null}
      {number < pages ? (
        <a href={listUrl(publicUrl, number + 1)} rel="next">
          {words.home.more}
        </a>
      ) : null}
    </nav>
  );
}

function Cards({ organizations, publicUrl }: Pick<HomeView, "organizations" | "publicUrl">) {
  return (
    <ul class="cards">
      {organizations.map((organization) => (
        <Card organization={organization} publicUrl={publicUrl} />
      ))}
    </ul>
  );
}

function Card(props: { organization: ListedOrganization; publicUrl: string }) {
  const { organization, publicUrl } = props;
  const { slug, name, description, language } = organization;
  return (
    <li class="card" {...written(language)}>
      <Mark {...organization} />
      <h2>
        <a href={organizationUrl({ slug, publicUrl })}>{name}</a>
      </h2>
      <p>{description}</p>
      <FeedLinks slug={slug} name={name} publicUrl={publicUrl} />
    </li>
  );
}
