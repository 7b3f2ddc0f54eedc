import type { Actor, AuditEntry, AuditQuery, Change } from "../../model/audit.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, rfc3339 } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    description TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    organizations TEXT NOT NULL,
    outcome TEXT NOT NULL
  );`;

/** The SQL of who changed what. Bounded by number and by age: the oldest go first. */
export class Audit {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Writes down changes that one request has made. */
  add({ actor, description }: Actor, action: string, changes: readonly Change[], nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO audit (at_ms, actor, description, action, object, organizations, outcome)
        SELECT ?1, ?2, ?3, ?4, value ->> 'object', value ->> 'organizations', value ->> 'outcome' FROM json_each(?5)`,
      nowMs,
      actor,
      description,
      action,
      JSON.stringify(changes),
    );
    // Ids are in the order of time and without gaps, so both bounds are an id, found without reading the rest.
    this.#sql.exec(
      `DELETE FROM audit WHERE id <= max((SELECT max(id) FROM audit) - ?1,
        (SELECT id FROM audit WHERE at_ms >= ?2 ORDER BY id LIMIT 1) - 1)`,
      LIMITS.AUDIT_ENTRIES,
      nowMs - LIMITS.AUDIT_KEPT_DAYS * DAY_MS,
    );
  }

  /** Entries newest first, before a cursor, which is the last id shown. */
  page({ organizations, actor, cursor }: AuditQuery): { entries: AuditEntry[]; cursor: string | null } {
    const rows = this.#sql
      .exec(
        `SELECT * FROM audit WHERE id < ?1 AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR EXISTS
          (SELECT 1 FROM json_each(audit.organizations) AS one WHERE one.value IN (SELECT value FROM json_each(?3))))
          ORDER BY id DESC LIMIT ?4`,
        cursor ?? Number.MAX_SAFE_INTEGER,
        actor,
        organizations && JSON.stringify(organizations),
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray()
      .map(entryFrom);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { entries: items, cursor: next };
  }
}

const entryFrom = (row: Record<string, SqlStorageValue>): AuditEntry => ({
  id: String(row.id),
  at: rfc3339(Number(row.at_ms)),
  actor: String(row.actor),
  actor_description: String(row.description),
  action: String(row.action),
  object: String(row.object),
  organizations: JSON.parse(String(row.organizations)) as string[],
  outcome: row.outcome as AuditEntry["outcome"],
});
