import { hostRange } from "../../delivery/addresses.ts";
import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { type FilterInput, matches, parseFilter } from "../../model/filter.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS events (
    seq INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    article_id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    data TEXT NOT NULL
  );
  CREATE TABLE IF NOT EXISTS webhooks (
    endpoint_id TEXT PRIMARY KEY,
    webhook TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS webhooks_filter ON webhooks (webhook ->> '$.filter')
    WHERE webhook ->> '$.filter' IS NOT NULL;
  CREATE INDEX IF NOT EXISTS webhooks_url ON webhooks (webhook ->> '$.url');
  CREATE TABLE IF NOT EXISTS outbox (
    event_seq INTEGER NOT NULL,
    endpoint_id TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (event_seq, endpoint_id)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS outbox_next ON outbox (tries, endpoint_id, event_seq);`;

/** The events that one endpoint is still to be handed. */
export interface Parcel {
  endpointId: string;
  seqs: number[];
}

/** The SQL of a channel's webhooks: who is to hear of its events, and who has not yet been handed which. */
export class Outbox {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Adds a webhook, which hears of events from now on; `full` and `host-full`: not, as there are as many as may be. */
  addWebhook(webhook: Webhook, mostAtHost: number): "added" | "full" | "host-full" {
    const { count } = this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM webhooks").one();
    if (count >= LIMITS.WEBHOOKS_PER_ORGANIZATION) return "full";
    if (!this.#hasRoomAtHost(webhook, mostAtHost)) return "host-full";
    const text = JSON.stringify(webhook);
    this.#sql.exec("INSERT INTO webhooks (endpoint_id, webhook) VALUES (?, ?)", webhook.id, text);
    return "added";
  }

  /** Takes a webhook's new description: it holds from the next event on. False when there is no room at its host. */
  reviseWebhook(webhook: Webhook, mostAtHost: number): boolean {
    if (!this.#hasRoomAtHost(webhook, mostAtHost)) return false;
    const text = JSON.stringify(webhook);
    this.#sql.exec("UPDATE webhooks SET webhook = ? WHERE endpoint_id = ?", text, webhook.id);
    return true;
  }

  /** Whether fewer than so many others are at a webhook's host. Reads no more rows than there may be. */
  #hasRoomAtHost({ id, url }: Webhook, most: number): boolean {
    if (most === Number.POSITIVE_INFINITY) return true;
    const sql = `SELECT 1 FROM webhooks
      WHERE webhook ->> '$.url' >= ? AND webhook ->> '$.url' < ? AND endpoint_id <> ? LIMIT ?`;
    const others = this.#sql.exec(sql, ...hostRange(url), id, most);
    return others.toArray().length < most;
  }

  /** Removes a webhook and what was still to be handed to it. False when there was none. */
  removeWebhook(endpointId: string): boolean {
    this.#sql.exec("DELETE FROM outbox WHERE endpoint_id = ?", endpointId);
    const removed = this.#sql.exec(
      "DELETE FROM webhooks WHERE endpoint_id = ? RETURNING endpoint_id",
      endpointId,
    );
    return removed.toArray().length > 0;
  }

  /** Removes all webhooks; returns their endpoints. */
  clear(): string[] {
    this.#sql.exec("DELETE FROM outbox; DELETE FROM events;");
    const removed = this.#sql.exec<{ endpoint_id: string }>("DELETE FROM webhooks RETURNING endpoint_id");
    return removed.toArray().map((row) => row.endpoint_id);
  }

  /** One webhook; null when there is none. */
  webhook(endpointId: string): Webhook | null {
    const [row] = this.#sql.exec("SELECT webhook FROM webhooks WHERE endpoint_id = ?", endpointId);
    return row ? (JSON.parse(String(row.webhook)) as Webhook) : null;
  }

  /** Webhooks in the order of their ids, after a cursor, which is the last id shown. */
  webhooks(cursor: string | null): { webhooks: Webhook[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ webhook: string }>(
        "SELECT webhook FROM webhooks WHERE endpoint_id > ? ORDER BY endpoint_id LIMIT ?",
        cursor ?? "",
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.webhook) as Webhook);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { webhooks: items, cursor: next };
  }

  /**
   * Takes an article's event, and one row for every webhook that wants it: one statement, however many there are.
   * @param subject what filters look at; asked for when there is a filter
   */
  add(event: ChannelEvent, subject: () => FilterInput): void {
    const wanted = this.#sql.exec(
      `INSERT OR IGNORE INTO outbox (event_seq, endpoint_id)
        SELECT ?1, endpoint_id FROM webhooks, json_each(webhooks.webhook, '$.events') AS wanted
        WHERE wanted.value = ?2
          AND COALESCE(webhook ->> '$.filter', '') IN (SELECT value FROM json_each(?3))`,
      event.seq,
      event.type,
      JSON.stringify(["", ...this.#fitting(subject)]),
    );
    if (wanted.rowsWritten > 0) this.#keep(event);
  }

  /** Takes an event about a webhook: for the others, never for the one that may not be able to hear. */
  addForOthers(event: ChannelEvent, endpointId: string): void {
    const wanted = this.#sql.exec(
      `INSERT OR IGNORE INTO outbox (event_seq, endpoint_id)
        SELECT ?1, endpoint_id FROM webhooks, json_each(webhooks.webhook, '$.events') AS wanted
        WHERE wanted.value = ?2 AND endpoint_id != ?3`,
      event.seq,
      event.type,
      endpointId,
    );
    if (wanted.rowsWritten > 0) this.#keep(event);
  }

  /** Takes an event for one webhook alone. */
  addFor(event: ChannelEvent, endpointId: string): void {
    this.#sql.exec("INSERT INTO outbox (event_seq, endpoint_id) VALUES (?, ?)", event.seq, endpointId);
    this.#keep(event);
  }

  /** A new position in the channel, for an event that is no article's announcement. */
  nextSeq(): number {
    return this.#sql.exec<{ seq: number }>("UPDATE channel SET seq = seq + 1 RETURNING seq").one().seq;
  }

  /** Whether an event of an article waits to be handed to an endpoint. */
  isWaiting(endpointId: string, articleId: string): boolean {
    const rows = this.#sql.exec(
      `SELECT 1 FROM outbox JOIN events ON events.seq = outbox.event_seq
        WHERE endpoint_id = ? AND article_id = ? LIMIT 1`,
      endpointId,
      articleId,
    );
    return rows.toArray().length > 0;
  }

  /** Those of the filters in use that an article fits: each is tried once, however many webhooks have it. */
  #fitting(subject: () => FilterInput): string[] {
    const sql =
      "SELECT DISTINCT webhook ->> '$.filter' AS filter FROM webhooks WHERE webhook ->> '$.filter' IS NOT NULL";
    const filters = this.#sql.exec<{ filter: string }>(sql).toArray();
    if (filters.length === 0) return [];
    const looked = subject();
    return filters.flatMap(({ filter }) => (fits(filter, looked) ? [filter] : []));
  }

  #keep(event: ChannelEvent): void {
    this.#sql.exec(
      "INSERT INTO events (seq, type, article_id, revision, at_ms, data) VALUES (?, ?, ?, ?, ?, ?)",
      event.seq,
      event.type,
      event.article_id,
      event.revision,
      event.at,
      event.data,
    );
  }

  /** The first of the events at these positions: as many as fit into one call, and at least one. */
  events(seqs: readonly number[]): ChannelEvent[] {
    const rows = this.#sql.exec(
      `SELECT * FROM (
          SELECT *, SUM(LENGTH(data)) OVER (ORDER BY seq) AS bytes FROM events
          WHERE seq IN (SELECT value FROM json_each(?1)))
        WHERE bytes <= ?2 OR seq = ?3 ORDER BY seq`,
      JSON.stringify(seqs),
      LIMITS.DRAIN_BYTES,
      seqs[0] ?? 0,
    );
    return [...rows].map((row) => ({
      seq: Number(row.seq),
      type: row.type as MessageType,
      article_id: String(row.article_id),
      revision: Number(row.revision),
      at: Number(row.at_ms),
      data: String(row.data),
    }));
  }

  /** Forgets the events that every endpoint has been handed. Returns the oldest position left; null for none. */
  prune(): number | null {
    const oldest = this.oldest();
    this.#sql.exec("DELETE FROM events WHERE seq < ?", oldest ?? Number.MAX_SAFE_INTEGER);
    return oldest;
  }

  /** What to hand over next, those first that have failed least: a bounded share of the outbox. */
  parcels(): Parcel[] {
    const rows = this.#sql.exec<{ endpoint_id: string; event_seq: number }>(
      "SELECT endpoint_id, event_seq FROM outbox ORDER BY tries, endpoint_id, event_seq LIMIT ?",
      LIMITS.DRAIN_ENDPOINTS * LIMITS.DRAIN_EVENTS_PER_ENDPOINT,
    );
    const parcels = new Map<string, Parcel>();
    for (const { endpoint_id, event_seq } of rows) {
      const parcel = parcels.get(endpoint_id);
      if (parcel) {
        if (parcel.seqs.length < LIMITS.DRAIN_EVENTS_PER_ENDPOINT) parcel.seqs.push(event_seq);
      } else if (parcels.size < LIMITS.DRAIN_ENDPOINTS) {
        parcels.set(endpoint_id, { endpointId: endpoint_id, seqs: [event_seq] });
      } else break;
    }
    return [...parcels.values()];
  }

  /** The endpoint has the events now. */
  handed(parcel: Parcel): void {
    this.#sql.exec(
      "DELETE FROM outbox WHERE endpoint_id = ? AND event_seq IN (SELECT value FROM json_each(?))",
      parcel.endpointId,
      JSON.stringify(parcel.seqs),
    );
  }

  /** The endpoint could not be reached: others go first from now on. */
  failed(parcel: Parcel): void {
    this.#sql.exec("UPDATE outbox SET tries = tries + 1 WHERE endpoint_id = ?", parcel.endpointId);
  }

  /** The oldest position that some endpoint has not been handed; null when all have all. */
  oldest(): number | null {
    return this.#sql.exec<{ seq: number | null }>("SELECT MIN(event_seq) AS seq FROM outbox").one().seq;
  }
}

/** Whether an article fits a webhook's filter, given as the query of an address. */
export function fits(filter: string, subject: FilterInput): boolean {
  const read = parseFilter(new URLSearchParams(filter));
  return read.ok && matches(read.value, subject);
}
