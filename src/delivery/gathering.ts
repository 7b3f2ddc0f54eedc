import type { ArticleEventType, EventData, ToldOrganization } from "../model/event.ts";
import type { Webhook } from "../model/webhook.ts";

/** What an organization's event says of a version of an article. */
export interface Report extends ToldOrganization {
  type: ArticleEventType;
}

/** A version of an article, and what organizations have said of it, in the order in which they did. */
export interface Gathered {
  article: EventData["article"];
  reports: readonly Report[];
}

/** The organizations that a shared webhook is for. */
type Covered = NonNullable<Webhook["organizations"]>;

/** Whether every organization has reported that has the article and that the webhook is for. */
export function isComplete({ article, reports }: Gathered, covered: Covered): boolean {
  const reported = new Set(reports.map(({ slug }) => slug));
  return article.organizations.every((slug) => !isCovered(slug, covered) || reported.has(slug));
}

/** What is told of an article to a shared webhook: one event for all of its organizations. */
export interface Told {
  type: ArticleEventType;
  /** The event's id in the first organization, which is its id here, too. */
  eventId: string;
  revision: number;
  data: EventData;
}

/**
 * What the reports mean together. An article that came to one organization and stays in another is updated; one that left
 * one and stays in another, too. It is withdrawn when it is left in none. The organizations that have it are named in the
 * article's order; those that it has left, if it is withdrawn.
 */
export function toldOf(gathered: Gathered, covered: Covered): Told | null {
  const { article } = gathered;
  const place = (slug: string) => article.organizations.indexOf(slug) + 1 || Number.MAX_SAFE_INTEGER;
  const reports = gathered.reports.toSorted((a, b) => place(a.slug) - place(b.slug));
  const having = reports.filter(({ type }) => type !== "article.withdrawn");
  const named = having.length > 0 ? having : reports;
  const [first] = named;
  if (!first) return null;
  const { slug, name, page_url, revision, event_id } = first;
  return {
    type: typeOf(gathered, having, isComplete(gathered, covered)),
    eventId: event_id,
    revision,
    data: {
      organization: { slug, name, page_url },
      organizations: named.map(({ type: _, ...organization }) => organization),
      article: { ...article, revision },
    },
  };
}

function typeOf(
  { article, reports }: Gathered,
  having: readonly Report[],
  complete: boolean,
): ArticleEventType {
  // Where not all have reported, an article that is not withdrawn is still in one that has not.
  if (having.length === 0) {
    return complete || article.withdrawn_at !== undefined ? "article.withdrawn" : "article.updated";
  }
  return reports.every(({ type }) => type === "article.published") ? "article.published" : "article.updated";
}

const isCovered = (slug: string, covered: Covered): boolean => covered === "all" || covered.includes(slug);
