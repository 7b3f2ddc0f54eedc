import type { ArticleFields } from "../../model/article.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Principal } from "../../model/token.ts";
import type { Once } from "../../objects/directory/idempotency.ts";

/** The Idempotency-Key of a request, and what it was used for; null if it has none. A key counts for its caller alone. */
export async function idempotencyOf(
  principal: Principal,
  header: string | null,
  body: ArticleFields,
): Promise<Result<Once | null>> {
  if (header === null) return ok(null);
  if (header.length === 0 || header.length > LIMITS.IDEMPOTENCY_KEY_CHARACTERS) {
    const message = `must have 1 to ${LIMITS.IDEMPOTENCY_KEY_CHARACTERS} characters`;
    return fail({ tag: "invalid", errors: [{ path: "Idempotency-Key", message }] });
  }
  // Read-only fields are no part of the request.
  const { updated_at: _u, withdrawn_at: _w, page_url: _p, attributions: _a, ...request } = body;
  const key = await digest(principal.kind === "admin" ? "admin" : principal.id, header);
  return ok({ key, request: await digest(canonicalJson(request)) });
}
