import { RpcTarget } from "cloudflare:workers";
import type { Aggregator } from "../../model/aggregator.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, HOUR_MS, rfc3339 } from "../../model/time.ts";
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

/** The subscribers that an aggregator reports, and when it did. */
interface Count {
  subscribers: number;
  seenMs: number;
}

const count = rowOf<Count>({ subscribers: integer("subscribers"), seenMs: integer("seen_ms") });
const place = rowOf({ agent: text("agent"), feed: text("feed") });

/**
 * The aggregators that fetch a channel's feeds. At most {@link LIMITS.AGGREGATORS} are kept. Anybody can claim to be one, so
 * writes are rare.
 */
export class Aggregators extends RpcTarget {
  readonly #sql: SqlStorage;
  /** Reports within an hour of the last write, by agent and feed. They are shown now, and written later. */
  readonly #unwritten = new Map<string, Count>();
  /** The times of the latest new aggregators. */
  #newMs: number[] = [];

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /**
   * Records how many subscribers an aggregator reports. Writes if the number has changed or a day has passed, at most
   * once an hour. Accepts few new aggregators an hour, so that a flood does not push out those that poll daily.
   */
  count(name: string, feed: string, subscribers: number): void {
    const nowMs = Date.now();
    const agent = name.slice(0, LIMITS.TAG_CHARACTERS);
    const query = "SELECT subscribers, seen_ms FROM audience WHERE agent = ? AND feed = ?";
    const known = first(this.#sql, count, query, agent, feed);
    const said = keyOf(agent, feed);
    if (known) {
      const isSame = known.subscribers === subscribers && !this.#unwritten.has(said);
      if (isSame && nowMs - known.seenMs < DAY_MS) return;
      if (nowMs - known.seenMs < HOUR_MS)
        return void this.#unwritten.set(said, { subscribers, seenMs: nowMs });
    } else if (!this.#takesNew(nowMs)) return;
    this.#unwritten.delete(said);
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
    const shown = (row: Record<string, SqlStorageValue>): Aggregator => {
      const { agent, feed } = place(row);
      const { subscribers, seenMs } = this.#unwritten.get(keyOf(agent, feed)) ?? count(row);
      return { agent, feed, subscribers, seen_at: rfc3339(seenMs) };
    };
    const query = "SELECT agent, feed, subscribers, seen_ms FROM audience ORDER BY agent, feed";
    return all(this.#sql, shown, query).sort((a, b) => b.subscribers - a.subscribers);
  }

  #takesNew(nowMs: number): boolean {
    this.#newMs = this.#newMs.filter((ms) => nowMs - ms < HOUR_MS);
    if (this.#newMs.length >= LIMITS.NEW_AGGREGATORS_PER_HOUR) return false;
    this.#newMs.push(nowMs);
    return true;
  }
}

const keyOf = (agent: string, feed: string): string => `${agent}\n${feed}`;
