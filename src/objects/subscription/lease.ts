import type { HubRequest, Subscription } from "../../model/subscription.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS subscription (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    terms TEXT NOT NULL,
    confidential TEXT NOT NULL,
    lease_ends_ms INTEGER,
    created_ms INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0,
    due_ms INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    tag TEXT NOT NULL,
    delivered_ms INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    last_failure TEXT
  );
  CREATE TABLE IF NOT EXISTS intents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    intent TEXT NOT NULL,
    confidential TEXT NOT NULL
  );`;

/** Who is told of what: a subscriber at its callback, or another hub at its address. */
export interface Terms extends Pick<HubRequest, "topic" | "callback" | "method"> {
  id: string;
  kind: Subscription["kind"];
  signed: boolean;
}

/** What is to be asked of a callback, or told: that it is denied what it had, or wanted. */
export type Intent =
  | (Terms &
      Pick<HubRequest, "mode" | "leaseSeconds" | "verifyToken"> & {
        askedMs: number;
        /** The tag of the topic when it was asked for. */
        tag: string;
      })
  | { mode: "denied"; topic: string; callback: string; reason: string };

/** A distribution whose time has come. */
export interface Due {
  terms: Terms;
  confidential: string;
  /** The news that it is about, counted from 1. */
  told: number;
  /** Tries that have failed. */
  tries: number;
  /** The tag of what was sent last. */
  tag: string;
}

/** The SQL of a subscription: its terms and lease, what it waits for, and what is still to be asked of it. */
export class Lease {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Keeps what is to be asked in place of what was to be asked before. @param confidential sealed */
  intend(intent: Intent, confidential: string): void {
    this.#sql.exec("DELETE FROM intents");
    this.#sql.exec(
      "INSERT INTO intents (intent, confidential) VALUES (?, ?)",
      JSON.stringify(intent),
      confidential,
    );
  }

  /** What is to be asked; null for nothing. */
  intent(): { number: number; intent: Intent; confidential: string } | null {
    const [row] = this.#sql.exec("SELECT * FROM intents");
    if (!row) return null;
    const intent = JSON.parse(String(row.intent)) as Intent;
    return { number: Number(row.number), intent, confidential: String(row.confidential) };
  }

  /** It was asked. What has come in its place meanwhile stays. */
  asked(number: number): void {
    this.#sql.exec("DELETE FROM intents WHERE number = ?", number);
  }

  /** Begins the subscription, or gives it new terms: what it waits for stays. @param endsMs null for no end */
  grant(terms: Terms, confidential: string, endsMs: number | null, tag: string, nowMs: number): void {
    this.#sql.exec(
      `INSERT INTO subscription (id, terms, confidential, lease_ends_ms, created_ms, tag) VALUES (1, ?1, ?2, ?3, ?5, ?4)
        ON CONFLICT (id) DO UPDATE SET terms = ?1, confidential = ?2, lease_ends_ms = ?3`,
      JSON.stringify(terms),
      confidential,
      endsMs,
      tag,
      nowMs,
    );
  }

  /** The terms of the subscription, be its lease over or not; null when there is none. */
  terms(): Terms | null {
    const [row] = this.#sql.exec("SELECT terms FROM subscription");
    return row ? (JSON.parse(String(row.terms)) as Terms) : null;
  }

  /** Ends the lease now: nothing more is sent. */
  end(nowMs: number): void {
    this.#sql.exec("UPDATE subscription SET lease_ends_ms = ?, due_ms = NULL", nowMs);
  }

  /** When the lease ends; null for never, or when there is no subscription. */
  endsMs(): number | null {
    const [row] = this.#sql.exec<{ lease_ends_ms: number | null }>("SELECT lease_ends_ms FROM subscription");
    return row?.lease_ends_ms ?? null;
  }

  /** Forgets the subscription. */
  clear(): void {
    this.#sql.exec("DELETE FROM subscription");
  }

  /** There is news, to be sent at once: what waited is not sent any more, and its tries are forgotten. */
  news(nowMs: number): void {
    this.#sql.exec("UPDATE subscription SET told = told + 1, due_ms = ?, tries = 0", nowMs);
  }

  /** What is to be sent now; null for nothing. */
  due(nowMs: number): Due | null {
    const [row] = this.#sql.exec("SELECT * FROM subscription WHERE due_ms <= ?", nowMs);
    if (!row) return null;
    return {
      terms: JSON.parse(String(row.terms)) as Terms,
      confidential: String(row.confidential),
      told: Number(row.told),
      tries: Number(row.tries),
      tag: String(row.tag),
    };
  }

  /** When something is to be sent; null for never. */
  dueMs(): number | null {
    const [row] = this.#sql.exec<{ due_ms: number | null }>("SELECT due_ms FROM subscription");
    return row?.due_ms ?? null;
  }

  /** It has the topic as it is. News that came meanwhile stay due. @param sentMs null when it had it already */
  has(told: number, tag: string, sentMs: number | null): void {
    this.#sql.exec(
      `UPDATE subscription SET tag = ?2, due_ms = CASE WHEN told > ?1 THEN due_ms END,
        delivered_ms = COALESCE(?3, delivered_ms), failures = CASE WHEN ?3 IS NULL THEN failures ELSE 0 END`,
      told,
      tag,
      sentMs,
    );
  }

  /** A try has failed. News that came meanwhile stay due. @param nextMs when to try again; null for never */
  failed(told: number, nextMs: number | null, failure: NonNullable<Subscription["last_failure"]>): void {
    this.#sql.exec(
      `UPDATE subscription SET failures = failures + 1, last_failure = ?3,
        due_ms = CASE WHEN told > ?1 THEN due_ms ELSE ?2 END, tries = CASE WHEN told > ?1 THEN tries ELSE tries + 1 END`,
      told,
      nextMs,
      JSON.stringify(failure),
    );
  }

  /** The subscription as the API shows it; null when there is none. */
  shown(): Subscription | null {
    const [row] = this.#sql.exec("SELECT * FROM subscription");
    if (!row) return null;
    const { id, topic, kind, callback, signed } = JSON.parse(String(row.terms)) as Terms;
    return {
      id,
      topic,
      kind,
      callback_host: new URL(callback).host,
      signed,
      created_at: rfc3339(Number(row.created_ms)),
      lease_ends_at: rfc3339OrNull(row.lease_ends_ms as number | null),
      last_delivery_at: rfc3339OrNull(row.delivered_ms as number | null),
      failures: Number(row.failures),
      last_failure: row.last_failure === null ? null : JSON.parse(String(row.last_failure)),
      next_attempt_at: rfc3339OrNull(row.due_ms as number | null),
    };
  }
}
