import { LIMITS } from "../../model/limits.ts";

/**
 * A page out of rows of which one more was asked for than a page holds: what it shows, and the key of the last shown
 * when there are more.
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

/** The first of some rows, as many as have room together, and at least one. Reads no row behind them. */
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
