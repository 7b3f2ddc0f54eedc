import type { Bindings } from "../../env.ts";
import { etagOf } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { ListPage } from "../../model/listing.ts";
import { listed } from "../../model/organization.ts";
import { isRefused, quotaUsedUp } from "../../model/quota.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { listPath, writeDocument } from "../../store/documents.ts";
import { logLine } from "../../store/log.ts";
import { backoffMs, type Duty } from "../kit/alarm.ts";
import { all, exists, first, integer, nullable, rowOf, type Schema } from "../kit/sql.ts";
import type { ServiceHealth } from "./health.ts";
import { isShown, type OrganizationStore } from "./organization-store.ts";

export const LISTS_SCHEMA: Schema = {
  name: "lists",
  migrations: [
    // Stores from before 26 November 2026 do not record whether the lists are published: publish them again.
    `CREATE TABLE lists (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      changes INTEGER NOT NULL,
      changed_ms INTEGER
    );
    INSERT INTO lists (id, changes, changed_ms) VALUES (1, 0, 0);`,
    // One list of all organizations became pages of a list.
    (sql) => {
      sql.exec("CREATE TABLE list_pages (number INTEGER PRIMARY KEY, changes INTEGER NOT NULL)");
      // A bound number would be a float, and so would be the quotient.
      sql.exec(`INSERT INTO list_pages (number, changes) SELECT DISTINCT
        (place - 1) / ${LIMITS.LIST_ORGANIZATIONS} + 1, 1 FROM organizations WHERE place IS NOT NULL`);
      sql.exec("INSERT OR IGNORE INTO list_pages (number, changes) VALUES (1, 1)");
      sql.exec("UPDATE lists SET changed_ms = 0");
    },
    `ALTER TABLE list_pages ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE list_pages ADD COLUMN retry_ms INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX list_pages_due ON list_pages (retry_ms);`,
  ],
};

const pageOf = (place: number): number => Math.ceil(place / LIMITS.LIST_ORGANIZATIONS);

const changedPage = rowOf({
  number: integer("number"),
  changes: integer("changes"),
  failures: integer("failures"),
});
type ChangedPage = ReturnType<typeof changedPage>;

/**
 * The public list of organizations in KV, in pages of `LIST_ORGANIZATIONS`. An organization keeps its place, so a change
 * rewrites one page, however many there are. Changed pages are published a second after the first change; one that cannot
 * be written is tried less and less often, after the others.
 */
export class Lists implements Duty {
  readonly name = "publish-lists";
  readonly #env: Bindings;
  readonly #sql: SqlStorage;
  readonly #store: OrganizationStore;
  readonly #health: ServiceHealth;

  constructor(env: Bindings, sql: SqlStorage, store: OrganizationStore, health: ServiceHealth) {
    this.#env = env;
    this.#sql = sql;
    this.#store = store;
    this.#health = health;
  }

  /** Marks the page of an organization as changed. */
  changed(slug: string, nowMs: number): void {
    const place = this.#store.place(slug);
    if (place === null) return;
    const page = pageOf(place);
    this.#mark(page);
    // The first organization of a new page: the first page says how many there are, and the one before has a next one.
    if (place === this.#store.lastPlace() && place % LIMITS.LIST_ORGANIZATIONS === 1) {
      for (const other of new Set([1, page - 1])) if (other > 0 && other < page) this.#mark(other);
    }
    // It may be in the future: when a page that could not be written is due.
    const update = "UPDATE lists SET changes = changes + 1, changed_ms = MIN(COALESCE(changed_ms, ?1), ?1)";
    this.#sql.exec(update, nowMs);
  }

  #mark(page: number): void {
    this.#sql.exec(
      `INSERT INTO list_pages (number, changes) VALUES (?, 1)
        ON CONFLICT (number) DO UPDATE SET changes = changes + 1`,
      page,
    );
  }

  dueMs(): number | null {
    const query = "SELECT changed_ms FROM lists";
    const changedMs = first(this.#sql, nullable("changed_ms", integer), query);
    return changedMs === null ? null : changedMs + LIMITS.PUBLISH_QUIET_MS;
  }

  /** Whether a page could not be written: a failed one has a time to retry. */
  isFailing(): boolean {
    return exists(this.#sql, "SELECT 1 FROM list_pages WHERE retry_ms > 0 LIMIT 1");
  }

  /** Costs one KV write a changed page, of at most `LIST_WRITES`. The next run publishes the others. */
  async run(nowMs: number): Promise<void> {
    const query = `SELECT number, changes, failures FROM list_pages WHERE retry_ms <= ?
      ORDER BY retry_ms, number LIMIT ?`;
    const changed = all(this.#sql, changedPage, query, nowMs, LIMITS.LIST_WRITES);
    const pages = Math.max(1, pageOf(this.#store.lastPlace()));
    const errors = await mapConcurrent(LIMITS.CONNECTIONS, changed, (page) => this.#publish(page, pages));
    this.#sql.exec(
      `UPDATE lists SET changed_ms =
        (SELECT MAX(retry_ms - ?1, ?2) FROM list_pages ORDER BY retry_ms LIMIT 1)`,
      LIMITS.PUBLISH_QUIET_MS,
      changed.length < LIMITS.LIST_WRITES ? nowMs : nowMs - LIMITS.PUBLISH_QUIET_MS,
    );
    const usedUp = errors.find((error) => quotaUsedUp(error) !== null);
    if (usedUp !== undefined) throw usedUp; // no other page can be written either
  }

  /** Writes a page. @returns why it could not be written */
  async #publish({ number, changes, failures }: ChangedPage, pages: number): Promise<unknown> {
    try {
      await this.#write(number, pages);
    } catch (error) {
      if (quotaUsedUp(error) === null) this.#failed(number, failures + 1, error);
      return error;
    }
    const query = "DELETE FROM list_pages WHERE number = ? AND changes = ? RETURNING 1";
    const done = exists(this.#sql, query, number, changes);
    // A change that was made in the meantime still waits.
    if (!done && failures > 0)
      this.#sql.exec("UPDATE list_pages SET failures = 0, retry_ms = 0 WHERE number = ?", number);
    return null;
  }

  #failed(number: number, failures: number, error: unknown): void {
    const waitMs = backoffMs(failures);
    logLine("error", "directory.publish-lists", {
      page: number,
      error: String(error),
      failures,
      retry_in_ms: waitMs,
    });
    const update = "UPDATE list_pages SET failures = ?, retry_ms = ? WHERE number = ?";
    this.#sql.exec(update, failures, Date.now() + waitMs, number);
  }

  async #write(number: number, pages: number): Promise<void> {
    const from = (number - 1) * LIMITS.LIST_ORGANIZATIONS + 1;
    const entries = this.#store.placed(from, from + LIMITS.LIST_ORGANIZATIONS);
    const shown = entries.filter((entry) => isShown(entry));
    const changedMs = Math.max(0, ...shown.map((entry) => entry.changedMs));
    const organizations = shown.map(({ organization }) => listed(organization));
    const body = JSON.stringify({ organizations, pages, changed_ms: changedMs } satisfies ListPage);
    await writeDocument(this.#env.DOCUMENTS, listPath(number), body, {
      etag: await etagOf(body),
      last_modified: Math.floor(changedMs / 1000),
      max_age: LIMITS.PAGE_MAX_AGE_SECONDS,
      archive: 0,
      history: "",
    }).catch((error: unknown) => {
      if (isRefused(error)) this.#health.noted("kv-writes", Date.now());
      throw error;
    });
  }
}
