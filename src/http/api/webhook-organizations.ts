import type { Bindings } from "../../env.ts";
import { OPERATOR } from "../../model/audit.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Principal } from "../../model/token.ts";
import type { Webhook } from "../../model/webhook.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { authorize } from "./auth.ts";

/** The organizations of a shared webhook, and the id of each that it names. */
interface Named {
  organizations: NonNullable<Webhook["organizations"]>;
  bound?: Record<string, string>;
}

/**
 * Resolves the organizations that a request names for a shared webhook. `all` is a list for the webhook of a token: those
 * that the token is for. A token names only its own.
 * @param owner of the webhook, if it exists: what the operator names for a token's must be that token's, too
 */
export async function nameOrganizations(
  env: Bindings,
  principal: Principal,
  asked: "all" | readonly string[],
  owner = principal.kind === "admin" ? OPERATOR : principal.id,
): Promise<Result<Named>> {
  if (asked === "all" && owner === OPERATOR) return ok({ organizations: "all" });
  const tokenId = owner === OPERATOR ? null : owner;
  const slugs = asked === "all" ? null : [...asked];
  const allowed = authorize(principal, slugs ?? []);
  if (!allowed.ok) return allowed;
  const bound = await directoryOf(env).sharing.identify(slugs, tokenId);
  const wrong = (slugs ?? []).filter((slug) => !(slug in bound));
  if (wrong.length > 0) {
    const errors = wrong.map((slug) => ({
      path: `organizations.${slugs?.indexOf(slug)}`,
      message: `there is no organization ${slug}${tokenId === null ? "" : " that the token is for"}`,
    }));
    return fail({ tag: "invalid", errors });
  }
  return ok({ organizations: slugs ?? Object.keys(bound), bound });
}
