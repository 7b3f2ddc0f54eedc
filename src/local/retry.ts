import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "./outcome.ts";

/** The result of one attempt. After a failure: whether to retry, and the Retry-After of the service. */
export type Attempt<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; retryable: boolean; afterSeconds: number | null };

const MAX_ATTEMPTS = 8;
const MAX_WAIT_SECONDS = 30;
const RETRYABLE_STATUSES = [408, 429, 500, 502, 503, 504];

/**
 * Retries an operation up to a limit, after the service's Retry-After or with exponential backoff (1, 2, 4 … seconds).
 * @param attempt called with the number of failures so far
 * @param log called with a message for each failure
 */
export async function retry<T>(
  attempt: (failures: number) => Promise<Attempt<T>>,
  log: (text: string) => void,
): Promise<Outcome<T>> {
  for (let failures = 0; ; failures++) {
    const result = await attempt(failures);
    if (result.ok) return result;
    if (!result.retryable || failures + 1 === MAX_ATTEMPTS) return { ok: false, reason: result.reason };
    const seconds = result.afterSeconds ?? Math.min(2 ** failures, MAX_WAIT_SECONDS);
    log(`${result.reason}; again in ${seconds} s`);
    await delay(seconds * 1000);
  }
}

/** A failure from an error response. */
export function errorResponse(response: Response, reason: string): Attempt<never> {
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    reason,
    retryable: RETRYABLE_STATUSES.includes(response.status),
    afterSeconds: Number.isFinite(after) ? after : null,
  };
}

/** A failure of the connection. */
export const connectionError = (reason: string): Attempt<never> => ({
  ok: false,
  reason,
  retryable: true,
  afterSeconds: null,
});
