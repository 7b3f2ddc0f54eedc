import { type Bindings, configuration } from "../../env.ts";
import { documentOf, FORMATS, type Format, type FormatName } from "../../feeds/formats.ts";
import { utf8Bytes } from "../../feeds/fragments.ts";
import { shortTag, TAGS_KEPT, usableTags, writeHistory } from "../../feeds/history.ts";
import { itemId } from "../../feeds/item.ts";
import { listingOf, writeListing } from "../../feeds/listing.ts";
import { type FeedMetadata, feedMetadata, type Tombstone } from "../../feeds/metadata.ts";
import { pollMinutes } from "../../feeds/period.ts";
import { withPodcast } from "../../feeds/podcast.ts";
import { organizationTag } from "../../model/cache-tag.ts";
import { digest, etagOf } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { durationCounts } from "../../model/metrics.ts";
import { addressOf, type Organization, signpostsOf } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import {
  closeDocument,
  type DocumentMetadata,
  feedPath,
  moveDocument,
  writeDocument,
} from "../../store/documents.ts";
import { logLine } from "../../store/log.ts";
import { tallyAll } from "../../store/tally.ts";
import { Turns } from "../kit/turns.ts";
import { directoryOf } from "../stubs.ts";
import { archiveAddress } from "./documents.ts";
import type { Ledger, Listed } from "./ledger.ts";
import type { Publications, PublishedDocument, Tags } from "./publications.ts";
import { itemsIn, type Rendered, type Rendering } from "./rendering.ts";
import type { ChannelRow, ChannelState } from "./state.ts";
import type { Broadcast } from "./subscribers.ts";

/** How long before their original date a restored channel's intermediate documents are dated. */
const RESTORING_MS = 3_600_000;

/** The content of a channel's feeds. */
interface Window {
  items: readonly Listed[];
  tombstones: readonly Tombstone[];
  /** The archive document that continues the feed; 0 for none. */
  archive: number;
}

/** The input of one publication's documents. */
interface Writing {
  organization: Organization;
  archive: number;
  items: readonly Rendered[];
  /** For each item, the sequence since which the feed has shown it unchanged. */
  since: readonly number[];
  row: ChannelRow;
  tags: Record<string, Tags>;
}

/** What {@link Publisher} depends on. */
interface PublisherParts {
  env: Bindings;
  storage: DurableObjectStorage;
  state: ChannelState;
  ledger: Ledger;
  rendering: Rendering;
  publications: Publications;
  broadcast: Broadcast;
}

