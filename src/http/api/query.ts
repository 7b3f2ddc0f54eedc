import type { Context } from "hono";
import { type Failure, fail, ok, type Result } from "../../model/result.ts";
import type { App } from "../context.ts";

/** A query that an operation cannot take. */
export const wrongQuery = (path: string, message: string): Failure => ({
  tag: "malformed-query",
  errors: [{ path, message }],
});

/** A cursor that no page has given. */
export const NO_CURSOR = wrongQuery("cursor", "is none that was given");

/** A cursor that is a number; null for the first page. */
export function numberedCursor(c: Context<App>): Result<number | null> {
  const cursor = c.req.query("cursor");
  if (cursor === undefined) return ok(null);
  return /^\d{1,15}$/.test(cursor) ? ok(Number(cursor)) : fail(NO_CURSOR);
}

/** A parameter that has one of some values; undefined when it is not given. */
export function choice<const T extends string>(
  c: Context<App>,
  name: string,
  values: readonly T[],
): Result<T | undefined> {
  const said = c.req.query(name);
  const known = values.find((value) => value === said);
  if (said === undefined || known !== undefined) return ok(known);
  return fail(wrongQuery(name, `must be one of ${values.join(", ")}`));
}

/** Whether webhooks are to hear nothing of what a request brings: `?alerts=none`, not `?alerts=all`. */
export function isQuiet(c: Context<App>, usual: "none" | "all"): Result<boolean> {
  const alerts = choice(c, "alerts", ["none", "all"]);
  return alerts.ok ? ok((alerts.value ?? usual) === "none") : alerts;
}
