import { LIMITS } from "../../model/limits.ts";
import type { Reader } from "../../model/reader.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS readers (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    reader TEXT NOT NULL
  ) WITHOUT ROWID;`;

/** The SQL of who may read a channel's feeds at an address of their own. */
export class Readers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Keeps the hash of a reader's key. False when there are as many readers as there may be. */
  add(reader: Reader, hash: string): boolean {
    const { count } = this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM readers").one();
    if (count >= LIMITS.READERS_PER_ORGANIZATION) return false;
    this.#sql.exec(
      "INSERT INTO readers (id, hash, reader) VALUES (?, ?, ?)",
      reader.id,
      hash,
      JSON.stringify(reader),
    );
    return true;
  }

  /** Whether a key of this hash still opens the feeds. */
  has(hash: string): boolean {
    return this.#sql.exec("SELECT 1 FROM readers WHERE hash = ?", hash).toArray().length > 0;
  }

  /** Readers in the order of their ids, after a cursor, which is the last id shown. */
  page(cursor: string | null): { readers: Reader[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ reader: string }>(
        "SELECT reader FROM readers WHERE id > ? ORDER BY id LIMIT ?",
        cursor ?? "",
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray()
      .map((row) => JSON.parse(row.reader) as Reader);
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { readers: items, cursor: next };
  }

  /** Revokes all readers' addresses. */
  clear(): void {
    this.#sql.exec("DELETE FROM readers");
  }

  /** Revokes a reader's addresses. False when there was none. */
  remove(id: string): boolean {
    return this.#sql.exec("DELETE FROM readers WHERE id = ? RETURNING id", id).toArray().length > 0;
  }
}
