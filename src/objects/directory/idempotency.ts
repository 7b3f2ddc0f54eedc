import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { addColumn, first, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

/** The table of which requests have used which idempotency keys. */
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

/** A request that must be carried out once: digests of its caller and key, and of what it says. */
export interface Once {
  key: string;
  request: string;
}

/** What the first request was answered, but for what it said itself: the repeated one says that again. */
export interface Answer {
  created: boolean;
  article: Pick<
    Article,
    "organizations" | "attributions" | "published_at" | "published_precision" | "updated_at"
  >;
}

/** Where a key stands: `free` also when its request has failed or died, and is the same. */
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

/** The SQL of which requests have used which idempotency keys, for a day, and how they were answered. */
export class Idempotency {
  readonly #sql: SqlStorage;
  /** In memory only: whom to tell when a request ends. */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** What is known of a key. */
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

  /** Takes a key for a request that begins now. */
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

  /** Keeps the answer of a request that has ended; null when it has failed, so that it may be sent again. */
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

  /** Waits until a request that is under way has ended, but not for long. */
  async ended({ key }: Once): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve]);
    await Promise.race([promise, scheduler.wait(LIMITS.IDEMPOTENCY_WAIT_MS)]);
    const others = this.#waiting.get(key)?.filter((one) => one !== resolve) ?? [];
    if (others.length > 0) this.#waiting.set(key, others);
    else this.#waiting.delete(key);
  }
}
