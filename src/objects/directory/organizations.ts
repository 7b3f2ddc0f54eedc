import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import {
  addressOf,
  type Organization,
  type ShownOrganization,
  signpostsOf,
  withAddresses,
} from "../../model/organization.ts";
import { sourceId } from "../../model/source.ts";
import { deleteOrganization, writeOrganization } from "../../store/records.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { auditOf, channelOf } from "../stubs.ts";
import type { Lists } from "./lists.ts";
import type { NewsStore } from "./news.ts";
import { type Entry, isShown, type OrganizationStore } from "./organization-store.ts";
import { coverageIn, type SharingStore } from "./sharing.ts";
import type { SourceStore } from "./sources.ts";
import type { WatchStore } from "./watchdog.ts";

/** The parts of the Directory that a change of an organization affects. */
interface Parts {
  storage: DurableObjectStorage;
  alarm: Alarm;
  outbox: Outbox;
  store: OrganizationStore;
  sources: SourceStore;
  sharing: SharingStore;
  watched: WatchStore;
  lists: Lists;
  news: NewsStore;
}

/**
 * A change that was stored; or why it was not: another organization has the address, or had it; only the operator changes
 * addresses; there are too many of before.
 */
export type Put =
  | { opened: boolean; done: boolean; organization: Organization }
  | { refused: "taken"; name: string }
  | { refused: "operator" | "too-many" };

/** Sends an organization's newest description, its closing, or that shared webhooks want its events, to its channel. */
export const channelRelay = (env: Bindings, store: OrganizationStore, sharing: SharingStore): Relay => ({
  most: 100,
  async hand(slug, entries) {
    // A deletion cancels earlier entries; later entries are one description, the newest, and one coverage.
    const closing = entries.findLastIndex(({ action }) => action === "close");
    if (closing >= 0 && (await channelOf(env, slug).organization.close()) !== "closed") return "not-yet";
    const later = entries.slice(closing + 1);
    const entry = store.find(slug);
    if (later.length === 0 || !entry || entry.closed) return entries.length;
    const coverage = coverageIn(later, entry.id, sharing.version());
    if (later.some(({ action }) => action !== "cover"))
      await channelOf(env, slug).organization.describe(entry.organization, coverage);
    else if (coverage && !(await channelOf(env, slug).switchboard.cover(coverage))) return "not-yet"; // it is restored first
    return entries.length;
  },
});

/** Writes or deletes an organization's record in KV. */
export const recordRelay = (env: Bindings, store: OrganizationStore): Relay => ({
  most: 100,
  async hand(slug, entries) {
    const organization = store.open(slug);
    if (organization)
      await writeOrganization(env.RECORDS, organization, await digest(canonicalJson(organization)));
    else await deleteOrganization(env.RECORDS, slug);
    store.touch(slug, Date.now());
    return entries.length;
  },
});

/** Restarts the audit log of a reused slug, so that its new owner cannot read the entries of the previous one. */
export const auditRelay = (env: Bindings): Relay => ({
  most: 1,
  async hand(slug, [entry]) {
    await auditOf(env).begin(slug, Number(entry?.ref ?? 0));
    return 1;
  },
});

/**
 * Organizations. A change is an intent: it is stored with its outbox entries in one transaction and relayed at once; the
 * alarm retries until every target has accepted it.
 */
