import { ATOM_LAYOUT, atomAbout, atomEntry, atomSubject, atomTop } from "./atom.ts";
import type { Head } from "./head.ts";
import type { Item } from "./item.ts";
import { JSON_LAYOUT, jsonAbout, jsonItem, jsonSubject, jsonTop } from "./json.ts";
import { assemble, type Layout } from "./layout.ts";
import { RSS_LAYOUT, rssAbout, rssItem, rssSubject, rssTop } from "./rss.ts";
import type { About, ItemSubject } from "./subject.ts";
import { read } from "./xml.ts";

/** What a format says of itself. */
interface FormatRow {
  /** The ending of its addresses. */
  name: string;
  title: string;
  mediaType: string;
  /** Whether the platform compresses this media type by itself. */
  isCompressed: boolean;
  /** An article as one item of a document. */
  item: (item: Item) => string;
  /** Reads an item back. Throws when it is not well-formed: then it could break a document. */
  check: (fragment: string) => void;
  /** What filters look at in such an item. */
  subject: (fragment: string) => ItemSubject;
  /** Everything of a document that stands above its items. */
  top: (head: Head) => string;
  /** What such a top says of its feed. */
  about: (top: string) => About;
  layout: Layout;
}

/** A row for each format: all that a further one needs besides a file of its own. */
const TABLE = [
  {
    name: "rss",
    title: "RSS",
    mediaType: "application/rss+xml",
    isCompressed: true,
    item: rssItem,
    check: read,
    subject: rssSubject,
    top: rssTop,
    about: rssAbout,
    layout: RSS_LAYOUT,
  },
  {
    name: "atom",
    title: "Atom",
    mediaType: "application/atom+xml",
    isCompressed: false,
    item: atomEntry,
    check: read,
    subject: atomSubject,
    top: atomTop,
    about: atomAbout,
    layout: ATOM_LAYOUT,
  },
  {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    isCompressed: false,
    item: jsonItem,
    check: JSON.parse,
    subject: jsonSubject,
    top: jsonTop,
    about: jsonAbout,
    layout: JSON_LAYOUT,
  },
] as const satisfies readonly FormatRow[];

/** The ending of a format's addresses. */
export type FormatName = (typeof TABLE)[number]["name"];

/** One way to write a feed. */
export type Format = FormatRow & { name: FormatName };

/** The formats of every feed; each address, header, link and document comes from this table. */
export const FORMATS: readonly Format[] = TABLE;

/** A document of a head and the items that the format made, newest first. */
export function documentOf(format: Format, head: Head, items: readonly string[]): string {
  return assemble(format.layout, { top: format.top(head), items: [...items] });
}

/** The format of an ending; undefined for any other. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
