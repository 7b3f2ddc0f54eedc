import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { OPERATOR } from "../../model/audit.ts";
import { base32, randomId, sha256 } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { LinkState } from "../../model/session.ts";
import type { Principal } from "../../model/token.ts";
import { auditOf, directoryOf } from "../../objects/stubs.ts";
import { logLine } from "../../store/log.ts";
import { actorOf } from "../api/audit.ts";
import { tokenHash } from "../api/auth.ts";
import { isTicket, newTicket } from "../api/credentials.ts";
import { ownerOf } from "../api/sessions.ts";
import type { App } from "../context.ts";

/** Somebody who is signed in. */
export interface Session {
  id: string;
  principal: Principal;
  /** What every form must send back: a form of another site cannot know it. */
  csrf: string;
}

/** Browsers accept a cookie of this name from the host itself alone, for the whole host, over TLS (RFC 6265bis §4.1.3). */
const COOKIE = "communique";

/** The session of a request; null without one. A cookie that the service did not make costs no object call. */
export async function sessionOf(c: Context<App>): Promise<Session | null> {
  const ticket = getCookie(c, COOKIE, "host");
  if (!ticket || !(await isTicket(c.env, "session", ticket))) return null;
  const changes = c.req.method !== "GET" && c.req.method !== "HEAD";
  const found = await directoryOf(c.env).sessions.holder(
    await tokenHash(ticket),
    await operatorKey(c.env.ADMIN_TOKEN),
    changes,
  );
  if (!found) return null;
  return { id: found.id, principal: { ...found.principal, via: "console" }, csrf: await csrfOf(ticket) };
}

/** Signs somebody in who has shown a token. */
export async function signIn(c: Context<App>, principal: Principal): Promise<Session> {
  const { ticket, begins } = await beginning(c);
  const key = principal.kind === "admin" ? await operatorKey(c.env.ADMIN_TOKEN) : "";
  await directoryOf(c.env).sessions.begin({ ...begins, owner: ownerOf(principal), key });
  return begun(c, ticket, begins.id, principal);
}

/** Signs somebody in who has a link, and uses it up. */
export async function signInByLink(
  c: Context<App>,
  link: string,
): Promise<Session | Exclude<LinkState, "usable">> {
  if (!(await isTicket(c.env, "sign-in link", link))) return "unknown";
  const { ticket, begins } = await beginning(c);
  const hash = await tokenHash(link);
  const { sessions } = directoryOf(c.env);
  const state = await sessions.redeem(hash, begins);
  if (state !== "usable") return state;
  const { principal } = await sessions.link(hash);
  return principal ? begun(c, ticket, begins.id, principal) : "unknown";
}

/** What a sign-in link is good for. Changes nothing. */
export async function linkState(
  c: Context<App>,
  link: string,
): Promise<{ state: LinkState; principal: Principal | null }> {
  if (!(await isTicket(c.env, "sign-in link", link))) return { state: "unknown", principal: null };
  return directoryOf(c.env).sessions.link(await tokenHash(link));
}

/** Ends the session of a request. */
export async function signOut(c: Context<App>, session: Session): Promise<void> {
  await directoryOf(c.env).sessions.end(ownerOf(session.principal), session.id);
  deleteCookie(c, COOKIE, { prefix: "host", path: "/", secure: true });
  await noted(c, "session.end", session.id, session.principal);
}

async function beginning(c: Context<App>) {
  const ticket = await newTicket(c.env, "session");
  const browser = (c.req.header("user-agent") ?? "").slice(0, LIMITS.NAME_CHARACTERS);
  return { ticket, begins: { hash: await tokenHash(ticket), id: randomId("ses_"), browser } };
}

async function begun(c: Context<App>, ticket: string, id: string, principal: Principal): Promise<Session> {
  setCookie(c, COOKIE, ticket, {
    prefix: "host",
    path: "/",
    secure: true,
    httpOnly: true,
    sameSite: "Lax",
    maxAge: LIMITS.SESSION_SECONDS,
  });
  await noted(c, "session.begin", id, principal);
  return { id, principal: { ...principal, via: "console" }, csrf: await csrfOf(ticket) };
}

async function noted(c: Context<App>, action: string, object: string, principal: Principal): Promise<void> {
  const actor = { ...actorOf(principal), via: "console" as const };
  const organizations = principal.kind === "admin" ? [] : principal.organizations;
  try {
    await auditOf(c.env).addToAudit(actor, action, [{ object, organizations, outcome: "done" }]);
  } catch (error) {
    // The session is what was asked for: it stands without its entry.
    logLine("error", "audit", { ...actor, action, error: String(error) });
  }
}

/** Changes with ADMIN_TOKEN, and with it the operator's sessions end. */
const operatorKey = async (token = ""): Promise<string> =>
  base32(await sha256(`console ${OPERATOR} ${token}`), KEY_CHARACTERS);

const csrfOf = async (ticket: string): Promise<string> =>
  base32(await sha256(`form ${ticket}`), KEY_CHARACTERS);

const KEY_CHARACTERS = 26;

/** Whether a form has the value of its session. Takes as long whatever is wrong. */
export function isOwn(session: Session, given: string): boolean {
  const encoder = new TextEncoder();
  const expected = encoder.encode(session.csrf);
  const bytes = encoder.encode(given);
  return bytes.byteLength === expected.byteLength && crypto.subtle.timingSafeEqual(bytes, expected);
}
