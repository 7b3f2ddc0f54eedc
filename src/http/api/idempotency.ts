import type { Context } from "hono";
import type { ArticleFields, NamedFields } from "../../model/article.ts";
import { canonicalJson, digest, randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Submission } from "../../objects/publishing/submissions.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";

/** A new article's submission; `key` names its claim, `replayed` that this very request was made before. */
export interface Claim {
  submission: Submission;
  key: string | null;
  replayed: boolean;
}

/**
 * Which id a new article gets. With an Idempotency-Key it is derived, so that a repetition means the same
 * article; the directory remembers for a day which request the key was used for.
 * @param said the request's body
 * @param input the same with its organizations
 */
export async function claim(
  c: Context<App>,
  said: ArticleFields,
  input: NamedFields,
): Promise<Result<Claim>> {
  const header = c.req.header("idempotency-key");
  if (header === undefined) {
    const id = input.id ?? randomId("art_");
    return ok({ submission: { id, input, fresh: input.id === undefined }, key: null, replayed: false });
  }
  if (header.length === 0 || header.length > LIMITS.IDEMPOTENCY_KEY_CHARACTERS) {
    const message = `must have 1 to ${LIMITS.IDEMPOTENCY_KEY_CHARACTERS} characters`;
    return fail({ tag: "invalid", errors: [{ path: "Idempotency-Key", message }] });
  }
  // Read-only ones are not believed; what was found is not what was said.
  const { updated_at: _u, withdrawn_at: _w, page_url: _p, attributions: _a, ...request } = said;
  const { principal } = c.var;
  const key = await digest(principal.kind === "admin" ? "admin" : principal.id, header);
  const claimed = await directoryOf(c.env).claim(key, await digest(canonicalJson(request)));
  if (claimed === "other") return fail({ tag: "idempotency-key-reused" });
  const submission = { id: input.id ?? `art_${key}`, input, fresh: false };
  return ok({ submission, key, replayed: claimed === "same" });
}
