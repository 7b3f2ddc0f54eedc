import type { Context } from "hono";
import type { Bindings } from "../../env.ts";
import { base32, sha256 } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { mayActFor, type Principal } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";

/** Who calls, by the bearer token. A wrong token and a missing one fail alike. */
export async function authenticate(c: Context<App>): Promise<Result<Principal>> {
  const bearer = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const principal = bearer ? await principalOf(c.env, bearer) : null;
  return principal ? ok(principal) : fail({ tag: "unauthenticated" });
}

async function principalOf(env: Bindings, bearer: string): Promise<Principal | null> {
  // Digests have one length, so the comparison reveals nothing, not even the length of the secret.
  const given = await sha256(bearer);
  if (env.ADMIN_TOKEN && crypto.subtle.timingSafeEqual(given, await sha256(env.ADMIN_TOKEN))) {
    return { kind: "admin" };
  }
  const id = tokenIdIn(bearer);
  return id === null ? null : directoryOf(env).tokens.holder(id, base32(given, 52));
}

/** A token is its id, an underscore and its secret: `tok_…_…`. */
function tokenIdIn(bearer: string): string | null {
  return /^(tok_[0-9a-z]{26})_[0-9a-z]{26}$/.exec(bearer)?.[1] ?? null;
}

/** The hash under which a token is stored. */
export async function tokenHash(token: string): Promise<string> {
  return base32(await sha256(token), 52);
}

/** Whether the caller may act for all of these organizations. The failure is the same whether they exist or not. */
export function authorize(principal: Principal, organizations: readonly string[]): Result<null> {
  return mayActFor(principal, organizations) ? ok(null) : fail({ tag: "forbidden" });
}
