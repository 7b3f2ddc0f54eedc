import type { Bindings } from "../env.ts";
import {
  type Chosen,
  chosenFrom,
  filteredDocument,
  newestFirst,
  type PublishedFeed,
} from "../feeds/combine.ts";
import type { Format } from "../feeds/formats.ts";
import type { Filter } from "../model/filter.ts";
import { LIMITS } from "../model/limits.ts";
import type { Site } from "../model/site.ts";
import { channelOf } from "./stubs.ts";

/** What makes a filtered feed. */
export interface FilteredFeed {
  site: Site;
  format: Format;
  filter: Filter;
  /** Its address without ending and query: `/icesco/feed`, or `/feed`. */
  path: string;
  /** The organization of which it is a part; null for a feed of several. */
  of: string | null;
  /** That organization's slug, where its address is another. */
  key?: string | undefined;
  sources: readonly PublishedFeed[];
}

/** A filtered feed, and the archive document that continues it: its path without ending and query. */
export interface FilteredDocument {
  body: Uint8Array<ArrayBuffer>;
  previous: string | null;
  /** Whether the archive was searched: it can change while the documents do not. */
  isSearched: boolean;
}

/**
 * Puts a filtered feed together from published documents. If one organization's document has fewer than fifty items that
 * are wanted, and the organization has archives, its channel is asked for more: one object call. So it is for what stands in
 * the document and was not looked at, because enough text was searched: the archives have those articles, too.
 */
export async function filtered(env: Bindings, feed: FilteredFeed): Promise<FilteredDocument> {
  const { format, sources, filter, of, path, site } = feed;
  const considered = new Set<string>();
  const chosen = chosenFrom(format, sources, filter, considered);
  const older = await olderThan(env, feed, chosen, considered);
  const items = [...chosen, ...older.items].sort(newestFirst);
  const previous = older.previous > 0 ? `/${of}/archive/${older.previous}` : null;
  const place = { site, path, ...(previous ? { previous } : {}) };
  const body = filteredDocument(format, sources, filter, items, place);
  return { body, previous, isSearched: older.isSearched };
}

async function olderThan(
  env: Bindings,
  { of, key, sources, filter, format }: FilteredFeed,
  chosen: readonly Chosen[],
  considered: ReadonlySet<string>,
): Promise<{ items: Chosen[]; previous: number; isSearched: boolean }> {
  const listing = sources.find(({ organization }) => organization === of)?.listing;
  const archive = listing?.archive ?? 0;
  const known = listing?.items.flatMap(({ id }) => (considered.has(id) ? [id] : [])) ?? [];
  const isWhole = archive === 0 && known.length === listing?.items.length;
  if (of === null || isWhole) return { items: [], previous: 0, isSearched: false };
  const most = LIMITS.FEED_ITEMS - chosen.length;
  if (most === 0) return { items: [], previous: archive, isSearched: false };
  const found = await channelOf(env, key || of).documents.search({
    filter,
    format: format.name,
    from: null,
    known,
    most,
  });
  const items = (found?.items ?? []).map(({ fragment, ...item }) => ({
    ...item,
    fragment: encoder.encode(fragment),
  }));
  return { items, previous: found?.previous ?? 0, isSearched: true };
}

const encoder = new TextEncoder();
