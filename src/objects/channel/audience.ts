import * as v from "valibot";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, HOUR_MS, rfc3339, timestamp } from "../../model/time.ts";

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

/** The SQL of who reads a channel's feeds through aggregators. Anybody can claim to be one, so writes are rare. */
export class Audience {
  readonly #sql: SqlStorage;
  /** What was said within the hour of the last write, by agent and feed: it is shown, and written with the next. */
  readonly #unwritten = new Map<string, { subscribers: number; seenMs: number }>();
  /** When the latest new aggregators came. */
  #newMs: number[] = [];

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /**
   * Notes for how many an aggregator asks: a write when the number is new or a day has passed, at most one an hour. Of
   * aggregators that are not known only a few are taken in an hour, so that those who ask each day are not pushed out.
   */
  count(agent: string, feed: string, subscribers: number, nowMs: number): void {
    const [row] = this.#sql.exec(
      "SELECT subscribers, seen_ms FROM audience WHERE agent = ? AND feed = ?",
      agent,
      feed,
    );
    const said = keyOf(agent, feed);
    if (row) {
      const writtenMs = Number(row.seen_ms);
      const isSame = row.subscribers === subscribers && !this.#unwritten.has(said);
      if (isSame && nowMs - writtenMs < DAY_MS) return;
      if (nowMs - writtenMs < HOUR_MS) return void this.#unwritten.set(said, { subscribers, seenMs: nowMs });
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

  #takesNew(nowMs: number): boolean {
    this.#newMs = this.#newMs.filter((ms) => nowMs - ms < HOUR_MS);
    if (this.#newMs.length >= LIMITS.NEW_AGGREGATORS_PER_HOUR) return false;
    this.#newMs.push(nowMs);
    return true;
  }

  /** What is known, those with the most subscribers first. */
  all(): Aggregator[] {
    const rows = this.#sql.exec("SELECT * FROM audience ORDER BY agent, feed").toArray();
    const known = rows.map((row) => {
      const [agent, feed] = [String(row.agent), String(row.feed)];
      const written = { subscribers: Number(row.subscribers), seenMs: Number(row.seen_ms) };
      const { subscribers, seenMs } = this.#unwritten.get(keyOf(agent, feed)) ?? written;
      return { agent, feed, subscribers, seen_at: rfc3339(seenMs) };
    });
    return known.sort((a, b) => b.subscribers - a.subscribers);
  }
}

const keyOf = (agent: string, feed: string): string => `${agent}\n${feed}`;
