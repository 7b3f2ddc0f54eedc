import type { Context } from "hono";
import { exposition, type Gauge } from "../model/metrics.ts";
import { QUOTAS } from "../model/quota.ts";
import { fail } from "../model/result.ts";
import type { Health } from "../objects/directory/health.ts";
import { directoryOf } from "../objects/stubs.ts";
import { isOperator } from "./api/auth.ts";
import type { App } from "./context.ts";
import type { Reply } from "./methods.ts";

/** `GET /metrics`: for the operator, in the text format of Prometheus. Costs two object calls. */
export async function metrics(c: Context<App>): Promise<Reply> {
  if (!(await isOperator(c))) return fail({ tag: "unauthenticated" });
  const { metrics, health } = directoryOf(c.env);
  const [counts, state] = await Promise.all([metrics.get(), health.get()]);
  return c.body(exposition(counts, gaugesOf(state)), 200, {
    "content-type": "text/plain; version=0.0.4; charset=utf-8",
  });
}

function gaugesOf({ tickedMs, usedUp, objectErrors }: Health): Gauge[] {
  return [
    {
      name: "last_tick_timestamp_seconds",
      help: "When the last tick came.",
      samples: tickedMs === null ? [] : [{ value: tickedMs / 1_000 }],
    },
    {
      name: "quota_used_up",
      help: "Whether a daily quota is used up.",
      samples: QUOTAS.map((quota) => ({ labels: { quota }, value: usedUp.includes(quota) ? 1 : 0 })),
    },
    {
      name: "objects_with_errors",
      help: "Objects that fail at something or are late.",
      samples: [{ value: objectErrors }],
    },
  ];
}
