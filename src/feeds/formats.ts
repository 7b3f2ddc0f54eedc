import { ATOM_LAYOUT, atomAbout, atomEntry, atomPreamble, atomSubject } from "./atom.ts";
import type { Item } from "./item.ts";
import { JSON_LAYOUT, jsonAbout, jsonItem, jsonPreamble, jsonSubject, withEvent } from "./json.ts";
import { assemble, type Layout } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";
import { RSS_LAYOUT, rssAbout, rssItem, rssPreamble, rssSubject } from "./rss.ts";
import type { About, ItemSubject } from "./subject.ts";
import { read } from "./xml.ts";

/** What a format says of itself. */
interface FormatRow {
  /** The ending of its addresses. */
  name: string;
  title: string;
  mediaType: string;
  /** True when the platform compresses this media type by itself. */
  isCompressed: boolean;
  /** Writes an article as an item. */
  item: (item: Item) => string;
  /** Adds the id of its latest event to an item, in formats that have a place for it. */
  withEvent?: (fragment: string, event: string) => string;
  /** Reads an item back. Throws when it is not well-formed: then it could break a document. */
  check: (fragment: string) => void;
  /** Reads what filters look at from such an item. */
  subject: (fragment: string) => ItemSubject;
  /** The part of a document before its items. */
  preamble: (metadata: FeedMetadata) => string;
  /** Reads a feed's title and language from such a preamble. */
  about: (preamble: string) => About;
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
    preamble: rssPreamble,
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
    preamble: atomPreamble,
    about: atomAbout,
    layout: ATOM_LAYOUT,
  },
  {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    isCompressed: false,
    item: jsonItem,
    withEvent,
    check: JSON.parse,
    subject: jsonSubject,
    preamble: jsonPreamble,
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

/** The format that pages are made from. */
export const JSON_FEED: Format = TABLE[2];

/** Writes a document from its metadata and its items, newest first. */
export function documentOf(format: Format, metadata: FeedMetadata, items: readonly string[]): string {
  return assemble(format.layout, { preamble: format.preamble(metadata), items: [...items] });
}

/** The format with an ending; undefined when there is none. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