export class Organizations extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Opens or updates an organization.
   * @param mayOpen whether a new one may be opened, and its address be changed
   * @returns whether it was opened, and whether record and channel already have the change; null if it does not exist
   *   and may not be opened
   */
  async put(organization: Organization, mayOpen: boolean): Promise<Put | null> {
    return this.#describe(organization, { mayOpen, writesRecord: true });
  }

  /** As {@link put}, for a record that another program wrote. */
  async putFromRecord(organization: Organization): Promise<void> {
    const stored = await this.#describe(organization, { mayOpen: true, writesRecord: false });
    if (!stored || !("refused" in stored)) return;
    // An address that another organization has: everything else that the record says still counts.
    const { address: _address, former_addresses: _formers, ...rest } = organization;
    await this.#describe(rest, { mayOpen: true, writesRecord: false });
  }

  async #describe(
    given: Organization,
    { mayOpen, writesRecord }: { mayOpen: boolean; writesRecord: boolean },
  ): Promise<Put | null> {
    const { slug } = given;
    const sources = await Promise.all(given.sources.map(async (url) => ({ id: await sourceId(url), url })));
    const { store, outbox } = this.#parts;
    const now = Date.now();
    const before = store.find(slug);
    const opens = !before || before.closed;
    if (opens && !mayOpen) return null;
    const organization = withAddresses(given, before?.organization ?? null);
    const isMoving = (before ? addressOf(before.organization) : slug) !== addressOf(organization);
    if (isMoving && !mayOpen) return { refused: "operator" };
    const taken = store.taken(organization);
    if (taken !== null) return { refused: "taken", name: taken };
    if (signpostsOf(organization).length > LIMITS.FORMER_ADDRESSES) return { refused: "too-many" };
    // A request that completes an interrupted opening also counts as opening.
    const opened = opens || outbox.waiting(`channel:${slug}`).some(({ action }) => action === "open");
    this.#parts.storage.transactionSync(() => {
      if (before?.closed) outbox.add([`audit:${slug}`], { action: "begin", ref: now });
      store.hold(organization);
      this.#enter({ organization, closed: false, changedMs: now }, before, now);
      this.#parts.sources.follow(slug, sources);
      if (writesRecord) outbox.add([`record:${slug}`], { action: "store", ref: null });
      outbox.add([`channel:${slug}`], { action: opens ? "open" : "describe", ref: null });
    });
    await this.#carryOut(slug);
    return { opened, done: !this.#isUnfinished(slug), organization };
  }

  /**
   * Adds an organization from an export, open or closed, with its date. The caller restores its record and channel.
   */
  async restore(entry: Entry): Promise<void> {
    const now = Date.now();
    const before = this.#parts.store.find(entry.organization.slug);
    this.#parts.storage.transactionSync(() => {
      this.#parts.store.hold(entry.organization);
      this.#enter({ ...entry, changedMs: Math.min(entry.changedMs, now) }, before, now);
      const version = this.#parts.sharing.version();
      if (version !== null && !entry.closed)
        this.#parts.outbox.add([`channel:${entry.organization.slug}`], { action: "cover", ref: version });
    });
    await this.#parts.alarm.arm();
  }

  #enter(entry: Entry, before: Entry | null, nowMs: number): void {
    const { store, watched, lists, news } = this.#parts;
    const { slug } = entry.organization;
    store.put(entry);
    // At once: its channel hands over that it has none only when its documents are written.
    if (!isShown(entry)) news.remove(slug);
    watched.watch({ kind: "channel", name: slug }, nowMs);
    if (isShown(entry) || (before && isShown(before))) lists.changed(slug, nowMs);
  }

  /**
   * Closes an organization. It stays known, but nothing of it is public any more.
   * @returns false if no organization with this slug is open or closing
   */
  async close(slug: string): Promise<boolean> {
    const { store, outbox, sources, lists, news } = this.#parts;
    const entry = store.find(slug);
    if (!entry || (entry.closed && !this.#isUnfinished(slug))) return false;
    const now = Date.now();
    if (!entry.closed) {
      this.#parts.storage.transactionSync(() => {
        store.put({ ...entry, closed: true, changedMs: now });
        news.remove(slug);
        sources.follow(slug, []);
        this.#parts.watched.expect([slug], now);
        outbox.add([`record:${slug}`], { action: "store", ref: null });
        outbox.add([`channel:${slug}`], { action: "close", ref: null });
        if (isShown(entry)) lists.changed(slug, now);
      });
    }
    await this.#carryOut(slug);
    return true;
  }

  /** Relays a change now. The alarm retries what fails. */
  async #carryOut(slug: string): Promise<void> {
    const { alarm, outbox } = this.#parts;
    await alarm.arm();
    const targets = ["channel", "record", "audit"].map((kind) => `${kind}:${slug}`);
    await Promise.all(
      targets.filter((target) => outbox.waiting(target).length > 0).map((target) => outbox.runNow(target)),
    );
  }

  #isUnfinished(slug: string): boolean {
    const { outbox } = this.#parts;
    return [`channel:${slug}`, `record:${slug}`].some((target) => outbox.waiting(target).length > 0);
  }

  /** An open or closing organization. */
  async shown(slug: string): Promise<ShownOrganization | null> {
    const entry = this.#parts.store.find(slug);
    if (!entry?.closed) return entry?.organization ?? null;
    return this.#isUnfinished(slug) ? { ...entry.organization, state: "closing" } : null;
  }

  /**
   * An open organization; null if there is none.
   * @param expected objects that the caller may give something to do: the watchdog checks them soon
   */
  async get(slug: string, expected: string[] = []): Promise<Organization | null> {
    const organization = this.#parts.store.open(slug);
    if (organization) this.#parts.watched.expect(expected, Date.now());
    return organization;
  }

  /** The given organizations, open or closed, or the next ones after a slug. */
  async entries(of: string[] | { after: string; limit: number }): Promise<Entry[]> {
    const { store } = this.#parts;
    const found = "after" in of ? store.after(of.after, of.limit) : store.some(of);
    return found.map(({ organization, closed, changedMs }) => ({ organization, closed, changedMs }));
  }

  /** The slugs of the open and listed organizations with these slugs or addresses; null if one is not. */
  async publicSlugs(names: string[]): Promise<Record<string, string> | null> {
    const found = this.#parts.store.named(names);
    const shown = [...found].filter(([, entry]) => isShown(entry));
    if (shown.length < new Set(names).size) return null;
    return Object.fromEntries(shown.map(([name, { organization }]) => [name, organization.slug]));
  }

  /** A page of the open organizations. */
  async page(cursor: string | null): Promise<{ organizations: Organization[]; cursor: string | null }> {
    return this.#parts.store.page(cursor);
  }

  /** The given slugs without an open organization; if closed ones are allowed, without any organization. */
  async unknown(slugs: string[], closed: "refused" | "allowed"): Promise<string[]> {
    return this.#parts.store.unknown(slugs, closed === "refused");
  }
}
