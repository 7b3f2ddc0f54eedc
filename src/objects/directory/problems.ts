import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import type { RecordProblem } from "../../model/record.ts";
import type { FieldError } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import { all, first, integer, json, rowOf, type Schema, text } from "../kit/sql.ts";

export const PROBLEMS_SCHEMA: Schema = {
  name: "problems",
  migrations: [
    `CREATE TABLE IF NOT EXISTS problems (
      key TEXT PRIMARY KEY,
      reason TEXT NOT NULL,
      errors TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS problems_oldest ON problems (at_ms);`,
  ],
};

const cause = rowOf({ reason: text("reason"), errors: text("errors") });
const problem = rowOf({
  key: text("key"),
  reason: (row) => text("reason")(row) as RecordProblem["reason"],
  errors: json<FieldError[]>("errors"),
  seen_at: (row) => rfc3339(integer("at_ms")(row)),
});

/** The SQL of invalid records. */
export class ProblemStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Stores the problem of a record, or removes it if null. Keeps the newest thousand.
   * @returns whether the problem is new
   */
  note(key: string, problem: Pick<RecordProblem, "reason" | "errors"> | null, nowMs: number): boolean {
    const before = first(
      this.#sql,
      cause,
      "DELETE FROM problems WHERE key = ? RETURNING reason, errors",
      key,
    );
    if (!problem) return false;
    const errors = JSON.stringify(problem.errors);
    this.#sql.exec(
      "INSERT INTO problems (key, reason, errors, at_ms) VALUES (?, ?, ?, ?)",
      key,
      problem.reason,
      errors,
      nowMs,
    );
    this.#sql.exec(
      "DELETE FROM problems WHERE key IN (SELECT key FROM problems ORDER BY at_ms DESC LIMIT -1 OFFSET ?)",
      LIMITS.PROBLEMS,
    );
    return before?.reason !== problem.reason || before.errors !== errors;
  }

  /** A page of problems ordered by key, after a cursor: the last key shown. */
  page(cursor: string | null): { problems: RecordProblem[]; cursor: string | null } {
    const query = "SELECT key, reason, errors, at_ms FROM problems WHERE key > ? ORDER BY key LIMIT ?";
    const rows = all(this.#sql, problem, query, cursor ?? "", LIMITS.PAGE_ITEMS + 1);
    const { items, cursor: next } = pageOf(rows, ({ key }) => key);
    return { problems: items, cursor: next };
  }
}

/** Invalid records and their problems. */
export class Problems extends RpcTarget {
  readonly #store: ProblemStore;

  constructor(store: ProblemStore) {
    super();
    this.#store = store;
  }

  /** A page of problems. */
  async page(cursor: string | null): Promise<{ problems: RecordProblem[]; cursor: string | null }> {
    return this.#store.page(cursor);
  }
}
