import { readAudit } from "../audit.ts";
import { CURSOR, json, type Operation } from "../operation.ts";
import { listProblems } from "../problems.ts";
import { createToken, listTokens, revokeToken } from "../tokens.ts";

const group = "Operator";

/** What the operator does; the audit log is also for the organizations that it tells of. */
export const OPERATOR: readonly Operation[] = [
  {
    id: "listTokens",
    method: "GET",
    path: "/tokens",
    handler: listTokens,
    needs: "operator",
    group,
    summary: "List tokens and their last use",
    parameters: CURSOR,
    answers: { 200: "TokenPage" },
  },
  {
    id: "createToken",
    method: "POST",
    path: "/tokens",
    handler: createToken,
    needs: "operator",
    action: "token.create",
    group,
    summary: "Make a token for some organizations",
    detail: "The answer shows the token, this once. Without `scopes` it has all of them.",
    body: json("TokenInput", {
      organizations: ["acme"],
      scopes: ["publish", "read"],
      description: "The press office",
    }),
    answers: { 201: "NewToken" },
    problems: ["limit-reached"],
  },
  {
    id: "revokeToken",
    method: "DELETE",
    path: "/tokens/:id",
    handler: revokeToken,
    needs: "operator",
    action: "token.delete",
    group,
    summary: "Revoke a token",
    answers: { 204: null },
  },
  {
    id: "readAudit",
    method: "GET",
    path: "/audit",
    handler: readAudit,
    needs: "read",
    group,
    summary: "Who changed what, newest first",
    detail: "For a token: what concerns its organizations. Refusals changed nothing and are not in it.",
    parameters: {
      organization: { description: "Only of this organization.", example: "acme" },
      actor: { description: "Only by `admin`, or by the token of this id.", example: "admin" },
      ...CURSOR,
    },
    answers: { 200: "AuditPage" },
    problems: ["malformed-query"],
  },
  {
    id: "listProblems",
    method: "GET",
    path: "/problems",
    handler: listProblems,
    needs: "operator",
    group,
    summary: "Records in KV that cannot be used, and why",
    parameters: CURSOR,
    answers: { 200: "RecordProblemPage" },
  },
];
