import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS } from "../../model/time.ts";
import { logLine } from "../../store/log.ts";
import type { Quota } from "../../store/quota.ts";
import { all, integer, rowOf, type Schema, text } from "../kit/sql.ts";
import type { SweepStore } from "./sweep.ts";

export const QUOTAS_SCHEMA: Schema = {
  name: "quotas",
  migrations: ["CREATE TABLE quotas (name TEXT PRIMARY KEY, refused_ms INTEGER NOT NULL) WITHOUT ROWID"],
};

const refusal = rowOf({ quota: (row) => text("name")(row) as Quota, refusedMs: integer("refused_ms") });

/** Which daily quotas are used up, and when the last tick was: what `GET /health` shows. */
export class ServiceHealth extends RpcTarget {
  readonly #sql: SqlStorage;
  readonly #sweep: SweepStore;

  constructor(sql: SqlStorage, sweep: SweepStore) {
    super();
    this.#sql = sql;
    this.#sweep = sweep;
  }

  /** Logs and notes that a call was refused because a quota is used up. */
  refused(quota: Quota, error: string): void {
    logLine("warn", "quota.used-up", { quota, error });
    this.#sql.exec("INSERT OR REPLACE INTO quotas (name, refused_ms) VALUES (?, ?)", quota, Date.now());
  }

  /** @returns the time of the last tick, null before the first */
  get(): { tickedMs: number | null; usedUp: Quota[] } {
    const now = Date.now();
    const rows = all(this.#sql, refusal, "SELECT name, refused_ms FROM quotas ORDER BY name");
    const usedUp = rows.filter(({ refusedMs }) => isStillUsedUp(refusedMs, now)).map(({ quota }) => quota);
    return { tickedMs: this.#sweep.state().tickedMs, usedUp };
  }
}

/** Quotas begin anew at 00:00 UTC. Until then, whoever was refused tries again within an hour. */
const isStillUsedUp = (refusedMs: number, nowMs: number): boolean =>
  Math.floor(refusedMs / DAY_MS) === Math.floor(nowMs / DAY_MS) &&
  nowMs - refusedMs <= LIMITS.BACKOFF_MOST_MS + LIMITS.TICK_LATE_MS;
