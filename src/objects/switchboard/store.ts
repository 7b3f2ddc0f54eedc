import type { ChannelEvent, MessageType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import { pageOf } from "../kit/page.ts";
import { all, exists, first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

export const SWITCHBOARD_SCHEMA: Schema = {
  name: "switchboard",
  migrations: [
    `CREATE TABLE covered (
      organization_id TEXT NOT NULL,
      endpoint_id TEXT NOT NULL,
      slug TEXT NOT NULL,
      PRIMARY KEY (organization_id, endpoint_id)
    ) WITHOUT ROWID;
    CREATE INDEX covered_by ON covered (endpoint_id);
    CREATE TABLE counters (id INTEGER PRIMARY KEY CHECK (id = 1), version INTEGER NOT NULL, seq INTEGER NOT NULL);
    INSERT INTO counters (id, version, seq) VALUES (1, 0, 0);
    CREATE TABLE events (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      seq INTEGER NOT NULL,
      type TEXT NOT NULL,
      article_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      at_ms INTEGER NOT NULL,
      data TEXT NOT NULL
    );
    CREATE TABLE backfills (endpoint_id TEXT PRIMARY KEY, wanted TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE revoked (token_id TEXT PRIMARY KEY) WITHOUT ROWID;`,
    "CREATE INDEX webhooks_owner ON webhooks (webhook ->> '$.owner')",
  ],
};

/** Stands for every organization in `covered`; no organization has this id. */
export const EVERY = "*";

const event = rowOf<ChannelEvent>({
  seq: integer("seq"),
  type: (row) => text("type")(row) as MessageType,
  article_id: text("article_id"),
  revision: integer("revision"),
  at: integer("at_ms"),
  data: text("data"),
});

/** A shared webhook that an event may be for. */
export interface Candidate {
  id: string;
  filter: string | null;
  events: readonly string[];
}

const candidate = rowOf<Candidate>({
  id: text("endpoint_id"),
  filter: nullable("filter", text),
  events: json<string[]>("events"),
});

/** Which organizations each shared webhook is for, and the events that its endpoint is still to be handed. */
export class SwitchboardStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Replaces the organizations of a webhook. @param bound the id of each by slug; null: all of them */
  cover(endpointId: string, bound: Readonly<Record<string, string>> | null): void {
    this.uncover(endpointId);
    this.#sql.exec(
      `INSERT INTO covered (organization_id, endpoint_id, slug) SELECT value ->> 1, ?, value ->> 0 FROM json_each(?)`,
      endpointId,
      JSON.stringify(bound ? Object.entries(bound) : [["", EVERY]]),
    );
  }

  /** Removes the organizations of a webhook. */
  uncover(endpointId: string): void {
    this.#sql.exec("DELETE FROM covered WHERE endpoint_id = ?", endpointId);
  }

  /** The organizations that a webhook names, by slug. */
  bound(endpointId: string): Record<string, string> {
    const row = rowOf({ slug: text("slug"), id: text("organization_id") });
    const query = "SELECT slug, organization_id FROM covered WHERE endpoint_id = ? AND organization_id <> ?";
    return Object.fromEntries(
      all(this.#sql, row, query, endpointId, EVERY).map(({ slug, id }) => [slug, id]),
    );
  }

  /** Removes an organization from the webhooks that name it, and returns these. */
  leave(organizationId: string): string[] {
    const query = "DELETE FROM covered WHERE organization_id = ? RETURNING endpoint_id";
    return all(this.#sql, text("endpoint_id"), query, organizationId);
  }

  /** Whether a webhook is for every organization. */
  coversEvery(): boolean {
    return exists(this.#sql, "SELECT 1 FROM covered WHERE organization_id = ? LIMIT 1", EVERY);
  }

  /** The webhooks that an organization's events may be for. */
  candidates(organizationId: string, only: string | null): Candidate[] {
    const query = `SELECT webhooks.endpoint_id, webhook ->> '$.filter' AS filter, webhook -> '$.events' AS events
      FROM covered JOIN webhooks ON webhooks.endpoint_id = covered.endpoint_id
      WHERE organization_id IN (?1, ?2) AND (?3 IS NULL OR webhooks.endpoint_id = ?3)`;
    return all(this.#sql, candidate, query, organizationId, EVERY, only);
  }

  /** The webhooks of an owner. */
  owned(owner: string): string[] {
    return all(
      this.#sql,
      text("endpoint_id"),
      "SELECT endpoint_id FROM webhooks WHERE webhook ->> '$.owner' = ?",
      owner,
    );
  }

  /** Records that a token is revoked: a request of it that still runs adds no webhook. */
  revoke(tokenId: string): void {
    this.#sql.exec("INSERT OR IGNORE INTO revoked (token_id) VALUES (?)", tokenId);
  }

  /** Whether a token is revoked. */
  isRevoked(tokenId: string): boolean {
    return exists(this.#sql, "SELECT 1 FROM revoked WHERE token_id = ?", tokenId);
  }

  /** A page of webhooks, ordered by id, of one owner or of all (null). */
  page(owner: string | null, cursor: string | null): { webhooks: Webhook[]; cursor: string | null } {
    const query = `SELECT webhook FROM webhooks WHERE endpoint_id > ?1 AND (?2 IS NULL OR webhook ->> '$.owner' = ?2)
      ORDER BY endpoint_id LIMIT ?3`;
    const rows = all(this.#sql, json<Webhook>("webhook"), query, cursor ?? "", owner, LIMITS.PAGE_ITEMS + 1);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { webhooks: items, cursor: next };
  }

  /** The version of the coverage. */
  version(): number {
    return first(this.#sql, integer("version"), "SELECT version FROM counters") ?? 0;
  }

  /** Counts a change of the coverage. */
  nextVersion(): number {
    return (
      first(this.#sql, integer("version"), "UPDATE counters SET version = version + 1 RETURNING version") ?? 0
    );
  }

  /** The next sequence of an event about a shared webhook. */
  nextSeq(): number {
    return first(this.#sql, integer("seq"), "UPDATE counters SET seq = seq + 1 RETURNING seq") ?? 0;
  }

  /** Keeps an event until it is handed over. @returns its number here */
  keep({ seq, type, article_id, revision, at, data }: ChannelEvent): number {
    const query = `INSERT INTO events (seq, type, article_id, revision, at_ms, data)
      VALUES (?, ?, ?, ?, ?, ?) RETURNING number`;
    return first(this.#sql, integer("number"), query, seq, type, article_id, revision, at, data) ?? 0;
  }

  /** A kept event; null if it is gone. */
  event(number: number): ChannelEvent | null {
    const query = "SELECT seq, type, article_id, revision, at_ms, data FROM events WHERE number = ?";
    return first(this.#sql, event, query, number);
  }

  /** Deletes all events. */
  forgetAll(): void {
    this.#sql.exec("DELETE FROM events");
  }

  /** Deletes a bounded number of events from before a time. */
  forget(beforeMs: number): void {
    const oldest = "SELECT number FROM events ORDER BY number LIMIT ?";
    this.#sql.exec(
      `DELETE FROM events WHERE number IN (${oldest}) AND at_ms < ?`,
      LIMITS.EVENTS_PRUNED,
      beforeMs,
    );
  }

  /** Whether any event is kept. */
  hasEvents(): boolean {
    return exists(this.#sql, "SELECT 1 FROM events LIMIT 1");
  }

  /** What a new webhook is to be told of older articles; null when that is over. */
  backfill(endpointId: string): unknown {
    return first(
      this.#sql,
      json<unknown>("wanted"),
      "SELECT wanted FROM backfills WHERE endpoint_id = ?",
      endpointId,
    );
  }

  setBackfill(endpointId: string, wanted: unknown): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO backfills (endpoint_id, wanted) VALUES (?, ?)",
      endpointId,
      JSON.stringify(wanted),
    );
  }

  endBackfill(endpointId: string): void {
    this.#sql.exec("DELETE FROM backfills WHERE endpoint_id = ?", endpointId);
  }
}
