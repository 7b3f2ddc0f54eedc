import type { AddressCheck } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/formats.ts";
import { afterAsking } from "../../delivery/retry-after.ts";
import { nextAttemptAt } from "../../delivery/schedule.ts";
import { signatureHeaders } from "../../delivery/signing.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import { type Answer, post, uncalled } from "../../store/outgoing.ts";
import type { Settlement } from "./log.ts";
import type { DueDelivery } from "./waiting.ts";

/** A receiver: who it is, how to sign, what else to send, and whether its address may be called. */
export interface Target {
  webhook: Webhook;
  secrets: readonly string[];
  signingKey: string | null;
  headers: Record<string, string>;
  address: AddressCheck;
}

/** One request: a delivery under its event's id, or a batch of them under an id of its own. */
export interface Post {
  id: string;
  deliveries: readonly DueDelivery[];
  batch: boolean;
}

/** Makes a request once, and says what is to become of each delivery in it. */
export async function send(target: Target, posted: Post): Promise<Settlement[]> {
  const attemptedMs = Date.now();
  const answer = await attempt(target, posted, attemptedMs);
  const nextMs = answer.error === "none" ? null : nextMsAfter(target, posted, answer);
  const failed = nextMs === null ? "failed" : "pending";
  const status = answer.error === "none" ? "delivered" : failed;
  return posted.deliveries.map((delivery) => ({
    delivery,
    number: delivery.attempts + 1,
    status,
    attemptedMs,
    answer,
    nextMs,
  }));
}

/** When to try again; null for never. All of a batch are tried again together. */
function nextMsAfter(target: Target, { deliveries }: Post, answer: Answer): number | null {
  const now = Date.now();
  if (deliveries.some(({ type }) => type === "webhook.test")) return null;
  if (answer.status === 410) return now;
  const failed = Math.max(...deliveries.map(({ attempts, scheduleFrom }) => attempts + 1 - scheduleFrom));
  const scheduled = nextAttemptAt(failed, now, Math.random(), target.webhook.retry_seconds);
  return answer.retryAfter === undefined ? scheduled : afterAsking(scheduled, answer.retryAfter, now);
}

async function attempt(target: Target, posted: Post, nowMs: number): Promise<Answer> {
  const { secrets, signingKey, headers, address } = target;
  if (!address.ok) return uncalled(`url ${address.reason}`);
  const { contentType, body } = written(target.webhook, posted);
  const seconds = Math.floor(nowMs / 1000);
  const signed = await signatureHeaders(secrets, posted.id, seconds, body, signingKey);
  return post({
    url: address.url,
    headers: { ...headers, "content-type": contentType, ...signed },
    body,
    timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS,
    keptBytes: LIMITS.RESPONSE_KEPT_BYTES,
  });
}

function written({ format }: Webhook, { deliveries, batch }: Post): { contentType: string; body: string } {
  const { contentType, body, list } = formats[format];
  if (batch && list) return { contentType: list.contentType, body: list.body(deliveries) };
  return { contentType, body: deliveries.map(body).join("") };
}
