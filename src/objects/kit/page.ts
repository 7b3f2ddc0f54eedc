import { LIMITS } from "../../model/limits.ts";

/**
 * Makes a page from rows queried with one more than a page holds: the items, and the key of the last item as the cursor
 * if there are more.
 */
export function pageOf<T>(
  rows: readonly T[],
  keyOf: (row: T) => string,
  limit: number = LIMITS.PAGE_ITEMS,
): { items: T[]; cursor: string | null } {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, cursor: rows.length > items.length && last !== undefined ? keyOf(last) : null };
}

/** The first rows that fit together, at least one. Reads no more rows than needed. */
export function fitting<T>(rows: Iterable<T>, charactersOf: (row: T) => number, most: number): T[] {
  const some: T[] = [];
  let characters = 0;
  for (const row of rows) {
    characters += charactersOf(row);
    if (some.length > 0 && characters > most) break;
    some.push(row);
  }
  return some;
}
