import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { AGGREGATORS_SCHEMA, Aggregators } from "./channel/aggregators.ts";
import { Announcements } from "./channel/announcements.ts";
import { ARCHIVE_LISTINGS_SCHEMA, ArchiveSearch } from "./channel/archive-search.ts";
import { Articles, releaseScheduled } from "./channel/articles.ts";
import { AudiencePart } from "./channel/audience.ts";
import { publishAt } from "./channel/decide.ts";
import { DIRECTORY, directoryRelay } from "./channel/directory.ts";
import { Documents } from "./channel/documents.ts";
import { DRAFTS_SCHEMA, Drafts } from "./channel/drafts.ts";
import { EVENT_IDS_SCHEMA, EventIds } from "./channel/event-ids.ts";
import { EventReader } from "./channel/event-reader.ts";
import { EVENTS_SCHEMA, Events } from "./channel/events.ts";
import { FRAGMENTS_SCHEMA, FragmentStore } from "./channel/fragments.ts";
import { SubscriptionStore } from "./channel/hub/store.ts";
import { LEDGER_SCHEMA, Ledger } from "./channel/ledger.ts";
import { formerOutbox } from "./channel/migration.ts";
import { OrganizationPart } from "./channel/organization.ts";
import { PUBLICATIONS_SCHEMA, Publications } from "./channel/publications.ts";
import { Publisher } from "./channel/publisher.ts";
import { READERS_SCHEMA, Readers } from "./channel/readers.ts";
import { Rendering } from "./channel/rendering.ts";
import { SCHEDULED_SCHEMA, Scheduled } from "./channel/scheduled.ts";
import { ChannelState, STATE_SCHEMA } from "./channel/state.ts";
import {
  Broadcast,
  type ChannelParts,
  kindSchemas,
  type OpenedKinds,
  openKinds,
  type Subscribers,
} from "./channel/subscribers.ts";
import { VERSIONS_SCHEMA, VersionStore, Versions } from "./channel/versions.ts";
import { WebhookStore } from "./channel/webhooks/store.ts";
import type { CheckedChannel, Pass, Watched } from "./directory/watchdog.ts";
import { ALARM_SCHEMA, Alarm } from "./kit/alarm.ts";
import { OUTBOX_SCHEMA, Outbox, type Relay } from "./kit/outbox.ts";
import { migrate } from "./kit/sql.ts";
import { noteQuota } from "./quota.ts";

const SCHEMAS = [
  ALARM_SCHEMA,
  OUTBOX_SCHEMA,
  STATE_SCHEMA,
  LEDGER_SCHEMA,
  ARCHIVE_LISTINGS_SCHEMA,
  FRAGMENTS_SCHEMA,
  SCHEDULED_SCHEMA,
  EVENTS_SCHEMA,
  EVENT_IDS_SCHEMA,
  PUBLICATIONS_SCHEMA,
  READERS_SCHEMA,
  DRAFTS_SCHEMA,
  AGGREGATORS_SCHEMA,
  VERSIONS_SCHEMA,
];

