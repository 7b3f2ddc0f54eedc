import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { addCounts, type Counts, dataPoints } from "../../model/metrics.ts";
import { takeTally, tallyAll } from "../../store/tally.ts";
import { first, integer, json, rowOf, type Schema } from "../kit/sql.ts";

export const METRICS_SCHEMA: Schema = {
  name: "metrics",
  migrations: [
    `CREATE TABLE metrics (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      counts TEXT NOT NULL,
      kept_ms INTEGER NOT NULL
    );
    INSERT INTO metrics (id, counts, kept_ms) VALUES (1, '{}', 0);`,
  ],
};

const kept = rowOf({ counts: json<Counts>("counts"), keptMs: integer("kept_ms") });

/** The totals of all counts. A tick costs one row read, and one row written each `METRICS_KEPT_MS` if there is news. */
export class Metrics extends RpcTarget {
  readonly #env: Bindings;
  readonly #sql: SqlStorage;

  constructor(env: Bindings, sql: SqlStorage) {
    super();
    this.#env = env;
    this.#sql = sql;
  }

  /** Takes counts of another isolate. */
  async add(counts: Counts): Promise<void> {
    tallyAll(counts);
  }

  /** The totals. */
  async get(): Promise<Counts> {
    this.#keep(this.#read().counts, Date.now());
    return this.#read().counts;
  }

  /** Adds to the totals what was counted since, if it is time to. */
  keep(nowMs: number): void {
    const { counts, keptMs } = this.#read();
    if (Math.abs(nowMs - keptMs) >= LIMITS.METRICS_KEPT_MS) this.#keep(counts, nowMs);
  }

  #keep(before: Counts, nowMs: number): void {
    const news = takeTally();
    if (Object.keys(news).length === 0) return;
    const counts = JSON.stringify(addCounts(before, news));
    this.#sql.exec("UPDATE metrics SET counts = ?, kept_ms = ?", counts, nowMs);
    for (const point of dataPoints(news, LIMITS.DATA_POINTS)) this.#env.ANALYTICS?.writeDataPoint(point);
  }

  #read(): { counts: Counts; keptMs: number } {
    return first(this.#sql, kept, "SELECT counts, kept_ms FROM metrics") ?? { counts: {}, keptMs: 0 };
  }
}
