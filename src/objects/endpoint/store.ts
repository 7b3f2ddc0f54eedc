import { type AttemptError, type DeliveryStatus, eventIdOf, type SentRequest } from "../../model/delivery.ts";
import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { all, exists, first, flag, integer, nullable, rowOf, rowsIn, type Schema, text } from "../kit/sql.ts";
import { countGivenUp } from "./counts.ts";
import type { Identified } from "./gathering.ts";

/** A delivery is pending while it has a `due_ms`, and settled afterwards. */
export const DELIVERIES_SCHEMA: Schema = {
  name: "deliveries",
  migrations: [
    `CREATE TABLE IF NOT EXISTS deliveries (
      event_id TEXT PRIMARY KEY,
      seq INTEGER NOT NULL,
      type TEXT NOT NULL,
      article_id TEXT NOT NULL,
      at_ms INTEGER NOT NULL,
      data TEXT NOT NULL,
      status TEXT NOT NULL,
      attempts INTEGER NOT NULL,
      schedule_from INTEGER NOT NULL DEFAULT 0,
      batch TEXT,
      due_ms INTEGER,
      created_ms INTEGER NOT NULL,
      settled_ms INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS deliveries_due ON deliveries (due_ms, seq) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS deliveries_waiting ON deliveries (seq) WHERE due_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS deliveries_tests ON deliveries (due_ms)
      WHERE due_ms IS NOT NULL AND type = 'webhook.test';
    CREATE INDEX IF NOT EXISTS deliveries_newest ON deliveries (seq);
    CREATE TABLE IF NOT EXISTS attempts (
      event_id TEXT NOT NULL,
      number INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      status INTEGER,
      latency_ms INTEGER NOT NULL,
      error TEXT NOT NULL,
      detail TEXT NOT NULL,
      response TEXT NOT NULL,
      PRIMARY KEY (event_id, number)
    ) WITHOUT ROWID;`,
    `CREATE INDEX deliveries_settled ON deliveries (settled_ms) WHERE settled_ms IS NOT NULL;
    CREATE INDEX deliveries_failed ON deliveries (seq) WHERE status = 'failed';
    ALTER TABLE attempts ADD COLUMN request TEXT;`,
    `CREATE INDEX deliveries_of_article ON deliveries (article_id, seq);
    CREATE INDEX deliveries_superseded ON deliveries (seq) WHERE status = 'superseded';
    ALTER TABLE deliveries ADD COLUMN quiet_from_ms INTEGER;
    ALTER TABLE deliveries ADD COLUMN is_first INTEGER NOT NULL DEFAULT 0;`,
    // An event that is an article's first and is delivered at once is in one index only: each entry is a row written.
    `DROP INDEX deliveries_newest;
    DROP INDEX deliveries_settled;
    DROP INDEX deliveries_of_article;
    CREATE INDEX deliveries_done ON deliveries (seq) WHERE due_ms IS NULL;
    CREATE INDEX deliveries_later ON deliveries (article_id, seq) WHERE is_first = 0;
    CREATE INDEX deliveries_waiting_of_article ON deliveries (article_id, seq) WHERE due_ms IS NOT NULL;`,
    // How many wait is asked with each event of a webhook that holds thousands, and a COUNT reads each. None is deleted while it
    // waits, but with all others: without a trigger for that, SQLite deletes a table's rows at once.
    `CREATE TABLE IF NOT EXISTS row_counts (name TEXT PRIMARY KEY, rows INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO row_counts (name, rows) SELECT 'deliveries_waiting', COUNT(*) FROM deliveries WHERE due_ms IS NOT NULL;
    CREATE TRIGGER deliveries_added AFTER INSERT ON deliveries WHEN NEW.due_ms IS NOT NULL BEGIN
      UPDATE row_counts SET rows = rows + 1 WHERE name = 'deliveries_waiting';
    END;
    CREATE TRIGGER deliveries_resumed AFTER UPDATE OF due_ms ON deliveries
      WHEN OLD.due_ms IS NULL AND NEW.due_ms IS NOT NULL BEGIN
      UPDATE row_counts SET rows = rows + 1 WHERE name = 'deliveries_waiting';
    END;
    CREATE TRIGGER deliveries_ended AFTER UPDATE OF due_ms ON deliveries
      WHEN OLD.due_ms IS NOT NULL AND NEW.due_ms IS NULL BEGIN
      UPDATE row_counts SET rows = rows - 1 WHERE name = 'deliveries_waiting';
    END;`,
  ],
};

