import type { Context } from "hono";
import { LIMITS } from "../model/limits.ts";
import { refusedIn } from "../model/metrics.ts";
import { type Quota, quotaUsedUp } from "../model/quota.ts";
import { rfc3339 } from "../model/time.ts";
import type { Health } from "../objects/directory/health.ts";
import { directoryOf } from "../objects/stubs.ts";
import { untaken } from "../store/tally.ts";
import { isOperator } from "./api/auth.ts";
import type { App } from "./context.ts";

/**
 * `GET /health`: 200 if the service works; 503 if the tick is late, a daily quota is used up, or an object has had errors
 * for minutes. With the operator's token it names the objects. Costs one object call, with the token two; reads no KV,
 * which may be what is used up.
 */
export async function health(c: Context<App>): Promise<Response> {
  const found = await healthOf(c);
  if (typeof found === "string") return c.json({ status: "degraded", quotas_used_up: [found] }, 503);
  const { tickedMs, usedUp, objectErrors } = found;
  const shown = {
    status: isWell(found, Date.now()) ? "ok" : "degraded",
    ...(tickedMs === null ? {} : { last_tick_at: rfc3339(tickedMs) }),
    ...(usedUp.length > 0 ? { quotas_used_up: usedUp } : {}),
    ...(objectErrors > 0 ? { objects_with_errors: objectErrors } : {}),
    ...((await isOperator(c)) ? await directoryOf(c.env).health.details() : {}),
  };
  return c.json(shown, shown.status === "ok" ? 200 : 503);
}

/** How the service is; or the quota that is used up, so that not even that can be asked. */
async function healthOf(c: Context<App>): Promise<Health | Quota> {
  try {
    const found = await directoryOf(c.env).health.get();
    // With what this isolate has found just now, and nobody was told of yet.
    return { ...found, usedUp: [...new Set([...found.usedUp, ...refusedIn(untaken())])] };
  } catch (error) {
    const quota = quotaUsedUp(error);
    if (quota === null) throw error;
    return quota;
  }
}

function isWell({ tickedMs, usedUp, isLasting }: Health, nowMs: number): boolean {
  const isLate = tickedMs !== null && nowMs - tickedMs > LIMITS.TICK_LATE_MS;
  return !isLate && usedUp.length === 0 && !isLasting;
}
