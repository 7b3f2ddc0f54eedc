import { durationCounts, seriesOf } from "../../model/metrics.ts";
import { tally, tallyAll } from "../../store/tally.ts";
import type { Settlement } from "./store.ts";

/** Counts deliveries that were given up without a request. */
export const countGivenUp = (outcome: "failed" | "superseded", count: number): void =>
  tally(seriesOf("deliveries", outcome), count);

/** Counts the outcome of requests. Tests are no deliveries of an event, and are not counted. */
export function countSettled(settlements: readonly Settlement[]): void {
  for (const { delivery, status, attemptedMs } of settlements) {
    if (delivery.type === "webhook.test") continue;
    if (delivery.attempts > 0) tally(seriesOf("retries", ""));
    if (status === "delivered" || status === "failed") tally(seriesOf("deliveries", status));
    if (status === "delivered") tallyAll(durationCounts("alert", (attemptedMs - delivery.at) / 1_000));
  }
}