/** The only writer of an organization's documents. One task at a time: an older document never overwrites a newer one. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #turns = new Turns();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Writes the documents if their content has changed: one KV write per format, or none. */
  publish(): Promise<void> {
    return this.#turns.take(() => this.#publish());
  }

  /**
   * Removes the documents of a closed channel, so that its addresses return 410: to 404 readers come back for ever. One KV
   * write per format. Does nothing if it was reopened.
   */
  remove(): Promise<void> {
    return this.#turns.take(async () => {
      const { env, storage, state, publications } = this.#parts;
      const { organization, closed } = state.read();
      if (!organization || !closed) return;
      const names = [addressOf(organization), ...signpostsOf(organization)];
      await Promise.all(
        names.flatMap((address) =>
          FORMATS.map(({ name }) =>
            closeDocument(env.DOCUMENTS, feedPath(address, name), Boolean(organization.unlisted)),
          ),
        ),
      );
      storage.transactionSync(() => {
        publications.clear();
        state.unpublished();
        state.posted("");
      });
      this.#purge(names);
    });
  }

  /** Has caches forget what they show of the organization. Nothing waits for it, and nothing depends on it. */
  #purge(names: readonly string[]): void {
    const { env } = this.#parts;
    if (env.WORKERS_CACHE !== "on") return;
    directoryOf(env)
      .purges.add(names.map(organizationTag))
      .catch((error: unknown) =>
        logLine("warn", "cache.purge", { organization: names.join(), error: String(error) }),
      );
  }

  async #publish(): Promise<void> {
    const { env, storage, state, rendering, publications, broadcast } = this.#parts;
    const row = state.read();
    const { organization } = row;
    if (!organization || row.closed) return;
    const now = Date.now();
    const { site } = configuration(env);
    const window = this.#window(site);
    const said = await digest(
      JSON.stringify(organization),
      window.archive,
      ...window.tombstones.map(({ id, withdrawnMs }) => `${id} ${withdrawnMs}`),
      ...window.items.map((item) => `${item.id} ${item.seq} ${item.rendering}`),
    );
    const tags = publications.tags();
    const isHiding = hides(organization, row);
    if (!isHiding && said === row.publishedDigest && FORMATS.every(({ name }) => tags[name])) {
      return state.published({ ...row, digest: said }, row.lastChangeMs, false, now);
    }
    const updatedMs = updatedAt(said, row, now);
    const formats = FORMATS.map(({ name }) => name);
    const items = fitting(rendering.itemsOf(window.items, formats), formats);
    const since = items.map((item) => shownSince(item, row));
    const archive = this.#archiveAfter(items, window);
    const head = headOf(organization, site, { ...window, archive }, updatedMs);
    // Before they are written: some of them may be, and the others not.
    if (!organization.unlisted && !row.exposed) state.expose(true);
    const documents = await this.#writeAll(head, { organization, archive, items, since, row, tags });
    const shown = Object.fromEntries(items.map(({ id }, index) => [id, since[index] ?? 0]));
    storage.transactionSync(() => {
      publications.keep(documents);
      if (isHiding) state.expose(false);
      state.published({ digest: said, updatedMs, shown }, row.lastChangeMs, true, now);
      broadcast.publication();
    });
    // At its other names signposts lead to it, but a combined feed that names one of them has its articles.
    this.#purge([addressOf(organization), ...signpostsOf(organization)]);
    if (row.firstChangeMs !== null)
      tallyAll(durationCounts("feed", (Date.now() - row.firstChangeMs) / 1_000));
  }

  /** Writes the documents and the signposts to them. Nothing is being written any more when it ends, also if it fails. */
  async #writeAll(head: FeedMetadata, what: Writing): Promise<PublishedDocument[]> {
    const { organization, row } = what;
    const writing = FORMATS.map((format) => this.#write(format, head, what));
    const post = () => this.#post(organization, row);
    // What is hidden is hidden at every name, whichever write is refused.
    const posting = hides(organization, row) ? post() : Promise.all(writing).then(post);
    const settled = await Promise.allSettled([...writing, posting]);
    if (settled.some(({ status }) => status === "rejected")) this.#parts.state.torn();
    await posting;
    return Promise.all(writing);
  }

  /**
   * Writes signposts to the address at the organization's other names, after the documents that they lead to: three KV writes
   * for each, and none while its addresses stay as they are.
   */
  async #post(organization: Organization, row: ChannelRow): Promise<void> {
    const { env, state } = this.#parts;
    const address = addressOf(organization);
    const names = signpostsOf(organization);
    const unlisted = Boolean(organization.unlisted);
    const signposts = names.length > 0 ? JSON.stringify([address, unlisted, names]) : "";
    if (signposts === row.signposts) return;
    const paths = names.flatMap((name) => FORMATS.map((format) => feedPath(name, format.name)));
    const hiding = hides(organization, row);
    await Promise.all(paths.map((path) => moveDocument(env.DOCUMENTS, path, address, unlisted, hiding)));
    state.posted(signposts);
  }

  /** Writes one document: one KV write. */
  async #write(format: Format, plain: FeedMetadata, what: Writing): Promise<PublishedDocument> {
    const { organization, archive, items, since, row } = what;
    const { name } = format;
    const { seq } = row;
    const fragments = await itemsIn(organization.slug, format, items);
    const head = await withPodcast(plain, fragments);
    const body = documentOf(format, head, fragments);
    const listed = items.map(({ fields }, index) => ({ fields, fragment: fragments[index] ?? "" }));
    const listing = writeListing(listingOf(format, head, archive, body, listed));
    const etag = await etagOf(body);
    const entered = since.filter((_, index) => !Object.hasOwn(row.shown, items[index]?.id ?? ""));
    const known = usableTags(what.tags[name] ?? [], entered);
    const tags = [{ tag: shortTag(etag), seq }, ...known].slice(0, TAGS_KEPT);
    const address = addressOf(organization);
    const metadata = {
      etag,
      ...(address === organization.slug ? {} : { key: organization.slug }),
      last_modified: head.updatedMs / 1000,
      max_age: (head.pollMinutes ?? 0) * 60,
      archive,
      history: "",
      ...(organization.hubs ? { hubs: organization.hubs } : {}),
      ...(organization.unlisted ? { unlisted: true } : {}),
      bytes: utf8Bytes(body),
    } satisfies DocumentMetadata;
    const left = LIMITS.KV_METADATA_BYTES - utf8Bytes(JSON.stringify(metadata));
    const history = writeHistory({ seq, items: since, tags }, left);
    await writeDocument(
      this.#parts.env.DOCUMENTS,
      feedPath(address, name),
      body + listing,
      { ...metadata, history },
      hides(organization, row),
    );
    return { format: name, tags, body, listing };
  }

  /** The archive document that continues a feed with these items: articles that do not fit are left to it. */
  #archiveAfter(items: readonly Rendered[], window: Window): number {
    if (items.length === window.items.length) return window.archive;
    return this.#parts.ledger.archiveOfOthers(items.map(({ id }) => id));
  }

  #window(site: Site): Window {
    const { ledger, rendering } = this.#parts;
    const items = rendering.renewed(() => ledger.newest());
    const tombstones = ledger
      .withdrawn()
      .map(({ id, changedMs }) => ({ id: itemId(site, id), withdrawnMs: changedMs }));
    // The feed itself has the newest articles: a reader that continues in the archive gets few of them twice.
    return { items, tombstones, archive: ledger.archiveOfOthers(items.map(({ id }) => id)) };
  }
}

