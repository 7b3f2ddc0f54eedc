import { RpcTarget } from "cloudflare:workers";
import { type Delivery, type DeliveryLog, deliveryId } from "../../model/delivery.ts";
import { type ChannelEvent, eventId, formerEventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { SHARED } from "../../model/webhook.ts";
import type { Alarm, Duty } from "../kit/alarm.ts";
import { arrived, type Gathering, type Identified } from "./gathering.ts";
import type { EndpointState, Registered } from "./state.ts";
import type { DeliveryQuery, DeliveryStore, PlacedDelivery } from "./store.ts";

interface Parts {
  storage: DurableObjectStorage;
  state: EndpointState;
  store: DeliveryStore;
  gathering: Gathering;
  alarm: Alarm;
}

/** Stores events as deliveries that are due. */
function add(
  { store }: Pick<Parts, "store">,
  { webhook, health }: Registered,
  events: readonly Identified[],
  nowMs: number,
): void {
  if (events.length === 0) return;
  const quietMs = (webhook.quiet_seconds ?? 0) * 1_000;
  for (const { id, event } of events) store.add(id, event, nowMs, quietMs);
  store.supersede(
    events.map(({ event }) => event.article_id),
    nowMs,
  );
  if (health.state !== "active") store.drop(LIMITS.HELD_DELIVERIES, nowMs);
}

/** The duty of a shared webhook's endpoint: sends what has waited long enough for other organizations. */
export const gatheringDuty = ({ storage, state, store, gathering }: Omit<Parts, "alarm">): Duty => ({
  name: "gather",
  dueMs: () => gathering.dueMs(),
  async run(nowMs) {
    storage.transactionSync(() => {
      const registered = state.read();
      if (registered) add({ store }, registered, gathering.due(registered.webhook, nowMs), nowMs);
    });
  },
});

/** An endpoint's deliveries and their outcome. */
export class Deliveries extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** Queues events for delivery. Ignores duplicates, and drops events if the webhook does not exist. */
  async enqueue(events: readonly ChannelEvent[]): Promise<void> {
    const { storage, state, gathering, alarm } = this.#parts;
    const webhook = state.read()?.webhook;
    if (!webhook) return;
    const some = await Promise.all(events.map((event) => arrived(webhook, event)));
    storage.transactionSync(() => {
      const registered = state.read();
      if (!registered) return; // deleted in the meantime
      const now = Date.now();
      const isShared = registered.webhook.organization === SHARED;
      add(this.#parts, registered, isShared ? gathering.take(some, registered.webhook, now) : some, now);
    });
    await alarm.arm();
  }

  /** A page of deliveries, newest first. */
  async list(query: DeliveryQuery): Promise<{ deliveries: Delivery[]; cursor: string | null }> {
    return this.#parts.store.page(query);
  }

  /** As {@link list}, for a list over several webhooks: one more than a page shows, each with its place. */
  async placed(query: DeliveryQuery): Promise<PlacedDelivery[]> {
    return this.#parts.store.placed(query);
  }

  /** One delivery with its attempts, and optionally their requests; null if it does not exist. */
  async get(id: string, withRequests = false): Promise<DeliveryLog | null> {
    return this.#parts.store.delivery(id, withRequests);
  }

  /** The delivery of an article's announcement; null if there is none. */
  async announcing(articleId: string, revision: number): Promise<DeliveryLog | null> {
    const webhook = this.#parts.state.read()?.webhook;
    if (!webhook) return null;
    if (webhook.organization === SHARED) {
      const told = this.#parts.gathering.lastEventOf(articleId);
      return told === null ? null : this.#parts.store.delivery(deliveryId(told));
    }
    const of = [webhook.organization, articleId, revision] as const;
    const ids = await Promise.all([eventId(...of), formerEventId(...of, webhook.id)]);
    return (
      ids.map((id) => this.#parts.store.delivery(deliveryId(id))).find((found) => found !== null) ?? null
    );
  }

  /** Of a shared webhook: whether an article's event waits for the article's other organizations. */
  async gathers(articleId: string): Promise<boolean> {
    return this.#parts.gathering.isWaiting(articleId);
  }

  /** Retries a delivery, even a delivered one. Null if it does not exist. */
  async retry(id: string): Promise<Delivery | null> {
    if (!this.#parts.store.retry(id, Date.now())) return null;
    await this.#parts.alarm.arm();
    return this.#parts.store.delivery(id);
  }

  /** Retries settled deliveries of events since a time: all, or only failed ones. Returns how many. */
  async replay(sinceMs: number, failedOnly: boolean): Promise<number> {
    const count = this.#parts.store.replay(sinceMs, failedOnly, Date.now());
    if (count > 0) await this.#parts.alarm.arm();
    return count;
  }
}
