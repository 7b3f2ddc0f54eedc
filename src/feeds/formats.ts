import { atomAbout, atomEntry, atomPreamble, atomSubject } from "./atom.ts";
import type { Item } from "./item.ts";
import { jsonAbout, jsonItem, jsonPreamble, jsonSubject, withEvent } from "./json.ts";
import { assemble } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";
import { rssAbout, rssItem, rssPreamble, rssSubject } from "./rss.ts";
import { SERVED, type ServedFormat } from "./served.ts";
import type { About, ItemSubject } from "./subject.ts";
import { read } from "./xml.ts";

export type { FormatName } from "./served.ts";

/** One way to write a feed. */
export interface Format extends ServedFormat {
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
}

/** The format that pages are made from. */
export const JSON_FEED: Format = {
  ...SERVED.json,
  item: jsonItem,
  withEvent,
  check: JSON.parse,
  subject: jsonSubject,
  preamble: jsonPreamble,
  about: jsonAbout,
};

/**
 * The formats of every feed, a row for each: all that a further one needs besides a row of `served.ts` and a file of its
 * own. Each address, header, link and document comes from these tables.
 */
export const FORMATS: readonly Format[] = [
  {
    ...SERVED.rss,
    item: rssItem,
    check: read,
    subject: rssSubject,
    preamble: rssPreamble,
    about: rssAbout,
  },
  {
    ...SERVED.atom,
    item: atomEntry,
    check: read,
    subject: atomSubject,
    preamble: atomPreamble,
    about: atomAbout,
  },
  JSON_FEED,
];

/** Writes a document from its metadata and its items, newest first. */
export function documentOf(format: Format, metadata: FeedMetadata, items: readonly string[]): string {
  return assemble(format.layout, { preamble: format.preamble(metadata), items: [...items] });
}

/** The format with an ending; undefined when there is none. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
