import { thin } from "../../delivery/announcement.ts";
import { batchOf, formats } from "../../delivery/formats.ts";
import { isHeld } from "../../delivery/health.ts";
import { type Rate, room } from "../../delivery/pace.ts";
import { digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { Identified } from "./gathering.ts";
import type { Registered } from "./state.ts";
import { asDelivery, type DeliveryStore, type DueDelivery, type Sending } from "./store.ts";

/** One request: a delivery with its event's id, or a batch of deliveries with an id of its own. */
export interface Post {
  id: string;
  deliveries: readonly DueDelivery[];
  isBatch: boolean;
}

/** The request for one delivery. */
const postOf = ({ include }: Webhook, delivery: DueDelivery): Post => ({
  id: delivery.eventId,
  deliveries: [include === "summary" ? thinned(delivery) : delivery],
  isBatch: false,
});

/** A webhook's rate limits: of its service, of its settings, and the pace after 429 responses. */
export function ratesOf(
  { webhook, flow: { slow } }: Pick<Registered, "webhook" | "flow">,
  nowMs: number,
): Rate[] {
  const { format, per_minute, batch_seconds } = webhook;
  return [
    ...(formats[format].pace ?? []),
    ...(per_minute ? [{ most: per_minute, windowMs: 60_000 }] : []),
    ...(batch_seconds ? [{ most: 1, windowMs: batch_seconds * 1_000 }] : []),
    ...(slow && slow.untilMs > nowMs ? [{ most: 1, windowMs: slow.gapMs }] : []),
  ];
}

/** Decides which requests are made and when, from the order of deliveries, batches, rate limits and holds. */
export class DeliveryQueue {
  readonly #store: DeliveryStore;

  constructor(store: DeliveryStore) {
    this.#store = store;
  }

  /** The requests to make now, at most `most`. */
  async next(registered: Registered, most: number, nowMs: number): Promise<Post[]> {
    const { webhook, health, flow } = registered;
    const bound = Math.min(most, mostNow(registered, nowMs));
    if (bound === 0) return [];
    const isBatched = webhook.batch_seconds !== undefined;
    const shown = webhook.include === "summary" ? thinned : (delivery: DueDelivery) => delivery;
    const due = this.#store.due(nowMs, isBatched ? "tests" : sendingOf(registered), bound);
    if (!isBatched || due.length > 0 || isHeld(health)) {
      return oldestOfEach(due).map((delivery) => postOf(webhook, delivery));
    }
    const { list, maxBytes: bytes = LIMITS.BATCH_BYTES } = formats[webhook.format];
    const candidates = this.#store.batch(nowMs, webhook.ordered === true, bytes).map(shown);
    const [first] = candidates;
    if (!first || !list) return [];
    if (first.batch !== null) return [{ id: first.batch, deliveries: candidates, isBatch: true }];
    const deliveries = batchOf(candidates, list, {
      messages: flow.batchMost ?? LIMITS.BATCH_MESSAGES,
      bytes,
    });
    const id = `bat_${await digest(...deliveries.map(({ eventId }) => eventId))}`;
    return [{ id, deliveries: this.#store.bind(id, deliveries), isBatch: true }];
  }

  /**
   * The requests for new events that may be sent before they are stored: nothing waits, nothing holds requests back, and
   * the receiver is not known to fail. None if the events must be stored first.
   */
  direct(registered: Registered, events: readonly Identified[], nowMs: number): Post[] {
    const { webhook, health, flow } = registered;
    const articles = new Set(events.map(({ event }) => event.article_id));
    const most = webhook.ordered ? 1 : LIMITS.DELIVERIES_PER_ROUND;
    const isFree =
      health.state === "active" &&
      flow.hold === null &&
      flow.timeouts === 0 &&
      !webhook.batch_seconds &&
      !webhook.quiet_seconds &&
      articles.size === events.length && // a newer event of an article is sent after the response to the older one
      events.length <= Math.min(most, mostNow(registered, nowMs)) &&
      this.#store.nextDueMs("any") === null;
    return isFree ? events.map((one) => postOf(webhook, asDelivery(one))) : [];
  }

  /** When the next request may be made; null if there is none. */
  dueMs(registered: Registered, nowMs: number): number | null {
    const due = this.#store.nextDueMs(sendingOf(registered));
    if (due === null) return null;
    const { flow } = registered;
    return Math.max(due, flow.hold?.untilMs ?? 0, room(ratesOf(registered, nowMs), flow.begun, nowMs).nextMs);
  }
}

/** A delivery without its article's content. One that cannot be read stays as it is: its request then fails alone. */
function thinned(delivery: DueDelivery): DueDelivery {
  try {
    return thin(delivery);
  } catch {
    return delivery;
  }
}

/** The oldest delivery of each article. A newer one is sent after its response, so that it cannot arrive first. */
function oldestOfEach(due: readonly DueDelivery[]): DueDelivery[] {
  const oldest = new Map<string, number>();
  for (const { article_id, seq } of due) oldest.set(article_id, Math.min(seq, oldest.get(article_id) ?? seq));
  return due.filter(({ article_id, seq }) => oldest.get(article_id) === seq);
}

/** How many requests may start now. After a hold only one: its response decides how to continue. */
function mostNow(registered: Registered, nowMs: number): number {
  const { hold, begun } = registered.flow;
  if (hold && hold.untilMs > nowMs) return 0;
  return Math.min(hold ? 1 : Number.POSITIVE_INFINITY, room(ratesOf(registered, nowMs), begun, nowMs).left);
}

/** Which deliveries an endpoint's state allows. */
function sendingOf({ health, webhook }: Registered): Sending {
  if (isHeld(health)) return "tests";
  return webhook.ordered ? "in-order" : "any";
}
