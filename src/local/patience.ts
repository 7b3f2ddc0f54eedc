import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "./outcome.ts";

/** What one try came to: when it failed, whether another makes sense, and how long the service asks to wait. */
export type Tried<T> =
  | { ok: true; value: T }
  | { ok: false; reason: string; again: boolean; afterSeconds: number | null };

const TRIES = 8;
const LONGEST_SECONDS = 30;
const TRY_AGAIN = [408, 429, 500, 502, 503, 504];

/**
 * Tries until it succeeds, cannot, or has failed too often: waits as long as the service asks, or 1, 2, 4 … seconds.
 * @param attempt is told how often it has failed
 * @param say is told of each failure
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

/** An answer that is none of those hoped for. */
export function refusal(response: Response, reason: string): Tried<never> {
  const after = Number(response.headers.get("retry-after") ?? Number.NaN);
  return {
    ok: false,
    reason,
    again: TRY_AGAIN.includes(response.status),
    afterSeconds: Number.isFinite(after) ? after : null,
  };
}

/** A connection that failed, or broke off. */
export const broken = (reason: string): Tried<never> => ({
  ok: false,
  reason,
  again: true,
  afterSeconds: null,
});
