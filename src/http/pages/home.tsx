import type { ListedOrganization } from "../../model/organization.ts";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import { FeedLinks, organizationUrl } from "./links.tsx";
import { Mark } from "./mark.tsx";

/** What the home page shows. */
export interface HomeView {
  organizations: readonly ListedOrganization[];
  publicUrl: string;
  /** How many pages the list of organizations has. */
  pages?: number;
}

/** `/`: the organizations with their feeds. */
export function homePage({ organizations, publicUrl, pages = 1 }: HomeView): string {
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
      <link rel="alternate" type="text/x-opml" title="All feeds (OPML)" href={`${publicUrl}/feeds.opml`} />
    ),
    wide: true,
    children: (
      <>
        <div class="intro">
          <h1>Organizations</h1>
          <p class="lead">
            Read what an organization has to say on its page, or put the address of one of its feeds into your
            feed reader and be told of everything new.
          </p>
        </div>
        {organizations.length === 0 ? <p>No organization publishes here yet.</p> : null}
        <Cards organizations={organizations} publicUrl={publicUrl} />
        <Pages number={1} pages={pages} publicUrl={publicUrl} />
      </>
    ),
  });
}

/** `/organizations?page=`: a page of the organizations with their feeds. */
export function listPage({
  organizations,
  publicUrl,
  number,
  pages,
}: Required<HomeView> & { number: number }): string {
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
