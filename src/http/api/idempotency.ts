import type { ArticleFields, NamedFields } from "../../model/article.ts";
import { canonicalJson, digest, randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Submission } from "../../objects/publishing/submissions.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { Caller } from "./operation.ts";

/** A new article's submission; `key` is that of its claim, `replayed` whether the same request was made before. */
export interface Claim {
  submission: Submission;
  key: string | null;
  replayed: boolean;
}

/**
 * Chooses the id of a new article. With an Idempotency-Key it is derived from the key, so that a repetition means the same
 * article; the directory remembers which request a key was used for.
 * @param input the body with its organizations
 */
export async function claim(
  { env, principal }: Caller,
  header: string | null,
  body: ArticleFields,
  input: NamedFields,
): Promise<Result<Claim>> {
  if (header === null) {
    const id = input.id ?? randomId("art_");
    return ok({ submission: { id, input, fresh: input.id === undefined }, key: null, replayed: false });
  }
  if (header.length === 0 || header.length > LIMITS.IDEMPOTENCY_KEY_CHARACTERS) {
    const message = `must have 1 to ${LIMITS.IDEMPOTENCY_KEY_CHARACTERS} characters`;
    return fail({ tag: "invalid", errors: [{ path: "Idempotency-Key", message }] });
  }
  // Read-only fields and what was found in the text are no part of the request.
  const { updated_at: _u, withdrawn_at: _w, page_url: _p, attributions: _a, ...request } = body;
  const key = await digest(principal.kind === "admin" ? "admin" : principal.id, header);
  const claimed = await directoryOf(env).idempotency.claim(key, await digest(canonicalJson(request)));
  if (claimed === "other") return fail({ tag: "idempotency-key-reused" });
  const submission = { id: input.id ?? `art_${key}`, input, fresh: false };
  return ok({ submission, key, replayed: claimed === "same" });
}
