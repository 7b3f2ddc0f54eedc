import { documentOf, FORMATS, type FormatName } from "../../feeds/formats.ts";
import { renderFragments, renderingOf } from "../../feeds/fragments.ts";
import { shortTag, TAGS_KEPT, writeHistory } from "../../feeds/history.ts";
import { itemId } from "../../feeds/item.ts";
import { type FeedMetadata, feedMetadata, type Tombstone } from "../../feeds/metadata.ts";
import { pollMinutes } from "../../feeds/period.ts";
import { digest, etagOf } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import { type DocumentMetadata, deleteDocument, feedPath, writeDocument } from "../../store/documents.ts";
import type { Ledger, Listed } from "./ledger.ts";
import type { ChannelState, Publication } from "./standing.ts";

/** From how long before the date that a restored channel's documents had those are dated that come before it. */
const RESTORING_MS = 3_600_000;

/** What the feeds of a channel show. */
interface Window {
  items: readonly Listed[];
  tombstones: readonly Tombstone[];
  /** The archive document to read after the feed, for what is not in it; 0 for none. */
  archive: number;
}

/** Rows of which none was rendered by an older version of the service, or at another address. */
function renderedAnew(ledger: Ledger, site: Site, read: () => Listed[]): Listed[] {
  const rows = read();
  const rendering = renderingOf(site);
  const stale = rows.filter((row) => row.rendering !== rendering);
  for (const { id } of stale) {
    const article = ledger.article(id);
    const rendered = article && renderFragments(article, site);
    if (article && rendered?.ok) ledger.rerender(article, rendering, rendered.value);
  }
  return stale.length > 0 ? read() : rows;
}

function windowOf(ledger: Ledger, site: Site): Window {
  const items = renderedAnew(ledger, site, () => ledger.newest());
  const tombstones = ledger
    .withdrawn()
    .map(({ id, changedMs }) => ({ id: itemId(site, id), withdrawnMs: changedMs }));
  return { items, tombstones, archive: newestArchive(ledger, items) };
}

/**
 * The newest archive document that holds an article which the feed does not: the feed covers the newest by itself,
 * so that a reader who goes on to the archive meets as few articles twice as can be.
 */
function newestArchive(ledger: Ledger, items: readonly Listed[]): number {
  return ledger.archiveOfOthers(items.map(({ id }) => id));
}

/** Writes an organization's documents when they would say something new, 3 KV writes, or none; says what stands. */
export async function publishDocuments(
  documents: KVNamespace,
  site: Site,
  ledger: Ledger,
  state: ChannelState & { organization: Organization; tags: Publication["tags"] },
  nowMs: number,
): Promise<Publication> {
  const window = windowOf(ledger, site);
  const said = await digest(
    JSON.stringify(state.organization),
    window.archive,
    ...window.tombstones.map(({ id, withdrawnMs }) => `${id} ${withdrawnMs}`),
    ...window.items.map((item) => `${item.id} ${item.seq} ${item.rendering}`),
  );
  if (said === state.publishedDigest) {
    return { digest: said, updatedMs: state.updatedMs, shown: state.shown, tags: state.tags, bodies: null };
  }
  const updatedMs = updatedAt(said, state, nowMs);
  const since = window.items.map((item) => shownSince(item, state));
  const shown = Object.fromEntries(window.items.map(({ id }, index) => [id, since[index] ?? 0]));
  const written = await writeAll(documents, headOf(state.organization, site, window, updatedMs), window, {
    seq: state.seq,
    slug: state.organization.slug,
    beside: {
      ...(state.organization.hubs ? { hubs: state.organization.hubs } : {}),
      ...(state.organization.unlisted ? { unlisted: true } : {}),
    },
    since,
    tags: state.tags,
  });
  return { digest: said, updatedMs, shown, ...written };
}

/**
 * Since when documents say what they say. Whole seconds, and later than before: validators have no finer unit. Those of
 * a channel that is being restored bear dates before the one that they had elsewhere, and at last, when they say what
 * they said there, that date itself: a reader who asks in between misses nothing, and has what it had when all is done.
 */
function updatedAt(said: string, { updatedMs, restored }: ChannelState, nowMs: number): number {
  const next = updatedMs + 1000;
  if (restored && said === restored.digest && next <= restored.updatedMs) return restored.updatedMs;
  const before = Math.max(next, (restored?.updatedMs ?? 0) - RESTORING_MS);
  if (restored && before < restored.updatedMs) return before;
  return Math.max(Math.floor(nowMs / 1000) * 1000, next);
}

