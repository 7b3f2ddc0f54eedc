import { LIMITS } from "../../model/limits.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS verifications (
    about TEXT PRIMARY KEY,
    minute INTEGER NOT NULL,
    count INTEGER NOT NULL
  ) WITHOUT ROWID;`;

const MINUTE_MS = 60_000;

/** The SQL of how many verifications the hub has begun in this minute, about each host and each topic. */
export class Verifications {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Counts one more verification; when there are too many, in how many seconds there is room again. */
  begin(abouts: readonly string[], nowMs: number): number | null {
    const minute = Math.floor(nowMs / MINUTE_MS);
    this.#sql.exec("DELETE FROM verifications WHERE minute != ?", minute);
    const full = this.#sql.exec(
      "SELECT 1 FROM verifications WHERE about IN (SELECT value FROM json_each(?)) AND count >= ? LIMIT 1",
      JSON.stringify(abouts),
      LIMITS.VERIFICATIONS_PER_MINUTE,
    );
    if (full.toArray().length > 0) return Math.ceil(((minute + 1) * MINUTE_MS - nowMs) / 1_000);
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
