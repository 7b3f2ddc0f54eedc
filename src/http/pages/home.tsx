import type { Headline } from "../../model/headline.ts";
import type { ListedOrganization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import { FeedDiscovery, FeedLinks, type FeedsOf, Name, organizationUrl } from "./links.tsx";
import { Mark } from "./mark.tsx";

/** What the home page shows. */
export interface HomeView {
  organizations: readonly ListedOrganization[];
  publicUrl: string;
  /** The newest of all organizations; null if the service has no feed of its own. */
  headlines?: readonly Headline[] | null;
  /** How many pages the list of organizations has. */
  pages?: number;
}

/** `/`: the organizations with their feeds. */
export function homePage({ organizations, publicUrl, pages = 1, headlines = null }: HomeView): string {
  const feeds = { slug: "", name: "Communiqué", publicUrl, at: { path: "/feed", query: "" } };
  return document({
    title: "Communiqué: news from organizations, as feeds",
    description: "Organizations that publish their news here, each with an RSS, Atom and JSON feed.",
    language: "en",
    canonical: `${publicUrl}/`,
    sharing: {
      title: "Communiqué",
      description: "News from organizations, as feeds.",
      kind: "website",
      url: `${publicUrl}/`,
      data: [{ "@type": "WebSite", "@id": `${publicUrl}/#site`, name: "Communiqué", url: `${publicUrl}/` }],
    },
    head: (
      <>
        {headlines ? <FeedDiscovery {...feeds} /> : null}
        <link rel="alternate" type="text/x-opml" title="All feeds (OPML)" href={`${publicUrl}/feeds.opml`} />
      </>
    ),
    wide: true,
    children: (
      <>
        <div class="intro">
          <h1>{headlines ? "News" : "Organizations"}</h1>
          <p class="lead">
            Read what an organization has to say on its page, or put the address of one of its feeds into your
            feed reader and be told of everything new.
          </p>
          <ul class="facts muted">
            <li>
              <a href={`${publicUrl}/feeds.opml`}>All feeds (OPML)</a>
            </li>
            <li>
              <a href={`${publicUrl}/api/docs`}>For developers</a>
            </li>
          </ul>
        </div>
        {headlines ? <Headlines headlines={headlines} feeds={feeds} /> : null}
        {organizations.length === 0 ? <p>No organization publishes here yet.</p> : null}
        <Cards organizations={organizations} publicUrl={publicUrl} />
        <Pages number={1} pages={pages} publicUrl={publicUrl} />
      </>
    ),
  });
}

/** The newest articles of all organizations. */
function Headlines({ headlines, feeds }: { headlines: readonly Headline[]; feeds: FeedsOf }) {
  const { publicUrl } = feeds;
  return (
    <>
      <section class="headlines" aria-labelledby="latest">
        <h2 id="latest" class="label">
          Latest news
        </h2>
        <FeedLinks {...feeds} />
        {headlines.length === 0 ? <p>Nothing published yet.</p> : null}
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
      <h2 class="label">Organizations</h2>
    </>
  );
}

/** `/organizations?page=`: a page of the organizations with their feeds. */
export function listPage({
  organizations,
  publicUrl,
  number,
  pages,
}: Required<Omit<HomeView, "headlines">> & { number: number }): string {
  return document({
    title: number === 1 ? "Organizations · Communiqué" : `Organizations, page ${number} · Communiqué`,
    language: "en",
    canonical: listUrl(publicUrl, number),
    wide: true,
    children: (
      <>
        <div class="intro">
          <h1>Organizations</h1>
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
  if (number === 1 && pages === 1) return null;
  return (
    <nav class="after" aria-label="Pages">
      {number > 1 ? (
        <a href={listUrl(publicUrl, number - 1)} rel="prev">
          Previous organizations
        </a>
      ) : null}
      {number < pages ? (
        <a href={listUrl(publicUrl, number + 1)} rel="next">
          More organizations
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