/** One organization's channel: decides what is new, records it, and is the only publisher of its documents. */
export class Channel extends DurableObject<Bindings> {
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;
  readonly #state: ChannelState;
  readonly #events: Events;
  readonly #kinds: OpenedKinds;
  readonly #organization: OrganizationPart;
  readonly #articles: Articles;
  readonly #documents: Documents;
  readonly #eventReader: EventReader;
  readonly #readers: Readers;
  readonly #drafts: Drafts;
  readonly #aggregators: Aggregators;
  readonly #audience: AudiencePart;
  readonly #announcements: Announcements;
  readonly #versions: Versions;
  /** Calls that the running alarm may still make. */
  #callsLeft = 0;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    const { sql } = storage;
    const state = new ChannelState(sql);
    const relays: Record<string, Relay> = { directory: directoryRelay(env) };
    const outbox = new Outbox(storage, "channel", relays);
    migrate(storage, ...SCHEMAS, ...kindSchemas(), formerOutbox(outbox));
    const site = () => configuration(env).site;
    const [ledger, events] = [new Ledger(sql), new Events(sql)];
    const [fragments, publications] = [new FragmentStore(sql), new Publications(sql)];
    const scheduled = new Scheduled(sql, fragments);
    const rendering = new Rendering(site, ledger, fragments);
    const kinds: Record<string, Subscribers> = {};
    const broadcast = new Broadcast(events, outbox, kinds);
    const arm = () => this.#alarm.rearm();
    const shared: ChannelParts = {
      ...{ env, storage, state, ledger, events, outbox, publications, broadcast, arm },
    };
    const opened = openKinds(shared);
    Object.assign(kinds, opened);
    for (const [kind, { relay }] of Object.entries(kinds)) relays[kind] = relay;
    const archiveSearch = new ArchiveSearch(sql, ledger, rendering);
    const drafts = new Drafts(sql);
    const parts = { ...shared, fragments, publications, scheduled, drafts, rendering, archiveSearch, site };
    const publisher = new Publisher(parts);
    const carryOut = () => this.#carryOut();
    this.#outbox = outbox;
    this.#state = state;
    this.#events = events;
    this.#kinds = opened;
    this.#readers = new Readers(sql);
    this.#drafts = drafts;
    this.#organization = new OrganizationPart({
      ...parts,
      readers: this.#readers,
      publisher,
      hub: opened.subscription,
      switchboard: opened.switchboard.part,
      carryOut,
    });
    this.#articles = new Articles(parts);
    this.#documents = new Documents(parts);
    this.#eventReader = new EventReader(state, events, new EventIds(sql, events));
    this.#aggregators = new Aggregators(sql);
    const subscriptions = new SubscriptionStore(sql);
    this.#audience = new AudiencePart({
      state,
      ledger,
      webhooks: new WebhookStore(sql),
      subscriptions,
      aggregators: this.#aggregators,
    });
    this.#versions = new Versions(ledger, new VersionStore(sql));
    this.#announcements = new Announcements({
      state,
      ledger,
      scheduled,
      subscriptions,
      webhooks: opened.endpoint.part,
    });
    this.#alarm = new Alarm(storage, "channel", [
      { name: "scheduled", dueMs: () => this.#scheduledMs(scheduled), run: () => releaseScheduled(parts) },
      { name: "documents", dueMs: () => this.#documentsMs(), run: () => this.#bringDocuments(publisher) },
      { name: "relay", dueMs: () => this.#relayMs(), run: () => this.#relay() },
      events.prune,
    ]);
  }

  /** Describes, restores and closes the organization. */
  get organization(): OrganizationPart {
    return this.#organization;
  }

  /** Accepts and lists articles. */
  get articles(): Articles {
    return this.#articles;
  }

  /** The documents last published, and archive documents. */
  get documents(): Documents {
    return this.#documents;
  }

  /** Events, for consumers that poll them. */
  get events(): EventReader {
    return this.#eventReader;
  }

  /** The webhooks, which receive events. */
  get webhooks(): OpenedKinds["endpoint"]["part"] {
    return this.#kinds.endpoint.part;
  }

  /** What the shared webhooks are handed. */
  get switchboard(): OpenedKinds["switchboard"]["part"] {
    return this.#kinds.switchboard.part;
  }

  /** The WebSub subscriptions. */
  get subscribers(): OpenedKinds["subscription"]["part"] {
    return this.#kinds.subscription.part;
  }

  /** Readers with private feed addresses. */
  get readers(): Readers {
    return this.#readers;
  }

  /** Articles that are being written. */
  get drafts(): Drafts {
    return this.#drafts;
  }

  /** How many subscribers each aggregator reports. */
  get aggregators(): Aggregators {
    return this.#aggregators;
  }

  /** Who would be told of an article. */
  get audience(): AudiencePart {
    return this.#audience;
  }

  /** What articles were before. */
  get versions(): Versions {
    return this.#versions;
  }

  /** What was announced of an article, and to whom. */
  get announcements(): Announcements {
    return this.#announcements;
  }

  /** Publishes changed documents that are due, and relays the outbox. */
  override async alarm(): Promise<void> {
    this.#callsLeft = LIMITS.CHANNEL_CALLS;
    this.#events.refresh();
    await this.#alarm.ring();
  }

  /**
   * As {@link wake}, and says when something is due next, and which objects the channel may have given something to do.
   * What the outbox still holds is handed over later, so the pass does not count as one then.
   * @param most how many of these objects to name, at least one
   */
  async check({ sinceMs, beganMs, after }: Pass, most: number): Promise<CheckedChannel> {
    const stuck = await this.wake();
    const begins = after === "";
    const isActive = Math.max(this.#state.read().publishedMs, this.#events.newestMs()) >= sinceMs;
    const told = begins && !isActive ? [] : this.#toldAfter(after, most);
    const last = told.length < most ? undefined : told.at(-1);
    return {
      stuck,
      ...this.#alarm.report(),
      told,
      pass: {
        beganMs: !begins ? beganMs : this.#outbox.isEmpty() ? Date.now() : sinceMs,
        after: last ? `${last.kind}:${last.name}` : "",
      },
    };
  }

  /** The objects of subscribers, in the order of their targets in the outbox. */
  #toldAfter(after: string, most: number): Watched[] {
    const told: Watched[] = [];
    for (const kind of ["endpoint", "subscription", "switchboard"] as const) {
      const [, id = ""] = after.split(`${kind}:`);
      if (after >= `${kind};`) continue; // the character after the colon
      const ids = this.#kinds[kind].idsAfter(id, most - told.length);
      told.push(...ids.map((name) => ({ kind, name })));
    }
    return told;
  }

  /** The watchdog's check: sets a missing or late alarm. True if it was missing or late. */
  async wake(): Promise<boolean> {
    this.#events.refresh();
    const stuck = await this.#alarm.wake();
    if (!stuck && this.#events.prune.dueMs() !== null) await this.#alarm.arm();
    return stuck;
  }

  #scheduledMs(scheduled: Scheduled): number | null {
    const nextMs = scheduled.nextMs();
    return nextMs === null || this.#state.due().closed ? null : nextMs;
  }

  /** When the documents must be published or removed; null if they are up to date. */
  #documentsMs(): number | null {
    const { closed, closing, hides, firstChangeMs, lastChangeMs } = this.#state.due();
    if (closed) return closing ? 0 : null;
    if (hides) return firstChangeMs;
    return firstChangeMs === null || lastChangeMs === null ? null : publishAt(firstChangeMs, lastChangeMs);
  }

  /** When the outbox is relayed: not before documents that must be published, so that a burst is one call per target. */
  #relayMs(): number | null {
    const documentsMs = this.#documentsMs() ?? 0;
    return documentsMs > Date.now() ? documentsMs : this.#outbox.dueMs();
  }

  async #bringDocuments(publisher: Publisher): Promise<void> {
    if (this.#state.due().closed) return publisher.remove();
    try {
      await publisher.publish();
    } catch (error) {
      await noteQuota(this.env, "kv-writes", error);
      throw error; // tried again with a growing wait, while webhooks go on
    }
    await this.#relay(); // the subscriptions
  }

  async #relay(): Promise<void> {
    const most = this.#callsLeft;
    if (most <= 0) return;
    this.#callsLeft = 0; // a concurrent relay must not spend the same calls
    const called = await this.#outbox.run(Date.now(), most, LIMITS.CHANNEL_CALLS);
    this.#callsLeft += most - called;
  }

  async #carryOut(): Promise<void> {
    this.#callsLeft = Math.max(this.#callsLeft, LIMITS.CHANNEL_CALLS);
    await Promise.all([this.#alarm.runNow("documents"), this.#outbox.runNow(DIRECTORY), this.#relay()]);
    await this.#alarm.rearm();
  }
}
