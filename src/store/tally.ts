import { addCounts, type Counts, type METRICS, seriesOf } from "../model/metrics.ts";
import { QUOTAS, type Quota, quotaDay } from "../model/quota.ts";

let counted: Record<string, number> = {};
let operations = 0;
/** When a quota was found used up last, or when this isolate was told so. */
let refusedMs = 0;

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
}

/** As {@link tally}, for several series, which may be what another isolate has counted just now. */
export function tallyAll(counts: Counts): void {
  if (REFUSALS.some((series) => counts[series])) refusedMs = Date.now();
  for (const [series, count] of Object.entries(counts)) tally(series, count);
}

/** Counts a call of KV. */
export const tallyKv = (operation: (typeof METRICS)["kv_operations"]["values"][number]): void =>
  tally(seriesOf("kv_operations", operation));

/** How often something was counted since the counts were taken. */
export const tallied = (): number => operations;

/** Takes what this isolate has counted. */
export function takeTally(): Counts {
  if (quotaDay(refusedMs) !== quotaDay(Date.now())) {
    for (const series of REFUSALS) delete counted[series];
  }
  const taken = addCounts(counted, {});
  counted = {};
  operations = 0;
  return taken;
}
