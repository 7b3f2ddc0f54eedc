import { type Bindings, configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Token } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { tokenHash } from "./auth.ts";
import { newSecret, newTicket, tokenPlace } from "./credentials.ts";
import { answer, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";

const group = "Operator";
const needs = "operator";

/** Who may do what. */
export const TOKENS: readonly Operation[] = [
  operation({
    id: "listTokens",
    method: "GET",
    path: "/tokens",
    needs,
    group,
    summary: "List tokens and their last use",
    parameters: CURSOR,
    answers: { 200: "TokenPage" },
    handler: async ({ env, query }) => answer(await directoryOf(env).tokens.page(query.cursor ?? null)),
  }),
  operation({
    id: "createToken",
    method: "POST",
    path: "/tokens",
    needs,
    action: "token.create",
    group,
    summary: "Create a token for some organizations",
    detail: "The token is shown only in this response. Without `scopes` it has all of them.",
    body: json("TokenInput", {
      organizations: ["acme"],
      scopes: ["publish", "read"],
      description: "The press office",
    }),
    answers: { 201: "NewToken" },
    problems: ["limit-reached"],
    async handler({ env, body }) {
      const directory = directoryOf(env);
      const unknown = await directory.organizations.unknown(body.organizations, "refused");
      if (unknown.length > 0) {
        const errors = unknown.map((slug) => ({
          path: `organizations.${body.organizations.indexOf(slug)}`,
          message: `there is no organization ${slug}`,
        }));
        return fail({ tag: "invalid", errors });
      }
      const token: Token = { id: randomId("tok_"), ...body, created_at: rfc3339(Date.now()) };
      const secret = `${token.id}_${await newSecret(env, tokenPlace(token.id))}`;
      if (!(await directory.tokens.add(token, await tokenHash(secret)))) {
        return fail({ tag: "limit-reached", detail: `There can be at most ${LIMITS.TOKENS} tokens.` });
      }
      const link = await newLink(env, token.id);
      return changing([changeOf(token)], answer({ ...token, token: secret, ...link?.shown }));
    },
  }),
  operation({
    id: "createSignInLink",
    method: "POST",
    path: "/tokens/:id/sign-in-links",
    needs,
    action: "token.sign-in-link",
    group,
    summary: "Create a link that signs somebody in to the console",
    detail: "With this token, once, within 24 hours. Whoever is to use the console need not see a token.",
    answers: { 201: "SignInLink" },
    async handler({ env, params: { id = "" } }) {
      const link = await newLink(env, id);
      return link ? changing([changeOf(link.token)], answer(link.shown)) : fail({ tag: "not-found" });
    },
  }),
  operation({
    id: "revokeToken",
    method: "DELETE",
    path: "/tokens/:id",
    needs,
    action: "token.delete",
    group,
    summary: "Revoke a token",
    answers: { 204: null },
    async handler({ env, params: { id = "" } }) {
      const removed = await directoryOf(env).tokens.remove(id);
      return removed ? changing([changeOf(removed)], DONE) : fail({ tag: "not-found" });
    },
  }),
];

/** A new sign-in link of a token, as it is shown; null if there is no such token. */
async function newLink(env: Bindings, tokenId: string) {
  const ticket = await newTicket(env, "sign-in link");
  const untilMs = Date.now() + LIMITS.SIGN_IN_LINK_SECONDS * 1_000;
  const token = await directoryOf(env).sessions.addLink(tokenId, await tokenHash(ticket), untilMs);
  const { publicUrl } = configuration(env).site;
  const shown = {
    sign_in_url: `${publicUrl}/admin/sign-in/${ticket}`,
    sign_in_until: rfc3339(untilMs),
  };
  return token && { token, shown };
}

const changeOf = ({ id, organizations }: Token) => ({ object: id, organizations, outcome: "done" }) as const;