function headOf(organization: Organization, site: Site, window: Window, updatedMs: number): FeedMetadata {
  return {
    ...feedMetadata(organization, site, updatedMs),
    pollMinutes: pollMinutes(window.items.map(({ changedMs }) => changedMs)),
    tombstones: window.tombstones,
    ...(window.archive > 0 ? { previous: archiveAddress(site, organization.slug, window.archive) } : {}),
  };
}

/** Since which position an item stands in the feed as it is: one that comes in, also an old one, is news there. */
function shownSince(item: Listed, { shown, seq }: ChannelState): number {
  const before = Object.hasOwn(shown, item.id) ? shown[item.id] : undefined; // "constructor" is an id, too
  return before === undefined && Object.keys(shown).length > 0 ? seq : Math.max(before ?? 0, item.seq);
}

async function writeAll(
  documents: KVNamespace,
  head: FeedMetadata,
  { items, archive }: Window,
  known: {
    seq: number;
    slug: string;
    beside: Pick<DocumentMetadata, "hubs" | "unlisted">;
    since: readonly number[];
    tags: Publication["tags"];
  },
): Promise<Pick<Publication, "tags" | "bodies">> {
  const { seq, slug, since } = known;
  const entries = await Promise.all(
    FORMATS.map(async (format) => {
      const fragments = items.map((item) => item.fragments[format.name]);
      const body = documentOf(format, head, fragments);
      const etag = await etagOf(body);
      const tags = [{ tag: shortTag(etag), seq }, ...(known.tags[format.name] ?? [])].slice(0, TAGS_KEPT);
      await writeDocument(documents, feedPath(slug, format.name), body, {
        etag,
        last_modified: head.updatedMs / 1000,
        max_age: (head.pollMinutes ?? 0) * 60,
        archive,
        history: writeHistory({ seq, items: since, tags }),
        ...known.beside,
      });
      return { name: format.name, tags, body };
    }),
  );
  return {
    tags: Object.fromEntries(entries.map(({ name, tags }) => [name, tags])),
    bodies: Object.fromEntries(entries.map(({ name, body }) => [name, body])),
  };
}

/** Removes an organization's documents: its addresses answer 404. */
export async function removeDocuments(documents: KVNamespace, slug: string): Promise<void> {
  await Promise.all(FORMATS.map((format) => deleteDocument(documents, feedPath(slug, format.name))));
}

/** An archive document, made when it is asked for. */
export interface ArchiveDocument {
  body: string;
  etag: string;
  /** The number of the archive document before this one; 0 when this is the first. */
  previous: number;
  /** Whether from now on it changes only when one of its articles does. */
  full: boolean;
}

/** An archive document in one format; null when there is none of that number. Touches its own articles only. */
export async function archiveDocument(
  site: Site,
  ledger: Ledger,
  organization: Organization,
  number: number,
  name: FormatName,
): Promise<ArchiveDocument | null> {
  const format = FORMATS.find((one) => one.name === name);
  const rows = renderedAnew(ledger, site, () => ledger.archive(number));
  if (!format || rows.length === 0) return null;
  const previous = ledger.archiveBefore(number);
  const changedMs = Math.max(...rows.map((row) => row.changedMs));
  const feed = feedMetadata(organization, site, changedMs);
  const gone = rows.filter(({ live }) => !live).sort((a, b) => b.seq - a.seq); // as in the feed
  const head: FeedMetadata = {
    ...feed,
    address: archiveAddress(site, organization.slug, number),
    current: feed.address,
    hubs: [], // nobody subscribes to what hardly changes
    ...(previous > 0 ? { previous: archiveAddress(site, organization.slug, previous) } : {}),
    tombstones: gone.map((row) => ({ id: itemId(site, row.id), withdrawnMs: row.changedMs })),
  };
  const fragments = rows.filter(({ live }) => live).map((row) => row.fragments[name]);
  const body = documentOf(format, head, fragments);
  return {
    body,
    etag: await etagOf(body),
    previous,
    full: number * LIMITS.ARCHIVE_ITEMS <= ledger.total(),
  };
}

const archiveAddress = (site: Site, slug: string, number: number): string =>
  `${site.publicUrl}/${slug}/archive/${number}`;
