import type { Context } from "hono";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339 } from "../../model/time.ts";
import { type Token, TokenInput } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { changed } from "./audit.ts";
import { tokenHash } from "./auth.ts";
import { jsonBody } from "./body.ts";

/** `POST /tokens`: the answer shows the token, this once; what is kept is its hash. */
export async function createToken(c: Context<App>): Promise<Response> {
  const input = await jsonBody(c, TokenInput);
  if (!input.ok) return refuse(c, input.failure);
  const unknown = await directoryOf(c.env).unknown(input.value.organizations, "refused");
  if (unknown.length > 0) {
    const errors = unknown.map((slug) => ({
      path: `organizations.${input.value.organizations.indexOf(slug)}`,
      message: `there is no organization ${slug}`,
    }));
    return refuse(c, { tag: "invalid", errors });
  }
  const token: Token = { id: randomId("tok_"), ...input.value, created_at: rfc3339(Date.now()) };
  const secret = `${token.id}_${randomId("")}`;
  if (!(await directoryOf(c.env).addToken(token, await tokenHash(secret)))) {
    return refuse(c, { tag: "limit-reached", detail: `There may be ${LIMITS.TOKENS} tokens.` });
  }
  changed(c, { object: token.id, organizations: token.organizations, outcome: "done" });
  return c.json({ ...token, token: secret }, 201);
}

/** `GET /tokens?cursor=`: who may, without what they are let in by. */
export async function listTokens(c: Context<App>): Promise<Response> {
  return c.json(await directoryOf(c.env).tokens(c.req.query("cursor") ?? null));
}

/** `DELETE /tokens/{id}`: from now on the token opens nothing. */
export async function revokeToken(c: Context<App>): Promise<Response> {
  const removed = await directoryOf(c.env).removeToken(c.req.param("id") ?? "");
  if (!removed) return refuse(c, { tag: "not-found" });
  changed(c, { object: removed.id, organizations: removed.organizations, outcome: "done" });
  return c.body(null, 204);
}
