import { LIMITS } from "../model/limits.ts";
import { addCounts, type Counts, type METRICS, seriesOf } from "../model/metrics.ts";
import { QUOTAS, type Quota, quotaDay } from "../model/quota.ts";

let counted: Record<string, number> = {};
let operations = 0;
/** When a quota was found used up last, or when this isolate was told so. */
let refusedMs = 0;
/** Whether a quota was found used up here since the counts were taken. */
let hasRefusal = false;
/** When counts with such news were taken last. */
let newsMs = 0;

const REFUSALS: readonly string[] = QUOTAS.map((quota) => seriesOf("quota_refusals", quota));

/**
 * Counts something in this isolate, which costs nothing but memory: whoever calls the Directory anyway hands the counts on
 * ({@link takeTally}). What an isolate has counted since then is lost when it ends, so totals can be a little low.
 * @param series see `seriesOf`
 */
export function tally(series: string, count = 1): void {
  counted[series] = (counted[series] ?? 0) + count;
  operations += 1;
}

/** As {@link tally}, but does not bring forward when the counts are handed on. */
export function tallyQuietly(series: string): void {
  counted[series] = (counted[series] ?? 0) + 1;
}

/** Counts that a daily quota was found used up. It is news on the same day only. */
export function tallyRefusal(quota: Quota, nowMs: number): void {
  tally(seriesOf("quota_refusals", quota));
  refusedMs = nowMs;
  hasRefusal = true;
}

/** As {@link tally}, for several series, which may be what another isolate has counted just now. */
export function tallyAll(counts: Counts): void {
  if (REFUSALS.some((series) => counts[series])) refusedMs = Date.now();
  for (const [series, count] of Object.entries(counts)) tally(series, count);
}

/** Counts a call of KV. */
export const tallyKv = (operation: (typeof METRICS)["kv_operations"]["values"][number]): void =>
  tally(seriesOf("kv_operations", operation));

/**
 * Whether whoever can should hand the counts on by a call of its own: there are many, or a quota was found used up, which
 * the service's health is to show soon. A minute apart at least: what a quota stops may be every request.
 */
export const isToBeHandedOn = (nowMs: number): boolean =>
  operations >= LIMITS.TALLIED_MOST || (hasRefusal && Math.abs(nowMs - newsMs) >= MINUTE_MS);

const MINUTE_MS = 60_000;

/** What this isolate has counted and not handed on. */
export function untaken(): Counts {
  if (quotaDay(refusedMs) !== quotaDay(Date.now())) {
    for (const series of REFUSALS) delete counted[series];
  }
  return addCounts(counted, {});
}

/** Takes what this isolate has counted. */
export function takeTally(): Counts {
  const taken = untaken();
  if (hasRefusal) newsMs = Date.now();
  hasRefusal = false;
  counted = {};
  operations = 0;
  return taken;
}
