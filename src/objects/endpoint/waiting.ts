import { eventIdOf } from "../../model/delivery.ts";
import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";

/** A delivery whose time has come. */
export interface DueDelivery extends Pick<ChannelEvent, "type" | "article_id" | "at" | "data"> {
  /** The event's id for this endpoint: the `webhook-id`. */
  eventId: string;
  attempts: number;
  /** How many attempts had been made when the schedule began, or began anew. */
  scheduleFrom: number;
}

/** Which deliveries may be sent: all, the first alone, or of an endpoint that is held only tests. */
export type Sending = "any" | "in-order" | "tests";

/** What is waiting, as tables to select from. */
const WAITING: Readonly<Record<Sending, string>> = {
  any: "deliveries",
  "in-order": "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL ORDER BY seq LIMIT 1)",
  tests: "(SELECT * FROM deliveries WHERE due_ms IS NOT NULL AND type = 'webhook.test')",
};

/** The SQL of what an endpoint has yet to send: the unsettled rows of the table that `log.ts` makes. */
export class Waiting {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The next deliveries to try, the longest due first. */
  due(nowMs: number, sending: Sending, most: number): DueDelivery[] {
    const rows = this.#sql.exec(
      `SELECT event_id, type, article_id, at_ms, data, attempts, schedule_from FROM ${WAITING[sending]}
        WHERE due_ms <= ? ORDER BY due_ms, seq LIMIT ?`,
      nowMs,
      Math.min(most, LIMITS.DELIVERIES_PER_ROUND),
    );
    return [...rows].map(asDue);
  }

  /**
   * What goes into the next batch: the oldest batch again whose time has come, or new deliveries, for which `id` is
   * null. A batch keeps its members, so that its id always means the same.
   */
  batch(nowMs: number, inOrder: boolean): { id: string | null; deliveries: DueDelivery[] } {
    const [first] = this.#sql.exec(
      `SELECT batch, due_ms FROM deliveries WHERE due_ms IS NOT NULL AND type != 'webhook.test' AND (?1 OR due_ms <= ?2)
        ORDER BY seq LIMIT 1`,
      inOrder ? 1 : 0,
      nowMs,
    );
    if (!first || Number(first.due_ms) > nowMs) return { id: null, deliveries: [] };
    const rows = this.#sql.exec(
      `SELECT * FROM (
          SELECT *, SUM(LENGTH(data)) OVER (ORDER BY seq) AS bytes, ROW_NUMBER() OVER (ORDER BY seq) AS place
          FROM deliveries
          WHERE due_ms IS NOT NULL AND type != 'webhook.test' AND batch IS ?1 AND (?1 IS NOT NULL OR ?2 OR due_ms <= ?3))
        WHERE ?1 IS NOT NULL OR place = 1 OR (place <= ?4 AND bytes <= ?5) ORDER BY seq`,
      first.batch ?? null,
      inOrder ? 1 : 0,
      nowMs,
      LIMITS.BATCH_MESSAGES,
      LIMITS.DRAIN_BYTES,
    );
    return { id: first.batch === null ? null : String(first.batch), deliveries: [...rows].map(asDue) };
  }

  /** Makes deliveries a batch. */
  bind(id: string, deliveries: readonly DueDelivery[]): void {
    this.#sql.exec(
      "UPDATE deliveries SET batch = ? WHERE event_id IN (SELECT value FROM json_each(?))",
      id,
      JSON.stringify(deliveries.map(({ eventId }) => eventId)),
    );
  }

  /** When the next delivery is due; null when none is. */
  nextDueMs(sending: Sending): number | null {
    const sql = `SELECT MIN(due_ms) AS due FROM ${WAITING[sending]} WHERE due_ms IS NOT NULL`;
    return this.#sql.exec<{ due: number | null }>(sql).one().due;
  }

  /**
   * Tries a delivery again at once, whatever became of it, and on the whole schedule; with its batch, if that still
   * waits. False when there is none.
   */
  retry(id: string, nowMs: number): boolean {
    const found = this.#sql.exec(
      `UPDATE deliveries SET status = 'pending', due_ms = ?, settled_ms = NULL, schedule_from = attempts,
          batch = CASE WHEN due_ms IS NOT NULL THEN batch END
        WHERE event_id = ? RETURNING event_id`,
      nowMs,
      eventIdOf(id),
    );
    return found.toArray().length > 0;
  }

  /** Tries again what was settled: all since a time, or only what has failed. Returns how many. */
  replay(sinceMs: number, failedOnly: boolean, nowMs: number): number {
    const found = this.#sql.exec(
      `UPDATE deliveries SET status = 'pending', due_ms = ?1, settled_ms = NULL, schedule_from = attempts, batch = NULL
        WHERE due_ms IS NULL AND at_ms >= ?2 AND (status = 'failed' OR NOT ?3) AND type != 'webhook.test'
        RETURNING seq`,
      nowMs,
      sinceMs,
      failedOnly ? 1 : 0,
    );
    return found.toArray().length;
  }

  /** Makes all that waits due now, in its order, each on the whole schedule. */
  dueNow(nowMs: number): void {
    this.#sql.exec(
      "UPDATE deliveries SET due_ms = ?, schedule_from = attempts WHERE due_ms IS NOT NULL",
      nowMs,
    );
  }

  /** Gives up the oldest of what waits beyond a number, and says so in the log. They can be replayed. */
  drop(most: number, nowMs: number): void {
    const [row] = this.#sql.exec(
      "SELECT seq FROM deliveries WHERE due_ms IS NOT NULL ORDER BY seq DESC LIMIT 1 OFFSET ?",
      most,
    );
    if (!row) return;
    this.#sql.exec(
      `INSERT INTO attempts (event_id, number, at_ms, status, latency_ms, error, detail, response)
        SELECT event_id, attempts + 1, ?, NULL, 0, 'dropped', ?, '' FROM deliveries
        WHERE due_ms IS NOT NULL AND seq <= ?`,
      nowMs,
      `More than ${most} events were waiting; the oldest were given up.`,
      row.seq,
    );
    this.#sql.exec(
      `UPDATE deliveries SET status = 'failed', attempts = attempts + 1, due_ms = NULL, settled_ms = ?
        WHERE due_ms IS NOT NULL AND seq <= ?`,
      nowMs,
      row.seq,
    );
  }
}

const asDue = (row: Record<string, SqlStorageValue>): DueDelivery => ({
  eventId: String(row.event_id),
  type: row.type as MessageType,
  article_id: String(row.article_id),
  at: Number(row.at_ms),
  data: String(row.data),
  attempts: Number(row.attempts),
  scheduleFrom: Number(row.schedule_from),
});
