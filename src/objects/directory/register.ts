import * as v from "valibot";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import { FieldError } from "../../model/result.ts";
import { rfc3339, timestamp } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS organizations (
    slug TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    closed INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS claims (
    key TEXT PRIMARY KEY,
    request TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS claims_oldest ON claims (at_ms);
  CREATE TABLE IF NOT EXISTS problems (
    key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    errors TEXT NOT NULL,
    at_ms INTEGER NOT NULL
  ) WITHOUT ROWID;`;

/** A record that another program wrote and that cannot be used. */
export const Problem = v.object({
  key: v.pipe(v.string(), v.description("Its key in RECORDS.")),
  reason: v.picklist(["malformed", "invalid", "unrenderable", "organization-unknown"]),
  errors: v.array(FieldError),
  seen_at: v.pipe(timestamp, v.description("When the sweep last met it so.")),
});
export type Problem = v.InferOutput<typeof Problem>;

/** An organization as it was entered, open or closed, and when. */
export interface Entry {
  organization: Organization;
  closed: boolean;
  changedMs: number;
}

/** The SQL of who exists, and of what is known of requests and records: claims on idempotency keys, problems. */
export class Register {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Enters an organization, or its new description; `closed` keeps its name known but takes it from the list. */
  enter(organization: Organization, closed: boolean, nowMs: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO organizations (slug, organization, closed, changed_ms) VALUES (?, ?, ?, ?)",
      organization.slug,
      JSON.stringify(organization),
      closed ? 1 : 0,
      nowMs,
    );
  }

  /** What was entered of an organization, as our own records have it, and when; no text when it is closed. */
  entry(slug: string): { text: string | null; changedMs: number } | null {
    const [row] = this.#sql.exec("SELECT * FROM organizations WHERE slug = ?", slug);
    if (!row) return null;
    return { text: row.closed === 1 ? null : String(row.organization), changedMs: Number(row.changed_ms) };
  }

  /** An open organization. */
  organization(slug: string): Organization | null {
    const [row] = this.#sql.exec(
      "SELECT organization FROM organizations WHERE slug = ? AND NOT closed",
      slug,
    );
    return row ? (JSON.parse(String(row.organization)) as Organization) : null;
  }

  /** Open organizations in the order of their slugs, after a cursor, which is the last slug shown. */
  page(cursor: string | null, limit: number): { organizations: Organization[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ organization: string }>(
        "SELECT organization FROM organizations WHERE slug > ? AND NOT closed ORDER BY slug LIMIT ?",
        cursor ?? "",
        limit + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.organization) as Organization);
    const { items, cursor: next } = pageOf(rows, ({ slug }) => slug, limit);
    return { organizations: items, cursor: next };
  }

  /** What was entered, closed ones too, in the order of the slugs: of some slugs, or the next ones after one. */
  entries(of: readonly string[] | { after: string; limit: number }): Entry[] {
    const rows =
      "after" in of
        ? this.#sql.exec(
            "SELECT * FROM organizations WHERE slug > ? ORDER BY slug LIMIT ?",
            of.after,
            of.limit,
          )
        : this.#sql.exec(
            "SELECT * FROM organizations WHERE slug IN (SELECT value FROM json_each(?)) ORDER BY slug",
            JSON.stringify(of),
          );
    return rows.toArray().map((row) => ({
      organization: JSON.parse(String(row.organization)) as Organization,
      closed: row.closed === 1,
      changedMs: Number(row.changed_ms),
    }));
  }

  /** When an organization last came, went, or was described anew. */
  changedMs(): number {
    const sql = "SELECT COALESCE(MAX(changed_ms), 0) AS changed FROM organizations";
    return this.#sql.exec<{ changed: number }>(sql).one().changed;
  }

  /** Those of the slugs that name no organization; with `open`, also those that name a closed one. */
  unknown(slugs: readonly string[], open: boolean): string[] {
    const rows = this.#sql.exec<{ slug: string }>(
      `SELECT value AS slug FROM json_each(?1) WHERE value NOT IN
        (SELECT slug FROM organizations WHERE NOT ?2 OR NOT closed)`,
      JSON.stringify(slugs),
      open ? 1 : 0,
    );
    return rows.toArray().map((row) => row.slug);
  }

  /**
   * Claims an idempotency key for a request, for a day. `new`: it was free; `same`: this very request has it;
   * `other`: a different request has it.
   */
  claim(key: string, request: string, nowMs: number): "new" | "same" | "other" {
    this.#sql.exec("DELETE FROM claims WHERE at_ms < ?", nowMs - LIMITS.IDEMPOTENCY_KEPT_HOURS * 3_600_000);
    const [row] = this.#sql.exec("SELECT request FROM claims WHERE key = ?", key);
    if (row) return row.request === request ? "same" : "other";
    this.#sql.exec("INSERT INTO claims (key, request, at_ms) VALUES (?, ?, ?)", key, request, nowMs);
    return "new";
  }

  /** Gives a claim back. */
  release(key: string): void {
    this.#sql.exec("DELETE FROM claims WHERE key = ?", key);
  }

  /**
   * Notes what is wrong with a record, or that nothing is. Keeps the newest thousand.
   * @returns whether something is wrong that was not known
   */
  note(key: string, problem: Pick<Problem, "reason" | "errors"> | null, nowMs: number): boolean {
    const [before] = this.#sql.exec("DELETE FROM problems WHERE key = ? RETURNING reason, errors", key);
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

  /** Known problems in the order of their keys, after a cursor, which is the last key shown. */
  problems(cursor: string | null): { problems: Problem[]; cursor: string | null } {
    const rows = this.#sql
      .exec("SELECT * FROM problems WHERE key > ? ORDER BY key LIMIT ?", cursor ?? "", LIMITS.PAGE_ITEMS + 1)
      .toArray()
      .map((row) => ({
        key: String(row.key),
        reason: row.reason as Problem["reason"],
        errors: JSON.parse(String(row.errors)) as FieldError[],
        seen_at: rfc3339(Number(row.at_ms)),
      }));
    const { items, cursor: next } = pageOf(rows, ({ key }) => key);
    return { problems: items, cursor: next };
  }
}
