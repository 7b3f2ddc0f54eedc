import { type Filter, filterQuery, filterText, matches } from "../model/filter.ts";
import { LIMITS } from "../model/limits.ts";
import { ownHub } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import type { Format } from "./formats.ts";
import { assembleBytes } from "./layout.ts";
import { FieldsInput, type ListedItem, type Listing } from "./listing.ts";
import type { FeedMetadata } from "./metadata.ts";

/** An organization's published document, and the listing of its items. */
export interface PublishedFeed {
  organization: string;
  body: Uint8Array;
  listing: Listing;
}

/** An item that a filtered feed has. */
export interface Chosen {
  id: string;
  publishedMs: number;
  changedMs: number;
  fragment: Uint8Array;
}

/** Where a filtered feed stands, and what is beyond it. */
export interface Place {
  site: Site;
  /** The address of the feed without its ending and query: `/icesco/feed`, or `/feed`. */
  path: string;
  /** The archive document that continues it, without ending and query: `/icesco/archive/3`. */
  previous?: string;
}

/**
 * Chooses the newest items that match, of one or more feeds: an item is the same in every feed. Stops when the feed is
 * full, or enough text was searched.
 * @param considered gets the ids of the items that were looked at
 */
export function chosenFrom(
  format: Format,
  sources: readonly PublishedFeed[],
  filter: Filter,
  considered = new Set<string>(),
): Chosen[] {
  const searched = filter.include.q !== undefined || filter.exclude.q !== undefined;
  const found: Chosen[] = [];
  let [characters, bytes] = [0, 0];
  for (const { item, organizations, source, start } of merged(format, sources)) {
    const fragment = source.body.subarray(start, start + item.bytes);
    const text = searched ? decoder.decode(fragment) : "";
    if (characters > 0 && characters + text.length > LIMITS.SEARCHED_CHARACTERS) break;
    characters += text.length;
    const { language } = source.listing;
    const input = new FieldsInput(item, { organizations, language, text: () => format.subject(text).text });
    if (!matches(filter, input)) {
      considered.add(item.id);
      continue;
    }
    bytes += item.bytes;
    if (bytes > LIMITS.FEED_ITEMS_BYTES) break;
    considered.add(item.id);
    found.push({ id: item.id, publishedMs: item.publishedMs, changedMs: item.changedMs, fragment });
    if (found.length === LIMITS.FEED_ITEMS) break;
  }
  return found;
}

const decoder = new TextDecoder();

/** An item, and where it stands. */
interface Candidate {
  item: ListedItem;
  source: PublishedFeed;
  start: number;
  /** Those in whose feeds it stands. */
  organizations: string[];
}

/** The items of all documents without duplicates, newest first. */
function merged({ layout }: Format, sources: readonly PublishedFeed[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const source of sources) {
    let { start } = source.listing;
    for (const item of source.listing.items) {
      const known = found.get(item.id);
      if (known) known.organizations.push(source.organization);
      else found.set(item.id, { item, source, start, organizations: [source.organization] });
      start += item.bytes + layout.separator.length;
    }
  }
  return [...found.values()].sort((a, b) => newestFirst(a.item, b.item));
}

/** The order of items in a feed. */
export const newestFirst = (
  a: Pick<Chosen, "id" | "publishedMs">,
  b: Pick<Chosen, "id" | "publishedMs">,
): number => b.publishedMs - a.publishedMs || (a.id < b.id ? 1 : -1);

/**
 * Builds a filtered feed of items. Its bytes change only when its items do, or what it is called: its date is that of its
 * latest change.
 */
export function filteredDocument(
  format: Format,
  sources: readonly Pick<PublishedFeed, "organization" | "listing">[],
  filter: Filter,
  items: readonly Chosen[],
  { site, path, previous }: Place,
): Uint8Array<ArrayBuffer> {
  // Excluded organizations' documents are read only to leave out their items.
  const shown = sources.filter(({ organization }) => !filter.exclude.organization?.includes(organization));
  const listings = (shown.length > 0 ? shown : sources).map(({ listing }) => listing);
  const names = listings.map(({ title }) => title);
  const name = names.join(" · ");
  const choice = filterText(filter);
  const query = `?${filterQuery(filter)}`;
  const address = site.publicUrl + path;
  const homepage = path === "/feed" ? `${site.publicUrl}/` : address.replace(/\/(feed|archive\/\d+)$/, "");
  const [only, ...others] = listings;
  const head: FeedMetadata = {
    id: `${address}.${format.name}${query}`,
    title: choice ? `${name}: ${choice}` : name,
    description: `Chosen from the feeds of ${names.join(", ")}`,
    homepage,
    language: only?.language ?? "en",
    ...(only?.logo && others.length === 0 ? { logo: only.logo } : {}),
    ...(only?.timeZone ? { timeZone: only.timeZone } : {}),
    author: { name, url: homepage }, // of items that name none: no organization may speak for another
    address,
    query,
    hubs: [ownHub(site)],
    updatedMs: Math.max(earliestMs(site), ...items.map(({ changedMs }) => changedMs)),
    ...(previous ? { previous: site.publicUrl + previous } : {}),
    ...(listings.some(({ podcast }) => podcast) ? { podcast: {} } : {}),
  };
  return assembleBytes(
    format.layout,
    format.preamble(head),
    items.map(({ fragment }) => fragment),
  );
}

/** When the first `tag:` URI of the site can have been made (RFC 4151 §2.1): the date of a feed without items. */
export function earliestMs({ tagAuthority }: Site): number {
  const ms = Date.parse(tagAuthority.split(",")[1] ?? "");
  return Number.isNaN(ms) ? 0 : ms;
}
