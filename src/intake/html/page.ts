import type { Root } from "hast";
import { type Lines, linesOf } from "../lines.ts";
import { namesOf } from "../publisher.ts";
import { type Head, headOf } from "./head.ts";
import { type LinkedArticle, linkedArticle } from "./linked-data.ts";
import { linesIn, readableTree, treeOf } from "./tree.ts";

/** An HTML page taken apart. */
export interface HtmlPage {
  /** Where it was fetched from; null for a page that was sent. */
  address: string | null;
  linked: LinkedArticle | null;
  head: Head;
  /** What of it a reader sees. */
  tree: Root;
  /** Its text, as copying it would give it. */
  lines: Lines;
}

/**
 * Takes an HTML page apart.
 * @throws RangeError when its markup nests or grows without bound
 */
export function pageOf(html: string, address: string | null, copiedAt: string | null | undefined): HtmlPage {
  const tree = treeOf(html);
  const readable = readableTree(tree);
  return {
    address,
    linked: linkedArticle(tree),
    head: headOf(tree),
    tree: readable,
    lines: linesOf(linesIn(readable), copiedAt),
  };
}

/** The names in a page that are its publisher's if they are any publisher's. */
export function publisherNames({ lines, linked, head, address }: HtmlPage): string[] {
  const names = [linked?.publisher, head.meta.get("og:site_name")?.text, address && new URL(address).host];
  return [...names.flatMap((name) => name || []), ...namesOf(lines.lines)];
}
