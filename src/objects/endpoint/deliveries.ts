import { RpcTarget } from "cloudflare:workers";
import { type ShownHealth, shownHealth } from "../../delivery/health.ts";
import { type Delivery, type DeliveryLog, deliveryId } from "../../model/delivery.ts";
import { type ChannelEvent, eventId, formerEventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { SHARED } from "../../model/slug.ts";
import type { Alarm, Duty } from "../kit/alarm.ts";
import { type Arrived, arrived, type Gathering, type Identified } from "./gathering.ts";
import type { DeliveryHistory, DeliveryQuery, Found } from "./log.ts";
import type { Sender } from "./sender.ts";
import type { EndpointState, Registered } from "./state.ts";
import type { DeliveryStore } from "./store.ts";

interface Parts {
  storage: DurableObjectStorage;
  state: EndpointState;
  store: DeliveryStore;
  history: DeliveryHistory;
  gathering: Gathering;
  sender: Sender;
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
  // An article is published in each of the organizations of a shared webhook.
  const isFirst = webhook.organization === SHARED ? false : undefined;
  for (const event of events) store.add(event, nowMs, quietMs, isFirst);
  store.supersede(
    events.map(({ event }) => event.article_id),
    nowMs,
  );
  if (health.state !== "active") store.drop(LIMITS.HELD_DELIVERIES, nowMs);
}

/** The duty of a shared webhook's endpoint: sends what has waited long enough for other organizations. */
export const gatheringDuty = ({
  storage,
  state,
  store,
  gathering,
}: Pick<Parts, "storage" | "state" | "store" | "gathering">): Duty => ({
  name: "gather",
  dueMs: () => gathering.dueMs(),
  async run(nowMs) {
    storage.transactionSync(() => {
      const registered = state.read();
      if (registered) add({ store }, registered, gathering.due(registered.webhook, nowMs), nowMs);
    });
  },
});

/** Somebody wants to see whether the receiver answers: what holds it only because it did not does so no longer. */
function askAgain(state: EndpointState): void {
  const flow = state.read()?.flow;
  if (flow?.hold?.by === "timeouts") state.setFlow({ ...flow, hold: null });
}

/** An endpoint's deliveries and their outcome. */
export class Deliveries extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Queues events for delivery. Ignores duplicates, and drops events if the webhook does not exist.
   * @param areKept whether the caller keeps the events until this returns. They may then be sent before they are stored,
   * which costs three rows written for one that is delivered at once (four if its article had an event before)
   */
  async enqueue(events: readonly ChannelEvent[], areKept = false): Promise<void> {
    const { state, store, sender, alarm } = this.#parts;
    const registered = state.read();
    if (!registered) return;
    const some = await Promise.all(events.map((event) => arrived(registered.webhook, event)));
    if (areKept && registered.webhook.organization !== SHARED) {
      const fresh = store.missing(some);
      if (fresh.length === 0) return;
      const outcome = await sender.tryNow(registered, fresh, () => alarm.rearm());
      if (outcome === "told") return;
      if (outcome === "none") this.#queue(some);
    } else this.#queue(some);
    await alarm.arm();
  }

  #queue(some: readonly Arrived[]): void {
    const { storage, state, gathering } = this.#parts;
    storage.transactionSync(() => {
      const registered = state.read();
      if (!registered) return; // deleted in the meantime
      if (some.some(({ event }) => event.type === "webhook.test")) askAgain(state);
      const now = Date.now();
      const isShared = registered.webhook.organization === SHARED;
      add(this.#parts, registered, isShared ? gathering.take(some, registered.webhook, now) : some, now);
    });
  }

  /** A page of deliveries, newest first. */
  async list(query: DeliveryQuery): Promise<{ deliveries: Delivery[]; cursor: string | null }> {
    return this.#parts.history.page(query);
  }

  /** As {@link list}, for a list over several webhooks: one more than a page shows, each with its place. */
  async placed(query: DeliveryQuery, most: number): Promise<Found> {
    return this.#parts.history.placed(query, most);
  }

  /** One delivery with its attempts, and optionally their requests; null if it does not exist. */
  async get(id: string, withRequests = false): Promise<DeliveryLog | null> {
    return this.#parts.history.delivery(id, withRequests);
  }

  /** The delivery of an article's announcement; null if there is none. */
  async announcing(articleId: string, revision: number): Promise<DeliveryLog | null> {
    const webhook = this.#parts.state.read()?.webhook;
    if (!webhook) return null;
    if (webhook.organization === SHARED) {
      const told = this.#parts.gathering.lastEventOf(articleId);
      return told === null ? null : this.#parts.history.delivery(deliveryId(told));
    }
    const of = [webhook.organization, articleId, revision] as const;
    const ids = await Promise.all([eventId(...of), formerEventId(...of, webhook.id)]);
    return (
      ids.map((id) => this.#parts.history.delivery(deliveryId(id))).find((found) => found !== null) ?? null
    );
  }

  /** Its health, and the delivery of an article's announcement, in one call; null if there is no webhook. */
  async standing(
    articleId: string,
    revision: number,
  ): Promise<{ health: ShownHealth; delivery: DeliveryLog | null } | null> {
    const registered = this.#parts.state.read();
    if (!registered) return null;
    const health = shownHealth(registered.health, registered.flow.hold);
    return { health, delivery: await this.announcing(articleId, revision) };
  }

  /** Of a shared webhook: whether an article's event waits for the article's other organizations. */
  async gathers(articleId: string): Promise<boolean> {
    return this.#parts.gathering.isWaiting(articleId);
  }

  /** Retries a delivery, even a delivered one. Null if it does not exist. */
  async retry(id: string): Promise<Delivery | null> {
    if (!this.#parts.store.retry(id, Date.now())) return null;
    askAgain(this.#parts.state);
    await this.#parts.alarm.arm();
    return this.#parts.history.delivery(id);
  }

  /** Retries settled deliveries of events since a time: all, or only failed ones. Returns how many. */
  async replay(sinceMs: number, failedOnly: boolean): Promise<number> {
    const count = this.#parts.store.replay(sinceMs, failedOnly, Date.now());
    if (count === 0) return 0;
    askAgain(this.#parts.state);
    await this.#parts.alarm.arm();
    return count;
  }
}
