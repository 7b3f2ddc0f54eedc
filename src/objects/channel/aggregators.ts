import { RpcTarget } from "cloudflare:workers";
import type { Aggregator } from "../../model/aggregator.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, rfc3339 } from "../../model/time.ts";
import { all, first, integer, rowOf, type Schema, text } from "../kit/sql.ts";

export const AGGREGATORS_SCHEMA: Schema = {
  name: "audience",
  migrations: [
    `CREATE TABLE IF NOT EXISTS audience (
      agent TEXT NOT NULL,
      feed TEXT NOT NULL,
      subscribers INTEGER NOT NULL,
      seen_ms INTEGER NOT NULL,
      PRIMARY KEY (agent, feed)
    ) WITHOUT ROWID`,
  ],
};

const aggregator = rowOf<Aggregator>({
  agent: text("agent"),
  feed: text("feed"),
  subscribers: integer("subscribers"),
  seen_at: (row) => rfc3339(integer("seen_ms")(row)),
});
const count = rowOf({ subscribers: integer("subscribers"), seenMs: integer("seen_ms") });

/** The aggregators that fetch a channel's feeds. At most {@link LIMITS.AGGREGATORS} are kept. */
export class Aggregators extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** Records how many subscribers an aggregator reports. Writes only if the number has changed or a day has passed. */
  count(name: string, feed: string, subscribers: number): void {
    const nowMs = Date.now();
    const agent = name.slice(0, LIMITS.TAG_CHARACTERS);
    const query = "SELECT subscribers, seen_ms FROM audience WHERE agent = ? AND feed = ?";
    const known = first(this.#sql, count, query, agent, feed);
    if (known?.subscribers === subscribers && nowMs - known.seenMs < DAY_MS) return;
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

  /** All aggregators, those with the most subscribers first. */
  all(): Aggregator[] {
    const query =
      "SELECT agent, feed, subscribers, seen_ms FROM audience ORDER BY subscribers DESC, agent, feed";
    return all(this.#sql, aggregator, query);
  }
}
