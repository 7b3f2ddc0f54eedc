import { RpcTarget } from "cloudflare:workers";
import { type Delivery, type DeliveryLog, deliveryId } from "../../model/delivery.ts";
import { type ChannelEvent, eventId, formerEventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { EndpointState } from "./state.ts";
import type { DeliveryQuery, DeliveryStore, PlacedDelivery } from "./store.ts";

interface Parts {
  storage: DurableObjectStorage;
  state: EndpointState;
  store: DeliveryStore;
  alarm: Alarm;
}

/** An endpoint's deliveries and their outcome. */
export class Deliveries extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** Queues events for delivery. Ignores duplicates, and drops events if the webhook does not exist. */
  async enqueue(events: readonly ChannelEvent[]): Promise<void> {
    const { storage, state, store, alarm } = this.#parts;
    const webhook = state.read()?.webhook;
    if (!webhook) return;
    const ids = await Promise.all(
      events.map(({ article_id, revision }) => eventId(webhook.organization, article_id, revision)),
    );
    storage.transactionSync(() => {
      const registered = state.read();
      if (!registered) return; // deleted in the meantime
      const now = Date.now();
      const quietMs = (registered.webhook.quiet_seconds ?? 0) * 1_000;
      for (const [index, event] of events.entries()) store.add(ids[index] ?? "", event, now, quietMs);
      store.supersede(
        events.map(({ article_id }) => article_id),
        now,
      );
      if (registered.health.state !== "active") store.drop(LIMITS.HELD_DELIVERIES, now);
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
    const of = [webhook.organization, articleId, revision] as const;
    const ids = await Promise.all([eventId(...of), formerEventId(...of, webhook.id)]);
    return (
      ids.map((id) => this.#parts.store.delivery(deliveryId(id))).find((found) => found !== null) ?? null
    );
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
