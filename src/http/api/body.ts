import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { MiddlewareHandler } from "hono/types";
import { parse, parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { NDJSON } from "./bulk/lines.ts";
import type { Operation } from "./operation.ts";
import { SCHEMAS } from "./schemas.ts";

/** Refuses a larger body, by its declared length or by counting (413). */
export const atMost = (limitBytes: number, refusal = refuse): MiddlewareHandler<App> =>
  bodyLimit({ maxSize: limitBytes, onError: (c) => refusal(c, { tag: "too-large", limitBytes }) });

/** The media type of a request's body, without parameters, in lower case. */
export function mediaTypeOf(c: Context<App>): string {
  return (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/**
 * The body as the operation declares it. Another media type: 415; not JSON or not UTF-8: 400; invalid fields: 422, all of
 * them named.
 */
export async function readBody(
  c: Context<App>,
  { body = {}, bodyOptional, bodyBytes }: Operation,
): Promise<Result<unknown>> {
  const types = Object.keys(body);
  if (types.length === 0) return ok(undefined);
  const left = bodyOptional && c.req.header("content-type") === undefined;
  const given = left ? types[0] : mediaTypeOf(c);
  const type = types.find((one) => namesOf(one).includes(given ?? ""));
  const declared = type && body[type];
  if (!declared) return fail({ tag: "unsupported-media-type", accepted: types.flatMap(namesOf) });
  const schema = declared.read ?? SCHEMAS[declared.schema];
  if (left) return parse(schema, {});
  if (bodyBytes === null) return parse(schema, c.req.raw.body ?? new Blob([]).stream());
  const text = await bodyText(c);
  const value = text.ok && type === "application/json" ? parseJson(text.value) : text;
  return value.ok ? parse(schema, value.value) : value;
}

/** A media type and its other names. */
const namesOf = (type: string): readonly string[] => (NDJSON.includes(type) ? NDJSON : [type]);

/** A request's body as text, which must be UTF-8. */
async function bodyText(c: Context<App>): Promise<Result<string>> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await c.req.arrayBuffer()));
  } catch {
    return fail({ tag: "malformed", detail: "The body is not UTF-8." });
  }
}
