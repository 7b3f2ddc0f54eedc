import { safeText } from "../../feeds/content.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import { type ArticleState, withoutContent } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { charactersOf } from "./in-parts.ts";
import type { Ledger, ListPlace } from "./ledger.ts";
import type { Scheduled } from "./scheduled.ts";

/** What of an organization's articles is listed. */
export interface ArticleQuery {
  states: readonly ArticleState[];
  /** Words that the title, the summary or the content must have, in small letters. */
  words: readonly string[];
  /** BCP 47; articles in a language of this family, or null for all. */
  language?: string | null;
  /** RFC 3339: from this moment on; null for all. */
  since?: string | null;
  /** RFC 3339: before this moment; null for all. */
  until?: string | null;
  /** Without their contents. */
  isShort: boolean;
  limit: number;
  /** Where a page ended; null at the beginning. */
  cursor: string | null;
}

/**
 * A page of articles. It can have fewer than the limit, or none, and yet a next one: the search stops after a while, and a
 * page ends before it is too large for one call.
 */
export interface ArticleList {
  articles: (SafeArticle & { state: ArticleState })[];
  cursor: string | null;
}

type Stated = ArticleList["articles"][number];

/** Where a page of articles ended: the date and id of its last one. */
const CURSOR = /^(\d{4}\S*) ([\w-]+)$/;
const FIRST: ListPlace = { publishedAt: "9999-12-31T23:59:59Z", id: "~" }; // later than every article

/**
 * A page of an organization's articles, the latest date first; null for an invalid cursor. Reads as many rows of each state
 * as a page has and one more, and goes on to search for words.
 * @param own the organization's language, which an article has that names none
 */
export function listArticles(parts: Parts, query: ArticleQuery, own = ""): ArticleList | null {
  const { limit, cursor, since = null, until = null } = query;
  const from = placeOf(cursor);
  if (!from) return null;
  // Before every article of that moment.
  let place = until !== null && until < from.publishedAt ? { publishedAt: until, id: "" } : from;
  const articles: Stated[] = [];
  let [searched, characters] = [0, 0];
  for (const one of inOrder(parts, query.states, place, limit + 1)) {
    const shown = shownOf(one, query, own);
    characters += shown ? charactersOf(shown) : 0;
    const isTooLarge = articles.length > 0 && characters > LIMITS.ANSWER_CHARACTERS;
    // This one is where the next page begins.
    if (articles.length === limit || searched === LIMITS.ARTICLES_SEARCHED || isTooLarge)
      return { articles, cursor: `${place.publishedAt} ${place.id}` };
    if (since !== null && one.published_at < since) break; // all others are older
    searched++;
    place = placeIn(one);
    if (shown) articles.push(shown);
  }
  return { articles, cursor: null };
}

interface Parts {
  ledger: Ledger;
  scheduled: Scheduled;
}

/** The articles in some states after a place, in their order. @param part how many are read at once */
function* inOrder(
  { ledger, scheduled }: Parts,
  states: readonly ArticleState[],
  from: ListPlace,
  part: number,
): Generator<Stated> {
  let place = from;
  for (;;) {
    const rows = states.map((state) => {
      const isScheduled = state === "scheduled";
      const some = isScheduled
        ? scheduled.before(place, part)
        : ledger.before(place, state === "published", part);
      return some.map((article) => ({ ...article, state }));
    });
    const some = merged(rows).slice(0, part);
    yield* some;
    const last = some.at(-1);
    if (!last || some.length < part) return;
    place = placeIn(last);
  }
}

/** An article as the page shows it; null if it is not wanted. */
function shownOf(article: Stated, query: ArticleQuery, own: string): Stated | null {
  if (!isWanted(article, query, own)) return null;
  return query.isShort ? withoutContent(article) : article;
}

const placeIn = ({ published_at, id }: SafeArticle): ListPlace => ({ publishedAt: published_at, id });

function placeOf(cursor: string | null): ListPlace | null {
  if (cursor === null) return FIRST;
  const [, publishedAt = "", id = ""] = CURSOR.exec(cursor) ?? [];
  return id && !Number.isNaN(Date.parse(publishedAt)) ? { publishedAt, id } : null;
}

/** In one order: the latest date first, and of one date the greater id. */
const merged = (lists: readonly Stated[][]): Stated[] =>
  lists.flat().sort((a, b) => descending(a.published_at, b.published_at) || descending(a.id, b.id));

const descending = (a: string, b: string): number => (a < b ? 1 : a > b ? -1 : 0);

/** Whether an article has the words and the language that are asked for. @param own of an article that names no language */
export const isWanted = (
  article: SafeArticle,
  { words, language = null }: Pick<ArticleQuery, "words" | "language">,
  own = "",
): boolean =>
  (language === null || isOfLanguage(article.language ?? own, language)) && hasWords(article, words);

/** RFC 4647 §3.3.1: `en` takes `en-GB`, too. */
const isOfLanguage = (tag: string, range: string): boolean =>
  `${tag.toLowerCase()}-`.startsWith(`${range.toLowerCase()}-`);

/** Whether an article has all of some words. */
export function hasWords(
  { title, summary = "", content_text, content_html }: SafeArticle,
  words: readonly string[],
) {
  if (words.length === 0) return true;
  const content = content_text ?? (content_html ? safeText(content_html) : "");
  const text = `${title} ${summary} ${content}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
