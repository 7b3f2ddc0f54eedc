import { atomDocument, atomEntry } from "./atom.ts";
import type { Head } from "./head.ts";
import type { Item } from "./item.ts";
import { jsonDocument, jsonItem } from "./json.ts";
import { rssDocument, rssItem } from "./rss.ts";

/** One way to write a feed. */
export interface Format {
  /** The ending of its addresses. */
  name: FormatName;
  title: string;
  mediaType: string;
  /** An article as one item of a document. */
  item: (item: Item) => string;
  /** A document of a head and the items that `item` made, newest first. */
  document: (head: Head, items: readonly string[]) => string;
}

export type FormatName = "rss" | "atom" | "json";

/** The formats of every feed; each address, header, link and document comes from this table. */
export const FORMATS: readonly Format[] = [
  { name: "rss", title: "RSS", mediaType: "application/rss+xml", item: rssItem, document: rssDocument },
  { name: "atom", title: "Atom", mediaType: "application/atom+xml", item: atomEntry, document: atomDocument },
  {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    item: jsonItem,
    document: jsonDocument,
  },
];
