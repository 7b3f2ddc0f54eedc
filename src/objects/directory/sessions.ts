import { RpcTarget } from "cloudflare:workers";
import { OPERATOR } from "../../model/audit.ts";
import { LIMITS } from "../../model/limits.ts";
import type { LinkState, Session } from "../../model/session.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Principal, Token } from "../../model/token.ts";
import {
  all,
  execIfPossible,
  exists,
  first,
  integer,
  json,
  nullable,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";
import type { Tokens } from "./tokens.ts";

export const SESSIONS_SCHEMA: Schema = {
  name: "sessions",
  migrations: [
    `CREATE TABLE sessions (
      hash TEXT PRIMARY KEY,
      id TEXT NOT NULL,
      owner TEXT NOT NULL,
      key TEXT NOT NULL,
      begun_ms INTEGER NOT NULL,
      seen_ms INTEGER NOT NULL,
      browser TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX sessions_owner ON sessions (owner, begun_ms);
    CREATE INDEX sessions_seen ON sessions (seen_ms);
    CREATE TABLE sign_in_links (
      hash TEXT PRIMARY KEY,
      token_id TEXT NOT NULL,
      expires_ms INTEGER NOT NULL,
      used_ms INTEGER
    ) WITHOUT ROWID;
    CREATE INDEX sign_in_links_expires ON sign_in_links (expires_ms);
    CREATE INDEX sign_in_links_token ON sign_in_links (token_id);`,
    `CREATE TABLE sent_forms (form TEXT PRIMARY KEY, sent_ms INTEGER NOT NULL) WITHOUT ROWID;
    CREATE INDEX sent_forms_age ON sent_forms (sent_ms);`,
  ],
};

const MINUTE_MS = 60_000;
const IDLE_MS = LIMITS.SESSION_IDLE_SECONDS * 1_000;
const MOST_MS = LIMITS.SESSION_SECONDS * 1_000;

/** A session that begins. */
export interface Beginning {
  /** The hash of its secret. */
  hash: string;
  id: string;
  /** A token's id, or `admin`. */
  owner: string;
  /** Of the operator: what was derived from ADMIN_TOKEN, so that the sessions end when it changes. */
  key: string;
  browser: string;
}

const session = rowOf({
  id: text("id"),
  owner: text("owner"),
  key: text("key"),
  begunMs: integer("begun_ms"),
  seenMs: integer("seen_ms"),
  browser: text("browser"),
});
const link = rowOf({
  tokenId: text("token_id"),
  expiresMs: integer("expires_ms"),
  usedMs: nullable("used_ms", integer),
});
const SESSION = "SELECT id, owner, key, begun_ms, seen_ms, browser FROM sessions";

/** Ends the sessions and links of a token, in the transaction that revokes it. */
export function endSessions(sql: SqlStorage, tokenId: string): void {
  sql.exec("DELETE FROM sessions WHERE owner = ?", tokenId);
  sql.exec("DELETE FROM sign_in_links WHERE token_id = ?", tokenId);
}

const endOf = ({ begunMs, seenMs }: { begunMs: number; seenMs: number }): number =>
  Math.min(begunMs + MOST_MS, seenMs + IDLE_MS);

/** Who is signed in to the console. Secrets are stored as hashes. */
export class Sessions extends RpcTarget {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #tokens: Tokens;

  constructor(storage: DurableObjectStorage, tokens: Tokens) {
    super();
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#tokens = tokens;
  }

  /** Stores a sign-in link of a token; null if there is no such token. */
  addLink(tokenId: string, hash: string, expiresMs: number): Token | null {
    const token = first(this.#sql, json<Token>("token"), "SELECT token FROM tokens WHERE id = ?", tokenId);
    if (!token) return null;
    this.#prune(Date.now());
    const insert = "INSERT INTO sign_in_links (hash, token_id, expires_ms) VALUES (?, ?, ?)";
    this.#sql.exec(insert, hash, tokenId, expiresMs);
    return token;
  }

  /** What a link is good for, and for whom. Changes nothing: mail scanners open links. */
  link(hash: string): { state: LinkState; principal: Principal | null } {
    const query = "SELECT token_id, expires_ms, used_ms FROM sign_in_links WHERE hash = ?";
    const found = first(this.#sql, link, query, hash);
    const principal = found && this.#tokens.principal(found.tokenId, false);
    if (!found || !principal) return { state: "unknown", principal: null };
    if (found.usedMs !== null) return { state: "used", principal };
    return { state: found.expiresMs < Date.now() ? "expired" : "usable", principal };
  }

  /** Uses a link up, and begins a session of its token. */
  redeem(linkHash: string, begins: Omit<Beginning, "owner" | "key">): LinkState {
    return this.#storage.transactionSync(() => {
      const { state, principal } = this.link(linkHash);
      if (state !== "usable" || principal?.kind !== "token") return state;
      this.#sql.exec("UPDATE sign_in_links SET used_ms = ? WHERE hash = ?", Date.now(), linkHash);
      this.begin({ ...begins, owner: principal.id, key: "" });
      return state;
    });
  }

  /** Begins a session. The oldest of the same owner end when there are too many. */
  begin({ hash, id, owner, key, browser }: Beginning): void {
    const nowMs = Date.now();
    this.#prune(nowMs);
    this.#sql.exec(
      "INSERT INTO sessions (hash, id, owner, key, begun_ms, seen_ms, browser) VALUES (?, ?, ?, ?, ?, ?, ?)",
      hash,
      id,
      owner,
      key,
      nowMs,
      nowMs,
      browser,
    );
    this.#sql.exec(
      `DELETE FROM sessions WHERE hash IN
        (SELECT hash FROM sessions WHERE owner = ? ORDER BY begun_ms DESC LIMIT -1 OFFSET ?)`,
      owner,
      LIMITS.SESSIONS_PER_TOKEN,
    );
  }

  /**
   * Whose session it is; null if it has ended. Writes once in ten minutes.
   * @param operatorKey what is derived from ADMIN_TOKEN now
   */
  holder(hash: string, operatorKey: string, changes: boolean): { principal: Principal; id: string } | null {
    const nowMs = Date.now();
    const found = first(this.#sql, session, `${SESSION} WHERE hash = ?`, hash);
    if (!found || endOf(found) <= nowMs) return null;
    if (found.owner === OPERATOR && found.key !== operatorKey) return null;
    const principal: Principal | null =
      found.owner === OPERATOR ? { kind: "admin" } : this.#tokens.principal(found.owner, changes);
    if (!principal) return null;
    if (nowMs - found.seenMs >= LIMITS.SESSION_SEEN_MINUTES * MINUTE_MS)
      execIfPossible(this.#sql, "UPDATE sessions SET seen_ms = ? WHERE hash = ?", nowMs, hash);
    return { principal, id: found.id };
  }

  /** The sessions of an owner that have not ended, the newest first. */
  of(owner: string): Session[] {
    const nowMs = Date.now();
    return all(this.#sql, session, `${SESSION} WHERE owner = ? ORDER BY begun_ms DESC`, owner)
      .filter((one) => endOf(one) > nowMs)
      .map((one) => ({
        id: one.id,
        begun_at: rfc3339(one.begunMs),
        seen_at: rfc3339(one.seenMs),
        ends_at: rfc3339(endOf(one)),
        browser: one.browser,
      }));
  }

  /** Ends a session of an owner. False if there is no such session. */
  end(owner: string, id: string): boolean {
    return exists(this.#sql, "DELETE FROM sessions WHERE owner = ? AND id = ? RETURNING 1", owner, id);
  }

  /** Records that a form was sent that must not be sent twice: reloading its answer sends it again. False if it was. */
  send(form: string): boolean {
    const nowMs = Date.now();
    this.#sql.exec("DELETE FROM sent_forms WHERE sent_ms < ?", nowMs - IDLE_MS);
    const insert = "INSERT OR IGNORE INTO sent_forms (form, sent_ms) VALUES (?, ?) RETURNING 1";
    return exists(this.#sql, insert, form, nowMs);
  }

  /** Deletes what has ended. */
  #prune(nowMs: number): void {
    this.#sql.exec("DELETE FROM sessions WHERE seen_ms < ?", nowMs - IDLE_MS);
    const keptMs = LIMITS.SIGN_IN_LINK_KNOWN_SECONDS * 1_000; // so that an old link is called expired, not unknown
    this.#sql.exec("DELETE FROM sign_in_links WHERE expires_ms < ?", nowMs - keptMs);
  }
}
