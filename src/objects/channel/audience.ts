import * as v from "valibot";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, rfc3339, timestamp } from "../../model/time.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS audience (
    agent TEXT NOT NULL,
    feed TEXT NOT NULL,
    subscribers INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    PRIMARY KEY (agent, feed)
  ) WITHOUT ROWID;`;

/** For how many an aggregator asked last for one feed. */
export const Aggregator = v.object({
  agent: v.string(),
  feed: v.string(),
  subscribers: v.number(),
  seen_at: timestamp,
});
export type Aggregator = v.InferOutput<typeof Aggregator>;

/** The SQL of who reads a channel's feeds through aggregators. */
export class Audience {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Notes for how many an aggregator asks: a write only when the number is new, or the day is. */
  count(agent: string, feed: string, subscribers: number, nowMs: number): void {
    const [row] = this.#sql.exec(
      "SELECT subscribers, seen_ms FROM audience WHERE agent = ? AND feed = ?",
      agent,
      feed,
    );
    if (row?.subscribers === subscribers && nowMs - Number(row.seen_ms) < DAY_MS) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO audience (agent, feed, subscribers, seen_ms) VALUES (?, ?, ?, ?)",
      agent,
      feed,
      subscribers,
      nowMs,
    );
    this.#sql.exec(
      `DELETE FROM audience WHERE (agent, feed) IN
        (SELECT agent, feed FROM audience ORDER BY seen_ms DESC LIMIT -1 OFFSET ?)`,
      LIMITS.AGGREGATORS,
    );
  }

  /** What is known, those with the most subscribers first. */
  all(): Aggregator[] {
    const rows = this.#sql.exec("SELECT * FROM audience ORDER BY subscribers DESC, agent, feed");
    return rows.toArray().map((row) => ({
      agent: String(row.agent),
      feed: String(row.feed),
      subscribers: Number(row.subscribers),
      seen_at: rfc3339(Number(row.seen_ms)),
    }));
  }
}
