import type { SafeArticle } from "../../feeds/item.ts";
import { withoutContent } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";

/** What was found for the first of some ids: as much as one call has room for. `left`: ask for these again. */
export interface Found<T> {
  entries: T[];
  left: string[];
}

/** Looks for articles by id, until those that are found are too large for one call. Always gets on. */
export function foundWithin<T>(
  ids: readonly string[],
  find: (id: string) => T | null,
  articleOf: (found: T) => SafeArticle,
): Found<T> {
  const entries: T[] = [];
  let characters = 0;
  for (const [index, id] of ids.entries()) {
    const found = find(id);
    if (found === null) continue;
    characters += charactersOf(articleOf(found));
    if (entries.length > 0 && characters > LIMITS.ANSWER_CHARACTERS)
      return { entries, left: ids.slice(index) };
    entries.push(found);
  }
  return { entries, left: [] };
}

/** Asks for all ids: one call, or as many as what is found has room in. */
export async function inParts<T>(
  ids: readonly string[],
  ask: (ids: string[]) => Promise<Found<T>>,
): Promise<T[]> {
  const all: T[] = [];
  let left = [...ids];
  while (left.length > 0) {
    const part = await ask(left);
    all.push(...part.entries);
    left = part.left;
  }
  return all;
}

/** About how many characters an article has. Its content is counted without being copied. */
export const charactersOf = (article: SafeArticle): number =>
  (article.content_html ?? article.content_text ?? "").length +
  JSON.stringify(withoutContent(article)).length;
