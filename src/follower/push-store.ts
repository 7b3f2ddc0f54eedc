import type { Push } from "../intake/upstream/hub.ts";
import { LIMITS } from "../model/limits.ts";
import { first, flag, integer, json, nullable, rowOf, type Schema, text } from "../objects/kit/sql.ts";

export const PUSH_SCHEMA: Schema = {
  name: "push",
  migrations: [
    `CREATE TABLE push (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      hub TEXT NOT NULL,
      topic TEXT NOT NULL,
      token TEXT NOT NULL,
      confidential TEXT NOT NULL,
      due_ms INTEGER NOT NULL,
      attempts INTEGER NOT NULL DEFAULT 0,
      lease_ends_ms INTEGER,
      pushed_ms INTEGER,
      has_missed INTEGER NOT NULL DEFAULT 0,
      digests TEXT NOT NULL DEFAULT '[]'
    )`,
  ],
};

/** A subscription at the hub of a source. */
export interface PushSubscription extends Push {
  /** The last part of the callback's address. */
  token: string;
  /** The secret, as `objects/secrets.ts` sealed it. */
  sealed: string;
  /** When the hub is asked next. */
  dueMs: number;
  /** How often it was asked since it confirmed last. */
  attempts: number;
  /** Null while the hub has confirmed nothing. */
  leaseEndsMs: number | null;
  pushedMs: number | null;
  /** A poll has found what the hub had not pushed. */
  hasMissed: boolean;
  /** Digests of the latest pushed documents. */
  digests: string[];
}

const subscription = rowOf<PushSubscription>({
  hub: text("hub"),
  topic: text("topic"),
  token: text("token"),
  sealed: text("confidential"),
  dueMs: integer("due_ms"),
  attempts: integer("attempts"),
  leaseEndsMs: nullable("lease_ends_ms", integer),
  pushedMs: nullable("pushed_ms", integer),
  hasMissed: flag("has_missed"),
  digests: json<string[]>("digests"),
});

/** The SQL of the subscription at a source's hub. */
export class PushStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Null when the source names no hub. */
  read(): PushSubscription | null {
    return first(this.#sql, subscription, "SELECT * FROM push");
  }

  /** Begins a subscription in place of the one before. The hub is asked at once. */
  begin({ hub, topic }: Push, token: string, sealed: string, nowMs: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO push (id, hub, topic, token, confidential, due_ms) VALUES (1, ?, ?, ?, ?, ?)",
      hub,
      topic,
      token,
      sealed,
      nowMs,
    );
  }

  /** The hub is asked; unless it confirms, it is asked again. */
  asked(nextMs: number): void {
    this.#sql.exec("UPDATE push SET attempts = attempts + 1, due_ms = ?", nextMs);
  }

  /** The hub has confirmed it. */
  confirm(leaseEndsMs: number, renewMs: number): void {
    this.#sql.exec("UPDATE push SET attempts = 0, lease_ends_ms = ?, due_ms = ?", leaseEndsMs, renewMs);
  }

  /** The lease has ended, or the hub has denied the subscription. */
  lapse(nextMs: number): void {
    this.#sql.exec("UPDATE push SET lease_ends_ms = NULL, due_ms = ?", nextMs);
  }

  /** A document has come. */
  pushed(digest: string, nowMs: number): void {
    const digests = [digest, ...(this.read()?.digests ?? [])].slice(0, LIMITS.PUSH_DIGESTS);
    this.#sql.exec(
      "UPDATE push SET pushed_ms = ?, has_missed = 0, digests = ?",
      nowMs,
      JSON.stringify(digests),
    );
  }

  /** A poll has found what had not been pushed. */
  missed(): void {
    this.#sql.exec("UPDATE push SET has_missed = 1 WHERE lease_ends_ms IS NOT NULL");
  }

  remove(): void {
    this.#sql.exec("DELETE FROM push");
  }
}

/** Whether news can be expected by push. */
export const isPushed = (subscription: PushSubscription | null, nowMs: number): boolean =>
  subscription !== null && !subscription.hasMissed && (subscription.leaseEndsMs ?? 0) > nowMs;
