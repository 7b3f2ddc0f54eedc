import * as v from "valibot";
import { LIMITS } from "./limits.ts";

/** An invalid field: `path` as in `attachments.0.url`, empty for the whole input. */
export const FieldError = v.object({ path: v.string(), message: v.string() });
export type FieldError = v.InferOutput<typeof FieldError>;

/**
 * Every failure of a request, as a value. Only `http/problem.ts` maps a tag to an RFC 9457 problem and a status code.
 */
export type Failure =
  | { tag: "malformed"; detail: string }
  /** `unknown`: organizations that it names and that do not exist, or none of its text; one of them may still come. */
  | { tag: "invalid"; errors: FieldError[]; unknown?: readonly string[] }
  | { tag: "malformed-query"; errors: FieldError[] }
  | { tag: "unrenderable"; detail: string }
  | { tag: "ambiguous"; errors: FieldError[] }
  | { tag: "unauthenticated" }
  | { tag: "forbidden" }
  | { tag: "scope-missing"; scope: string }
  | { tag: "not-found" }
  /** A withdrawn article. */
  | { tag: "gone" }
  /** An organization that has another address now: the first part of its paths. */
  | { tag: "moved"; address: string }
  /** A deleted organization. */
  | { tag: "closed" }
  /** What follows a place in the events is not kept. `oldest`: the oldest event that is; `cursor`: what comes before it. */
  | { tag: "expired"; oldest: string | null; cursor: string }
  | { tag: "method-not-allowed"; allow: string[] }
  /** `etag`: of what stands; null if nothing does. */
  | { tag: "precondition-failed"; etag: string | null }
  | { tag: "too-large"; limitBytes: number }
  | { tag: "unsupported-media-type"; accepted: string[] }
  | { tag: "idempotency-key-reused" }
  | { tag: "idempotency-key-in-use"; retryAfterSeconds: number }
  | { tag: "limit-reached"; detail: string }
  | { tag: "too-many-requests"; retryAfterSeconds: number }
  /** `organizations`: in which a part of it may be done. */
  | { tag: "unavailable"; detail: string; retryAfterSeconds: number; organizations?: readonly string[] };

/** A value or a failure. */
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** A success. */
export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** A failure. Its errors are {@link brief}. */
export const fail = (failure: Failure): { ok: false; failure: Failure } => ({
  ok: false,
  failure: "errors" in failure ? { ...failure, errors: failure.errors.map(brief) } : failure,
});

/** An error that does not repeat all that was given, however long it is: a wrong value, or the name of a field. */
export const brief = ({ path, message }: FieldError): FieldError => ({
  path: cut(path),
  message: cut(message),
});

/** The beginning of a text that is too long. It ends with a whole character. */
const cut = (text: string): string =>
  text.length > LIMITS.ERROR_CHARACTERS
    ? `${text.slice(0, LIMITS.ERROR_CHARACTERS - 1).replace(/[\uD800-\uDBFF]$/, "")}…`
    : text;

/**
 * Runs one step for all results that have not failed, in one call. Failures keep their places.
 * @param step gives one result for each value, in the same order
 */
export async function through<A, B>(
  results: readonly Result<A>[],
  step: (values: A[]) => Result<B>[] | Promise<Result<B>[]>,
): Promise<Result<B>[]> {
  const values = results.flatMap((result) => (result.ok ? [result.value] : []));
  const stepped = (values.length > 0 ? await step(values) : []).values();
  return results.map((result) => (result.ok ? (stepped.next().value ?? fail({ tag: "not-found" })) : result));
}
