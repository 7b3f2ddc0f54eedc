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
