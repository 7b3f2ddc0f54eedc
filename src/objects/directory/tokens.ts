import { LIMITS } from "../../model/limits.ts";
import { rfc3339OrNull } from "../../model/time.ts";
import { type ListedToken, Scope, type Token } from "../../model/token.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS tokens (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL,
    token TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS uses (
    token_id TEXT PRIMARY KEY,
    hour_ms INTEGER NOT NULL
  ) WITHOUT ROWID;`;

/** The SQL of who may: tokens by their hashes, and when each was last used. */
export class Tokens {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Keeps a token's hash. False when there are as many tokens as there may be. */
  add(token: Token, hash: string): boolean {
    const { count } = this.#sql.exec<{ count: number }>("SELECT COUNT(*) AS count FROM tokens").one();
    if (count >= LIMITS.TOKENS) return false;
    this.#sql.exec(
      "INSERT INTO tokens (id, hash, token) VALUES (?, ?, ?)",
      token.id,
      hash,
      JSON.stringify(token),
    );
    return true;
  }

  /** A token by its id, and its hash. */
  find(id: string): { hash: string; token: Token } | null {
    const [row] = this.#sql.exec("SELECT hash, token FROM tokens WHERE id = ?", id);
    if (!row) return null;
    return { hash: String(row.hash), token: tokenFrom(String(row.token)) };
  }

  /** Notes the hour in which a token is used: a write only when it is not the one of its last use. */
  used(id: string, nowMs: number): void {
    const hourMs = nowMs - (nowMs % (LIMITS.TOKEN_USE_SECONDS * 1_000));
    const [row] = this.#sql.exec("SELECT hour_ms FROM uses WHERE token_id = ?", id);
    if (row?.hour_ms === hourMs) return;
    this.#sql.exec("INSERT OR REPLACE INTO uses (token_id, hour_ms) VALUES (?, ?)", id, hourMs);
  }

  /** Tokens in the order of their ids, after a cursor, which is the last id shown. */
  page(cursor: string | null): { tokens: ListedToken[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ token: string; hour_ms: number | null }>(
        `SELECT token, hour_ms FROM tokens LEFT JOIN uses ON token_id = id
          WHERE id > ? ORDER BY id LIMIT ?`,
        cursor ?? "",
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray()
      .map((row) => ({
        ...tokenFrom(row.token),
        last_used_at: rfc3339OrNull(row.hour_ms),
      }));
    const { items, cursor: next } = pageOf(rows, ({ id }) => id);
    return { tokens: items, cursor: next };
  }

  /** Revokes a token, and tells whom it stood for; null when there was none. */
  remove(id: string): Token | null {
    this.#sql.exec("DELETE FROM uses WHERE token_id = ?", id);
    const [row] = this.#sql.exec("DELETE FROM tokens WHERE id = ? RETURNING token", id);
    return row ? tokenFrom(String(row.token)) : null;
  }
}

/** A token made before there were scopes may do what it always could. */
function tokenFrom(text: string): Token {
  const token = JSON.parse(text) as Omit<Token, "scopes"> & Partial<Pick<Token, "scopes">>;
  return { ...token, scopes: token.scopes ?? [...Scope.options] };
}
