import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "./outcome.ts";

/** The result of one attempt. After a failure: whether to retry, and the Retry-After of the service. */
export type Tried<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; again: boolean; afterSeconds: number | null };

const TRIES = 8;
const LONGEST_SECONDS = 30;
const TRY_AGAIN = [408, 429, 500, 502, 503, 504];

/**
 * Retries an operation up to a limit, after the service's Retry-After or with exponential backoff (1, 2, 4 … seconds).
 * @param attempt called with the number of failures so far
 * @param say called with a message for each failure
 */
export async function patiently<T>(
  attempt: (failures: number) => Promise<Tried<T>>,
  say: (text: string) => void,
): Promise<Outcome<T>> {
  for (let failures = 0; ; failures++) {
    const tried = await attempt(failures);
    if (tried.ok) return tried;
    if (!tried.again || failures + 1 === TRIES) return { ok: false, reason: tried.reason };
    const seconds = tried.afterSeconds ?? Math.min(2 ** failures, LONGEST_SECONDS);
    say(`${tried.reason}; again in ${seconds} s`);
    await delay(seconds * 1000);
  }
}

/** A failure from an error response. */
export function refusal(response: Response, reason: string): Tried<never> {
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    reason,
    again: TRY_AGAIN.includes(response.status),
    afterSeconds: Number.isFinite(after) ? after : null,
  };
}

/** A failure of the connection. */
export const broken = (reason: string): Tried<never> => ({
  ok: false,
  reason,
  again: true,
  afterSeconds: null,
});
