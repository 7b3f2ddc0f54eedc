import type { MiddlewareHandler } from "hono";
import type { Bindings } from "../../env.ts";
import { base32, sha256 } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { admitted, mayActFor, type Need, type Principal } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";

/** Lets no one past without a valid token, and says nothing of what is behind. */
export const authenticate: MiddlewareHandler<App> = async (c, next) => {
  const bearer = /^Bearer +(\S+) *$/i.exec(c.req.header("authorization") ?? "")?.[1];
  const principal = bearer ? await principalOf(c.env, bearer) : null;
  if (!principal) return refuse(c, { tag: "unauthenticated" });
  c.set("principal", principal);
  await next();
};

async function principalOf(env: Bindings, bearer: string): Promise<Principal | null> {
  // Digests are of one length, so the comparison tells nothing, not even how long the secret is.
  const given = await sha256(bearer);
  if (env.ADMIN_TOKEN && crypto.subtle.timingSafeEqual(given, await sha256(env.ADMIN_TOKEN))) {
    return { kind: "admin" };
  }
  const id = tokenIdIn(bearer);
  return id === null ? null : directoryOf(env).holder(id, base32(given, 52));
}

/** Lets only those past who have what an operation needs. */
export const needing =
  (need: Need): MiddlewareHandler<App> =>
  async (c, next) => {
    const allowed = admitted(c.var.principal, need);
    if (!allowed.ok) return refuse(c, allowed.failure);
    await next();
  };

/** A token is its id, an underscore and its secret: `tok_…_…`. */
function tokenIdIn(bearer: string): string | null {
  return /^(tok_[0-9a-z]{26})_[0-9a-z]{26}$/.exec(bearer)?.[1] ?? null;
}

/** The hash under which a token is kept. */
export async function tokenHash(token: string): Promise<string> {
  return base32(await sha256(token), 52);
}

/** Whether the caller may act for all of these organizations. Says the same whether they exist or not. */
export function authorize(principal: Principal, organizations: readonly string[]): Result<null> {
  return mayActFor(principal, organizations) ? ok(null) : fail({ tag: "forbidden" });
}
