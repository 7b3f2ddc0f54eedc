import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import type { Reader } from "../../model/reader.ts";
import { pageOf } from "../kit/page.ts";
import { all, countRows, exists, json, rowsIn, type Schema } from "../kit/sql.ts";

export const READERS_SCHEMA: Schema = {
  name: "readers",
  migrations: [
    `CREATE TABLE IF NOT EXISTS readers (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL UNIQUE,
      reader TEXT NOT NULL
    ) WITHOUT ROWID`,
    countRows("readers"),
  ],
};

/** Readers that have private addresses of a channel's feeds. */
export class Readers extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** Stores the hash of a reader's key. False if the organization has reached its limit of readers. */
  add(reader: Reader, hash: string): boolean {
    if (rowsIn(this.#sql, "readers") >= LIMITS.READERS_PER_ORGANIZATION) return false;
    this.#sql.exec(
      "INSERT INTO readers (id, hash, reader) VALUES (?, ?, ?)",
      reader.id,
      hash,
      JSON.stringify(reader),
    );
    return true;
  }

  /** Whether a reader has a key with this hash. */
  has(hash: string): boolean {
    return exists(this.#sql, "SELECT 1 FROM readers WHERE hash = ?", hash);
  }

  /** A page of readers ordered by id, after a cursor: the last id shown. */
  page(cursor: string | null): { readers: Reader[]; cursor: string | null } {
    const query = "SELECT reader FROM readers WHERE id > ? ORDER BY id LIMIT ?";
    const rows = all(this.#sql, json<Reader>("reader"), query, cursor ?? "", LIMITS.PAGE_ITEMS + 1);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { readers: items, cursor: next };
  }

  /** Revokes all readers' addresses. */
  clear(): void {
    this.#sql.exec("DELETE FROM readers");
  }

  /** Revokes a reader's addresses. False if the reader does not exist. */
  remove(id: string): boolean {
    return exists(this.#sql, "DELETE FROM readers WHERE id = ? RETURNING 1", id);
  }
}
