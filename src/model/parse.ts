import * as v from "valibot";
import { type FieldError, fail, ok, type Result } from "./result.ts";

/** Checks a value against a schema. Every bad field is named, not only the first. */
export function parse<const S extends v.GenericSchema>(schema: S, input: unknown): Result<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  return result.success ? ok(result.output) : fail({ tag: "invalid", errors: result.issues.map(fieldError) });
}

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  const path = v.getDotPath(issue) ?? "";
  if (issue.kind === "schema" && issue.received === "undefined") return { path, message: "is required" };
  if (issue.type === "strict_object" && issue.expected === "never")
    return { path, message: "is not a known field" };
  return { path, message: issue.message };
}

/** JSON text as a value. */
export function parseJson(text: string): Result<unknown> {
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    return fail({ tag: "malformed", detail: "The text is not JSON." });
  }
}
