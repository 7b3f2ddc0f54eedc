import { LIMITS } from "../../model/limits.ts";
import { ensureColumn } from "../columns.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS subscriptions (
    id TEXT PRIMARY KEY,
    topic TEXT NOT NULL,
    hub TEXT,
    told_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    host TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS subscriptions_topic ON subscriptions (topic);
  CREATE INDEX IF NOT EXISTS subscriptions_next ON subscriptions (told_ms);`;

/** Somebody who is to be told when a channel has published. */
export interface Listener {
  /** Of its subscription object. */
  id: string;
  topic: string;
  /** The address of another hub, which is told that there is news; null for a subscriber, who is sent them. */
  hub: string | null;
}

/** The SQL of who is told when a channel has published, and of which publication each was told last. */
export class Listeners {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
    ensureColumn(sql, "subscriptions", "host", "TEXT");
    sql.exec("CREATE INDEX IF NOT EXISTS subscriptions_host ON subscriptions (host) WHERE host IS NOT NULL");
  }

  /** Whether a subscription may be added, or is there already: a topic, and a callback's host, have room for so many. */
  room(topic: string, id: string, host: string): "yes" | "known" | "full" | "host-full" {
    if (this.listener(id)) return "known";
    const count = (where: string, value: string) =>
      this.#sql
        .exec<{ count: number }>(`SELECT COUNT(*) AS count FROM subscriptions WHERE ${where}`, value)
        .one().count;
    if (count("topic = ? AND hub IS NULL", topic) >= LIMITS.SUBSCRIPTIONS_PER_TOPIC) return "full";
    return count("host = ?", host) < LIMITS.SUBSCRIPTIONS_PER_HOST ? "yes" : "host-full";
  }

  /** Adds a subscription, or does nothing when it is there. @param toldMs the last publication that it knows of */
  add(id: string, topic: string, toldMs: number, host: string): void {
    this.#sql.exec(
      "INSERT OR IGNORE INTO subscriptions (id, topic, told_ms, host) VALUES (?, ?, ?, ?)",
      id,
      topic,
      toldMs,
      host,
    );
  }

  /** Removes a listener. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM subscriptions WHERE id = ?", id);
  }

  /** Names the other hubs that are to be told, each of each topic. Returns the ids of those that are no more. */
  setHubs(hubs: readonly Listener[], toldMs: number): string[] {
    for (const { id, topic, hub } of hubs) {
      this.#sql.exec(
        "INSERT OR IGNORE INTO subscriptions (id, topic, hub, told_ms) VALUES (?, ?, ?, ?)",
        id,
        topic,
        hub,
        toldMs,
      );
    }
    const left = this.#sql.exec<{ id: string }>(
      `DELETE FROM subscriptions WHERE hub IS NOT NULL AND id NOT IN (SELECT value FROM json_each(?))
        RETURNING id`,
      JSON.stringify(hubs.map(({ id }) => id)),
    );
    return left.toArray().map(({ id }) => id);
  }

  /** Those who were not told of a publication, first those that could be reached; at most so many. */
  untold(publishedMs: number, most: number): Listener[] {
    const sql = "SELECT id, topic, hub FROM subscriptions WHERE told_ms < ? ORDER BY tries, id LIMIT ?";
    const rows = this.#sql.exec<{ id: string; topic: string; hub: string | null }>(sql, publishedMs, most);
    return rows.toArray();
  }

  /** Whether somebody was not told of the latest publication. */
  hasUntold(): boolean {
    const sql = "SELECT 1 FROM subscriptions WHERE told_ms < (SELECT published_ms FROM channel) LIMIT 1";
    return this.#sql.exec(sql).toArray().length > 0;
  }

  /** It knows of a publication. */
  told(id: string, publishedMs: number): void {
    this.#sql.exec("UPDATE subscriptions SET told_ms = ?, tries = 0 WHERE id = ?", publishedMs, id);
  }

  /** It could not be reached: others go first from now on. */
  failed(id: string): void {
    this.#sql.exec("UPDATE subscriptions SET tries = tries + 1 WHERE id = ?", id);
  }

  /** Has all told that there is something to see: that there is nothing any more. */
  forgetTold(): void {
    this.#sql.exec("UPDATE subscriptions SET told_ms = 0");
  }

  /** Listeners in the order of their ids, after a cursor, which is the last id shown. */
  page(topic: string | null, cursor: string | null): { listeners: Listener[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ id: string; topic: string; hub: string | null }>(
        `SELECT id, topic, hub FROM subscriptions WHERE id > ?1 AND (?2 IS NULL OR topic = ?2) ORDER BY id LIMIT ?3`,
        cursor ?? "",
        topic,
        LIMITS.SUBSCRIPTIONS_SHOWN + 1,
      )
      .toArray();
    const { items, cursor: next } = pageOf(rows, ({ id }) => id, LIMITS.SUBSCRIPTIONS_SHOWN);
    return { listeners: items, cursor: next };
  }

  /** One of them. */
  listener(id: string): Listener | null {
    const [row] = this.#sql.exec<{ id: string; topic: string; hub: string | null }>(
      "SELECT id, topic, hub FROM subscriptions WHERE id = ?",
      id,
    );
    return row ?? null;
  }
}
