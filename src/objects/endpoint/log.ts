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
import type { MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import { all, first, integer, json, nullable, rowOf, text } from "../kit/sql.ts";

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

/** Whether a delivery is wanted, besides its status. No index has what these filters look at. */
function fits(
  row: Record<string, SqlStorageValue>,
  { article, type, sinceMs, untilMs }: DeliveryQuery,
): boolean {
  const createdMs = integer("created_ms")(row);
  return (
    (article === null || row.article_id === article) &&
    (type === null || row.type === type) &&
    createdMs >= (sinceMs ?? 0) &&
    createdMs < (untilMs ?? Number.POSITIVE_INFINITY)
  );
}

/** Each status as conditions that have an index by sequence. Lists of several are merged. */
const WITH_STATUS: Readonly<Record<DeliveryStatus | "any", readonly string[]>> = {
  pending: ["due_ms IS NOT NULL"],
  delivered: ["due_ms IS NULL AND status = 'delivered'"],
  failed: ["status = 'failed'"],
  superseded: ["status = 'superseded'"],
  any: ["due_ms IS NOT NULL", "due_ms IS NULL"],
};

const messageType = (row: Record<string, SqlStorageValue>) => text("type")(row) as MessageType;

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

/** What a search has found. */
export interface Found {
  placed: PlacedDelivery[];
  /** The sequence of the last delivery that was looked at, if the search has ended before the log did; else null. */
  end: number | null;
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

/** What an endpoint's deliveries and attempts say afterwards. Their tables are owned by `store.ts`. */
export class DeliveryHistory {
  readonly #sql: SqlStorage;
  /** The sequence up to which the deliveries were looked at for pruning; 0 to begin at the oldest. */
  #prunedTo = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** A page of deliveries, newest first, after a cursor: the last one shown, or looked at. */
  page(query: DeliveryQuery): { deliveries: Delivery[]; cursor: string | null } {
    const { placed, end } = this.placed(query, LIMITS.DELIVERIES_SEARCHED);
    const { items, cursor } = pageOf(placed, ({ seq }) => String(seq));
    return {
      deliveries: items.map(({ delivery }) => delivery),
      cursor: cursor ?? (end === null ? null : String(end)),
    };
  }

  /**
   * One delivery more than a page shows, newest first, each with its place in the organization's sequence.
   * @param most how many are looked at
   */
  placed(query: DeliveryQuery, most: number): Found {
    const { status, cursor } = query;
    const lists = WITH_STATUS[status ?? "any"].map(
      (condition) => `SELECT ${SHOWN_COLUMNS} FROM deliveries WHERE seq < ?1 AND ${condition}`,
    );
    const select = `${lists.join(" UNION ALL ")} ORDER BY seq DESC LIMIT ?2`;
    const placed: PlacedDelivery[] = [];
    let looked = 0;
    for (const row of this.#sql.exec(select, cursor ?? Number.MAX_SAFE_INTEGER, most)) {
      looked++;
      if (fits(row, query)) placed.push(placedDelivery(row));
      if (placed.length > LIMITS.PAGE_ITEMS) break;
      if (looked === most) return { placed, end: integer("seq")(row) };
    }
    return { placed, end: null };
  }

  /** The outcome of the newest settled delivery; null if there is none. */
  lastOutcome(): LastOutcome | null {
    const query = `SELECT event_id, type, status, settled_ms FROM deliveries
      WHERE due_ms IS NULL AND settled_ms IS NOT NULL ORDER BY seq DESC LIMIT 1`;
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

  /**
   * Removes a bounded number of deliveries settled before a time, oldest event first. What was retried long after it was
   * created is passed over. @returns whether there may be more
   */
  prune(beforeMs: number): boolean {
    const query = `SELECT event_id, seq, created_ms, settled_ms FROM deliveries
      WHERE due_ms IS NULL AND seq > ? ORDER BY seq`;
    const from = this.#prunedTo;
    const expired: string[] = [];
    let looked = 0;
    this.#prunedTo = 0;
    for (const row of this.#sql.exec(query, from)) {
      if (integer("created_ms")(row) >= beforeMs) break; // so are those that follow
      if ((nullable("settled_ms", integer)(row) ?? 0) < beforeMs) expired.push(text("event_id")(row));
      if (++looked < LIMITS.PRUNED_DELIVERIES) continue;
      this.#prunedTo = integer("seq")(row);
      break;
    }
    for (const table of expired.length > 0 ? ["attempts", "deliveries"] : []) {
      this.#sql.exec(
        `DELETE FROM ${table} WHERE event_id IN (SELECT value FROM json_each(?))`,
        JSON.stringify(expired),
      );
    }
    return this.#prunedTo > 0 && expired.length > 0;
  }
}
