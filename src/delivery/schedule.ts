const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long to wait after each failed try, in seconds. With the first try, which is made at once, these are ten
 * tries in just under three days: a restart costs seconds, an outage of a weekend costs no event.
 */
export const RETRY_DELAYS_SECONDS: readonly number[] = [
  5 * SECOND,
  1 * MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  24 * HOUR,
  24 * HOUR,
];

/** Each delay is stretched or shortened by up to this share, so that receivers are not all retried at once. */
const JITTER = 0.2;

/**
 * When a delivery is tried next, in milliseconds since 1970; `null` when the tries are exhausted.
 * @param failedAttempts the tries that have failed, the last one included; none yet means: due now
 * @param random in [0, 1)
 * @param delaysSeconds the waits after each failed try
 */
export function nextAttemptAt(
  failedAttempts: number,
  nowMs: number,
  random: number,
  delaysSeconds: readonly number[] = RETRY_DELAYS_SECONDS,
): number | null {
  if (failedAttempts === 0) return nowMs;
  const delay = delaysSeconds[failedAttempts - 1];
  if (delay === undefined) return null;
  return nowMs + Math.round(delay * 1_000 * (1 + JITTER * (2 * random - 1)));
}
