import { OPERATOR } from "../../model/audit.ts";
import { fail } from "../../model/result.ts";
import type { Principal } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { answer, DONE, type Operation, operation } from "./operation.ts";

const group = "Caller";

/** Under which name a caller's sessions are kept. */
export const ownerOf = (principal: Principal): string =>
  principal.kind === "admin" ? OPERATOR : principal.id;

/** Who is signed in to the console with the caller's token. */
export const SESSIONS: readonly Operation[] = [
  operation({
    id: "listMySessions",
    method: "GET",
    path: "/me/sessions",
    needs: "token",
    group,
    summary: "List who is signed in to the console with your token",
    answers: { 200: "SessionList" },
    handler: async ({ env, principal }) =>
      answer({ sessions: await directoryOf(env).sessions.of(ownerOf(principal)) }),
  }),
  operation({
    id: "endMySession",
    method: "DELETE",
    path: "/me/sessions/:id",
    needs: "token",
    action: "session.end",
    group,
    summary: "Sign somebody out of the console",
    answers: { 204: null },
    async handler({ env, principal, params: { id = "" } }) {
      const ended = await directoryOf(env).sessions.end(ownerOf(principal), id);
      return ended ? DONE : fail({ tag: "not-found" });
    },
  }),
];
