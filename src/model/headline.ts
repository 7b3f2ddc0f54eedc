import type { Article } from "./article.ts";

/** An article as the feed of the whole service and its home page show it: without its content. */
export interface Headline
  extends Pick<
    Article,
    | "id"
    | "title"
    | "url"
    | "image"
    | "language"
    | "published_at"
    | "updated_at"
    | "published_precision"
    | "authors"
  > {
  /** The beginning of its summary. */
  summary?: string;
  /** The organization in whose feed it stands. */
  organization: { slug: string; name: string };
}

/** The newest headlines of several organizations, each article once: it can stand in the feeds of several. */
export function newestOf(headlines: Iterable<Headline>, most: number): Headline[] {
  const byId = new Map([...headlines].map((one) => [one.id, one]));
  return [...byId.values()].sort(newestFirst).slice(0, most);
}

/** Newest first; of articles of one moment the greater id first, so that there is one order. */
export const newestFirst = (a: Headline, b: Headline): number =>
  Date.parse(b.published_at) - Date.parse(a.published_at) || (a.id < b.id ? 1 : -1);
