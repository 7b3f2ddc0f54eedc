import { LIMITS } from "../../../model/limits.ts";
import { pageOf } from "../../kit/page.ts";
import { all, first, integer, nullable, rowOf, type Schema, text } from "../../kit/sql.ts";

export const SUBSCRIPTIONS_SCHEMA: Schema = {
  name: "subscriptions",
  // `told_ms` and `tries` were used before 26 November 2026; the outbox replaces them.
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
    `ALTER TABLE subscriptions ADD COLUMN host TEXT;
    CREATE INDEX subscriptions_host ON subscriptions (host) WHERE host IS NOT NULL;`,
    // Whether a topic has room is asked twice for each subscription, and a COUNT reads every row of the topic. No upsert: in a
    // trigger, the statement that fires it decides what happens to conflicts (SQLite, "CREATE TRIGGER").
    `CREATE TABLE topic_counts (topic TEXT PRIMARY KEY, subscribers INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO topic_counts (topic, subscribers)
      SELECT topic, COUNT(*) FROM subscriptions WHERE hub IS NULL GROUP BY topic;
    CREATE TRIGGER subscriptions_added AFTER INSERT ON subscriptions WHEN NEW.hub IS NULL BEGIN
      INSERT OR IGNORE INTO topic_counts (topic, subscribers) VALUES (NEW.topic, 0);
      UPDATE topic_counts SET subscribers = subscribers + 1 WHERE topic = NEW.topic;
    END;
    CREATE TRIGGER subscriptions_removed AFTER DELETE ON subscriptions WHEN OLD.hub IS NULL BEGIN
      UPDATE topic_counts SET subscribers = subscribers - 1 WHERE topic = OLD.topic;
      DELETE FROM topic_counts WHERE topic = OLD.topic AND subscribers <= 0;
    END;`,
  ],
};

/** A subscription or another hub, notified when a channel publishes. */
export interface Listener {
  /** The name of its Subscription object. */
  id: string;
  topic: string;
  /** The URL of another hub, which is only notified; null for a subscriber, which is sent the document. */
  hub: string | null;
}

/** Whether there is room for a subscription. `known`: it exists. `full`: of its topic. `host-full`: of its callback's host. */
export type Room = "yes" | "known" | "full" | "host-full";

const listener = rowOf<Listener>({ id: text("id"), topic: text("topic"), hub: nullable("hub", text) });

/** The subscriptions to a channel's feeds, and the other hubs that it names. */
export class SubscriptionStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Whether the topic and the callback's host have room for a subscription. */
  room(topic: string, id: string, host: string): Room {
    if (this.get(id)) return "known";
    const count = (query: string, value: string) => first(this.#sql, integer("count"), query, value) ?? 0;
    const subscribers = count("SELECT subscribers AS count FROM topic_counts WHERE topic = ?", topic);
    if (subscribers >= LIMITS.SUBSCRIPTIONS_PER_TOPIC) return "full";
    const atHost = count("SELECT COUNT(*) AS count FROM subscriptions WHERE host = ?", host);
    return atHost < LIMITS.SUBSCRIPTIONS_PER_HOST ? "yes" : "host-full";
  }

  /** Adds a subscription or another hub, unless it exists. @param host the host name of a subscriber's callback */
  add({ id, topic, hub }: Listener, host: string | null): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO subscriptions (id, topic, hub, host, told_ms) VALUES (?, ?, ?, ?, 0)",
      id,
      topic,
      hub,
      host,
    );
  }

  /** Removes a subscription or another hub. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM subscriptions WHERE id = ?", id);
  }

  /** Removes all subscriptions, but not the other hubs. @returns their ids */
  removeSubscribers(): string[] {
    return all(this.#sql, text("id"), "DELETE FROM subscriptions WHERE hub IS NULL RETURNING id");
  }

  /** Removes all other hubs except the given ones. Returns the removed ids. */
  keepHubs(ids: readonly string[]): string[] {
    return all(
      this.#sql,
      text("id"),
      `DELETE FROM subscriptions WHERE hub IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))
        RETURNING id`,
      JSON.stringify(ids),
    );
  }

  /** How many subscriptions there are, without the other hubs. */
  subscriberCount(): number {
    const query = "SELECT SUM(subscribers) AS count FROM topic_counts";
    return first(this.#sql, nullable("count", integer), query) ?? 0;
  }

  /** All ids. */
  ids(): string[] {
    return all(this.#sql, text("id"), "SELECT id FROM subscriptions");
  }

  /** A number of ids after one, in order. */
  idsAfter(id: string, most: number): string[] {
    return all(
      this.#sql,
      text("id"),
      "SELECT id FROM subscriptions WHERE id > ? ORDER BY id LIMIT ?",
      id,
      most,
    );
  }

  /** A page ordered by id, after a cursor: the last id shown. */
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

  /** A subscription or another hub; null if it does not exist. */
  get(id: string): Listener | null {
    return first(this.#sql, listener, "SELECT id, topic, hub FROM subscriptions WHERE id = ?", id);
  }
}
