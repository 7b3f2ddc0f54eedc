import {
  type Attempt,
  type AttemptError,
  type Delivery,
  type DeliveryLog,
  type DeliveryStatus,
  deliveryId,
  eventIdOf,
} from "../../model/delivery.ts";
import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import type { DueDelivery } from "./waiting.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS deliveries (
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
  ) WITHOUT ROWID;`;

/** One attempt that was made, and when the next is due: null when there is none. */
export interface Settlement {
  delivery: DueDelivery;
  number: number;
  status: DeliveryStatus;
  attemptedMs: number;
  answer: { status: number | null; latencyMs: number; error: AttemptError; detail: string; response: string };
  nextMs: number | null;
}

/** Which deliveries to list; null for no matter. */
export interface LogQuery {
  status: DeliveryStatus | null;
  article: string | null;
  type: string | null;
  cursor: number | null;
}

/** The SQL of an endpoint: what it is to be sent, and what became of every try. */
export class Log {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Forgets everything. */
  clear(): void {
    this.#sql.exec("DELETE FROM deliveries; DELETE FROM attempts;");
  }

  /** Takes an event to deliver. The second time it changes nothing. */
  add(id: string, event: ChannelEvent, nowMs: number): void {
    this.#sql.exec(
      `INSERT OR IGNORE INTO deliveries
        (event_id, seq, type, article_id, at_ms, data, status, attempts, due_ms, created_ms)
        VALUES (?, ?, ?, ?, ?, ?, 'pending', 0, ?, ?)`,
      id,
      event.seq,
      event.type,
      event.article_id,
      event.at,
      event.data,
      nowMs,
      nowMs,
    );
  }

  /** Writes down what came of a round, unless the webhook was deleted meanwhile: two statements for all attempts. */
  settle(settlements: readonly Settlement[]): void {
    const rows = JSON.stringify(settlements, (key, value: unknown) => (key === "data" ? undefined : value));
    this.#sql.exec(
      `INSERT OR REPLACE INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response)
        SELECT value->>'$.delivery.eventId', value->>'number', value->>'attemptedMs', value->>'$.answer.status',
          value->>'$.answer.latencyMs', value->>'$.answer.error', value->>'$.answer.detail', value->>'$.answer.response'
        FROM json_each(?) WHERE value->>'$.delivery.eventId' IN (SELECT event_id FROM deliveries)`,
      rows,
    );
    this.#sql.exec(
      `UPDATE deliveries SET
          attempts = made.number, status = made.status, due_ms = made.next_ms,
          settled_ms = CASE WHEN made.next_ms IS NULL THEN made.at_ms END
        FROM (SELECT value->>'$.delivery.eventId' AS event_id, value->>'number' AS number, value->>'status' AS status,
            value->>'nextMs' AS next_ms, value->>'attemptedMs' AS at_ms FROM json_each(?)) AS made
        WHERE deliveries.event_id = made.event_id`,
      rows,
    );
  }

  /** Deliveries, newest first, after a cursor that this gave. */
  page(query: LogQuery): { deliveries: Delivery[]; cursor: string | null } {
    const rows = this.#sql
      .exec(
        `SELECT * FROM deliveries
          WHERE seq < ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR article_id = ?3) AND (?4 IS NULL OR type = ?4)
          ORDER BY seq DESC LIMIT ?5`,
        query.cursor ?? Number.MAX_SAFE_INTEGER,
        query.status,
        query.article,
        query.type,
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray();
    const { items, cursor: next } = pageOf(rows, ({ seq }) => String(seq));
    return { deliveries: items.map(asDelivery), cursor: next };
  }

  /** One delivery with its attempts, first to last. */
  delivery(id: string): DeliveryLog | null {
    const eventId = eventIdOf(id);
    const [row] = this.#sql.exec("SELECT * FROM deliveries WHERE event_id = ?", eventId);
    if (!row) return null;
    const attempts = this.#sql.exec("SELECT * FROM attempts WHERE event_id = ? ORDER BY number", eventId);
    return { ...asDelivery(row), attempts: [...attempts].map(asAttempt) };
  }

  /** Forgets deliveries that were settled before a time. */
  prune(beforeMs: number): void {
    this.#sql.exec(
      "DELETE FROM attempts WHERE event_id IN (SELECT event_id FROM deliveries WHERE settled_ms < ?)",
      beforeMs,
    );
    this.#sql.exec("DELETE FROM deliveries WHERE settled_ms < ?", beforeMs);
  }
}

function asDelivery(row: Record<string, SqlStorageValue>): Delivery {
  return {
    id: deliveryId(String(row.event_id)),
    event_id: String(row.event_id),
    event_type: row.type as MessageType,
    article_id: String(row.article_id).includes(":") ? null : String(row.article_id),
    ...(row.batch === null ? {} : { batch_id: String(row.batch) }),
    status: row.status as DeliveryStatus,
    attempt_count: Number(row.attempts),
    created_at: rfc3339(Number(row.created_ms)),
    next_attempt_at: rfc3339OrNull(row.due_ms as number | null),
    settled_at: rfc3339OrNull(row.settled_ms as number | null),
  };
}

function asAttempt(row: Record<string, SqlStorageValue>): Attempt {
  return {
    at: rfc3339(Number(row.at_ms)),
    status: row.status as number | null,
    latency_ms: Number(row.latency_ms),
    error: row.error as AttemptError,
    detail: String(row.detail),
    response: String(row.response),
  };
}
