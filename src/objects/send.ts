import type { AddressCheck } from "../delivery/addresses.ts";
import { formats } from "../delivery/body.ts";
import { afterAsking } from "../delivery/retry-after.ts";
import { nextAttemptAt } from "../delivery/schedule.ts";
import { signatureHeaders } from "../delivery/signing.ts";
import { LIMITS } from "../model/limits.ts";
import type { Webhook } from "../model/webhook.ts";
import { type Answer, post } from "../store/outgoing.ts";
import type { Settlement } from "./log.ts";
import type { DueDelivery } from "./waiting.ts";

/** A receiver: who it is, how to sign, what else to send, and whether its address may be called. */
export interface Target {
  webhook: Webhook;
  secrets: readonly string[];
  headers: Record<string, string>;
  address: AddressCheck;
}

/** 410: it wants no more. The delivery waits in case the endpoint is enabled again. */
export const isGone = ({ answer }: Settlement): boolean => answer.status === 410;

/** Tries a delivery once, and says what is to become of it. */
export async function send(target: Target, delivery: DueDelivery): Promise<Settlement> {
  const attemptedMs = Date.now();
  const answer = await attempt(target, delivery, attemptedMs);
  const number = delivery.attempts + 1;
  const made = { delivery, number, attemptedMs, answer };
  if (answer.error === "none") return { ...made, status: "delivered", nextMs: null };
  const nextMs = answer.status === 410 ? Date.now() : nextMsAfter(target, delivery, number, answer);
  if (nextMs === null || delivery.type === "webhook.test") return { ...made, status: "failed", nextMs: null };
  return { ...made, status: "pending", nextMs };
}

function nextMsAfter(target: Target, delivery: DueDelivery, number: number, answer: Answer): number | null {
  const now = Date.now();
  const failed = number - delivery.scheduleFrom;
  const scheduled = nextAttemptAt(failed, now, Math.random(), target.webhook.retry_seconds);
  return answer.retryAfter === undefined ? scheduled : afterAsking(scheduled, answer.retryAfter, now);
}

async function attempt(target: Target, delivery: DueDelivery, nowMs: number): Promise<Answer> {
  const { webhook, secrets, headers, address } = target;
  if (!address.ok) {
    return { status: null, latencyMs: 0, error: "address", detail: `url ${address.reason}`, response: "" };
  }
  const format = formats[webhook.format];
  const body = format.body(delivery);
  const signed = await signatureHeaders(secrets, delivery.eventId, Math.floor(nowMs / 1000), body);
  return post({
    url: address.url,
    headers: { ...headers, "content-type": format.contentType, ...signed },
    body,
    timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS,
    keptBytes: LIMITS.RESPONSE_KEPT_BYTES,
  });
}
