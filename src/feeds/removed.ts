import { visit } from "unist-util-visit";
import { htmlTree } from "../model/html.ts";

/** What a sanitizer took away: how many elements of a name. */
export interface Removed {
  element: string;
  count: number;
}

/** Elements that become another one and lose nothing of what they hold: `sanitize.ts` writes blocks as `div`. */
const RENAMED = new Set(
  "address article aside center dialog fieldset footer form header hgroup legend main nav search".split(" "),
);

/**
 * The elements that HTML had and has no more once it is safe, the most frequent first. An embedded frame counts: a link
 * stands for it.
 * @throws RangeError when the markup nests or grows without bound
 */
export function removedFrom(html: string, safe: string): Removed[] {
  const kept = elementsIn(safe);
  return [...elementsIn(html)]
    .map(([element, count]) => ({ element, count: count - (kept.get(element) ?? 0) }))
    .filter(({ element, count }) => count > 0 && !RENAMED.has(element))
    .sort((a, b) => b.count - a.count || (a.element < b.element ? -1 : 1));
}

function elementsIn(html: string): Map<string, number> {
  const counts = new Map<string, number>();
  visit(
    htmlTree(html, "fragment", () => false),
    "element",
    ({ tagName }) => void counts.set(tagName, (counts.get(tagName) ?? 0) + 1),
  );
  return counts;
}
