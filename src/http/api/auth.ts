import type { Context } from "hono";
import { configuration } from "../../env.ts";
import { base32, sha256 } from "../../model/digest.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { mayActFor, type Principal } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { isWithin, TOO_MANY } from "../fair-use.ts";
import { judge, tokenPlace } from "./credentials.ts";

/** Who calls, by the token. A wrong token and a missing one fail alike, and call no object. */
export async function authenticate(c: Context<App>): Promise<Result<Principal>> {
  const credentials = credentialsOf(c);
  return credentials ? holderOf(c, credentials) : UNAUTHENTICATED;
}

/** Who holds a token. @param isBearer whether it may be the operator's */
export async function holderOf(
  c: Context<App>,
  { token, isBearer }: { token: string; isBearer: boolean },
): Promise<Result<Principal>> {
  const given = await sha256(token);
  if (isBearer && (await isAdminToken(c, given))) return ok({ kind: "admin" });
  // A token is its id, an underscore and its secret: `tok_…_…`.
  const [, id = "", secret = ""] = /^(tok_[0-9a-z]{26})_([0-9a-z]{26})$/.exec(token) ?? [];
  const judged = await judge(c.env, tokenPlace(id), secret);
  if (judged === "wrong") return UNAUTHENTICATED;
  if (judged === "unknown" && !(await isWithin(c, "WORK_LIMITER"))) return TOO_MANY;
  const changes = c.req.method !== "GET" && c.req.method !== "HEAD";
  const principal = await directoryOf(c.env).tokens.holder(id, base32(given, 52), changes);
  return principal ? ok(principal) : UNAUTHENTICATED;
}

/** Whether the operator calls, by the bearer token. Calls no object. */
export async function isOperator(c: Context<App>): Promise<boolean> {
  const credentials = credentialsOf(c);
  return credentials?.isBearer === true && isAdminToken(c, await sha256(credentials.token));
}

/**
 * The token of an Authorization header. As the password of Basic credentials it serves senders that take an address and
 * no headers: `https://token:TOKEN@…`. The operator's token is not taken so: it must not stand in anybody's address. No
 * answer asks for Basic, so no browser offers it.
 */
function credentialsOf(c: Context<App>): { token: string; isBearer: boolean } | null {
  const [, scheme = "", given = ""] =
    /^(Bearer|Basic) +(\S+) *$/i.exec(c.req.header("authorization") ?? "") ?? [];
  const isBearer = scheme.toLowerCase() === "bearer";
  const token = isBearer ? given : passwordIn(given);
  return token ? { token, isBearer } : null;
}

function passwordIn(credentials: string): string | undefined {
  try {
    return /^[^:]*:(\S+)$/.exec(atob(credentials))?.[1];
  } catch {
    return undefined; // not base64
  }
}

/** Digests have one length, so the comparison reveals nothing, not even the length of the secret. */
async function isAdminToken(c: Context<App>, given: ArrayBuffer | Uint8Array): Promise<boolean> {
  configuration(c.env); // an ADMIN_TOKEN that is too short lets nobody in
  const { ADMIN_TOKEN } = c.env;
  return Boolean(ADMIN_TOKEN && crypto.subtle.timingSafeEqual(given, await sha256(ADMIN_TOKEN)));
}

const UNAUTHENTICATED = fail({ tag: "unauthenticated" });

/** The hash under which a token is stored. */
export async function tokenHash(token: string): Promise<string> {
  return base32(await sha256(token), 52);
}

/** Whether the caller may act for all of these organizations. The failure is the same whether they exist or not. */
export function authorize(principal: Principal, organizations: readonly string[]): Result<null> {
  return mayActFor(principal, organizations) ? ok(null) : fail({ tag: "forbidden" });
}
