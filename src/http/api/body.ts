import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { GenericSchema, InferOutput } from "valibot";
import { parse, parseJson } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";

/** Refuses a body of more bytes, declared or counted (413). */
export const atMost = (limitBytes: number) =>
  bodyLimit({ maxSize: limitBytes, onError: (c) => refuse(c, { tag: "too-large", limitBytes }) });

/** The media type of a request's body, without parameters, in lower case. */
export function mediaTypeOf(c: Context<App>): string {
  return (c.req.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** A request's JSON body as a schema has it. Wrong type: 415; no JSON: 400; wrong fields: 422, each named. */
export async function jsonBody<const S extends GenericSchema>(
  c: Context<App>,
  schema: S,
): Promise<Result<InferOutput<S>>> {
  if (mediaTypeOf(c) !== "application/json") {
    return fail({ tag: "unsupported-media-type", accepted: ["application/json"] });
  }
  const text = await bodyText(c);
  const value = text.ok ? parseJson(text.value) : text;
  return value.ok ? parse(schema, value.value) : value;
}

/** A request's body as text; what is not UTF-8 is refused. */
export async function bodyText(c: Context<App>): Promise<Result<string>> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(await c.req.arrayBuffer()));
  } catch {
    return fail({ tag: "malformed", detail: "The body is not UTF-8." });
  }
}
