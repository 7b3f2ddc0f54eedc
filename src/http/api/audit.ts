import { type Actor, type Change, OPERATOR } from "../../model/audit.ts";
import { LIMITS } from "../../model/limits.ts";
import { moment, parseRfc3339 } from "../../model/time.ts";
import type { Principal } from "../../model/token.ts";
import { auditOf } from "../../objects/stubs.ts";
import { logLine } from "../../store/log.ts";
import { PROBLEMS } from "../problem.ts";
import { authorize } from "./auth.ts";
import { answer, type Caller, type Handled, type Operation, operation } from "./operation.ts";
import { NUMBERED_CURSOR } from "./query.ts";

/** Who changed what. */
export const AUDIT: readonly Operation[] = [
  operation({
    id: "listAuditEntries",
    method: "GET",
    path: "/audit",
    needs: "read",
    group: "Operator",
    summary: "List changes, newest first",
    detail:
      "For a token: those that concern its organizations. Failed requests changed nothing and are not listed. With `actor` or `action`, a page can have few entries, or none, and still a cursor.",
    parameters: {
      organization: { description: "Only of this organization.", example: "acme" },
      actor: { description: "Only by `admin`, or by the token with this id.", example: "admin" },
      action: { description: "Only changes of this kind.", example: "article.put" },
      since: { description: "Only those from then on.", example: "2025-01-01", schema: moment },
      until: { description: "Only those before then.", example: "2039-01-01", schema: moment },
      ...NUMBERED_CURSOR,
    },
    answers: { 200: "AuditPage" },
    async handler({ env, principal, query }) {
      const { organization, actor = null, action = null, since, until, cursor = null } = query;
      const allowed = authorize(principal, organization === undefined ? [] : [organization]);
      if (!allowed.ok) return allowed;
      const own = principal.kind === "admin" ? null : principal.organizations;
      const organizations = organization === undefined ? own : [organization];
      const page = await auditOf(env).page({
        organizations,
        actor,
        action,
        sinceMs: since === undefined ? null : parseRfc3339(since),
        untilMs: until === undefined ? null : parseRfc3339(until),
        cursor,
      });
      return answer({ ...page, entries: page.entries.map((entry) => within(entry, own)) });
    },
  }),
];

/** An entry without the other organizations that it concerns. */
function within<T extends { organizations: string[] }>(entry: T, own: readonly string[] | null): T {
  if (!own) return entry;
  return { ...entry, organizations: entry.organizations.filter((slug) => own.includes(slug)) };
}

/**
 * Writes to the audit log what a request changed, before it is answered. A refused request (4xx) changed nothing and is
 * not logged, so that nobody can push entries of others out of the log with failing requests.
 */
export async function audit(
  action: string,
  caller: Caller & { request: Request },
  handled: Handled,
): Promise<void> {
  if (!handled.ok && PROBLEMS[handled.failure.tag].status < 500) return;
  const changes = handled.changes ?? [changeAtPath(caller, handled.ok ? "done" : "failed")];
  if (changes.length === 0) return;
  const actor = actorOf(caller.principal);
  try {
    await auditOf(caller.env).addToAudit(actor, action, changes);
  } catch (error) {
    // The change is made: an error answer would have the client make it again.
    logLine("error", "audit", { ...actor, action, changes: JSON.stringify(changes), error: String(error) });
  }
}

/** The last thing that the path names, in the organization that it names; if it names nothing, the path. */
function changeAtPath(
  { params, request }: Caller & { request: Request },
  outcome: Change["outcome"],
): Change {
  return {
    object: (Object.values(params).at(-1) ?? new URL(request.url).pathname).slice(
      0,
      LIMITS.ARTICLE_ID_CHARACTERS,
    ),
    organizations: params.slug === undefined ? [] : [params.slug],
    outcome,
  };
}

/** A caller as the audit log names it. */
export const actorOf = (principal: Principal): Actor => ({
  ...(principal.kind === "admin"
    ? { actor: OPERATOR, description: "" }
    : { actor: principal.id, description: principal.description }),
  ...(principal.via ? { via: principal.via } : {}),
});
