import type { Context } from "hono";
import { LIMITS } from "../model/limits.ts";
import { rfc3339 } from "../model/time.ts";
import { directoryOf } from "../objects/stubs.ts";
import type { App } from "./context.ts";

/**
 * `GET /health`: 200 if the service works, 503 if the tick is late or a daily quota is used up. Costs one object call;
 * reads no KV, which may be what is used up.
 */
export async function health(c: Context<App>): Promise<Response> {
  const { tickedMs, usedUp } = await directoryOf(c.env).health.get();
  const isLate = tickedMs !== null && Date.now() - tickedMs > LIMITS.TICK_LATE_MS;
  const isWell = !isLate && usedUp.length === 0;
  const shown = {
    status: isWell ? "ok" : "degraded",
    ...(tickedMs === null ? {} : { last_tick_at: rfc3339(tickedMs) }),
    ...(usedUp.length > 0 ? { quotas_used_up: usedUp } : {}),
  };
  return c.json(shown, isWell ? 200 : 503);
}
