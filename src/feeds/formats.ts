import { ATOM_LAYOUT, atomAbout, atomEntry, atomPreamble, atomSubject } from "./atom.ts";
import type { Item } from "./item.ts";
import { JSON_LAYOUT, jsonAbout, jsonItem, jsonPreamble, jsonSubject } from "./json.ts";
import { assemble, type Layout } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";
import { RSS_LAYOUT, rssAbout, rssItem, rssPreamble, rssSubject } from "./rss.ts";
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
  preamble: (metadata: FeedMetadata) => string;
  /** What such a preamble says of its feed. */
  about: (preamble: string) => About;
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

/** A document: its metadata, and the items that the format made, newest first. */
export function documentOf(format: Format, metadata: FeedMetadata, items: readonly string[]): string {
  return assemble(format.layout, { preamble: format.preamble(metadata), items: [...items] });
}

/** The format of an ending; undefined for any other. */
export function formatNamed(name: string): Format | undefined {
  return FORMATS.find((format) => format.name === name);
}
