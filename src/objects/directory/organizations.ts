import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import type { Organization, ShownOrganization } from "../../model/organization.ts";
import { sourceId } from "../../model/source.ts";
import { logLine } from "../../store/log.ts";
import { deleteOrganization, writeOrganization } from "../../store/records.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { auditOf, channelOf } from "../stubs.ts";
import type { Lists } from "./lists.ts";
import type { Entry, OrganizationStore } from "./organization-store.ts";
import type { SourceStore } from "./sources.ts";
import type { SweepStore } from "./sweep.ts";
import type { WatchStore } from "./watchdog.ts";

/** The parts of the directory that a change of an organization concerns. */
interface Parts {
  storage: DurableObjectStorage;
  alarm: Alarm;
  outbox: Outbox;
  store: OrganizationStore;
  sources: SourceStore;
  sweep: SweepStore;
  watched: WatchStore;
  lists: Lists;
}

/** How an organization's channel is told: of its newest description, or that it is closed. */
export const channelRelay = (env: Bindings, store: OrganizationStore): Relay => ({
  most: 100,
  async hand(slug, entries) {
    // What was said before a deletion is void; what was said after it is one description, the newest.
    const closing = entries.findLastIndex(({ action }) => action === "close");
    if (closing >= 0 && (await channelOf(env, slug).organization.close()) !== "closed")
      throw new Error("something of its channel is left to remove");
    const organization = store.open(slug);
    if (closing < entries.length - 1 && organization)
      await channelOf(env, slug).organization.describe(organization);
    return entries.length;
  },
});

/** How an organization's record is made to say what the directory says. */
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

/** How the audit log is told that a slug is used again: whoever has it now does not read of who had it before. */
export const auditRelay = (env: Bindings): Relay => ({
  most: 1,
  async hand(slug, [entry]) {
    await auditOf(env).begin(slug, Number(entry?.ref ?? 0));
    return 1;
  },
});

/**
 * The organizations that there are. A change is an intent: it is written down with what must be told of it in one
 * transaction, told at once, and told again by the alarm until it is everywhere.
 */
export class Organizations extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Opens an organization or changes its description.
   * @param mayOpen whether there may be a new one
   * @returns whether it was opened, and whether record and channel have the change already; null when it is not
   *   there and may not be opened
   */
  async put(
    organization: Organization,
    mayOpen: boolean,
  ): Promise<{ opened: boolean; done: boolean } | null> {
    return this.#describe(organization, { mayOpen, writesRecord: true });
  }

  /** As {@link put}, for what another program wrote into the organization's record. */
  async putFromRecord(organization: Organization): Promise<void> {
    await this.#describe(organization, { mayOpen: true, writesRecord: false });
  }

  async #describe(
    organization: Organization,
    { mayOpen, writesRecord }: { mayOpen: boolean; writesRecord: boolean },
  ): Promise<{ opened: boolean; done: boolean } | null> {
    const { slug } = organization;
    const sources = await Promise.all(
      organization.sources.map(async (url) => ({ id: await sourceId(url), url })),
    );
    const { store, outbox, lists } = this.#parts;
    const now = Date.now();
    const before = store.find(slug);
    const opens = !before || before.closed;
    const isFirst = store.after("", 1).length === 0;
    if (opens && !mayOpen) return null;
    // Whoever completes what broke off has opened it, too.
    const opened = opens || outbox.waiting(`channel:${slug}`).some(({ action }) => action === "open");
    this.#parts.storage.transactionSync(() => {
      if (before?.closed) outbox.add([`audit:${slug}`], { action: "begin", ref: now });
      this.#enter({ organization, closed: false, changedMs: now });
      this.#parts.sources.follow(slug, sources);
      if (writesRecord) outbox.add([`record:${slug}`], { action: "store", ref: null });
      outbox.add([`channel:${slug}`], { action: opens ? "open" : "describe", ref: null });
      lists.changed(now);
    });
    await this.#carryOut(slug);
    // Without a list no article has a page. When this fails, the alarm publishes it.
    if (isFirst)
      await lists.run(now).catch((error: unknown) => logLine("error", "lists", { error: String(error) }));
    return { opened, done: !this.#isUnfinished(slug) };
  }

  /**
   * Enters an organization that never was as it stood elsewhere, open or closed, and since when. Its record and its
   * channel are the caller's to restore.
   */
  async restore(entry: Entry): Promise<void> {
    const now = Date.now();
    this.#parts.storage.transactionSync(() => {
      this.#enter({ ...entry, changedMs: Math.min(entry.changedMs, now) });
      this.#parts.lists.changed(now);
    });
    await this.#parts.alarm.arm();
  }

  #enter(entry: Entry): void {
    const renamed = this.#parts.store.put(entry);
    if (renamed && !entry.closed) this.#parts.sweep.organizationCame();
    this.#parts.watched.watch({ kind: "channel", name: entry.organization.slug });
  }

  /**
   * Closes an organization: it is known still, but nothing of it is public any more.
   * @returns false when there is none that is open, or still closing
   */
  async close(slug: string): Promise<boolean> {
    const { store, outbox, sources, lists } = this.#parts;
    const entry = store.find(slug);
    if (!entry || (entry.closed && !this.#isUnfinished(slug))) return false;
    const now = Date.now();
    if (!entry.closed) {
      this.#parts.storage.transactionSync(() => {
        store.put({ ...entry, closed: true, changedMs: now });
        sources.follow(slug, []);
        outbox.add([`record:${slug}`], { action: "store", ref: null });
        outbox.add([`channel:${slug}`], { action: "close", ref: null });
        lists.changed(now);
      });
    }
    await this.#carryOut(slug);
    return true;
  }

  /** Tells what is to be told of a change at once; what fails is told by the alarm. */
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

  /** An open organization; or one that is closing, while its deletion is carried out. */
  async shown(slug: string): Promise<ShownOrganization | null> {
    const entry = this.#parts.store.find(slug);
    if (!entry?.closed) return entry?.organization ?? null;
    return this.#isUnfinished(slug) ? { ...entry.organization, state: "closing" } : null;
  }

  /** An open organization. */
  async get(slug: string): Promise<Organization | null> {
    return this.#parts.store.open(slug);
  }

  /** Some organizations, open or closed; or the next ones after a slug. */
  async entries(of: string[] | { after: string; limit: number }): Promise<Entry[]> {
    const { store } = this.#parts;
    const found = "after" in of ? store.after(of.after, of.limit) : store.some(of);
    return found.map(({ organization, closed, changedMs }) => ({ organization, closed, changedMs }));
  }

  /** A page of the open organizations. */
  async page(cursor: string | null): Promise<{ organizations: Organization[]; cursor: string | null }> {
    return this.#parts.store.page(cursor);
  }

  /** Those of the slugs that name no open organization; with `closed`, no organization at all. */
  async unknown(slugs: string[], closed: "refused" | "allowed"): Promise<string[]> {
    return this.#parts.store.unknown(slugs, closed === "refused");
  }
}
