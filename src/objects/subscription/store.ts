import type { HubRequest, Subscription as ShownSubscription } from "../../model/subscription.ts";
import { rfc3339, rfc3339OrNull } from "../../model/time.ts";
import { first, flag, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

export const SUBSCRIPTION_SCHEMA: Schema = {
  name: "subscription",
  migrations: [
    `CREATE TABLE IF NOT EXISTS subscription (
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
    );`,
    `ALTER TABLE subscription ADD COLUMN secret_changed_ms INTEGER;
    ALTER TABLE subscription ADD COLUMN failing_since_ms INTEGER;
    ALTER TABLE subscription ADD COLUMN timeouts INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE intents ADD COLUMN is_confirmed INTEGER NOT NULL DEFAULT 0;`,
  ],
};

/** Whether the tables exist. Creates none. */
export const isStored = (sql: SqlStorage): boolean =>
  first(sql, () => true, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'subscription'") ??
  false;

/** The terms of a subscription: a subscriber at its callback, or another hub at its URL. */
export interface Terms extends Pick<HubRequest, "topic" | "callback" | "method"> {
  id: string;
  kind: ShownSubscription["kind"];
  signed: boolean;
  /** The slugs of the organizations that the topic names by another address. */
  keys?: Record<string, string>;
}

/** A request on behalf of a callback. */
export type Request = Terms &
  Pick<HubRequest, "mode" | "leaseSeconds" | "verifyToken"> & {
    askedMs: number;
    /** The tag of the topic at the time of the request. */
    tag: string;
  };

/** An intent to verify with a callback, or a denial to send to it. */
export type Intent = Request | { mode: "denied"; topic: string; callback: string; reason: string };

/** A pending intent. */
export interface WaitingIntent {
  number: number;
  intent: Intent;
  /** The subscriber's secret, sealed by `secrets.ts`. */
  sealed: string;
  /** Whether the callback has confirmed it. */
  isConfirmed: boolean;
}

/** A subscription; its lease may have ended. */
export interface Granted {
  terms: Terms;
  sealed: string;
  /** Null for never. */
  endsMs: number | null;
  /** The number of publications to send, from 1. */
  told: number;
  /** When the next attempt is due; null if nothing waits. */
  dueMs: number | null;
  /** Failed attempts to send it. */
  attempts: number;
  /** The tag of the content last sent. */
  tag: string;
  /** The time of the first failure since the last success. */
  failingSinceMs: number | null;
  /** Requests in a row that timed out. */
  timeouts: number;
}

const granted = rowOf<Granted>({
  terms: json<Terms>("terms"),
  sealed: text("confidential"),
  endsMs: nullable("lease_ends_ms", integer),
  told: integer("told"),
  dueMs: nullable("due_ms", integer),
  attempts: integer("tries"),
  tag: text("tag"),
  failingSinceMs: nullable("failing_since_ms", integer),
  timeouts: integer("timeouts"),
});

const waitingIntent = rowOf<WaitingIntent>({
  number: integer("number"),
  intent: json<Intent>("intent"),
  sealed: text("confidential"),
  isConfirmed: flag("is_confirmed"),
});

const shown = (row: Record<string, SqlStorageValue>): ShownSubscription => {
  const { id, topic, kind, callback, signed } = json<Terms>("terms")(row);
  const changedMs = nullable("secret_changed_ms", integer)(row);
  return {
    id,
    topic,
    kind,
    callback_host: new URL(callback).host,
    signed,
    ...(changedMs === null ? {} : { secret_changed_at: rfc3339(changedMs) }),
    created_at: rfc3339(integer("created_ms")(row)),
    lease_ends_at: rfc3339OrNull(nullable("lease_ends_ms", integer)(row)),
    last_delivery_at: rfc3339OrNull(nullable("delivered_ms", integer)(row)),
    failures: integer("failures")(row),
    last_failure: nullable("last_failure", json<NonNullable<ShownSubscription["last_failure"]>>)(row),
    next_attempt_at: rfc3339OrNull(nullable("due_ms", integer)(row)),
  };
};

/** The SQL of a subscription: its terms, its next distribution and its pending intent. */
export class SubscriptionStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores an intent, which replaces a pending one. */
  intend(intent: Intent, sealed: string): void {
    this.#sql.exec("DELETE FROM intents");
    this.#sql.exec(
      "INSERT INTO intents (intent, confidential) VALUES (?, ?)",
      JSON.stringify(intent),
      sealed,
    );
  }

  /** The pending intent; null if there is none. */
  intent(): WaitingIntent | null {
    return first(this.#sql, waitingIntent, "SELECT number, intent, confidential, is_confirmed FROM intents");
  }

  /** Marks an intent as confirmed, so that a later failure does not verify it again. */
  confirm(number: number): void {
    this.#sql.exec("UPDATE intents SET is_confirmed = 1 WHERE number = ?", number);
  }

  /** Removes a completed intent. One that replaced it in the meantime stays. */
  removeIntent(number: number): void {
    this.#sql.exec("DELETE FROM intents WHERE number = ?", number);
  }

  /**
   * Starts the subscription or changes its terms. A waiting distribution stays.
   * @param secretChangedMs when the secret was replaced; null if it was not
   */
  grant(
    terms: Terms,
    sealed: string,
    { endsMs, tag, secretChangedMs }: { endsMs: number | null; tag: string; secretChangedMs: number | null },
    nowMs: number,
  ): void {
    this.#sql.exec(
      `INSERT INTO subscription (id, terms, confidential, lease_ends_ms, created_ms, tag) VALUES (1, ?1, ?2, ?3, ?5, ?4)
        ON CONFLICT (id) DO UPDATE SET terms = ?1, confidential = ?2, lease_ends_ms = ?3,
          secret_changed_ms = COALESCE(?6, secret_changed_ms)`,
      JSON.stringify(terms),
      sealed,
      endsMs,
      tag,
      nowMs,
      secretChangedMs,
    );
  }

  /** The subscription; null if there is none. */
  read(): Granted | null {
    const query = `SELECT terms, confidential, lease_ends_ms, told, due_ms, tries, tag, failing_since_ms, timeouts
      FROM subscription`;
    return first(this.#sql, granted, query);
  }

  setSecrets(sealed: string): void {
    this.#sql.exec("UPDATE subscription SET confidential = ?", sealed);
  }

  /** Ends the lease now: nothing more is sent. */
  end(nowMs: number): void {
    this.#sql.exec("UPDATE subscription SET lease_ends_ms = ?, due_ms = NULL", nowMs);
  }

  /** Removes the subscription. */
  remove(): void {
    this.#sql.exec("DELETE FROM subscription");
  }

  /** Makes a new publication due now. It replaces a waiting one and resets the attempts. */
  news(nowMs: number): void {
    this.#sql.exec("UPDATE subscription SET told = told + 1, due_ms = ?, tries = 0", nowMs);
  }

  /** Records that the subscriber is up to date. A newer publication stays due. @param sentMs null if nothing was sent */
  has(told: number, tag: string, sentMs: number | null): void {
    this.#sql.exec(
      `UPDATE subscription SET tag = ?2, due_ms = CASE WHEN told > ?1 THEN due_ms END,
        delivered_ms = COALESCE(?3, delivered_ms), failures = CASE WHEN ?3 IS NULL THEN failures ELSE 0 END,
        failing_since_ms = CASE WHEN ?3 IS NULL THEN failing_since_ms END,
        timeouts = CASE WHEN ?3 IS NULL THEN timeouts ELSE 0 END`,
      told,
      tag,
      sentMs,
    );
  }

  /** Records a failed attempt. A newer publication stays due. @param nextMs when to retry; null for never */
  failed(
    told: number,
    nextMs: number | null,
    timedOut: boolean,
    failure: NonNullable<ShownSubscription["last_failure"]>,
    nowMs: number,
  ): void {
    this.#sql.exec(
      `UPDATE subscription SET failures = failures + 1, last_failure = ?3,
        due_ms = CASE WHEN told > ?1 THEN due_ms ELSE ?2 END, tries = CASE WHEN told > ?1 THEN tries ELSE tries + 1 END,
        failing_since_ms = COALESCE(failing_since_ms, ?4), timeouts = CASE WHEN ?5 THEN timeouts + 1 ELSE 0 END`,
      told,
      nextMs,
      JSON.stringify(failure),
      nowMs,
      timedOut ? 1 : 0,
    );
  }

  /** The subscription as the API shows it; null if there is none. */
  shown(): ShownSubscription | null {
    return first(this.#sql, shown, "SELECT * FROM subscription");
  }
}

/** Whether there is no subscription or its lease has ended. */
export const isOver = (subscription: Granted | null, nowMs: number): boolean =>
  subscription !== null && subscription.endsMs !== null && subscription.endsMs <= nowMs;
