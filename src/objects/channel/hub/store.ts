import { LIMITS } from "../../../model/limits.ts";
import { pageOf } from "../../kit/page.ts";
import { all, first, integer, nullable, rowOf, type Schema, text } from "../../kit/sql.ts";

export const SUBSCRIPTIONS_SCHEMA: Schema = {
  name: "subscriptions",
  // `told_ms` and `tries` were used before 26 November 2026; the outbox knows since then who is to be told.
  migrations: [
    `CREATE TABLE IF NOT EXISTS subscriptions (
      id TEXT PRIMARY KEY,
      topic TEXT NOT NULL,
      hub TEXT,
      told_ms INTEGER NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS subscriptions_topic ON subscriptions (topic);
    DROP INDEX IF EXISTS subscriptions_next;
    CREATE INDEX subscriptions_hub ON subscriptions (hub) WHERE hub IS NOT NULL;`,
  ],
};

/** Who is told when a channel has published. */
export interface Listener {
  /** Of its Subscription. */
  id: string;
  topic: string;
  /** The address of another hub, which is told that there is news; null for a subscriber, which is sent them. */
  hub: string | null;
}

const listener = rowOf<Listener>({ id: text("id"), topic: text("topic"), hub: nullable("hub", text) });

/** The subscriptions to a channel's feeds, and the other hubs that it names. */
export class SubscriptionStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether a subscription may be added, or is there already: a topic has room for so many. */
  hasRoom(topic: string, id: string): boolean {
    if (this.get(id)) return true;
    const query = "SELECT COUNT(*) AS count FROM subscriptions WHERE topic = ? AND hub IS NULL";
    return (first(this.#sql, integer("count"), query, topic) ?? 0) < LIMITS.SUBSCRIPTIONS_PER_TOPIC;
  }

  /** Adds a subscription or another hub, or does nothing when it is there. */
  add({ id, topic, hub }: Listener): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO subscriptions (id, topic, hub, told_ms) VALUES (?, ?, ?, 0)",
      id,
      topic,
      hub,
    );
  }

  /** Removes one. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM subscriptions WHERE id = ?", id);
  }

  /** Keeps no other hubs than these. Returns the ids of those that were removed. */
  keepHubs(ids: readonly string[]): string[] {
    return all(
      this.#sql,
      text("id"),
      `DELETE FROM subscriptions WHERE hub IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))
        RETURNING id`,
      JSON.stringify(ids),
    );
  }

  /** The ids of all. */
  ids(): string[] {
    return all(this.#sql, text("id"), "SELECT id FROM subscriptions");
  }

  /** A page in the order of ids, after a cursor, which is the last id shown. */
  page(topic: string | null, cursor: string | null): { listeners: Listener[]; cursor: string | null } {
    const [condition, ...parameters] = topic === null ? ["TRUE"] : ["topic = ?", topic];
    const rows = all(
      this.#sql,
      listener,
      `SELECT id, topic, hub FROM subscriptions WHERE ${condition} AND id > ? ORDER BY id LIMIT ?`,
      ...parameters,
      cursor ?? "",
      LIMITS.SUBSCRIPTIONS_SHOWN + 1,
    );
    const { items, cursor: next } = pageOf(rows, ({ id }) => id, LIMITS.SUBSCRIPTIONS_SHOWN);
    return { listeners: items, cursor: next };
  }

  /** One of them. */
  get(id: string): Listener | null {
    return first(this.#sql, listener, "SELECT id, topic, hub FROM subscriptions WHERE id = ?", id);
  }
}
