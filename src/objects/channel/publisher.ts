import { type Bindings, configuration } from "../../env.ts";
import { documentOf, FORMATS, type Format } from "../../feeds/formats.ts";
import { shortTag, TAGS_KEPT, writeHistory } from "../../feeds/history.ts";
import { itemId } from "../../feeds/item.ts";
import { type FeedMetadata, feedMetadata, type Tombstone } from "../../feeds/metadata.ts";
import { pollMinutes } from "../../feeds/period.ts";
import { digest, etagOf } from "../../model/digest.ts";
import type { Organization } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import { deleteDocument, feedPath, writeDocument } from "../../store/documents.ts";
import { Turns } from "../kit/turns.ts";
import { archiveAddress } from "./documents.ts";
import type { Ledger, Listed } from "./ledger.ts";
import type { Publications, PublishedDocument, Tags } from "./publications.ts";
import type { Rendered, Rendering } from "./rendering.ts";
import type { ChannelRow, ChannelState } from "./state.ts";
import type { Broadcast } from "./subscribers.ts";

/** From how long before the date that a restored channel's documents had those are dated that come before it. */
const RESTORING_MS = 3_600_000;

/** What the feeds of a channel show. */
interface Window {
  items: readonly Listed[];
  tombstones: readonly Tombstone[];
  /** The archive document to read after the feed, for what is not in it; 0 for none. */
  archive: number;
}

/** What the documents of one publication are made of. */
interface Writing {
  organization: Organization;
  window: Window;
  items: readonly Rendered[];
  /** Since which position each item stands in the feed as it is. */
  since: readonly number[];
  row: ChannelRow;
  tags: Record<string, Tags>;
}

/** What a publisher works with. */
interface PublisherParts {
  env: Bindings;
  storage: DurableObjectStorage;
  state: ChannelState;
  ledger: Ledger;
  rendering: Rendering;
  publications: Publications;
  broadcast: Broadcast;
}

/** The only writer of an organization's documents. One piece of work at a time: of two at once, the older could be last. */
export class Publisher {
  readonly #parts: PublisherParts;
  readonly #turns = new Turns();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Writes the documents when they would say something new: a KV write for each format, or none. */
  publish(): Promise<void> {
    return this.#turns.take(() => this.#publish());
  }

  /** Removes the documents of a channel that is closed, unless it was opened again: its addresses answer 404. */
  remove(): Promise<void> {
    return this.#turns.take(async () => {
      const { env, storage, state, publications } = this.#parts;
      const { organization, closed } = state.read();
      if (!organization || !closed) return;
      await Promise.all(
        FORMATS.map(({ name }) => deleteDocument(env.DOCUMENTS, feedPath(organization.slug, name))),
      );
      storage.transactionSync(() => {
        publications.clear();
        state.unpublished();
      });
    });
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
    if (said === row.publishedDigest && FORMATS.every(({ name }) => tags[name])) {
      return state.published({ ...row, digest: said }, row.lastChangeMs, false, now);
    }
    const updatedMs = updatedAt(said, row, now);
    const items = rendering.itemsOf(
      window.items,
      FORMATS.map(({ name }) => name),
    );
    const since = items.map((item) => shownSince(item, row));
    const head = headOf(organization, site, window, updatedMs);
    const documents = await Promise.all(
      FORMATS.map((format) => this.#write(format, head, { organization, window, items, since, row, tags })),
    );
    const shown = Object.fromEntries(items.map(({ id }, index) => [id, since[index] ?? 0]));
    storage.transactionSync(() => {
      publications.keep(documents);
      state.published({ digest: said, updatedMs, shown }, row.lastChangeMs, true, now);
      broadcast.publication();
    });
  }

  /** Writes a document: one KV write. */
  async #write(format: Format, head: FeedMetadata, what: Writing): Promise<PublishedDocument> {
    const { organization, window, items, since, row } = what;
    const { name } = format;
    const { seq } = row;
    const body = documentOf(
      format,
      head,
      items.map(({ fragments }) => fragments[name]),
    );
    const etag = await etagOf(body);
    const tags = [{ tag: shortTag(etag), seq }, ...(what.tags[name] ?? [])].slice(0, TAGS_KEPT);
    await writeDocument(this.#parts.env.DOCUMENTS, feedPath(organization.slug, name), body, {
      etag,
      last_modified: head.updatedMs / 1000,
      max_age: (head.pollMinutes ?? 0) * 60,
      archive: window.archive,
      history: writeHistory({ seq, items: since, tags }),
      ...(organization.hubs ? { hubs: organization.hubs } : {}),
      ...(organization.unlisted ? { unlisted: true } : {}),
    });
    return { format: name, tags, body };
  }

  #window(site: Site): Window {
    const { ledger, rendering } = this.#parts;
    const items = rendering.renewed(() => ledger.newest());
    const tombstones = ledger
      .withdrawn()
      .map(({ id, changedMs }) => ({ id: itemId(site, id), withdrawnMs: changedMs }));
    // The feed covers the newest by itself: who goes on to the archive is to meet as few articles twice as can be.
    return { items, tombstones, archive: ledger.archiveOfOthers(items.map(({ id }) => id)) };
  }
}

/**
 * Since when documents say what they say. Whole seconds, and later than before: validators have no finer unit. Those of
 * a channel that is being restored bear dates before the one that they had elsewhere, and at last, when they say what
 * they said there, that date itself: a reader who asks in between misses nothing, and has what it had when all is done.
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
    ...(window.archive > 0 ? { previous: archiveAddress(site, organization.slug, window.archive) } : {}),
  };
}

/** Since which position an item stands in the feed as it is: one that comes in, also an old one, is news there. */
function shownSince(item: Listed, { shown, seq }: ChannelRow): number {
  const before = Object.hasOwn(shown, item.id) ? shown[item.id] : undefined; // "constructor" is an id, too
  return before === undefined && Object.keys(shown).length > 0 ? seq : Math.max(before ?? 0, item.seq);
}
