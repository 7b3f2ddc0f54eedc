import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import { type Failure, FieldError } from "../model/result.ts";

/** What each failure is called outside, and its status: the one place where a status code is chosen. */
export const PROBLEMS = {
  malformed: { status: 400, title: "The request cannot be read" },
  "malformed-query": { status: 400, title: "The address is wrong" },
  unauthenticated: { status: 401, title: "A token is needed" },
  forbidden: { status: 403, title: "Not with this token" },
  "scope-missing": { status: 403, title: "Not with this token's scopes" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Not that method" },
  "limit-reached": { status: 409, title: "That is the limit" },
  gone: { status: 410, title: "Withdrawn" },
  "too-large": { status: 413, title: "Too large" },
  "unsupported-media-type": { status: 415, title: "Not that media type" },
  invalid: { status: 422, title: "Some fields are wrong" },
  unrenderable: { status: 422, title: "The article cannot stand in a feed" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key was used" },
  "too-many-requests": { status: 429, title: "Too many whole feeds" },
  unavailable: { status: 503, title: "Try again" },
} as const satisfies Record<Failure["tag"], { status: ContentfulStatusCode; title: string }>;

/** An RFC 9457 problem: the body of every error answer of the API. */
export const Problem = v.object({
  type: v.pipe(
    v.picklist(Object.keys(PROBLEMS).map((name) => `urn:communique:problem:${name}`)),
    v.description("Stable: what to go by."),
  ),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  errors: v.exactOptional(
    v.pipe(v.array(FieldError), v.description("Every bad field: `path` as in `attachments.0.url`.")),
  ),
});
export type Problem = v.InferOutput<typeof Problem>;

/** A failure as a problem. */
export function problemOf(failure: Failure): Problem & { status: ContentfulStatusCode } {
  const { status, title } = PROBLEMS[failure.tag];
  const problem = { type: `urn:communique:problem:${failure.tag}`, title, status, detail: detailOf(failure) };
  return "errors" in failure ? { ...problem, errors: failure.errors } : problem;
}

function detailOf(failure: Failure): string {
  switch (failure.tag) {
    case "malformed":
    case "unrenderable":
    case "limit-reached":
    case "unavailable":
      return failure.detail;
    case "malformed-query": {
      const said = failure.errors.map((error) => `${error.path} ${error.message}`).join("; ");
      return `The address asks for what there is not: ${said}.`;
    }
    case "invalid":
      return `Not as they should be: ${failure.errors.map((error) => error.path || "the whole").join(", ")}.`;
    case "unauthenticated":
      return "Send a valid token: Authorization: Bearer tok_…";
    case "forbidden":
      return "This token does not reach that far, if it is there.";
    case "scope-missing":
      return `This token lacks the scope ${failure.scope}.`;
    case "not-found":
      return "There is nothing at this address.";
    case "gone":
      return "What was here has been withdrawn.";
    case "method-not-allowed":
      return `This address takes ${failure.allow.join(", ")}.`;
    case "too-large":
      return `The body may have at most ${failure.limitBytes} bytes.`;
    case "unsupported-media-type":
      return `Send ${failure.accepted.join(" or ")}.`;
    case "idempotency-key-reused":
      return "Another request with other content has used this Idempotency-Key within a day.";
    case "too-many-requests":
      return "Send back the ETag as If-None-Match: answers that say that nothing changed are not limited.";
  }
}

/** The headers that go with a failure. */
function headersOf(failure: Failure): Record<string, string> {
  if (failure.tag === "unauthenticated") return { "www-authenticate": 'Bearer realm="communique"' };
  if (failure.tag === "scope-missing") {
    // RFC 6750 §3.1: what a client reads to know which token to ask for.
    const said = `error="insufficient_scope", scope="${failure.scope}"`;
    return { "www-authenticate": `Bearer realm="communique", ${said}` };
  }
  if (failure.tag === "method-not-allowed") return { allow: failure.allow.join(", ") };
  if (failure.tag === "unavailable" || failure.tag === "too-many-requests")
    return { "retry-after": String(failure.retryAfterSeconds) };
  return {};
}

/** Answers with a failure as problem+json. */
export function refuse(c: Context, failure: Failure): Response {
  const body = problemOf(failure);
  return c.body(JSON.stringify(body), body.status, {
    "content-type": "application/problem+json; charset=utf-8",
    "cache-control": "no-store",
    ...headersOf(failure),
  });
}
