import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Duty } from "../kit/alarm.ts";
import { all, exists, integer, json, rowOf, text } from "../kit/sql.ts";
import { auditOf } from "../stubs.ts";

/** An entry of the audit log as the Directory stored it until 26 November 2026. */
export interface FormerEntry {
  id: number;
  atMs: number;
  actor: string;
  description: string;
  action: string;
  object: string;
  organizations: string[];
  outcome: string;
}

const entry = rowOf<{ [K in keyof FormerEntry]: FormerEntry[K] }>({
  id: integer("id"),
  atMs: integer("at_ms"),
  actor: text("actor"),
  description: text("description"),
  action: text("action"),
  object: text("object"),
  organizations: json<string[]>("organizations"),
  outcome: text("outcome"),
});

/** Moves the entries that the Directory stored to the audit log, newest first, and then drops their table. */
export class FormerAudit implements Duty {
  readonly name = "hand-over-audit";
  readonly #env: Bindings;
  readonly #sql: SqlStorage;
  #isLeft: boolean;

  constructor(env: Bindings, sql: SqlStorage) {
    this.#env = env;
    this.#sql = sql;
    this.#isLeft = exists(sql, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'audit'");
  }

  dueMs(): number | null {
    return this.#isLeft ? 0 : null;
  }

  async run(): Promise<void> {
    const query = "SELECT * FROM audit ORDER BY id DESC LIMIT ?";
    const entries = all(this.#sql, entry, query, LIMITS.AUDIT_ENTRIES_PER_CALL);
    const last = entries.at(-1);
    if (last) {
      await auditOf(this.#env).takeFormer(entries);
      this.#sql.exec("DELETE FROM audit WHERE id >= ?", last.id);
    } else {
      this.#sql.exec("DROP TABLE audit");
      this.#isLeft = false;
    }
  }
}
