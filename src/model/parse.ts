import * as v from "valibot";
import { jsonFault } from "./json-fault.ts";
import { LIMITS } from "./limits.ts";
import { type FieldError, fail, ok, type Result } from "./result.ts";

/** Validates a value. Every invalid field is reported, not only the first. */
export function parse<const S extends v.GenericSchema>(schema: S, input: unknown): Result<v.InferOutput<S>> {
  const crowded = crowdedField(input, "", FIELD_DEPTH);
  if (crowded !== null) {
    const message = `must have at most ${LIMITS.INPUT_ENTRIES} entries`;
    return fail({ tag: "invalid", errors: [{ path: crowded, message }] });
  }
  const result = v.safeParse(schema, input);
  return result.success ? ok(result.output) : fail({ tag: "invalid", errors: result.issues.map(fieldError) });
}

/** The deepest level of fields in any schema. */
const FIELD_DEPTH = 4;

/** The path of the first array or object with too many entries, each of which could be an error; null without one. */
function crowdedField(value: unknown, path: string, depth: number): string | null {
  if (typeof value !== "object" || value === null || depth === 0) return null;
  const entries = Object.entries(value);
  if (entries.length > LIMITS.INPUT_ENTRIES) return path;
  for (const [key, inner] of entries) {
    const crowded = crowdedField(inner, path === "" ? key : `${path}.${key}`, depth - 1);
    if (crowded !== null) return crowded;
  }
  return null;
}

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  const path = v.getDotPath(issue) ?? "";
  if (issue.kind === "schema" && issue.received === "undefined") return { path, message: "is required" };
  if (issue.type === "strict_object" && issue.expected === "never")
    return { path, message: "is not a known field" };
  return { path, message: issue.message };
}

/** Parses JSON. Rejects text with too many levels before it becomes a value. */
export function parseJson(text: string): Result<unknown> {
  if (isTooDeep(text)) {
    const detail = `The JSON nests more than ${LIMITS.JSON_DEPTH} objects and arrays in each other.`;
    return fail({ tag: "malformed", detail });
  }
  try {
    return ok(JSON.parse(text) as unknown);
  } catch {
    const fault = jsonFault(text);
    const place = fault === null ? "" : ` Line ${fault.line}, column ${fault.column}: ${fault.reason}.`;
    return fail({ tag: "malformed", detail: `The text is not JSON.${place}` });
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') inString = !inString;
    else if (inString) at += character === "\\" ? 1 : 0;
    else depth += STEPS[character] ?? 0;
    if (depth > LIMITS.JSON_DEPTH) return true;
  }
  return false;
}

const STEPS: Readonly<Record<string, number>> = { "{": 1, "[": 1, "}": -1, "]": -1 };
