import { LIMITS } from "../model/limits.ts";

/**
 * How long a receiver is waited for: less when it has timed out before, since the object is paid for meanwhile. One
 * that is slow by nature gets the whole time now and then, and with its answer from then on.
 * @param timeouts requests in a row that timed out
 */
export const timeoutMsAfter = (timeouts: number): number => shortened(timeouts, LIMITS.ATTEMPT_TIMEOUT_MS);

/** As {@link timeoutMsAfter}, for the publisher of a source, which may take longer. */
export const sourceTimeoutMsAfter = (timeouts: number): number =>
  shortened(timeouts, LIMITS.SOURCE_TIMEOUT_MS);

function shortened(timeouts: number, wholeMs: number): number {
  const place = timeouts % 5;
  if (place === 0) return wholeMs;
  return place === 1 ? LIMITS.SECOND_TIMEOUT_MS : LIMITS.FURTHER_TIMEOUT_MS;
}
