const SECOND = 1;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/**
 * How long to wait after each failed attempt, in seconds. With the first, immediate attempt, these are ten attempts in
 * just under three days: a restart costs seconds, and an outage over a weekend loses no event.
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
 * When to attempt a delivery next, in milliseconds since 1970; `null` when there are no more attempts.
 * @param failedAttempts the number of failed attempts; 0 is due now
 * @param random in [0, 1)
 * @param delaysSeconds the waits after each failed attempt
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
