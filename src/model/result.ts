import * as v from "valibot";

/** An invalid field: `path` as in `attachments.0.url`, empty for the whole input. */
export const FieldError = v.object({ path: v.string(), message: v.string() });
export type FieldError = v.InferOutput<typeof FieldError>;

/**
 * Every failure of a request, as a value. Only `http/problem.ts` maps a tag to an RFC 9457 problem and a status code.
 */
export type Failure =
  | { tag: "malformed"; detail: string }
  | { tag: "invalid"; errors: FieldError[] }
  | { tag: "malformed-query"; errors: FieldError[] }
  | { tag: "unrenderable"; detail: string }
  | { tag: "ambiguous"; errors: FieldError[] }
  | { tag: "unauthenticated" }
  | { tag: "forbidden" }
  | { tag: "scope-missing"; scope: string }
  | { tag: "not-found" }
  | { tag: "gone" }
  | { tag: "method-not-allowed"; allow: string[] }
  | { tag: "too-large"; limitBytes: number }
  | { tag: "unsupported-media-type"; accepted: string[] }
  | { tag: "idempotency-key-reused" }
  | { tag: "limit-reached"; detail: string }
  | { tag: "too-many-requests"; retryAfterSeconds: number }
  | { tag: "unavailable"; detail: string; retryAfterSeconds: number };

/** A value or a failure. */
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** A success. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A failure. */
export const fail = (failure: Failure): { ok: false; failure: Failure } => ({ ok: false, failure });
