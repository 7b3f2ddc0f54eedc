import { Scope } from "../../model/token.ts";
import { answer, type Operation, operation } from "./operation.ts";

/** Who calls. Costs nothing beyond the check of the token. */
export const ME: Operation = operation({
  id: "getMe",
  method: "GET",
  path: "/me",
  needs: "token",
  group: "Caller",
  summary: "Get what your token may do",
  detail:
    "`organizations` are those that it is still valid for; null for the operator, who may act for all. `id` and " +
    "`description` are those of the token; null for the operator's.",
  answers: { 200: "Me" },
  answerExample: {
    operator: false,
    id: "tok_0123456789abcdefghjkmnpqrs",
    description: "The press office",
    scopes: ["publish", "read"],
    organizations: ["acme"],
  },
  handler({ principal }) {
    if (principal.kind === "admin") {
      return answer({
        operator: true,
        id: null,
        description: null,
        scopes: Scope.options,
        organizations: null,
      });
    }
    const { id, description, scopes, organizations } = principal;
    return answer({ operator: false, id, description, scopes, organizations });
  },
});
