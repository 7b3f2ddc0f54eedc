import { ATOM_LAYOUT, atomAbout, atomEntry, atomSubject, atomTop } from "./atom.ts";
import type { Head } from "./head.ts";
import type { Item } from "./item.ts";
import { JSON_LAYOUT, jsonAbout, jsonItem, jsonSubject, jsonTop } from "./json.ts";
import { assemble, type Layout } from "./layout.ts";
import { RSS_LAYOUT, rssAbout, rssItem, rssSubject, rssTop } from "./rss.ts";
import type { About, ItemSubject } from "./subject.ts";

/** One way to write a feed. */
export interface Format {
  /** The ending of its addresses. */
  name: FormatName;
  title: string;
  mediaType: string;
  /** An article as one item of a document. */
  item: (item: Item) => string;
  /** What filters look at in such an item. */
  subject: (fragment: string) => ItemSubject;
  /** Everything of a document that stands above its items. */
  top: (head: Head) => string;
  /** What such a top says of its feed. */
  about: (top: string) => About;
  layout: Layout;
}

/** The ending of a format's addresses. */
export type FormatName = "rss" | "atom" | "json";

/** The formats of every feed; each address, header, link and document comes from this table. */
export const FORMATS: readonly Format[] = [
  {
    name: "rss",
    title: "RSS",
    mediaType: "application/rss+xml",
    item: rssItem,
    subject: rssSubject,
    top: rssTop,
    about: rssAbout,
    layout: RSS_LAYOUT,
  },
  {
    name: "atom",
    title: "Atom",
    mediaType: "application/atom+xml",
    item: atomEntry,
    subject: atomSubject,
    top: atomTop,
    about: atomAbout,
    layout: ATOM_LAYOUT,
  },
  {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    item: jsonItem,
    subject: jsonSubject,
    top: jsonTop,
    about: jsonAbout,
    layout: JSON_LAYOUT,
  },
];

/** A document of a head and the items that the format made, newest first. */
export function documentOf(format: Format, head: Head, items: readonly string[]): string {
  return assemble(format.layout, { top: format.top(head), items: [...items] });
}

/** The format of an ending; undefined for any other. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
