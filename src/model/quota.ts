import type { Failure } from "./result.ts";
import { DAY_MS, HOUR_MS } from "./time.ts";

/** What the free plan bounds by the day, until 00:00 UTC (platform). */
export const QUOTAS = [
  "kv-reads",
  "kv-writes",
  "kv-deletes",
  "kv-lists",
  "object-requests",
  "object-duration",
  "object-rows-read",
  "object-rows-written",
] as const;
export type Quota = (typeof QUOTAS)[number];

/** The platform's words for them, in what it throws. */
const KV_OPERATIONS: Readonly<Record<string, Quota>> = {
  get: "kv-reads",
  getwithmetadata: "kv-reads",
  put: "kv-writes",
  delete: "kv-deletes",
  list: "kv-lists",
};
const OBJECT_AMOUNTS: Readonly<Record<string, Quota>> = {
  "volume of requests": "object-requests",
  duration: "object-duration",
  "rows read": "object-rows-read",
  "rows written": "object-rows-written",
};

/** What an error says, whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The quota that is used up for today, if that is why a call failed: `KV put() limit exceeded for the day.`, or `Exceeded
 * allowed rows written in Durable Objects free tier.` (platform). Null for any other error: a 429 can also be that one key was
 * written twice in a second, which is over soon.
 */
export function quotaUsedUp(error: unknown): Quota | null {
  const text = messageOf(error).toLowerCase();
  const [, operation = ""] = /\bkv (\w+)\(\) limit exceeded for the day/.exec(text) ?? [];
  const [, amount = ""] = /exceeded allowed ([a-z ]+?) in durable objects free tier/.exec(text) ?? [];
  return KV_OPERATIONS[operation] ?? OBJECT_AMOUNTS[amount] ?? null;
}

/** Whether a call of KV was refused because there were too many, of the day or of the moment. */
export const isRefused = (error: unknown): boolean =>
  quotaUsedUp(error) !== null || /\b429\b|limit exceeded for the day/i.test(messageOf(error));

/** The day by which quotas count. */
export const quotaDay = (ms: number): number => Math.floor(ms / DAY_MS);

/** In how many milliseconds the quotas of today begin anew. */
export const quotaRenewedInMs = (nowMs: number): number => DAY_MS - (nowMs % DAY_MS);

/** What a request is answered with that a used-up quota has stopped. */
export const quotaFailure = (quota: Quota, nowMs: number): Extract<Failure, { tag: "unavailable" }> => ({
  tag: "unavailable",
  detail: `A daily quota of the service's plan is used up (${quota}). It begins anew at 00:00 UTC: send the request again then.`,
  retryAfterSeconds: Math.ceil(quotaRenewedInMs(nowMs) / 1000),
});

/**
 * When to ask again after a quota was found used up: in an hour, in case it was raised; and just after 00:00 UTC, not all at
 * once.
 * @param random from 0 up to 1
 */
export const quotaRetryInMs = (nowMs: number, random: number): number =>
  Math.min(HOUR_MS, quotaRenewedInMs(nowMs) + Math.floor(random * SPREAD_MS));

const SPREAD_MS = 120_000;
