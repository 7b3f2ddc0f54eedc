import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS } from "../../model/time.ts";
import type { Duty } from "../kit/alarm.ts";
import { exists, first, integer, rowOf, type Schema, text } from "../kit/sql.ts";

export const EVENTS_SCHEMA: Schema = {
  name: "events",
  migrations: [
    `CREATE TABLE IF NOT EXISTS events (
      seq INTEGER PRIMARY KEY,
      type TEXT NOT NULL,
      article_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      data TEXT NOT NULL
    )`,
  ],
};

const event = rowOf<ChannelEvent>({
  seq: integer("seq"),
  type: (row) => text("type")(row) as MessageType,
  article_id: text("article_id"),
  revision: integer("revision"),
  at: integer("at_ms"),
  data: text("data"),
});

/** Events of before 26 November 2026 have no revision in their data. */
const READ = `SELECT seq, type, article_id, revision, at_ms,
    CASE WHEN article_id LIKE '%:%' THEN data ELSE json_insert(data, '$.article.revision', revision) END AS data
  FROM events`;

const KEPT_MS = LIMITS.EVENTS_KEPT_DAYS * DAY_MS;

/** Every event of an organization by sequence, kept for 30 days, including those that no webhook wants. */
export class Events {
  readonly #sql: SqlStorage;
  /**
   * Deletes expired events in bounded steps, a day's events at a time. Sets no alarm of its own: it runs with the
   * channel's other duties, or when the watchdog checks the channel.
   */
  readonly prune: Duty;
  /** The time of the oldest event; null until it is read. */
  #oldestMs: number | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.prune = {
      name: "prune",
      dueMs: () => (this.#oldest() < Date.now() - KEPT_MS - DAY_MS ? Date.now() : null),
      run: async (nowMs) => this.#prune(nowMs - KEPT_MS),
    };
  }

  /** Stores an event. */
  add({ seq, type, article_id, revision, at, data }: ChannelEvent): void {
    this.#sql.exec(
      "INSERT INTO events (seq, type, article_id, revision, at_ms, data) VALUES (?, ?, ?, ?, ?, ?)",
      seq,
      type,
      article_id,
      revision,
      at,
      data,
    );
    if (this.#oldestMs === Number.POSITIVE_INFINITY) this.#oldestMs = at;
  }

  /** The event with a sequence; null if it has expired. */
  at(seq: number): ChannelEvent | null {
    return first(this.#sql, event, `${READ} WHERE seq = ?`, seq);
  }

  /** Whether one of the given events is about an article. */
  concern(articleId: string, seqs: readonly number[]): boolean {
    const query =
      "SELECT 1 FROM events WHERE seq IN (SELECT value FROM json_each(?)) AND article_id = ? LIMIT 1";
    return exists(this.#sql, query, JSON.stringify(seqs), articleId);
  }

  /** Forgets the cached time of the oldest event. */
  refresh(): void {
    this.#oldestMs = null;
  }

  #oldest(): number {
    const query = "SELECT at_ms FROM events ORDER BY seq LIMIT 1";
    this.#oldestMs ??= first(this.#sql, integer("at_ms"), query) ?? Number.POSITIVE_INFINITY;
    return this.#oldestMs;
  }

  /** Deletes from the oldest on, so that the kept events have no gaps. */
  #prune(beforeMs: number): void {
    this.#sql.exec(
      `DELETE FROM events WHERE seq < (
        SELECT COALESCE(MIN(CASE WHEN at_ms >= ?1 THEN seq END), MAX(seq) + 1)
          FROM (SELECT seq, at_ms FROM events ORDER BY seq LIMIT ?2))`,
      beforeMs,
      LIMITS.EVENTS_PRUNED,
    );
    this.refresh();
  }
}
