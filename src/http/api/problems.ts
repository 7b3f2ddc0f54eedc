import type { Context } from "hono";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";

/** `GET /problems?cursor=`: records in KV that cannot be used, and why. */
export async function listProblems(c: Context<App>): Promise<Response> {
  return c.json(await directoryOf(c.env).problems(c.req.query("cursor") ?? null));
}
