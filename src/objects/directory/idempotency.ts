import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { addColumn, first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

/** The table of used idempotency keys. */
export const IDEMPOTENCY_SCHEMA: Schema = {
  name: "idempotency",
  migrations: [
    `CREATE TABLE IF NOT EXISTS claims (
      key TEXT PRIMARY KEY,
      request TEXT NOT NULL,
      at_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS claims_oldest ON claims (at_ms);`,
    addColumn("claims", "lease_until_ms", "INTEGER NOT NULL DEFAULT 0"),
    addColumn("claims", "answer", "TEXT"),
  ],
};

/** An idempotent request: digests of its caller and key, and of its content. */
export interface Once {
  key: string;
  request: string;
}

/** The stored part of the first response. The rest is the content, which the repeated request contains again. */
export interface Answer {
  created: boolean;
  article: Pick<
    Article,
    "organizations" | "attributions" | "published_at" | "published_precision" | "updated_at"
  >;
}

/** The state of a key. It is also `free` if the same request failed or its process died. */
type Standing =
  | { state: "free" }
  | { state: "running" }
  | { state: "reused" }
  | { state: "replayed"; answer: Answer };

const use = rowOf({
  request: text("request"),
  leaseUntilMs: integer("lease_until_ms"),
  answer: nullable("answer", json<Answer>),
});

/** The SQL of idempotency keys and their responses, kept for a day. */
export class Idempotency {
  readonly #sql: SqlStorage;
  /** In memory only: callers that wait for a request to end. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The state of a key. */
  look({ key, request }: Once, nowMs: number): Standing {
    const row = first(
      this.#sql,
      use,
      "SELECT request, lease_until_ms, answer FROM claims WHERE key = ? AND at_ms >= ?",
      key,
      nowMs - LIMITS.IDEMPOTENCY_KEPT_HOURS * 3_600_000,
    );
    if (!row) return { state: "free" };
    if (row.request !== request) return { state: "reused" };
    if (row.answer !== null) return { state: "replayed", answer: row.answer };
    return row.leaseUntilMs > nowMs ? { state: "running" } : { state: "free" };
  }

  /** Reserves a key for a request that starts now. */
  take({ key, request }: Once, nowMs: number): void {
    this.#sql.exec("DELETE FROM claims WHERE at_ms < ?", nowMs - LIMITS.IDEMPOTENCY_KEPT_HOURS * 3_600_000);
    this.#sql.exec(
      "INSERT OR REPLACE INTO claims (key, request, at_ms, lease_until_ms) VALUES (?, ?, ?, ?)",
      key,
      request,
      nowMs,
      nowMs + LIMITS.IDEMPOTENCY_LEASE_SECONDS * 1000,
    );
  }

  /** Stores the response of a request; null if it failed, so that it may be repeated. */
  settle({ key, request }: Once, answer: Answer | null): void {
    this.#sql.exec(
      "UPDATE claims SET lease_until_ms = 0, answer = ? WHERE key = ? AND request = ?",
      answer && JSON.stringify(answer),
      key,
      request,
    );
    for (const tell of this.#waiting.get(key) ?? []) tell();
    this.#waiting.delete(key);
  }

  /** Waits for a running request to end, up to a short limit. */
  async ended({ key }: Once): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    await Promise.race([promise, scheduler.wait(LIMITS.IDEMPOTENCY_WAIT_MS)]);
    const others = this.#waiting.get(key)?.filter((one) => one !== resolve) ?? [];
    if (others.length > 0) this.#waiting.set(key, others);
    else this.#waiting.delete(key);
  }
}
