import { RpcTarget } from "cloudflare:workers";
import { documentOf, formatNamed } from "../../feeds/formats.ts";
import { itemId } from "../../feeds/item.ts";
import { type FeedMetadata, feedMetadata } from "../../feeds/metadata.ts";
import { etagOf } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Site } from "../../model/site.ts";
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
}

/** An organization's documents that KV does not hold, or may hold in an older version. */
export class Documents extends RpcTarget {
  readonly #parts: DocumentParts;

  constructor(parts: DocumentParts) {
    super();
    this.#parts = parts;
  }

  /** The document last published, byte for byte (KV may return an older one). Null if the feeds are not public. */
  current(format: string): { body: string; updatedMs: number } | null {
    const { state, publications } = this.#parts;
    const body = state.isPublic() ? publications.body(format) : null;
    return body === null ? null : { body, updatedMs: state.read().updatedMs };
  }

  /** An archive document (RFC 5005); null if the number does not exist. Reads only its own articles. */
  async archive(number: number, name: string): Promise<ArchiveDocument | null> {
    const { state, ledger, rendering } = this.#parts;
    const site = this.#parts.site();
    const { organization, closed } = state.read();
    const format = formatNamed(name);
    if (!organization || closed || !format) return null;
    const rows = rendering.renewed(() => ledger.archive(number));
    if (rows.length === 0) return null;
    const previous = ledger.archiveBefore(number);
    const feed = feedMetadata(organization, site, Math.max(...rows.map((row) => row.changedMs)));
    const gone = rows.filter(({ live }) => !live).sort((a, b) => b.seq - a.seq); // as in the feed
    const head: FeedMetadata = {
      ...feed,
      address: archiveAddress(site, organization.slug, number),
      current: feed.address,
      hubs: [], // archive documents rarely change, so the hub does not serve them
      ...(previous > 0 ? { previous: archiveAddress(site, organization.slug, previous) } : {}),
      tombstones: gone.map((row) => ({ id: itemId(site, row.id), withdrawnMs: row.changedMs })),
    };
    const items = rendering.itemsOf(
      rows.filter(({ live }) => live),
      [format.name],
    );
    const full = number * LIMITS.ARCHIVE_ITEMS <= ledger.lastOrdinal();
    const body = documentOf(format, head, await itemsIn(organization.slug, format, items));
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
