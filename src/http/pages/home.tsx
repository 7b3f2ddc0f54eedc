import type { Organization } from "../../model/organization.ts";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import { FeedLinks, organizationUrl } from "./links.tsx";
import { Mark } from "./mark.tsx";

/** What the home page shows. */
export interface HomeView {
  organizations: readonly Pick<Organization, "slug" | "name" | "description" | "language" | "logo">[];
  publicUrl: string;
}

/** `/`: every organization with its feeds. */
export function homePage({ organizations, publicUrl }: HomeView): string {
  return document({
    title: "Communiqué: news from organizations, as feeds",
    description: "Organizations that publish their news here, each with an RSS, Atom and JSON feed.",
    language: "en",
    canonical: `${publicUrl}/`,
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
        <ul class="cards">
          {organizations.map((organization) => (
            <Card organization={organization} publicUrl={publicUrl} />
          ))}
        </ul>
      </>
    ),
  });
}

function Card(props: { organization: HomeView["organizations"][number]; publicUrl: string }) {
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
