import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { addCounts, type Counts, dataPoints, refusedIn } from "../../model/metrics.ts";
import { type Quota, quotaUsedUp } from "../../model/quota.ts";
import { DAY_MS } from "../../model/time.ts";
import { takeTally, tallyAll, tallyRefusal, untaken } from "../../store/tally.ts";
import { all, first, integer, json, rowOf, type Schema } from "../kit/sql.ts";

export const METRICS_SCHEMA: Schema = {
  name: "metrics",
  migrations: [
    `CREATE TABLE metrics (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      counts TEXT NOT NULL,
      kept_ms INTEGER NOT NULL
    );
    INSERT INTO metrics (id, counts, kept_ms) VALUES (1, '{}', 0);`,
    "CREATE TABLE days (day INTEGER PRIMARY KEY, counts TEXT NOT NULL)",
  ],
};

/** Days that are shown and kept, today among them. */
const DAYS = 30;

const dayRow = rowOf({ day: integer("day"), counts: json<Counts>("counts") });
const kept = rowOf({ counts: json<Counts>("counts"), keptMs: integer("kept_ms") });

/** The totals of all counts. A tick costs one row read, and one row written each `METRICS_KEPT_MS` if there is news. */
export class Metrics extends RpcTarget {
  readonly #env: Bindings;
  readonly #sql: SqlStorage;
  readonly #onRefusal: (quota: Quota, nowMs: number) => void;

  /** @param onRefusal is told of each quota that was found used up */
  constructor(env: Bindings, sql: SqlStorage, onRefusal: (quota: Quota, nowMs: number) => void) {
    super();
    this.#onRefusal = onRefusal;
    this.#env = env;
    this.#sql = sql;
  }

  /** Takes counts of another isolate. */
  async add(counts: Counts): Promise<void> {
    this.take(counts, Date.now());
  }

  /** Takes counts of another isolate. That a quota is used up is noted at once; the totals are stored now and then. */
  take(counts: Counts, nowMs: number): void {
    for (const quota of refusedIn(counts)) this.#onRefusal(quota, nowMs);
    tallyAll(counts);
  }

  /** The totals. */
  async get(): Promise<Counts> {
    this.#keep(this.#read().counts, Date.now());
    return addCounts(this.#read().counts, untaken());
  }

  /** The counts of today (UTC), and of the last 30 days with it. */
  async usage(): Promise<{ today: Counts; month: Counts }> {
    const now = Date.now();
    this.#keep(this.#read().counts, now);
    const today = Math.floor(now / DAY_MS);
    const days = all(this.#sql, dayRow, "SELECT day, counts FROM days WHERE day > ?", today - DAYS);
    return {
      today: addCounts(days.find(({ day }) => day === today)?.counts ?? {}, untaken()),
      month: days.reduce((sum: Counts, { counts }) => addCounts(sum, counts), untaken()),
    };
  }

  /** Adds to the totals what was counted since, if it is time to, or a quota was found used up here. */
  keep(nowMs: number): void {
    const { counts, keptMs } = this.#read();
    const isTime = Math.abs(nowMs - keptMs) >= LIMITS.METRICS_KEPT_MS;
    if (isTime || refusedIn(untaken()).length > 0) this.#keep(counts, nowMs);
  }

  #keep(before: Counts, nowMs: number): void {
    const news = takeTally();
    if (Object.keys(news).length === 0) return;
    for (const quota of refusedIn(news)) this.#onRefusal(quota, nowMs);
    try {
      this.#store(before, news, nowMs);
    } catch (error) {
      tallyAll(news); // they are stored when rows can be written again
      const quota = quotaUsedUp(error);
      if (quota === null) throw error;
      tallyRefusal(quota, nowMs);
      this.#onRefusal(quota, nowMs);
    }
  }

  #store(before: Counts, news: Counts, nowMs: number): void {
    const counts = JSON.stringify(addCounts(before, news));
    this.#sql.exec("UPDATE metrics SET counts = ?, kept_ms = ?", counts, nowMs);
    this.#keepDay(news, Math.floor(nowMs / DAY_MS));
    for (const point of dataPoints(news, LIMITS.DATA_POINTS)) this.#env.ANALYTICS?.writeDataPoint(point);
  }

  #keepDay(news: Counts, day: number): void {
    const before = first(this.#sql, dayRow, "SELECT day, counts FROM days WHERE day = ?", day);
    const counts = JSON.stringify(addCounts(before?.counts ?? {}, news));
    this.#sql.exec("INSERT OR REPLACE INTO days (day, counts) VALUES (?, ?)", day, counts);
    if (!before) this.#sql.exec("DELETE FROM days WHERE day <= ?", day - DAYS);
  }

  #read(): { counts: Counts; keptMs: number } {
    return first(this.#sql, kept, "SELECT counts, kept_ms FROM metrics") ?? { counts: {}, keptMs: 0 };
  }
}
