import { canonicalJson, digest } from "../../model/digest.ts";
import type { Site } from "../../model/site.ts";
import { canonical } from "./address.ts";
import { type Draft, dateOf, draftOf, isOurs } from "./article.ts";
import type { FeedDate } from "./date.ts";
import { folded, type PlainText, place, readIn } from "./html.ts";
import type { UpstreamFeed, UpstreamItem } from "./item.ts";

/** An item as it is compared with those that were seen before. */
export interface Candidate {
  /** Its publisher's name for it; its link where it has none, and its words where others are called so too. */
  key: string;
  /** Its canonical link, where that tells it from the others. */
  link: string | null;
  /** Digest of its words and their date; null where it has hardly any. */
  content: string | null;
  /** Digest of all that is read in it but the date: some feeds date everything anew each time they are asked. */
  version: string;
  draft: Draft;
  date: FeedDate | null;
}

/** What is kept of an item that was seen. */
export type Known = Pick<Candidate, "key" | "link" | "content" | "version">;

/** What a feed says that was not known. */
export interface News<K extends Known> {
  /** In the order of the feed. */
  fresh: Candidate[];
  changed: { candidate: Candidate; known: K }[];
  /** All that was known and stands in the feed still, changed or not. */
  standing: K[];
}

/** The items of a feed that can be articles here, each once; those that came from this service are left out. */
export async function candidatesOf(
  feed: UpstreamFeed,
  name: string,
  site: Site,
  plain: PlainText,
): Promise<Candidate[]> {
  const items = feed.items.filter((item) => !isOurs(item, site));
  const pages = new Map(items.map((item) => [item, item.link && canonical(item.link)]));
  const pageOf = (item: UpstreamItem) => pages.get(item) || null;
  const idOf = tellingApart(
    items,
    ({ id }) => id,
    (item) => [pageOf(item), wordsOf(item)],
  );
  const home = feed.home && canonical(feed.home);
  const linkOf = tellingApart(
    items,
    (item) => (pageOf(item) === home ? null : pageOf(item)),
    // Dates distinguish items only if those have ids: some feeds set new dates at each request.
    (item) => [wordsOf(item), item.id === null ? "" : item.dates[0]],
  );
  const nameOf = (item: UpstreamItem) =>
    [item.id, item.link && canonical(item.link)].filter(Boolean).join(" ");
  const isName = tellingApart(items, nameOf, wordsOf);
  const candidates = new Map<string, Candidate>();
  for (const item of items) {
    const draft = draftOf(item, feed, name, plain);
    if (!draft) continue;
    const date = dateOf(item);
    const { words, ...others } = readOf(draft);
    const said = await digest(canonicalJson(words)); // once: content can be long
    const hasWords = draft.summary || draft.content_html || draft.content_text;
    const content = hasWords ? await digest(canonicalJson([said, date?.ms])) : null;
    const key = idOf(item) ?? isName(item) ?? `${nameOf(item)} content:${said}`.trim();
    if (candidates.has(key)) continue;
    const version = await digest(canonicalJson([said, others]));
    candidates.set(key, { key, link: linkOf(item), content, version, draft, date });
  }
  return [...candidates.values()];
}

/** The texts of an item as received. */
const wordsOf = ({ title, summary, content }: UpstreamItem): string =>
  [title, summary, content].map((words) => words?.value.trim() ?? "").join("\n");

/**
 * What a person reads in an item, for comparison. Ignores white space, the order of tags, tracking parameters, and the
 * name of the feed.
 */
function readOf(draft: Draft) {
  const {
    title,
    summary = "",
    content_html = "",
    content_text = "",
    url,
    image,
    source: _source,
    ...others
  } = draft;
  const { authors = [], tags = [], attachments = [], language } = others;
  return {
    words: [folded(title ?? ""), folded(summary), readIn(content_html), folded(content_text)],
    url: url ? place(url) : null,
    image: image ? place(image, true) : null,
    language: language ?? null,
    authors: authors.map((author) => folded(author.name)).sort(),
    tags: tags.map((tag) => folded(tag).toLowerCase()).sort(),
    attachments: attachments.map((one) => `${place(one.url)} ${one.mime_type}`).sort(),
  };
}

/** What names items, unless items that are plainly not the same bear one name: then it names none of them. */
function tellingApart(
  items: readonly UpstreamItem[],
  nameOf: (item: UpstreamItem) => string | null,
  markOf: (item: UpstreamItem) => unknown,
): (item: UpstreamItem) => string | null {
  const marks = new Map<string, Set<string>>();
  for (const item of items) {
    const name = nameOf(item);
    if (name) marks.set(name, (marks.get(name) ?? new Set()).add(JSON.stringify(markOf(item))));
  }
  return (item) => {
    const name = nameOf(item);
    return name && marks.get(name)?.size === 1 ? name : null;
  };
}

/**
 * Tells what is new in a feed and what has changed. An item is one that was seen by its key, else by its link, else by
 * its words; by link or words only when that one is no more in the feed under its own key, for then it is one that
 * stands there twice. Pure.
 * @param known those of the items seen before that have a key, a link or words in common with the candidates
 */
export function newsIn<K extends Known>(candidates: readonly Candidate[], known: readonly K[]): News<K> {
  const { byName, spoken } = remembered(known, new Set(candidates.map(({ key }) => key)));
  const news: News<K> = { fresh: [], changed: [], standing: [] };
  for (const candidate of candidates) {
    const names = namesOf(candidate);
    const one = names.map((name) => byName.get(name)).find((found) => found !== undefined);
    const claims = one ? [`known ${one.key}`] : names;
    if (claims.some((name) => spoken.has(name))) continue;
    for (const name of [...claims, ...names]) spoken.add(name);
    if (!one) news.fresh.push(candidate);
    else news.standing.push(one);
    if (one && (one.version !== candidate.version || one.key !== candidate.key)) {
      news.changed.push({ candidate, known: one });
    }
  }
  return news;
}

/** What an item goes by, the surest first. */
const namesOf = ({ key, link, content }: Known): string[] => [
  `key ${key}`,
  ...(link ? [`link ${link}`] : []),
  ...(content ? [`content ${content}`] : []),
];

/** Known items by what they can be met by, and the names that those have that stand in the feed under their keys. */
function remembered<K extends Known>(
  known: readonly K[],
  here: ReadonlySet<string>,
): { byName: Map<string, K>; spoken: Set<string> } {
  const byName = new Map<string, K>();
  const spoken = new Set<string>();
  for (const one of known) {
    const [key = "", ...others] = namesOf(one);
    byName.set(key, one);
    for (const name of others) {
      if (here.has(one.key)) spoken.add(name);
      else byName.set(name, one);
    }
  }
  return { byName, spoken };
}
