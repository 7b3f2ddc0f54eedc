import type { Context, MiddlewareHandler } from "hono";
import type { Actor, Change } from "../../model/audit.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Principal } from "../../model/token.ts";
import { directoryOf } from "../../objects/stubs.ts";
import { logLine } from "../../store/log.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { authorize } from "./auth.ts";
import { numberedCursor } from "./query.ts";

/**
 * Says what a request has changed, where its address does not: of a new object, or of several. Said with nothing, it
 * has changed nothing.
 */
export function changed(c: Context<App>, ...changes: Change[]): void {
  c.set("changes", [...(c.var.changes ?? []), ...changes]);
}

/**
 * Writes what a request has changed into the audit log, before it is answered: what somebody was told is done is in
 * the log. A refusal changed nothing, and is not in it, so that nobody drives others out of it by asking in vain.
 */
export const audited =
  (action: string): MiddlewareHandler<App> =>
  async (c, next) => {
    await next();
    if (c.res.status >= 400 && c.res.status < 500) return;
    const changes = c.var.changes ?? [atAddress(c)];
    if (changes.length === 0) return;
    try {
      await directoryOf(c.env).addToAudit(actorOf(c.var.principal), action, changes);
    } catch (error) {
      // It is done; to say that it is not would have it done twice.
      logLine("error", "audit", {
        ...actorOf(c.var.principal),
        action,
        changes: JSON.stringify(changes),
        error: String(error),
      });
    }
  };

/** What the address names last was changed, in the organization that it names; where it names nothing, the address. */
function atAddress(c: Context<App>): Change {
  const names = c.req.param();
  return {
    object: (Object.values(names).at(-1) ?? c.req.path).slice(0, LIMITS.ARTICLE_ID_CHARACTERS),
    organizations: names.slug === undefined ? [] : [names.slug],
    outcome: c.res.status < 400 ? "done" : "failed",
  };
}

const actorOf = (principal: Principal): Actor =>
  principal.kind === "admin"
    ? { actor: "admin", description: "" }
    : { actor: principal.id, description: principal.description };

/** `GET /audit?organization=&actor=&cursor=`: who changed what, newest first; of one's own organizations. */
export async function readAudit(c: Context<App>): Promise<Response> {
  const { principal } = c.var;
  const { organization, actor = null } = c.req.query();
  const allowed = authorize(principal, organization === undefined ? [] : [organization]);
  if (!allowed.ok) return refuse(c, allowed.failure);
  const cursor = numberedCursor(c);
  if (!cursor.ok) return refuse(c, cursor.failure);
  const own = principal.kind === "admin" ? null : principal.organizations;
  const page = await directoryOf(c.env).audit({
    organizations: organization === undefined ? own : [organization],
    actor,
    cursor: cursor.value,
  });
  return c.json({ ...page, entries: page.entries.map((entry) => within(entry, own)) });
}

/** The same entry without the other organizations that it concerns. */
function within<T extends { organizations: string[] }>(entry: T, own: readonly string[] | null): T {
  if (!own) return entry;
  return { ...entry, organizations: entry.organizations.filter((slug) => own.includes(slug)) };
}
