import { DAY_MS } from "../model/time.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** How often to ask, by how long an organization usually is silent: an hour divided evenly, so all hints agree. */
const PERIODS: readonly { silenceMs: number; minutes: number }[] = [
  { silenceMs: 2 * HOUR_MS, minutes: 5 },
  { silenceMs: 2 * DAY_MS, minutes: 15 },
  { silenceMs: 14 * DAY_MS, minutes: 30 },
];
const LONGEST_MINUTES = 60;

/**
 * Minutes between two polls that miss little: the one number behind Cache-Control, RSS `ttl` and `sy:updatePeriod`.
 * @param announcedMs when the latest articles were announced, in any order; milliseconds since 1970
 */
export function pollMinutes(announcedMs: readonly number[]): number {
  const times = [...announcedMs].sort((a, b) => b - a);
  const silences = times
    .slice(1)
    .map((time, index) => (times[index] ?? time) - time)
    .sort((a, b) => a - b);
  const median = silences[Math.floor(silences.length / 2)];
  if (median === undefined) return LONGEST_MINUTES;
  return PERIODS.find(({ silenceMs }) => median < silenceMs)?.minutes ?? LONGEST_MINUTES;
}
