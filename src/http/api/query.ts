import * as v from "valibot";
import { base64, bytesOfBase64 } from "../../delivery/base64.ts";
import { parse } from "../../model/parse.ts";
import { type Failure, type FieldError, fail, ok, type Result } from "../../model/result.ts";
import { CURSOR, type Parameter } from "./operation.ts";

/** A failure of one query parameter. */
export const wrongQuery = (path: string, message: string): Failure => ({
  tag: "malformed-query",
  errors: [{ path, message }],
});

const NO_CURSOR = "is not a valid cursor";

/** A cursor that no page has returned. */
export const INVALID_CURSOR = wrongQuery("cursor", NO_CURSOR);

/** What a cursor begins with that is written in base64url (RFC 4648 §5). */
const ENCODED = "b64.";

/** A cursor as it is shown: of characters that a query takes as they are, whatever it was made of. */
export function shownCursor(cursor: string | null): string | null {
  if (cursor === null || (/^[\w.-]+$/.test(cursor) && !cursor.startsWith(ENCODED))) return cursor;
  const text = base64(new TextEncoder().encode(cursor));
  return ENCODED + text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The cursor that {@link shownCursor} was given. Those that were shown as they are, of before too, stay as they are. */
export function givenCursor(shown: string | null): string | null {
  if (!shown?.startsWith(ENCODED)) return shown;
  const text = shown.slice(ENCODED.length).replaceAll("-", "+").replaceAll("_", "/");
  const bytes = bytesOfBase64(text);
  return bytes ? new TextDecoder().decode(bytes) : shown;
}

/** The cursor of a list whose cursors are numbers. */
export const NUMBERED_CURSOR = {
  cursor: {
    ...CURSOR.cursor,
    schema: v.pipe(v.string(), v.regex(/^\d{1,15}$/, NO_CURSOR), v.transform(Number)),
  },
} as const;

/** The query parameters that an operation declares, checked. Any other is an error: it may be a misspelt one. */
export function readQuery(
  given: Record<string, string>,
  parameters: Record<string, Parameter> = {},
): Result<Record<string, unknown>> {
  const query: Record<string, unknown> = {};
  const known = Object.keys(parameters).filter((name) => parameters[name]?.in !== "header");
  const errors: FieldError[] = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((path) => ({
      path,
      message:
        known.length > 0
          ? `is no parameter; there are ${known.join(", ")}`
          : "is no parameter: there are none",
    }));
  for (const [name, parameter] of Object.entries(parameters)) {
    if (parameter.in === "header") continue;
    const value = readParameter(given[name], parameter);
    if (value.ok) query[name] = value.value;
    else errors.push({ path: name, message: value.message });
  }
  return errors.length > 0 ? fail({ tag: "malformed-query", errors }) : ok(query);
}

type Read = { ok: true; value: unknown } | { ok: false; message: string };

function readParameter(text: string | undefined, { required, values, schema }: Parameter): Read {
  if (text === undefined) return required ? { ok: false, message: "is required" } : { ok: true, value: text };
  if (values && !values.includes(text)) return { ok: false, message: `must be one of ${values.join(", ")}` };
  if (!schema) return { ok: true, value: text };
  const read = parse(schema, text);
  if (read.ok) return read;
  const [first] = read.failure.tag === "invalid" ? read.failure.errors : [];
  return { ok: false, message: first?.message ?? "is invalid" };
}
