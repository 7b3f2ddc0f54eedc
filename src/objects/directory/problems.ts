import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { problemErrors, type RecordProblem } from "../../model/record.ts";
import type { FieldError } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import {
  addColumn,
  all,
  countRows,
  first,
  integer,
  json,
  nullable,
  rowOf,
  rowsIn,
  type Schema,
  text,
} from "../kit/sql.ts";
import type { WatchStore } from "./watchdog.ts";

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
    addColumn("problems", "webhook", "TEXT"),
    countRows("problems"),
    shortenErrors,
  ],
};

/** Errors once repeated what was given, so that some problems are too large for a page. */
function shortenErrors(sql: SqlStorage): void {
  const long = "SELECT key FROM problems WHERE LENGTH(errors) > ?";
  const before = "SELECT errors FROM problems WHERE key = ?";
  // Row by row: all of them together may be more than an object's memory.
  for (const key of all(sql, text("key"), long, LIMITS.ERROR_CHARACTERS)) {
    const errors = problemErrors(first(sql, json<FieldError[]>("errors"), before, key) ?? []);
    sql.exec("UPDATE problems SET errors = ? WHERE key = ?", JSON.stringify(errors), key);
  }
}

const cause = rowOf({ reason: text("reason"), errors: text("errors") });
const columns = rowOf({
  key: text("key"),
  reason: (row) => text("reason")(row) as RecordProblem["reason"],
  errors: json<FieldError[]>("errors"),
  seen_at: (row) => rfc3339(integer("at_ms")(row)),
  webhook: nullable("webhook", json<NonNullable<RecordProblem["webhook"]>>),
});

const problem = (row: Parameters<typeof columns>[0]): RecordProblem => {
  const { webhook, ...rest } = columns(row);
  return { ...rest, ...(webhook ? { webhook } : {}) };
};

/** What is wrong with a record or a webhook. */
export type ProblemCause = Omit<RecordProblem, "key" | "seen_at">;

const webhookKey = (id: string): string => `webhook:${id}`;

/** The SQL of problems. */
export class ProblemStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Stores the problem of a record, or removes it if null. Keeps the newest thousand.
   * @returns whether the problem is new
   */
  note(key: string, problem: ProblemCause | null, nowMs: number): boolean {
    const before = first(this.#sql, cause, "SELECT reason, errors FROM problems WHERE key = ?", key);
    if (!problem) {
      if (before) this.#sql.exec("DELETE FROM problems WHERE key = ?", key);
      return false;
    }
    const errors = JSON.stringify(problem.errors);
    this.#sql.exec(
      `INSERT INTO problems (key, reason, errors, at_ms, webhook) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (key) DO UPDATE SET reason = ?2, errors = ?3, at_ms = ?4, webhook = ?5`,
      key,
      problem.reason,
      errors,
      nowMs,
      problem.webhook ? JSON.stringify(problem.webhook) : null,
    );
    this.#sql.exec(
      "DELETE FROM problems WHERE key IN (SELECT key FROM problems ORDER BY at_ms LIMIT ?)",
      Math.max(0, this.count() - LIMITS.PROBLEMS),
    );
    return before?.reason !== problem.reason || before.errors !== errors;
  }

  /** How many there are. */
  count(): number {
    return rowsIn(this.#sql, "problems");
  }

  /** A page of problems ordered by key, after a cursor: the last key shown. */
  page(cursor: string | null): { problems: RecordProblem[]; cursor: string | null } {
    const query =
      "SELECT key, reason, errors, at_ms, webhook FROM problems WHERE key > ? ORDER BY key LIMIT ?";
    const rows = all(this.#sql, problem, query, cursor ?? "", LIMITS.PAGE_ITEMS + 1);
    const { items, cursor: next } = pageOf(rows, ({ key }) => key);
    return { problems: items, cursor: next };
  }

  /** Removes the problems of webhooks that were deleted. */
  forgetWebhooks(ids: readonly string[]): void {
    const query = "DELETE FROM problems WHERE key IN (SELECT value FROM json_each(?))";
    this.#sql.exec(query, JSON.stringify(ids.map(webhookKey)));
  }
}

/** Invalid records, and webhooks that fail or are disabled. */
export class Problems extends RpcTarget {
  readonly #store: ProblemStore;
  readonly #watched: WatchStore;

  constructor(store: ProblemStore, watched: WatchStore) {
    super();
    this.#store = store;
    this.#watched = watched;
  }

  /** Stores the problem of a webhook, or that it has none. Ignored for a deleted webhook, whose report comes late. */
  async reportWebhook(id: string, problem: ProblemCause | null): Promise<void> {
    if (this.#watched.has(id)) this.#store.note(webhookKey(id), problem, Date.now());
  }

  /** A page of problems. */
  async page(cursor: string | null): Promise<{ problems: RecordProblem[]; cursor: string | null }> {
    return this.#store.page(cursor);
  }
}
