import { ATOM_LAYOUT, atomAbout, atomEntry, atomPreamble, atomSubject } from "./atom.ts";
import type { Item } from "./item.ts";
import { JSON_LAYOUT, jsonAbout, jsonItem, jsonPreamble, jsonSubject } from "./json.ts";
import { assemble, type Layout } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";
import { RSS_LAYOUT, rssAbout, rssItem, rssPreamble, rssSubject } from "./rss.ts";
import type { About, ItemSubject } from "./subject.ts";

/** A feed format. */
export interface Format {
  /** The ending of its addresses. */
  name: FormatName;
  title: string;
  mediaType: string;
  /** Writes an article as an item. */
  item: (item: Item) => string;
  /** Reads what filters look at from such an item. */
  subject: (fragment: string) => ItemSubject;
  /** The part of a document before its items. */
  preamble: (metadata: FeedMetadata) => string;
  /** Reads a feed's title and language from such a preamble. */
  about: (preamble: string) => About;
  layout: Layout;
}

/** The ending of a format's addresses. */
export type FormatName = "rss" | "atom" | "json";

/** The feed formats. Every address, header, link and document follows from this table. */
export const FORMATS: readonly Format[] = [
  {
    name: "rss",
    title: "RSS",
    mediaType: "application/rss+xml",
    item: rssItem,
    subject: rssSubject,
    preamble: rssPreamble,
    about: rssAbout,
    layout: RSS_LAYOUT,
  },
  {
    name: "atom",
    title: "Atom",
    mediaType: "application/atom+xml",
    item: atomEntry,
    subject: atomSubject,
    preamble: atomPreamble,
    about: atomAbout,
    layout: ATOM_LAYOUT,
  },
  {
    name: "json",
    title: "JSON Feed",
    mediaType: "application/feed+json",
    item: jsonItem,
    subject: jsonSubject,
    preamble: jsonPreamble,
    about: jsonAbout,
    layout: JSON_LAYOUT,
  },
];

/** Writes a document from its metadata and its items, newest first. */
export function documentOf(format: Format, metadata: FeedMetadata, items: readonly string[]): string {
  return assemble(format.layout, { preamble: format.preamble(metadata), items: [...items] });
}

/** The format with an ending; undefined when there is none. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
