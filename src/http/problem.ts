import type { ContentfulStatusCode } from "hono/utils/http-status";
import * as v from "valibot";
import { LIMITS } from "../model/limits.ts";
import { quotaFailure, quotaUsedUp } from "../model/quota.ts";
import { type Failure, FieldError } from "../model/result.ts";
import { logLine } from "../store/log.ts";
import { tallyRefusal } from "../store/tally.ts";
import type { HeaderName } from "./api/response-headers.ts";
import type { Visit } from "./context.ts";
import { requestIdOf } from "./request-id.ts";

/** What a failure is answered with. */
interface Answered {
  status: ContentfulStatusCode;
  title: string;
  /** What {@link headersOf} gives for it. */
  headers?: readonly HeaderName[];
  /** Its headers are not in every response. */
  someHeaders?: true;
}

/** The status, title and headers of each failure: the only place where an error status is chosen. */
export const PROBLEMS: Readonly<Record<Failure["tag"], Answered>> = {
  moved: { status: 301, title: "Moved" },
  malformed: { status: 400, title: "Malformed request" },
  "malformed-query": { status: 400, title: "Invalid query parameters" },
  unauthenticated: { status: 401, title: "Authentication required", headers: ["www-authenticate"] },
  forbidden: { status: 403, title: "Not found or no access" },
  "scope-missing": { status: 403, title: "Missing scope", headers: ["www-authenticate"] },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed", headers: ["allow"] },
  ambiguous: { status: 409, title: "Ambiguous page" },
  "idempotency-key-in-use": { status: 409, title: "Idempotency-Key in use", headers: ["retry-after"] },
  "limit-reached": { status: 409, title: "Limit reached" },
  gone: { status: 410, title: "Withdrawn" },
  closed: { status: 410, title: "Deleted" },
  expired: { status: 410, title: "Events not kept" },
  "precondition-failed": {
    status: 412,
    title: "Another version",
    headers: ["etag"],
    someHeaders: true,
  },
  "too-large": { status: 413, title: "Request body too large" },
  "unsupported-media-type": { status: 415, title: "Unsupported media type" },
  invalid: { status: 422, title: "Invalid fields" },
  unrenderable: { status: 422, title: "Article cannot be rendered" },
  "idempotency-key-reused": { status: 422, title: "Idempotency-Key already used" },
  "too-many-requests": { status: 429, title: "Too many requests", headers: ["retry-after"] },
  unavailable: { status: 503, title: "Service unavailable", headers: ["retry-after"] },
};

/** An RFC 9457 problem: the body of every error response of the API. */
export const Problem = v.object({
  type: v.pipe(
    v.picklist(Object.keys(PROBLEMS).map((name) => `urn:communique:problem:${name}`)),
    v.description("Stable. Use it to tell problems apart."),
  ),
  title: v.string(),
  status: v.number(),
  detail: v.string(),
  instance: v.exactOptional(
    v.pipe(
      v.string(),
      v.description(
        "Of a failure of the service: `urn:communique:request:` and the `request-id`, as in its log.",
      ),
    ),
  ),
  errors: v.exactOptional(
    v.pipe(
      v.array(FieldError),
      v.description("Every invalid field, with a `path` such as `attachments.0.url`."),
    ),
  ),
  oldest: v.exactOptional(
    v.pipe(
      v.nullable(v.string()),
      v.description("The id of the oldest event that is kept; null when there is none."),
    ),
  ),
  cursor: v.exactOptional(
    v.pipe(v.string(), v.description("As `after`, it lists the kept events from the oldest on.")),
  ),
});
export type Problem = v.InferOutput<typeof Problem>;

/** A failure as a problem. */
export function problemOf(failure: Failure): Problem & { status: ContentfulStatusCode } {
  const { status, title } = PROBLEMS[failure.tag];
  const problem = { type: `urn:communique:problem:${failure.tag}`, title, status, detail: detailOf(failure) };
  if (failure.tag === "expired") return { ...problem, oldest: failure.oldest, cursor: failure.cursor };
  return "errors" in failure ? { ...problem, errors: failure.errors } : problem;
}

