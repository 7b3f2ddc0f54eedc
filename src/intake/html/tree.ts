import type { Element, ElementContent, Nodes, Root, RootContent } from "hast";
import { htmlTree } from "../../model/html.ts";

/** Elements of which nothing is read. */
const UNREAD = new Set(
  "style noscript template svg math iframe object embed canvas audio video button select textarea input dialog map".split(
    " ",
  ),
);

/**
 * The tree of an HTML page.
 * @throws RangeError when the markup nests or grows without bound
 */
export const treeOf = (html: string): Root => htmlTree(html, "page");

/** The children of a node. */
export const childrenOf = (node: Nodes): RootContent[] | ElementContent[] =>
  "children" in node ? node.children : [];

/** All elements of a tree, in its order. */
export function* elementsOf(node: Nodes): Generator<Element> {
  for (const child of childrenOf(node)) {
    if (child.type !== "element") continue;
    yield child;
    yield* elementsOf(child);
  }
}

/** The text in a node, in one line; of a text that is longer than `most`, somewhat more than that. */
export function textOf(node: Nodes, most = Number.POSITIVE_INFINITY): string {
  let text = "";
  const collect = (one: Nodes): void => {
    if (one.type === "text") text += one.value;
    for (const child of childrenOf(one)) if (text.length <= most) collect(child);
  };
  collect(node);
  return text.replace(/\s+/g, " ").trim();
}

/** An attribute as text; null when it has none. */
export function attributeOf({ properties }: Element, name: string): string | null {
  const value = properties[name];
  if (value === undefined || value === null || typeof value === "boolean") return null;
  return Array.isArray(value) ? value.join(" ") : String(value);
}

/** A tree without scripts, forms, what is hidden and what no reader reads. */
export const readableTree = (root: Root): Root =>
  without(
    root,
    (element) => UNREAD.has(element.tagName) || element.tagName === "script" || isHidden(element),
  );

/** A tree without the parts that say themselves that they are of the site and not of the article. */
export const withoutFrame = (root: Root): Root =>
  without(
    root,
    (element) =>
      /^(?:nav|aside|footer)$/.test(element.tagName) ||
      FRAME_ROLES.test(attributeOf(element, "role") ?? "") ||
      (element.tagName === "header" && [...elementsOf(element)].some(({ tagName }) => tagName === "nav")),
  );

const FRAME_ROLES = /^(?:navigation|banner|contentinfo|complementary|search)$/i;

function without(root: Root, isLeft: (element: Element) => boolean): Root {
  const kept = <T extends RootContent>(nodes: readonly T[]): T[] =>
    nodes.flatMap((node) => {
      if (node.type !== "element") return node.type === "text" ? [node] : [];
      return isLeft(node) ? [] : [{ ...node, children: kept(node.children) }];
    });
  return { type: "root", children: kept(root.children) };
}

const isHidden = (element: Element): boolean =>
  element.properties.hidden === true ||
  /display\s*:\s*none/i.test(attributeOf(element, "style")?.slice(0, 500) ?? "");

const BLOCKS = new Set(
  `address article aside blockquote body br caption center dd details div dl dt fieldset figcaption figure footer form h1 h2
  h3 h4 h5 h6 header hgroup hr html legend li main nav ol p pre section summary table tbody td tfoot th thead time tr ul`.split(
    /\s+/,
  ),
);

/** A tree as the lines that copying it would give. */
export function linesIn(root: Nodes): string {
  const parts: string[] = [];
  const collect = (node: Nodes): void => {
    if (node.type === "text") parts.push(node.value.replace(/\s+/g, " "));
    const block = node.type === "element" && BLOCKS.has(node.tagName);
    if (block) parts.push("\n");
    for (const child of childrenOf(node)) collect(child);
    if (block) parts.push("\n");
  };
  collect(root);
  return parts.join("");
}
