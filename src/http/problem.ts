import type { Context } from "hono";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { Failure, FieldError } from "../model/result.ts";

/** An RFC 9457 problem: the body of every error answer of the API. */
export interface Problem {
  /** Stable: `urn:communique:problem:` and a name. */
  type: string;
  title: string;
  status: ContentfulStatusCode;
  detail: string;
  errors?: FieldError[];
}

const problem = (type: string, status: ContentfulStatusCode, title: string, detail: string): Problem => ({
  type: `urn:communique:problem:${type}`,
  title,
  status,
  detail,
});

/** What a failure is called outside. The one place where a status code is chosen. */
export function problemOf(failure: Failure): Problem {
  switch (failure.tag) {
    case "malformed":
      return problem(failure.tag, 400, "The request cannot be read", failure.detail);
    case "malformed-query": {
      const said = failure.errors.map((error) => `${error.path} ${error.message}`).join("; ");
      const detail = `The address asks for what there is not: ${said}.`;
      return { ...problem(failure.tag, 400, "The address is wrong", detail), errors: failure.errors };
    }
    case "invalid": {
      const fields = failure.errors.map((error) => error.path || "the whole").join(", ");
      const detail = `Not as they should be: ${fields}.`;
      return { ...problem(failure.tag, 422, "Some fields are wrong", detail), errors: failure.errors };
    }
    case "unrenderable":
      return problem(failure.tag, 422, "The article cannot stand in a feed", failure.detail);
    case "unauthenticated":
      return problem(
        failure.tag,
        401,
        "A token is needed",
        "Send a valid token: Authorization: Bearer tok_…",
      );
    case "forbidden":
      return problem(
        failure.tag,
        403,
        "Not with this token",
        "This token does not reach that far, if it is there.",
      );
    case "not-found":
      return problem(failure.tag, 404, "Not found", "There is nothing at this address.");
    case "gone":
      return problem(failure.tag, 410, "Withdrawn", "What was here has been withdrawn.");
    case "method-not-allowed":
      return problem(failure.tag, 405, "Not that method", `This address takes ${failure.allow.join(", ")}.`);
    case "too-large":
      return problem(failure.tag, 413, "Too large", `The body may have at most ${failure.limitBytes} bytes.`);
    case "unsupported-media-type":
      return problem(failure.tag, 415, "Not that media type", `Send ${failure.accepted.join(" or ")}.`);
    case "idempotency-key-reused":
      return problem(
        failure.tag,
        422,
        "The Idempotency-Key was used",
        "Another request with other content has used this Idempotency-Key within a day.",
      );
    case "limit-reached":
      return problem(failure.tag, 409, "That is the limit", failure.detail);
    case "too-many-requests": {
      const detail =
        "Send back the ETag as If-None-Match: answers that say that nothing changed are not limited.";
      return problem(failure.tag, 429, "Too many whole feeds", detail);
    }
    case "unavailable":
      return problem(failure.tag, 503, "Try again", failure.detail);
  }
}

/** The headers that go with a failure. */
function headersOf(failure: Failure): Record<string, string> {
  if (failure.tag === "unauthenticated") return { "www-authenticate": 'Bearer realm="communique"' };
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