function detailOf(failure: Failure): string {
  switch (failure.tag) {
    case "malformed":
    case "unrenderable":
    case "limit-reached":
    case "unavailable":
      return failure.detail;
    case "malformed-query":
      return `Invalid query parameters: ${failure.errors.map(({ path, message }) => `${path} ${message}`).join("; ")}.`;
    case "invalid":
      return `Invalid fields: ${failure.errors.map(({ path }) => path || "the whole body").join(", ")}.`;
    case "ambiguous": {
      const fields = failure.errors.map(({ path }) => path).join(" and ");
      return `The page leaves open: ${fields}. Send each of them beside the page, as JSON.`;
    }
    case "unauthenticated":
      return "Send a valid token: Authorization: Bearer tok_…";
    case "forbidden":
      return "It does not exist, or this token has no access to it.";
    case "scope-missing":
      return `This token lacks the scope ${failure.scope}.`;
    case "not-found":
      return "There is nothing at this address.";
    case "moved":
      return `The organization is at /${failure.address} now.`;
    case "gone":
      return "This article was withdrawn by its publisher.";
    case "closed":
      return "The organization was deleted. Its feeds and pages have ended.";
    case "expired":
      return `No event is known at this place, or the next ones are no longer kept: that is ${LIMITS.EVENTS_KEPT_DAYS} days. Read the feed, then go on after \`cursor\`.`;
    case "method-not-allowed":
      return `This address supports ${failure.allow.join(", ")}.`;
    case "precondition-failed":
      return failure.etag === null
        ? "There is nothing with this id. Nothing was changed."
        : `The version that stands is ${failure.etag}, as in the ETag of this answer. Nothing was changed. Get it, and send your change with its ETag in If-Match.`;
    case "too-large":
      return `The body may have at most ${failure.limitBytes} bytes.`;
    case "unsupported-media-type":
      return `Send ${failure.accepted.join(" or ")}.`;
    case "idempotency-key-reused":
      return `A request with different content used this Idempotency-Key in the last ${LIMITS.IDEMPOTENCY_KEPT_HOURS} hours. Use another key.`;
    case "idempotency-key-in-use":
      return "The first request with this Idempotency-Key is still running. Send this one again in a moment.";
    case "too-many-requests":
      return "This client has sent too many requests. Wait, and send the ETag of a feed back in If-None-Match: whole feeds are limited most.";
  }
}

/** The headers that go with a failure. */
export function headersOf(failure: Failure): Record<string, string> {
  if (failure.tag === "unauthenticated") return { "www-authenticate": 'Bearer realm="communique"' };
  if (failure.tag === "scope-missing") {
    // RFC 6750 §3.1: what a client reads to know which token to ask for.
    const error = `error="insufficient_scope", scope="${failure.scope}"`;
    return { "www-authenticate": `Bearer realm="communique", ${error}` };
  }
  if (failure.tag === "method-not-allowed") return { allow: failure.allow.join(", ") };
  if (failure.tag === "precondition-failed") return failure.etag === null ? {} : { etag: failure.etag };
  if ("retryAfterSeconds" in failure) return { "retry-after": String(failure.retryAfterSeconds) };
  return {};
}

/** A failure as a response with problem+json. */
export function refuse(c: Pick<Visit, "req">, failure: Failure): Response {
  const problem = problemOf(failure);
  const body =
    problem.status < 500
      ? problem
      : { ...problem, instance: `urn:communique:request:${requestIdOf(c.req.raw)}` };
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { ...headersOf(failure), "content-type": "application/problem+json; charset=utf-8" },
  });
}

/**
 * Logs an unexpected error, and returns the failure to answer with.
 * @param route the pattern of the address: the address itself may hold a key
 */
export function unexpected({ req }: Pick<Visit, "req">, route: string, error: unknown): Failure {
  const request_id = requestIdOf(req.raw);
  const quota = quotaUsedUp(error);
  logLine("error", "request", {
    request_id,
    method: req.raw.method,
    route,
    ...(quota ? { quota } : {}),
    error: String(error),
  });
  if (quota) {
    tallyRefusal(quota, Date.now());
    return quotaFailure(quota, Date.now());
  }
  const detail = "An internal error occurred. It is safe to send the request again.";
  return { tag: "unavailable", detail, retryAfterSeconds: 5 };
}
