import type { FilterInput } from "../model/filter.ts";
import type { Format } from "./formats.ts";
import { utf8Bytes } from "./fragments.ts";
import { itemsOf, preambleOf } from "./layout.ts";
import type { FeedMetadata } from "./metadata.ts";

/** What filters and merging look at in an article, but for its text. */
export interface ItemFields {
  /** The article's id. */
  id: string;
  publishedMs: number;
  /** When it was last announced. */
  changedMs: number;
  organizations: readonly string[];
  tags: readonly string[];
  /** Their names. */
  authors: readonly string[];
  /** Null for its organization's. */
  language: string | null;
}

/**
 * An article as filters see it, with its text read only if words are searched for. A class, because ten feeds have five
 * hundred items: objects with a getter of their own take longer to make than to match.
 */
export class FieldsInput implements FilterInput {
  readonly organizations: readonly string[];
  readonly tags: readonly string[];
  readonly authors: readonly string[];
  readonly language: string;
  readonly #text: () => string;

  /** @param about whose it is, the language if it names none, and how its text is read */
  constructor(
    { organizations, tags, authors, language }: ItemFields,
    about: { organizations: readonly string[]; language: string; text: () => string },
  ) {
    this.organizations = [...about.organizations, ...organizations];
    this.tags = tags;
    this.authors = authors;
    this.language = language ?? about.language;
    this.#text = about.text;
  }

  get text(): string {
    return this.#text();
  }
}

/** An item of a document. */
export interface ListedItem extends ItemFields {
  /** Its length in the document, in bytes. */
  bytes: number;
}

/**
 * What stands behind a document in KV, so that a filtered feed is a choice of items and a copy of their bytes: no
 * document is parsed.
 */
export interface Listing {
  title: string;
  language: string;
  logo?: string;
  /** Set when the document is a podcast's. */
  podcast?: true;
  timeZone?: string;
  /** The archive document that continues the feed; 0 for none. */
  archive: number;
  /** Where the first item begins, in bytes. */
  start: number;
  items: readonly ListedItem[];
}

/** Lists the items of a document that is made of their fragments. */
export function listingOf(
  { layout }: Format,
  { title, language, logo, podcast, timeZone }: FeedMetadata,
  archive: number,
  body: string,
  items: readonly { fields: ItemFields; fragment: string }[],
): Listing {
  return {
    title,
    language,
    ...(logo ? { logo } : {}),
    ...(podcast ? { podcast: true } : {}),
    ...(timeZone ? { timeZone } : {}),
    archive,
    start: utf8Bytes(preambleOf(layout, body)) + 1,
    items: items.map(({ fields, fragment }) => ({ ...fields, bytes: utf8Bytes(fragment) })),
  };
}

/** A listing as it stands in KV: every request that reads KV carries it, so that it is short. */
interface WrittenListing extends Omit<Listing, "items"> {
  /** What the rows name by position: organizations, tags, authors and languages. */
  names: readonly string[];
  rows: readonly Row[];
}

type Row = readonly [
  id: string,
  publishedMs: number,
  changedMs: number,
  bytes: number,
  organizations: readonly number[],
  tags: readonly number[],
  authors: readonly number[],
  language: number | null,
];

/** A listing as text. */
export function writeListing({ items, ...about }: Listing): string {
  const names = new Map<string, number>();
  const place = (name: string): number => {
    const known = names.get(name) ?? names.size;
    names.set(name, known);
    return known;
  };
  const rows = items.map(
    (item): Row => [
      item.id,
      item.publishedMs,
      item.changedMs,
      item.bytes,
      item.organizations.map(place),
      item.tags.map(place),
      item.authors.map(place),
      item.language === null ? null : place(item.language),
    ],
  );
  return JSON.stringify({ ...about, names: [...names.keys()], rows } satisfies WrittenListing);
}

/** The listing behind a document; empty for one that was published before 27 November 2026: then it is read from the document. */
export function readListing(text: string, format: Format, body: () => string, archive: number): Listing {
  if (text === "") return listingFrom(format, body(), archive);
  const written = JSON.parse(text) as WrittenListing | Listing;
  if (!("rows" in written)) return written; // until 28 November 2026, listings stood in KV as they are used
  const { names, rows, ...about } = written;
  const named = (places: readonly number[]) => places.map((place) => names[place] ?? "");
  const items = rows.map(
    ([id, publishedMs, changedMs, bytes, organizations, tags, authors, language]): ListedItem => ({
      id,
      publishedMs,
      changedMs,
      bytes,
      organizations: named(organizations),
      tags: named(tags),
      authors: named(authors),
      language: language === null ? null : (names[language] ?? null),
    }),
  );
  return { ...about, items };
}

/** The listing that a document itself shows. */
export function listingFrom(format: Format, body: string, archive: number): Listing {
  const preamble = preambleOf(format.layout, body);
  const items = [...itemsOf(format.layout, body)].map((fragment): ListedItem => {
    const { id, publishedMs, tags, authors, language } = format.subject(fragment);
    const fields = { id: articleIdIn(id), publishedMs, changedMs: publishedMs, tags, authors, language };
    return { ...fields, organizations: [], bytes: utf8Bytes(fragment) };
  });
  return { ...format.about(preamble), archive, start: utf8Bytes(preamble) + 1, items };
}

/** The article's id in an item's: see itemId. */
const articleIdIn = (itemId: string): string =>
  itemId.slice(itemId.indexOf(":article/") + ":article/".length);
