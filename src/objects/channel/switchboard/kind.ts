import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../../model/limits.ts";
import type { Backfill, Webhook } from "../../../model/webhook.ts";
import type { Relay } from "../../kit/outbox.ts";
import { switchboardOf } from "../../stubs.ts";
import type { Source } from "../../switchboard/events.ts";
import type { ChannelParts, SubscriberKind } from "../subscribers.ts";
import { backfillOf, publishedEvent } from "../webhooks/backfill.ts";
import { eventsIn } from "../webhooks/relay.ts";
import { COVERAGE_SCHEMA, type Coverage, CoverageStore } from "./store.ts";

/**
 * The shared webhooks, as one subscriber whatever their number: a channel hands each event once to their object, which
 * hands it on. A target's id is the organization's own id, so that what waits is never taken for that of a later
 * organization with the same slug.
 */
export const SWITCHBOARD = {
  schemas: [COVERAGE_SCHEMA],
  open(channel) {
    const store = new CoverageStore(channel.storage.sql);
    return {
      part: new SwitchboardPart(channel, store),
      relay: switchboardRelay(channel, store),
      wantingEvent() {
        const coverage = store.read();
        return coverage ? [coverage.organizationId] : [];
      },
      wantingPublication: () => [],
      /** Their object, if it wants events. */
      idsAfter: (name: string, most: number) =>
        most > 0 && name < SWITCHBOARD_NAME && store.read() ? [SWITCHBOARD_NAME] : [],
      close() {
        const coverage = store.read();
        if (coverage) channel.outbox.add([targetOf(coverage.organizationId)], { action: "leave", ref: null });
        store.clear();
      },
    };
  },
} satisfies SubscriberKind;

/** The name of the object, of which there is one. */
const SWITCHBOARD_NAME = "switchboard";

const targetOf = (organizationId: string): string => `switchboard:${organizationId}`;

/** What a shared webhook is told of articles that are older than it. */
export interface SharedBackfill extends Pick<Webhook, "id" | "filter"> {
  from: Backfill;
}

/** What the object of the shared webhooks, and the Directory for it, ask of a channel. */
export class SwitchboardPart extends RpcTarget {
  readonly #channel: ChannelParts;
  readonly #store: CoverageStore;

  constructor(channel: ChannelParts, store: CoverageStore) {
    super();
    this.#channel = channel;
    this.#store = store;
  }

  /** From now on, events are handed to the shared webhooks. Safe to repeat. False if the channel is not open. */
  cover(coverage: Coverage): boolean {
    const { organization, closed } = this.#channel.state.read();
    if (!organization || closed) return false;
    this.#store.set(coverage);
    return true;
  }

  /** Queues older articles for a shared webhook. @param organizationId nothing is sent for another organization */
  async backfill(organizationId: string, { id, filter, from }: SharedBackfill): Promise<void> {
    const { storage, state, ledger, outbox, arm } = this.#channel;
    const { organization, closed } = state.read();
    if (!organization || closed || this.#store.read()?.organizationId !== organizationId) return;
    storage.transactionSync(() => {
      const articles = backfillOf(ledger, organization, filter ? { filter } : {}, from);
      outbox.addAll(targetOf(organizationId), `backfill ${id}`, articles);
    });
    await arm();
  }
}

/** Hands over events (`event`), older articles for one webhook (`backfill` and its id), and that it closes (`leave`). */
const switchboardRelay = (channel: ChannelParts, store: CoverageStore): Relay => ({
  most: LIMITS.EVENTS_PER_CALL,
  async hand(organizationId, entries) {
    const { env, state, events: kept } = channel;
    const { events: shared } = switchboardOf(env);
    const [action = "", webhook = null] = entries[0]?.action.split(" ") ?? [];
    if (action === "leave") {
      await shared.leave(organizationId);
      return 1;
    }
    const others = entries.findIndex((entry) => entry.action !== entries[0]?.action);
    const alike = others < 0 ? entries : entries.slice(0, others);
    const { events, handed } = eventsIn(
      alike.map(({ ref }) => ({ action: webhook ? "article" : "event", ref })),
      ({ ref }) => (webhook ? publishedEvent(channel, String(ref)) : kept.at(Number(ref))),
    );
    const { organization } = state.read();
    if (events.length === 0 || !organization) return handed;
    const source: Source = { organizationId, slug: organization.slug, language: organization.language };
    const { wanted, version } = await shared.accept(source, events, webhook);
    const coverage = store.read();
    if (!wanted && coverage?.organizationId === organizationId && coverage.version <= version) store.clear();
    return handed;
  },
});
