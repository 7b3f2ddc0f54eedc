import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { exists, type Schema } from "../kit/sql.ts";

export const VERIFICATIONS_SCHEMA: Schema = {
  name: "verifications",
  migrations: [
    `CREATE TABLE IF NOT EXISTS verifications (
      about TEXT PRIMARY KEY,
      minute INTEGER NOT NULL,
      count INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};

const MINUTE_MS = 60_000;

/** Counts the hub's verifications in the current minute, per host and per topic. */
export class Verifications extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** Counts a verification for a host and a topic. Null if allowed, otherwise the seconds to wait. */
  async begin(host: string, topic: string): Promise<number | null> {
    const now = Date.now();
    const abouts = [`host ${host}`, `topic ${topic}`];
    const minute = Math.floor(now / MINUTE_MS);
    this.#sql.exec("DELETE FROM verifications WHERE minute != ?", minute);
    const full = exists(
      this.#sql,
      "SELECT 1 FROM verifications WHERE about IN (SELECT value FROM json_each(?)) AND count >= ? LIMIT 1",
      JSON.stringify(abouts),
      LIMITS.VERIFICATIONS_PER_MINUTE,
    );
    if (full) return Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000);
    for (const about of abouts) {
      this.#sql.exec(
        `INSERT INTO verifications (about, minute, count) VALUES (?, ?, 1)
          ON CONFLICT (about) DO UPDATE SET count = count + 1`,
        about,
        minute,
      );
    }
    return null;
  }
}
