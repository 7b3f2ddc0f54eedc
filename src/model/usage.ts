import * as v from "valibot";
import { PRICES } from "./costs.ts";
import { type Counts, refusedIn } from "./metrics.ts";
import { QUOTAS } from "./quota.ts";

/** What the service counted of what a plan limits. Rows are counted by the platform alone. */
const Amounts = v.object({
  requests: v.pipe(v.number(), v.description("Requests to the Worker, and ticks.")),
  kv_reads: v.number(),
  kv_writes: v.number(),
  kv_deletes: v.number(),
  kv_lists: v.number(),
  object_requests: v.pipe(v.number(), v.description("Calls of Durable Objects, and their alarms.")),
  deliveries: v.pipe(v.number(), v.description("Deliveries to webhooks that came to an end.")),
});

/** The service's use of its plan. */
export const Usage = v.object({
  today: v.pipe(Amounts, v.description("Since 00:00 UTC.")),
  last_30_days: Amounts,
  quotas_used_up: v.pipe(v.array(v.picklist(QUOTAS)), v.description("Those that were found used up today.")),
  free_plan_a_day: v.pipe(
    v.object({
      requests: v.number(),
      kv_reads: v.number(),
      kv_writes: v.number(),
      kv_deletes: v.number(),
      kv_lists: v.number(),
      object_requests: v.number(),
      rows_read: v.number(),
      rows_written: v.number(),
    }),
    v.description("The limits of the free plan, which begin anew at 00:00 UTC."),
  ),
});
export type Usage = v.InferOutput<typeof Usage>;

/** The counts as the API shows them. */
export function shownUsage({ today, month }: { today: Counts; month: Counts }): Usage {
  const { requests, kvReads, kvWrites, kvLists, objectRequests, rowsRead, rowsWritten } = PRICES;
  return {
    today: amounts(today),
    last_30_days: amounts(month),
    quotas_used_up: refusedIn(today),
    free_plan_a_day: {
      requests: requests.freeDay,
      kv_reads: kvReads.freeDay,
      kv_writes: kvWrites.freeDay,
      kv_deletes: kvWrites.freeDay,
      kv_lists: kvLists.freeDay,
      object_requests: objectRequests.freeDay,
      rows_read: rowsRead.freeDay,
      rows_written: rowsWritten.freeDay,
    },
  };
}

function amounts(counts: Counts): Usage["today"] {
  const of = (...series: string[]): number => series.reduce((sum, one) => sum + (counts[one] ?? 0), 0);
  return {
    requests: of("requests:"),
    kv_reads: of("kv_operations:read"),
    kv_writes: of("kv_operations:write"),
    kv_deletes: of("kv_operations:delete"),
    kv_lists: of("kv_operations:list"),
    object_requests: of("object_requests:call", "object_requests:alarm"),
    deliveries: of("deliveries:delivered", "deliveries:failed"),
  };
}