/** A delivery that is due. */
export interface DueDelivery extends Pick<ChannelEvent, "seq" | "type" | "article_id" | "at" | "data"> {
  /** The event's id: the `webhook-id`. */
  eventId: string;
  attempts: number;
  /** The number of attempts at the (re)start of the retry schedule. */
  scheduleFrom: number;
  /** The batch that it belongs to. */
  batch: string | null;
}

/** A new event as a delivery that is due. */
export const asDelivery = ({ id, event }: Identified): DueDelivery => ({
  eventId: id,
  seq: event.seq,
  type: event.type,
  article_id: event.article_id,
  at: event.at,
  data: event.data,
  attempts: 0,
  scheduleFrom: 0,
  batch: null,
});

/** One attempt, and the resulting state of its delivery. */
export interface Settlement {
  delivery: DueDelivery;
  status: DeliveryStatus;
  attemptedMs: number;
  request: SentRequest | null;
  answer: { status: number | null; latencyMs: number; error: AttemptError; detail: string; response: string };
  /** When the next attempt is due; null if there is none. */
  nextMs: number | null;
  /** The new value for {@link DueDelivery}. */
  scheduleFrom: number;
  batch: string | null;
}

/** Which deliveries may be sent: all, only the first, or only tests. */
export type Sending = "any" | "in-order" | "tests";

/** The pending deliveries, as tables to select from. */
const WAITING: Readonly<Record<Sending, string>> = {
  any: "deliveries",
  "in-order": "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL ORDER BY seq LIMIT 1)",
  tests: "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL AND type = 'webhook.test')",
};

const DUE_COLUMNS = "event_id, seq, type, article_id, at_ms, data, attempts, schedule_from, batch";

const messageType = (row: Record<string, SqlStorageValue>) => text("type")(row) as MessageType;

const dueDelivery = rowOf<DueDelivery>({
  eventId: text("event_id"),
  seq: integer("seq"),
  type: messageType,
  article_id: text("article_id"),
  at: integer("at_ms"),
  data: text("data"),
  attempts: integer("attempts"),
  scheduleFrom: integer("schedule_from"),
  batch: nullable("batch", text),
});

/** Of a delivery that waits until its article is quiet. */
interface Quiet {
  /** When the first came of those whose place it took. */
  fromMs: number;
  /** Whether nothing of the article was announced before these. */
  isFirst: boolean;
}

const quietDelivery = rowOf({
  eventId: text("event_id"),
  type: messageType,
  fromMs: integer("quiet_from_ms"),
  isFirst: flag("is_first"),
});

/** The event that tells of an earlier one too: what was not told yet is published, not updated. */
const collapsed = (before: { type: MessageType }, event: ChannelEvent): ChannelEvent =>
  before.type === "article.published" && event.type === "article.updated"
    ? { ...event, type: before.type }
    : event;

/** Whether nothing of the article was announced before. */
const isArticlesFirst = ({ type, revision }: ChannelEvent): boolean =>
  type === "article.published" && revision === 1;

