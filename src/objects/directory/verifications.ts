import { RpcTarget } from "cloudflare:workers";
import { countersToRaise, type Verification } from "../../delivery/verification.ts";
import { first, integer, type Schema } from "../kit/sql.ts";

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

/** Counts the hub's verifications in the current minute. */
export class Verifications extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** Counts a verification. Null if allowed, otherwise the seconds to wait. */
  async begin(verification: Verification): Promise<number | null> {
    const now = Date.now();
    const minute = Math.floor(now / MINUTE_MS);
    this.#sql.exec("DELETE FROM verifications WHERE minute != ?", minute);
    const counters = countersToRaise(verification, (counter) => this.#count(counter));
    if (counters === null) return Math.ceil(((minute + 1) * MINUTE_MS - now) / 1_000);
    for (const counter of counters) {
      this.#sql.exec(
        `INSERT INTO verifications (about, minute, count) VALUES (?, ?, 1)
          ON CONFLICT (about) DO UPDATE SET count = count + 1`,
        counter,
        minute,
      );
    }
    return null;
  }

  #count(counter: string): number {
    return (
      first(this.#sql, integer("count"), "SELECT count FROM verifications WHERE about = ?", counter) ?? 0
    );
  }
}
