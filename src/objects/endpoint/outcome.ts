import { isChatAddress } from "../../delivery/chat-hosts.ts";
import {
  type HealthChange,
  type Hold,
  healthNotice,
  nextHealth,
  shownHealth,
} from "../../delivery/health.ts";
import { afterAsking, retryAfterMs } from "../../delivery/retry-after.ts";
import { nextAttemptAt } from "../../delivery/schedule.ts";
import { deliveryId, type SentRequest } from "../../model/delivery.ts";
import { ArticleEventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { Answer } from "../../store/outgoing.ts";
import { backoffMs } from "../kit/alarm.ts";
import { countSettled } from "./counts.ts";
import type { OperationalEvents } from "./events.ts";
import type { Identified } from "./gathering.ts";
import type { Post } from "./queue.ts";
import type { EndpointState, Flow } from "./state.ts";
import type { DeliveryStore, Settlement } from "./store.ts";

/** One request and its outcome. */
export interface Result {
  post: Post;
  attemptedMs: number;
  answer: Answer;
  /** Null if nothing was sent. */
  request: SentRequest | null;
}

/**
 * The meaning of a response. `gone`: the receiver wants no more requests. `too-large`: the batch must be smaller.
 * `secret`: nothing was sent, because the webhook's secret cannot be opened. `broken`: nothing was sent, because the message
 * cannot be made.
 */
export type Meaning = "delivered" | "failed" | "gone" | "too-large" | "secret" | "broken";

/** The meaning of a response from a receiver's URL. */
export function meaningOf({ status, error, disable }: Answer, url: string, messages: number): Meaning {
  if (error === "secret") return "secret";
  if (error === "none") return "delivered";
  // One message of a batch is broken: smaller batches separate it from the others.
  if (error === "internal") return messages > 1 ? "too-large" : "broken";
  if (status === 410 || disable || (status === 404 && isChatAddress(url))) return "gone";
  return status === 413 && messages > 1 ? "too-large" : "failed";
}

/** The result of a request for each of its deliveries. */
export function settlementsOf(
  { post: { deliveries }, attemptedMs, answer, request }: Result,
  { url, retry_seconds }: Webhook,
  nowMs: number,
  random: number,
): Settlement[] {
  const meaning = meaningOf(answer, url, deliveries.length);
  const nextMs = nextMsAfter(meaning);
  return deliveries.map((delivery) => ({
    delivery,
    status: meaning === "delivered" ? "delivered" : nextMs === null ? "failed" : "pending",
    attemptedMs,
    answer,
    request,
    nextMs,
    // Neither counts as a failed attempt: the receiver has not rejected the message itself.
    scheduleFrom: delivery.scheduleFrom + (meaning === "too-large" || meaning === "secret" ? 1 : 0),
    batch: meaning === "too-large" ? null : delivery.batch,
  }));

  /** All deliveries of a request are retried together. After `gone`, `too-large` and `secret` they stay due now. */
  function nextMsAfter(of: Meaning): number | null {
    if (of === "delivered" || of === "broken" || deliveries.some(({ type }) => type === "webhook.test"))
      return null;
    if (of !== "failed") return nowMs;
    const failed = Math.max(...deliveries.map(({ attempts, scheduleFrom }) => attempts + 1 - scheduleFrom));
    const scheduled = nextAttemptAt(failed, nowMs, random, retry_seconds);
    return answer.retryAfter === undefined ? scheduled : afterAsking(scheduled, answer.retryAfter, nowMs);
  }
}

/**
 * Updates the flow control after a request.
 * @param nextMs when the delivery is retried, used for a 429 without Retry-After
 * @param failures failed attempts in a row
 */
export function nextFlow(
  flow: Flow,
  { post: { deliveries }, answer }: Result,
  nextMs: number | null,
  nowMs: number,
  failures: number,
): Flow {
  const timeouts = answer.error === "timeout" ? flow.timeouts + 1 : 0;
  const isOver = flow.hold !== null && flow.hold.untilMs <= nowMs;
  const answers = answer.error === "none" && flow.hold?.by === "timeouts";
  const hold =
    holdAfter(flow.hold, answer, nextMs, nowMs, failures) ?? (isOver || answers ? null : flow.hold);
  const isTooLarge = (answer.status === 413 || answer.error === "internal") && deliveries.length > 1;
  const batchMost = isTooLarge ? Math.floor(deliveries.length / 2) : flow.batchMost;
  const isRefused = answer.status === 429 && (flow.hold === null || isOver);
  const slow = isRefused ? slowerThan(flow.slow, hold?.untilMs ?? nowMs, nowMs) : flow.slow;
  const next = { ...flow, timeouts, hold, slow, batchMost };
  const isSame = (Object.keys(flow) as (keyof Flow)[]).every((key) => next[key] === flow[key]);
  return isSame ? flow : next;
}

/**
 * A 429, or a 503 with Retry-After, holds the whole receiver, not only one delivery (RFC 6585 §4, RFC 9110 §15.6.4). So does a
 * timeout: each further delivery would be waited for as long, and in vain.
 */
function holdAfter(
  before: Hold | null,
  answer: Answer,
  nextMs: number | null,
  nowMs: number,
  failures: number,
): Hold | null {
  if (answer.error === "secret") return { by: "secrets", untilMs: nowMs + backoffMs(Math.max(1, failures)) };
  if (!asksToWait(answer)) return answer.error === "timeout" ? afterTimeout(before, nowMs) : null;
  const named = answer.retryAfter === undefined ? null : retryAfterMs(answer.retryAfter, nowMs);
  return { by: "receiver", untilMs: named ?? nextMs ?? nowMs };
}

/** One more wait, twice as long as the last; or the one that another request of the same round has begun. */
function afterTimeout(before: Hold | null, nowMs: number): Hold {
  if (before && before.untilMs > nowMs) return before;
  const tries = (before?.tries ?? 0) + 1;
  return { by: "timeouts", untilMs: nowMs + backoffMs(tries), tries };
}

/** The pace after a 429: half as fast as before, for ten minutes, so that a rate limit is not hit each time. */
function slowerThan(slow: Flow["slow"], heldUntilMs: number, nowMs: number): Flow["slow"] {
  const gapMs = slow && slow.untilMs > nowMs ? 2 * slow.gapMs : LIMITS.REFUSED_GAP_MS;
  return {
    gapMs: Math.min(gapMs, LIMITS.REFUSED_GAP_MOST_MS),
    untilMs: heldUntilMs + LIMITS.REFUSED_PACE_MS,
  };
}

/** Whether requests of a round that have not started are not sent after an answer: it holds the receiver. */
export const endsRound = (answer: Answer): boolean => asksToWait(answer) || answer.error === "timeout";

const asksToWait = ({ status, retryAfter }: Answer): boolean => status === 429 || retryAfter !== undefined;

const HEALTH_CHANGES: Readonly<Record<Meaning, HealthChange | null>> = {
  delivered: "success",
  failed: "failure",
  secret: "failure",
  gone: "gone",
  // The receiver works, and accepts smaller batches.
  "too-large": null,
  // Nothing was sent to it.
  broken: null,
};

/**
 * Stores the outcome of requests: deliveries, the endpoint's health and flow, and operational events.
 * @param fresh events that were sent before they were stored
 */
export function recordOutcome(
  { state, store, events }: { state: EndpointState; store: DeliveryStore; events: OperationalEvents },
  results: readonly Result[],
  nowMs: number,
  fresh: readonly Identified[] = [],
): void {
  const registered = state.read();
  if (!registered) return; // deleted during the requests
  const { webhook } = registered;
  let { health, flow } = registered;
  const settled: Settlement[] = [];
  for (const result of results) {
    const settlements = settlementsOf(result, webhook, nowMs, Math.random());
    const before = health;
    health = nextHealth(before, healthChangeOf(result, webhook), nowMs);
    flow = nextFlow(flow, result, settlements[0]?.nextMs ?? null, nowMs, health.failures);
    const notice = healthNotice(before, health);
    if (notice) events.add(webhook.organization, notice, nowMs, { health: shownHealth(health, flow.hold) });
    settled.push(...settlements);
  }
  store.settle(settled, fresh);
  countSettled(settled);
  const waiting = settled.filter(({ nextMs }) => nextMs !== null);
  if (waiting.length > 0) {
    store.supersede(
      waiting.map(({ delivery }) => delivery.article_id),
      nowMs,
    );
  }
  for (const delivery of settled.filter(isExhausted).map(shownExhausted)) {
    events.add(webhook.organization, "delivery.exhausted", nowMs, { delivery });
  }
  if (health !== registered.health) state.setHealth(health);
  if (flow !== registered.flow) state.setFlow(flow);
}

/** A test does not change the health, unless the receiver answers that it wants no more requests. */
function healthChangeOf({ post: { deliveries }, answer }: Result, { url }: Webhook): HealthChange | null {
  if (answer.disable) return "gone";
  const isTest = deliveries.some(({ type }) => type === "webhook.test");
  return isTest ? null : HEALTH_CHANGES[meaningOf(answer, url, deliveries.length)];
}

/** Events about webhooks are never reported as exhausted: two failing webhooks would notify each other forever. */
const isExhausted = ({ status, delivery }: Settlement): boolean =>
  status === "failed" && ARTICLE_TYPES.includes(delivery.type);

const shownExhausted = ({ delivery: { eventId: event_id, type: event_type, article_id } }: Settlement) => ({
  id: deliveryId(event_id),
  event_id,
  event_type,
  article_id,
});

const ARTICLE_TYPES: readonly string[] = ArticleEventType.options;
