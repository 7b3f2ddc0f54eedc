import type { ChannelEvent, EventType, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS } from "../../model/time.ts";
import type { Duty } from "../kit/alarm.ts";
import { all, exists, first, integer, rowOf, type Schema, text } from "../kit/sql.ts";

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

/** Events from before 26 November 2026 have no revision in their data. */
const READ = `SELECT seq, type, article_id, revision, at_ms,
    CASE WHEN article_id LIKE '%:%' THEN data ELSE json_insert(data, '$.article.revision', revision) END AS data
  FROM events`;

const key = rowOf({ seq: integer("seq"), article_id: text("article_id"), revision: integer("revision") });
const KEY = "SELECT seq, article_id, revision FROM events";

/** An event's sequence, and the values that its id is made from. */
export type EventKey = ReturnType<typeof key>;

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
  /** The event read last: most often many webhooks are handed the same. */
  #latest: ChannelEvent | null = null;
  #added = Promise.withResolvers<void>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.prune = {
      name: "prune",
      dueMs: () => (this.#oldestAtMs() < Date.now() - KEPT_MS - DAY_MS ? Date.now() : null),
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
    this.#added.resolve();
    this.#added = Promise.withResolvers();
  }

  /** The event with a sequence; null if it has expired. */
  at(seq: number): ChannelEvent | null {
    if (this.#latest?.seq !== seq) this.#latest = first(this.#sql, event, `${READ} WHERE seq = ?`, seq);
    return this.#latest;
  }

  /** Resolves when the next event is added. */
  get added(): Promise<void> {
    return this.#added.promise;
  }

  /**
   * A page of events of some types after a sequence and up to another, oldest first.
   * @returns `isWhole`: there are no more events up to there
   */
  after(
    seq: number,
    last: number,
    types: readonly EventType[],
  ): { events: ChannelEvent[]; isWhole: boolean } {
    const query = `${READ} WHERE seq > ? AND seq <= ? AND type IN (SELECT value FROM json_each(?)) ORDER BY seq`;
    const events: ChannelEvent[] = [];
    let characters = 0;
    for (const row of this.#sql.exec(query, seq, last, JSON.stringify(types))) {
      characters += text("data")(row).length;
      const isFull = events.length === LIMITS.PAGE_ITEMS || characters > LIMITS.EVENTS_PAGE_CHARACTERS;
      if (events.length > 0 && isFull) return { events, isWhole: false };
      events.push(event(row));
    }
    return { events, isWhole: true };
  }

  /** The oldest kept event; null if there is none. */
  oldest(): EventKey | null {
    return first(this.#sql, key, `${KEY} ORDER BY seq LIMIT 1`);
  }

  /** When the newest event was; 0 if there is none. */
  newestMs(): number {
    return first(this.#sql, integer("at_ms"), "SELECT at_ms FROM events ORDER BY seq DESC LIMIT 1") ?? 0;
  }

  /** A bounded number of events after a sequence, oldest first. */
  keysAfter(seq: number): EventKey[] {
    return all(this.#sql, key, `${KEY} WHERE seq > ? ORDER BY seq LIMIT ?`, seq, LIMITS.EVENTS_PRUNED);
  }

  /** Whether one of the given events is about an article. */
  concern(articleId: string, seqs: readonly number[]): boolean {
    const query =
      "SELECT 1 FROM events WHERE seq IN (SELECT value FROM json_each(?)) AND article_id = ? LIMIT 1";
    return exists(this.#sql, query, JSON.stringify(seqs), articleId);
  }

  /** Forgets what was read before. */
  refresh(): void {
    this.#oldestMs = null;
    this.#latest = null;
  }

  #oldestAtMs(): number {
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
