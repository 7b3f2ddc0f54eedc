import { RpcTarget } from "cloudflare:workers";
import { earliestMs } from "../../feeds/combine.ts";
import { documentOf, formatNamed } from "../../feeds/formats.ts";
import { itemId } from "../../feeds/item.ts";
import { type FeedMetadata, feedMetadata } from "../../feeds/metadata.ts";
import { withPodcast } from "../../feeds/podcast.ts";
import { etagOf } from "../../model/digest.ts";
import { type Filter, filterQuery, filterText } from "../../model/filter.ts";
import { LIMITS } from "../../model/limits.ts";
import { addressOf } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import type { ArchiveSearch, Found, Search } from "./archive-search.ts";
import type { Ledger } from "./ledger.ts";
import type { Publications } from "./publications.ts";
import { itemsIn, type Rendering } from "./rendering.ts";
import type { ChannelState } from "./state.ts";

/** An archive document, rendered on request. */
export interface ArchiveDocument {
  /** A stream if it is large: an RPC message has room for 32 MiB (platform). */
  body: string | ReadableStream;
  etag: string;
  /** The number of the archive document before this one; 0 if this is the first. */
  previous: number;
  /** Whether it is full, so that it changes only if one of its articles does. */
  full: boolean;
}

/** What {@link Documents} depends on. */
interface DocumentParts {
  site: () => Site;
  state: ChannelState;
  ledger: Ledger;
  rendering: Rendering;
  publications: Publications;
  archiveSearch: ArchiveSearch;
}

/** An organization's documents that KV does not hold, or may hold in an older version. */
export class Documents extends RpcTarget {
  readonly #parts: DocumentParts;

  constructor(parts: DocumentParts) {
    super();
    this.#parts = parts;
  }

  /**
   * The document last published, byte for byte, and the listing of its items as JSON: KV may return an older one. Null if
   * the feeds are not public.
   */
  current(format: string): { body: string; listing: string; updatedMs: number; address: string } | null {
    const { state, publications } = this.#parts;
    const document = state.isPublic() ? publications.document(format) : null;
    const { organization, updatedMs } = state.read();
    return document && organization && { ...document, updatedMs, address: addressOf(organization) };
  }

  /** Finds articles in the archive documents. Null if the feeds are not public. */
  async search(search: Search): Promise<Found | null> {
    const { state, archiveSearch } = this.#parts;
    const { organization } = state.read();
    return organization && state.isPublic() ? archiveSearch.find(organization, search) : null;
  }

  /**
   * An archive document (RFC 5005), or the part of it that a filter wants; null if the number does not exist. A whole one
   * reads only its own articles.
   * @param forEverybody whether it is null, too, if the feeds are not public: KV may still show that they are
   */
  async archive(
    number: number,
    name: string,
    filter: Filter | null = null,
    forEverybody = false,
  ): Promise<ArchiveDocument | null> {
    const { state, ledger, rendering, archiveSearch } = this.#parts;
    const site = this.#parts.site();
    const { organization, closed } = state.read();
    const format = formatNamed(name);
    if (!organization || closed || !format) return null;
    if (forEverybody && !state.isPublic()) return null;
    const rows = rendering.renewed(() => ledger.archive(number));
    if (rows.length === 0) return null;
    const wanted = filter && archiveSearch.within(organization, number, { filter, format: format.name });
    const previous = wanted ? wanted.previous : ledger.archiveBefore(number);
    const shown = rows.filter(({ id, live }) => live && (wanted?.ids.has(id) ?? true));
    const updatedMs = Math.max(earliestMs(site), ...(wanted ? shown : rows).map((row) => row.changedMs));
    const feed = feedMetadata(organization, site, updatedMs);
    const choice = filter ? filterText(filter) : "";
    const gone = rows.filter(({ live }) => !live).sort((a, b) => b.seq - a.seq); // as in the feed
    const head: FeedMetadata = {
      ...feed,
      ...(choice ? { title: `${feed.title}: ${choice}` } : {}),
      ...(filter ? { query: `?${filterQuery(filter)}` } : {}),
      address: archiveAddress(site, addressOf(organization), number),
      current: feed.address,
      hubs: [], // archive documents rarely change, so the hub does not serve them
      ...(previous > 0 ? { previous: archiveAddress(site, addressOf(organization), previous) } : {}),
      // What filters look at is not kept of withdrawn articles.
      tombstones: filter ? [] : gone.map((row) => ({ id: itemId(site, row.id), withdrawnMs: row.changedMs })),
    };
    const items = rendering.itemsOf(shown, [format.name]);
    const full = number * LIMITS.ARCHIVE_ITEMS <= ledger.lastOrdinal();
    const fragments = await itemsIn(organization.slug, format, items);
    const body = documentOf(format, await withPodcast(head, fragments), fragments);
    const etag = await etagOf(body);
    return { body: body.length > LIMITS.RPC_TEXT_CHARACTERS ? streamOf(body) : body, etag, previous, full };
  }
}

/** A text as a stream of its UTF-8 bytes. */
function streamOf(text: string): ReadableStream {
  const { body } = new Response(text);
  if (!body) throw new Error("A text has a body");
  return body;
}

/** The URL of an archive document, without its file extension. */
export const archiveAddress = (site: Site, slug: string, number: number): string =>
  `${site.publicUrl}/${slug}/archive/${number}`;
