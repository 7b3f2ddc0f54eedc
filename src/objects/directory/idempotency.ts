import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { first, type Schema, text } from "../kit/sql.ts";

export const IDEMPOTENCY_SCHEMA: Schema = {
  name: "idempotency",
  migrations: [
    `CREATE TABLE IF NOT EXISTS claims (
      key TEXT PRIMARY KEY,
      request TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS claims_oldest ON claims (at_ms);`,
  ],
};

/** Which idempotency keys were used in the last day, and for which requests. */
export class Idempotency extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /**
   * Claims a key for a request, for a day. `new`: it was free; `same`: this very request has it; `other`: a different
   * request has it.
   */
  async claim(key: string, request: string): Promise<"new" | "same" | "other"> {
    const now = Date.now();
    this.#sql.exec("DELETE FROM claims WHERE at_ms < ?", now - LIMITS.IDEMPOTENCY_KEPT_HOURS * 3_600_000);
    const known = first(this.#sql, text("request"), "SELECT request FROM claims WHERE key = ?", key);
    if (known !== null) return known === request ? "same" : "other";
    this.#sql.exec("INSERT INTO claims (key, request, at_ms) VALUES (?, ?, ?)", key, request, now);
    return "new";
  }

  /** Gives a claim back: its request was refused, and may be mended and made again. */
  async release(key: string): Promise<void> {
    this.#sql.exec("DELETE FROM claims WHERE key = ?", key);
  }
}