/** Whether everybody may still read what stands in KV, and must not any more. */
const hides = ({ unlisted }: Organization, { exposed }: ChannelRow): boolean => Boolean(unlisted) && exposed;

/**
 * When the documents were updated: in whole seconds, the unit of Last-Modified, and later than before. While a channel
 * is being restored, its documents are dated before their date in the export; once their content equals the exported
 * content, they get that date again. So a reader that polls during the import misses nothing.
 */
function updatedAt(said: string, { updatedMs, restored }: ChannelRow, nowMs: number): number {
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
    ...(window.archive > 0
      ? { previous: archiveAddress(site, addressOf(organization), window.archive) }
      : {}),
  };
}

/** The newest items that fit into the feed of every format, so that all formats have the same items. */
function fitting(items: readonly Rendered[], formats: readonly FormatName[]): Rendered[] {
  const bytes: Partial<Record<FormatName, number>> = {};
  const end = items.findIndex(({ fragments }) => {
    for (const name of formats) bytes[name] = (bytes[name] ?? 0) + utf8Bytes(fragments[name]);
    return Math.max(...Object.values(bytes)) > LIMITS.FEED_ITEMS_BYTES;
  });
  return end < 0 ? [...items] : items.slice(0, end);
}

/** The sequence since which the feed has shown an item unchanged. An old item that enters the feed counts as new. */
function shownSince(item: Listed, { shown, seq }: ChannelRow): number {
  const before = Object.hasOwn(shown, item.id) ? shown[item.id] : undefined; // an id can be "constructor"
  return before === undefined && Object.keys(shown).length > 0 ? seq : Math.max(before ?? 0, item.seq);
}