/** The SQL of an endpoint's deliveries and attempts. */
export class DeliveryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Adds a delivery, unless it exists. With a quiet time, it takes the place of one of its article that still waits for
   * its own; a withdrawal that comes before anything was told of the article settles both.
   * @param isFirst whether nothing of the article was announced before; false if it is not known
   */
  add(
    { id: eventId, event }: Identified,
    nowMs: number,
    quietMs = 0,
    isFirst = isArticlesFirst(event),
  ): void {
    if (quietMs === 0 || event.article_id.includes(":")) {
      this.#insert(eventId, event, nowMs, { fromMs: null, isFirst });
      return;
    }
    if (exists(this.#sql, "SELECT 1 FROM deliveries WHERE event_id = ?", eventId)) return;
    const waiting = `SELECT event_id, type, quiet_from_ms, is_first FROM deliveries WHERE article_id = ? AND seq < ?
      AND quiet_from_ms IS NOT NULL AND due_ms > ? AND attempts = 0 ORDER BY seq DESC LIMIT 1`;
    const before = first(this.#sql, quietDelivery, waiting, event.article_id, event.seq, nowMs);
    const told = before ? collapsed(before, event) : event;
    const quiet: Quiet = {
      fromMs: before?.fromMs ?? nowMs,
      isFirst: before ? before.isFirst : event.revision === 1,
    };
    this.#insert(
      eventId,
      told,
      Math.min(nowMs + quietMs, quiet.fromMs + LIMITS.QUIET_SECONDS * 1_000),
      quiet,
    );
    if (!before) return;
    this.#giveUp(
      "event_id = ?3",
      before.eventId,
      "A newer event of the article came within quiet_seconds.",
      nowMs,
    );
    if (before.isFirst && event.type === "article.withdrawn")
      this.#giveUp(
        "event_id = ?3",
        eventId,
        "The article was withdrawn before it was announced here.",
        nowMs,
      );
  }

  #insert(
    eventId: string,
    event: ChannelEvent,
    dueMs: number,
    { fromMs, isFirst }: { fromMs: number | null; isFirst: boolean },
  ): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO deliveries
        (event_id, seq, type, article_id, at_ms, data, status, attempts, due_ms, created_ms, quiet_from_ms, is_first)
        VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?, ?, ?)`,
      eventId,
      event.seq,
      event.type,
      event.article_id,
      event.at,
      event.data,
      dueMs,
      Date.now(),
      fromMs,
      isFirst ? 1 : 0,
    );
  }

  /** Adds a delivery with the outcome of its first attempt. False if it exists. */
  #addTried({ id, event }: Identified, { status, nextMs, attemptedMs, scheduleFrom }: Settlement): boolean {
    return exists(
      this.#sql,
      `INSERT OR IGNORE INTO deliveries
        (event_id, seq, type, article_id, at_ms, data, status, attempts, schedule_from, due_ms, created_ms, settled_ms,
          is_first)
        VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?) RETURNING 1`,
      id,
      event.seq,
      event.type,
      event.article_id,
      event.at,
      event.data,
      status,
      scheduleFrom,
      nextMs,
      attemptedMs,
      nextMs === null ? attemptedMs : null,
      isArticlesFirst(event) ? 1 : 0,
    );
  }

  /** The events that are not stored, each once. */
  missing(events: readonly Identified[]): Identified[] {
    const byId = new Map(events.map((one) => [one.id, one]));
    return [...byId.values()].filter(
      ({ id }) => !exists(this.#sql, "SELECT 1 FROM deliveries WHERE event_id = ?", id),
    );
  }

  /** The deliveries that are due, oldest due time first. */
  due(nowMs: number, sending: Sending, most: number): DueDelivery[] {
    const query = `SELECT ${DUE_COLUMNS} FROM ${WAITING[sending]} WHERE due_ms <= ? ORDER BY due_ms, seq LIMIT ?`;
    return all(this.#sql, dueDelivery, query, nowMs, Math.min(most, LIMITS.DELIVERIES_PER_ROUND));
  }

  /** When the next delivery is due; null if none is. */
  nextDueMs(sending: Sending): number | null {
    const query = `SELECT MIN(due_ms) AS due FROM ${WAITING[sending]} WHERE due_ms IS NOT NULL`;
    return first(this.#sql, nullable("due", integer), query);
  }

  /**
   * The deliveries of the next batch: the oldest due batch, or new deliveries. A batch keeps its members, so that its id
   * always identifies the same content.
   * @param mostBytes limit for the data of new deliveries; the first one is always included
   */
  batch(nowMs: number, inOrder: boolean, mostBytes: number): DueDelivery[] {
    const waiting = "due_ms IS NOT NULL AND type != 'webhook.test'";
    const next = rowOf({ batch: nullable("batch", text), dueMs: integer("due_ms") });
    const query = `SELECT batch, due_ms FROM deliveries WHERE ${waiting} AND (?1 OR due_ms <= ?2) ORDER BY seq LIMIT 1`;
    const oldest = first(this.#sql, next, query, inOrder ? 1 : 0, nowMs);
    if (!oldest || oldest.dueMs > nowMs) return [];
    const members = `SELECT ${DUE_COLUMNS}, octet_length(data) AS bytes FROM deliveries WHERE ${waiting}
      AND batch IS ?1 AND (?1 IS NOT NULL OR ?2 OR due_ms <= ?3) ORDER BY seq LIMIT ?4`;
    const deliveries: DueDelivery[] = [];
    let bytes = 0;
    for (const row of this.#sql.exec(members, oldest.batch, inOrder ? 1 : 0, nowMs, LIMITS.BATCH_MESSAGES)) {
      bytes += integer("bytes")(row);
      if (oldest.batch === null && deliveries.length > 0 && bytes > mostBytes) break;
      deliveries.push(dueDelivery(row));
    }
    return deliveries;
  }

  /** Binds deliveries to a batch. */
  bind(batch: string, deliveries: readonly DueDelivery[]): DueDelivery[] {
    this.#sql.exec(
      "UPDATE deliveries SET batch = ? WHERE event_id IN (SELECT value FROM json_each(?))",
      batch,
      JSON.stringify(deliveries.map(({ eventId }) => eventId)),
    );
    return deliveries.map((delivery) => ({ ...delivery, batch }));
  }

  /**
   * Stores the outcome of requests. Ignores deliveries of a deleted webhook.
   * @param fresh events that were sent before they were stored: each is one insertion
   */
  settle(settlements: readonly Settlement[], fresh: readonly Identified[] = []): void {
    const unstored = new Map(fresh.map((one) => [one.id, one]));
    for (const settlement of settlements) {
      const event = unstored.get(settlement.delivery.eventId);
      if (!event || !this.#addTried(event, settlement)) this.#update(settlement);
      this.#addAttempt(settlement);
    }
  }

  #addAttempt({ delivery: { eventId, attempts }, attemptedMs, answer, request }: Settlement): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response, request)
        SELECT event_id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM deliveries WHERE event_id = ?1`,
      eventId,
      attempts + 1,
      attemptedMs,
      answer.status,
      answer.latencyMs,
      answer.error,
      answer.detail,
      answer.response,
      request && JSON.stringify(request),
    );
  }

  #update({ delivery, attemptedMs, status, nextMs, batch, scheduleFrom }: Settlement): void {
    this.#sql.exec(
      `UPDATE deliveries SET attempts = ?2, status = ?3, due_ms = ?4, batch = ?5, schedule_from = ?6, settled_ms = ?7
        WHERE event_id = ?1`,
      delivery.eventId,
      delivery.attempts + 1,
      status,
      nextMs,
      batch,
      scheduleFrom,
      nextMs === null ? attemptedMs : null,
    );
  }

  /**
   * Makes a delivery due now and restarts its schedule, whatever its status. A pending one stays in its batch. False if
   * it does not exist.
   */
  retry(id: string, nowMs: number): boolean {
    const query = `UPDATE deliveries SET status = 'pending', due_ms = ?, settled_ms = NULL, schedule_from = attempts,
        batch = CASE WHEN due_ms IS NOT NULL THEN batch END
      WHERE event_id = ? RETURNING event_id`;
    return first(this.#sql, text("event_id"), query, nowMs, eventIdOf(id)) !== null;
  }

  /**
   * Gives up deliveries that have failed and wait to be tried again, where there is a newer event of the article: the
   * receiver is never sent an older state after a newer one. What was not tried yet goes first in its order anyway.
   */
  supersede(articleIds: readonly string[], nowMs: number): void {
    const articles = JSON.stringify(articleIds.filter((id) => !id.includes(":")));
    const which = `article_id IN (SELECT value FROM json_each(?3)) AND due_ms IS NOT NULL AND attempts > schedule_from
      AND EXISTS (SELECT 1 FROM deliveries AS newer WHERE newer.is_first = 0
        AND newer.article_id = deliveries.article_id AND newer.seq > deliveries.seq)`;
    this.#giveUp(which, articles, "A newer event of the article takes its place.", nowMs);
  }

  /** Settles deliveries as superseded, and logs why as their last attempt. @param which about the parameter ?3 */
  #giveUp(which: string, about: string, why: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response)
        SELECT event_id, attempts + 1, ?1, NULL, 0, 'superseded', ?2, '' FROM deliveries WHERE ${which}`,
      nowMs,
      why,
      about,
    );
    const update = `UPDATE deliveries SET status = 'superseded', attempts = attempts + 1, due_ms = NULL, settled_ms = ?1
      WHERE ?2 IS NOT NULL AND ${which} RETURNING seq`;
    const { length } = all(this.#sql, integer("seq"), update, nowMs, why, about);
    if (length > 0) countGivenUp("superseded", length);
  }

  /**
   * Tries again what was settled: all since a time, or only what has failed. What was superseded is not, nor what has
   * failed before something newer of its article was delivered. Returns how many.
   */
  replay(sinceMs: number, failedOnly: boolean, nowMs: number): number {
    const newest = `NOT EXISTS (SELECT 1 FROM deliveries AS newer WHERE newer.is_first = 0
      AND newer.article_id = deliveries.article_id AND newer.seq > deliveries.seq
      AND newer.status IN ('delivered', 'pending'))`;
    const settled = failedOnly
      ? `status = 'failed' AND (article_id LIKE '%:%' OR ${newest})`
      : "due_ms IS NULL AND status <> 'superseded'";
    const query = `UPDATE deliveries SET status = 'pending', due_ms = ?1, settled_ms = NULL, schedule_from = attempts,
        batch = NULL
      WHERE ${settled} AND seq >= ?3 AND at_ms >= ?2 AND type != 'webhook.test' RETURNING seq`;
    return all(this.#sql, integer("seq"), query, nowMs, sinceMs, failedOnly ? 0 : this.#firstSince(sinceMs))
      .length;
  }

  /** The sequence of the first settled delivery of an event since a time. Reads from the newest on. */
  #firstSince(sinceMs: number): number {
    const query = "SELECT seq, at_ms FROM deliveries WHERE due_ms IS NULL AND seq < ? ORDER BY seq DESC";
    let from = Number.MAX_SAFE_INTEGER;
    for (const row of this.#sql.exec(query, from)) {
      if (integer("at_ms")(row) < sinceMs) break;
      from = integer("seq")(row);
    }
    return from;
  }

  /** Makes all pending deliveries due now, in order, and restarts their schedules. */
  dueNow(nowMs: number): void {
    this.#sql.exec(
      "UPDATE deliveries SET due_ms = ?, schedule_from = attempts WHERE due_ms IS NOT NULL",
      nowMs,
    );
  }

  /** Drops the oldest pending deliveries beyond a limit, and logs this as their last attempt. They can be replayed. */
  drop(most: number, nowMs: number): void {
    const excess = rowsIn(this.#sql, "deliveries_waiting") - most;
    if (excess <= 0) return;
    const waiting = "FROM deliveries WHERE due_ms IS NOT NULL";
    const query = `SELECT seq ${waiting} ORDER BY seq LIMIT 1 OFFSET ?`;
    const seq = first(this.#sql, integer("seq"), query, excess - 1);
    if (seq === null) return;
    this.#sql.exec(
      `INSERT INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response)
        SELECT event_id, attempts + 1, ?, NULL, 0, 'dropped', ?, '' ${waiting} AND seq <= ?`,
      nowMs,
      `More than ${most} events were waiting; the oldest were given up.`,
      seq,
    );
    const update = `UPDATE deliveries SET status = 'failed', attempts = attempts + 1, due_ms = NULL, settled_ms = ?
      WHERE due_ms IS NOT NULL AND seq <= ? RETURNING seq`;
    countGivenUp("failed", all(this.#sql, integer("seq"), update, nowMs, seq).length);
  }

  clear(): void {
    this.#sql.exec("DELETE FROM deliveries; DELETE FROM attempts; UPDATE row_counts SET rows = 0;");
  }
}
