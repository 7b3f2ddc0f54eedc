import {
  type Attempt,
  type AttemptError,
  type Delivery,
  type DeliveryLog,
  type DeliveryStatus,
  deliveryId,
  eventIdOf,
  type LastOutcome,
  type SentRequest,
} from "../../model/delivery.ts";
import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import { all, exists, first, flag, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

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

/** Filters a list of deliveries; null matches all. */
export interface DeliveryQuery {
  status: DeliveryStatus | null;
  article: string | null;
  type: string | null;
  /** Only those that were created since a time, and before one. */
  sinceMs?: number | null;
  untilMs?: number | null;
  cursor: number | null;
}

/** Which deliveries may be sent: all, only the first, or only tests. */
export type Sending = "any" | "in-order" | "tests";

/** The pending deliveries, as tables to select from. */
const WAITING: Readonly<Record<Sending, string>> = {
  any: "deliveries",
  "in-order": "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL ORDER BY seq LIMIT 1)",
  tests: "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL AND type = 'webhook.test')",
};

/** Each status as a condition that has an index. */
const STATUSES: Readonly<Record<DeliveryStatus, string>> = {
  pending: "due_ms IS NOT NULL",
  delivered: "status = 'delivered'",
  failed: "status = 'failed'",
  superseded: "status = 'superseded'",
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

const SHOWN_COLUMNS =
  "event_id, seq, type, article_id, batch, status, attempts, created_ms, due_ms, settled_ms";

const shownDelivery = (row: Record<string, SqlStorageValue>): Delivery => {
  const id = text("event_id")(row);
  const article = text("article_id")(row);
  const batch = nullable("batch", text)(row);
  return {
    id: deliveryId(id),
    event_id: id,
    event_type: messageType(row),
    article_id: article.includes(":") ? null : article,
    ...(batch === null ? {} : { batch_id: batch }),
    status: text("status")(row) as DeliveryStatus,
    attempt_count: integer("attempts")(row),
    created_at: rfc3339(integer("created_ms")(row)),
    next_attempt_at: rfc3339OrNull(nullable("due_ms", integer)(row)),
    settled_at: rfc3339OrNull(nullable("settled_ms", integer)(row)),
  };
};

/** A delivery and its place in its organization's sequence. */
export interface PlacedDelivery {
  seq: number;
  delivery: Delivery;
}

const placedDelivery = rowOf<PlacedDelivery>({ seq: integer("seq"), delivery: shownDelivery });

const lastOutcome = rowOf<LastOutcome>({
  delivery_id: (row) => deliveryId(text("event_id")(row)),
  event_type: messageType,
  status: (row) => text("status")(row) as LastOutcome["status"],
  at: (row) => rfc3339(integer("settled_ms")(row)),
});

const attemptColumns = {
  at: (row: Record<string, SqlStorageValue>) => rfc3339(integer("at_ms")(row)),
  status: nullable("status", integer),
  latency_ms: integer("latency_ms"),
  error: (row: Record<string, SqlStorageValue>) => text("error")(row) as AttemptError,
  detail: text("detail"),
  response: text("response"),
};

const attempt = rowOf<Attempt>(attemptColumns);
const attemptWithRequest = rowOf<Attempt>({
  ...attemptColumns,
  request: nullable("request", json<SentRequest>),
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

/** The SQL of an endpoint's deliveries and attempts. */
export class DeliveryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /**
   * Adds a delivery, unless it exists. With a quiet time, it takes the place of one of its article that still waits for
   * its own; a withdrawal that comes before anything was told of the article settles both.
   */
  add(eventId: string, event: ChannelEvent, nowMs: number, quietMs = 0): void {
    if (quietMs === 0 || event.article_id.includes(":")) {
      this.#insert(eventId, event, nowMs);
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

  #insert(eventId: string, event: ChannelEvent, dueMs: number, quiet: Quiet | null = null): void {
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
      quiet?.fromMs ?? null,
      quiet?.isFirst ? 1 : 0,
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

  /** Stores the outcome of requests, in two statements for all attempts. Ignores deliveries of a deleted webhook. */
  settle(settlements: readonly Settlement[]): void {
    const rows = JSON.stringify(
      settlements.map(({ delivery, answer, ...rest }) => ({
        ...rest,
        ...answer,
        id: delivery.eventId,
        number: delivery.attempts + 1,
        answered: answer.status,
        settled: rest.status,
      })),
    );
    this.#sql.exec(
      `INSERT OR REPLACE INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response, request)
        SELECT made.value->>'id', made.value->>'number', made.value->>'attemptedMs', made.value->>'answered',
          made.value->>'latencyMs', made.value->>'error', made.value->>'detail', made.value->>'response',
          made.value->'request'
        FROM json_each(?) AS made JOIN deliveries ON deliveries.event_id = made.value->>'id'`,
      rows,
    );
    this.#sql.exec(
      `UPDATE deliveries SET
          attempts = made.number, status = made.status, due_ms = made.next_ms, batch = made.batch,
          schedule_from = made.schedule_from, settled_ms = CASE WHEN made.next_ms IS NULL THEN made.at_ms END
        FROM (SELECT value->>'id' AS event_id, value->>'number' AS number, value->>'settled' AS status,
            value->>'nextMs' AS next_ms, value->>'batch' AS batch, value->>'scheduleFrom' AS schedule_from,
            value->>'attemptedMs' AS at_ms FROM json_each(?)) AS made
        WHERE deliveries.event_id = made.event_id`,
      rows,
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
      AND seq < (SELECT MAX(seq) FROM deliveries AS newer WHERE newer.article_id = deliveries.article_id)`;
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
    this.#sql.exec(
      `UPDATE deliveries SET status = 'superseded', attempts = attempts + 1, due_ms = NULL, settled_ms = ?1
        WHERE ?2 IS NOT NULL AND ${which}`,
      nowMs,
      why,
      about,
    );
  }

  /**
   * Tries again what was settled: all since a time, or only what has failed. What was superseded is not, nor what has
   * failed before something newer of its article was delivered. Returns how many.
   */
  replay(sinceMs: number, failedOnly: boolean, nowMs: number): number {
    const newest = `NOT EXISTS (SELECT 1 FROM deliveries AS newer WHERE newer.article_id = deliveries.article_id
      AND newer.seq > deliveries.seq AND newer.status IN ('delivered', 'pending'))`;
    const settled = failedOnly
      ? `${STATUSES.failed} AND (article_id LIKE '%:%' OR ${newest})`
      : "settled_ms >= ?2 AND status <> 'superseded'"; // for the index: settled_ms >= at_ms
    const query = `UPDATE deliveries SET status = 'pending', due_ms = ?1, settled_ms = NULL, schedule_from = attempts,
        batch = NULL
      WHERE ${settled} AND at_ms >= ?2 AND type != 'webhook.test' RETURNING seq`;
    return all(this.#sql, integer("seq"), query, nowMs, sinceMs).length;
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
    const ends = rowOf({ first: nullable("first", integer), last: nullable("last", integer) });
    const waiting = "FROM deliveries WHERE due_ms IS NOT NULL";
    const query = `SELECT (SELECT MIN(seq) ${waiting}) AS first, (SELECT MAX(seq) ${waiting}) AS last`;
    const span = first(this.#sql, ends, query);
    if ((span?.last ?? 0) - (span?.first ?? 0) < most) return; // the span of positions is an upper limit of the count
    const seq = first(
      this.#sql,
      integer("seq"),
      `SELECT seq ${waiting} ORDER BY seq DESC LIMIT 1 OFFSET ?`,
      most,
    );
    if (seq === null) return;
    this.#sql.exec(
      `INSERT INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response)
        SELECT event_id, attempts + 1, ?, NULL, 0, 'dropped', ?, '' ${waiting} AND seq <= ?`,
      nowMs,
      `More than ${most} events were waiting; the oldest were given up.`,
      seq,
    );
    this.#sql.exec(
      `UPDATE deliveries SET status = 'failed', attempts = attempts + 1, due_ms = NULL, settled_ms = ?
        WHERE due_ms IS NOT NULL AND seq <= ?`,
      nowMs,
      seq,
    );
  }

  /** A page of deliveries, newest first, after a cursor. */
  page(query: DeliveryQuery): { deliveries: Delivery[]; cursor: string | null } {
    const { items, cursor } = pageOf(this.placed(query), ({ seq }) => String(seq));
    return { deliveries: items.map(({ delivery }) => delivery), cursor };
  }

  /** One delivery more than a page shows, newest first, each with its place in the organization's sequence. */
  placed({ status, article, type, sinceMs = null, untilMs = null, cursor }: DeliveryQuery): PlacedDelivery[] {
    const query = `SELECT ${SHOWN_COLUMNS} FROM deliveries
      WHERE seq < ?1 AND (?2 IS NULL OR article_id = ?2) AND (?3 IS NULL OR type = ?3)
        AND (?4 IS NULL OR created_ms >= ?4) AND (?5 IS NULL OR created_ms < ?5)
        AND ${status === null ? "TRUE" : STATUSES[status]}
      ORDER BY seq DESC LIMIT ?6`;
    const before = cursor ?? Number.MAX_SAFE_INTEGER;
    const most = LIMITS.PAGE_ITEMS + 1;
    return all(this.#sql, placedDelivery, query, before, article, type, sinceMs, untilMs, most);
  }

  /** The outcome of the delivery settled last; null if there is none. */
  lastOutcome(): LastOutcome | null {
    const query = `SELECT event_id, type, status, settled_ms FROM deliveries
      WHERE settled_ms IS NOT NULL ORDER BY settled_ms DESC LIMIT 1`;
    return first(this.#sql, lastOutcome, query);
  }

  /** One delivery with its attempts, oldest first, and optionally their requests. */
  delivery(id: string, withRequests = false): DeliveryLog | null {
    const eventId = eventIdOf(id);
    const query = `SELECT ${SHOWN_COLUMNS} FROM deliveries WHERE event_id = ?`;
    const delivery = first(this.#sql, shownDelivery, query, eventId);
    if (!delivery) return null;
    const attempts = "SELECT * FROM attempts WHERE event_id = ? ORDER BY number";
    return {
      ...delivery,
      attempts: all(this.#sql, withRequests ? attemptWithRequest : attempt, attempts, eventId),
    };
  }

  /** Removes a bounded number of deliveries settled before a time. @returns whether there may be more */
  prune(beforeMs: number): boolean {
    const query = "SELECT event_id FROM deliveries WHERE settled_ms < ? ORDER BY settled_ms LIMIT ?";
    const ids = all(this.#sql, text("event_id"), query, beforeMs, LIMITS.PRUNED_DELIVERIES);
    if (ids.length === 0) return false;
    for (const table of ["attempts", "deliveries"]) {
      this.#sql.exec(
        `DELETE FROM ${table} WHERE event_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(ids),
      );
    }
    return ids.length === LIMITS.PRUNED_DELIVERIES;
  }

  clear(): void {
    this.#sql.exec("DELETE FROM deliveries; DELETE FROM attempts;");
  }
}
