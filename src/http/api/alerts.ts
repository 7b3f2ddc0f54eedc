import type { Context } from "hono";
import { fail, ok, type Result } from "../../model/result.ts";
import type { App } from "../context.ts";

/** Whether webhooks are to hear nothing of what a request brings: `?alerts=none`, not `?alerts=all`. */
export function isQuiet(c: Context<App>, usual: "none" | "all"): Result<boolean> {
  const alerts = c.req.query("alerts") ?? usual;
  if (alerts === "none" || alerts === "all") return ok(alerts === "none");
  return fail({ tag: "malformed-query", errors: [{ path: "alerts", message: "must be none or all" }] });
}
