import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339OrNull } from "../../model/time.ts";
import { DEFAULT_SCOPES, type ListedToken, type Principal, type Token } from "../../model/token.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox } from "../kit/outbox.ts";
import { pageOf } from "../kit/page.ts";
import {
  addColumn,
  all,
  countRows,
  execIfPossible,
  first,
  integer,
  json,
  nullable,
  rowOf,
  rowsIn,
  type Schema,
  text,
} from "../kit/sql.ts";
import { OrganizationStore } from "./organization-store.ts";
import { endSessions } from "./sessions.ts";
import type { WatchStore } from "./watchdog.ts";

export const TOKENS_SCHEMA: Schema = {
  name: "tokens",
  migrations: [
    `CREATE TABLE IF NOT EXISTS tokens (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL,
      token TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS uses (
      token_id TEXT PRIMARY KEY,
      hour_ms INTEGER NOT NULL
    ) WITHOUT ROWID;`,
    addColumn("tokens", "bound", "TEXT NOT NULL DEFAULT '{}'"),
    // A token from before 26 November 2026 is bound to the organizations that have its slugs now.
    (sql) => {
      const organizations = new OrganizationStore(sql);
      for (const { id, token } of all(
        sql,
        rowOf({ id: text("id"), token: json<Token>("token") }),
        "SELECT id, token FROM tokens",
      )) {
        const bound = boundTo(organizations, token.organizations);
        sql.exec("UPDATE tokens SET bound = ? WHERE id = ?", JSON.stringify(bound), id);
      }
    },
    countRows("tokens"),
  ],
};

/** The ids of a token's organizations, by their slugs when it was created. */
type Bound = Record<string, string>;

const boundTo = (organizations: OrganizationStore, slugs: readonly string[]): Bound =>
  Object.fromEntries(organizations.some(slugs).map(({ id, organization }) => [organization.slug, id]));

/** A token from before there were scopes has the default ones, which do not include deleting its organization. */
const kept = (row: Record<string, SqlStorageValue>): Token => {
  const token = json<Omit<Token, "scopes"> & Partial<Pick<Token, "scopes">>>("token")(row);
  return { ...token, scopes: token.scopes ?? [...DEFAULT_SCOPES] };
};

const found = rowOf({ hash: text("hash"), token: kept, bound: json<Bound>("bound") });
const listed = rowOf({
  sessions: integer("sessions"),
  token: kept,
  bound: json<Bound>("bound"),
  hourMs: nullable("hour_ms", integer),
});

interface Parts {
  storage: DurableObjectStorage;
  alarm: Alarm;
  outbox: Outbox;
  watched: WatchStore;
}

/** What other parts ask about tokens. */
export class TokenStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The ids of the organizations that a token is bound to, by slug; none if there is no such token. */
  bound(tokenId: string): Record<string, string> {
    return first(this.#sql, json<Bound>("bound"), "SELECT bound FROM tokens WHERE id = ?", tokenId) ?? {};
  }
}

/** API tokens, stored by hash, and when each was last used. */
export class Tokens extends RpcTarget {
  readonly #sql: SqlStorage;
  readonly #parts: Parts;
  readonly #organizations: OrganizationStore;

  constructor(parts: Parts, organizations: OrganizationStore) {
    super();
    this.#parts = parts;
    this.#sql = parts.storage.sql;
    this.#organizations = organizations;
  }

  /**
   * The holder of a token, from its id and the SHA-256 of the whole token in base 32; null if it is invalid.
   * @param changes whether the request may change something: the watchdog checks the holder's channels soon
   */
  holder(tokenId: string, hash: string, changes = false): Principal | null {
    const query = "SELECT hash, token, bound FROM tokens WHERE id = ?";
    const row = first(this.#sql, found, query, tokenId);
    const encoder = new TextEncoder();
    const given = encoder.encode(hash);
    const known = encoder.encode(row?.hash ?? "".padEnd(hash.length));
    const same = given.byteLength === known.byteLength && crypto.subtle.timingSafeEqual(given, known);
    return row && same ? this.#holds(row, changes) : null;
  }

  /** What a token allows, for somebody who has signed in with it; null if it was revoked. */
  principal(tokenId: string, changes: boolean): Principal | null {
    const row = first(this.#sql, found, "SELECT hash, token, bound FROM tokens WHERE id = ?", tokenId);
    return row ? this.#holds(row, changes) : null;
  }

  #holds({ token, bound }: ReturnType<typeof found>, changes: boolean): Principal {
    const { id, description, scopes, organizations: named } = token;
    this.#use(id, Date.now());
    const current = this.#current(named, bound);
    const organizations = named.filter((slug) => current.has(slug));
    const open = organizations.filter((slug) => current.get(slug) === "open");
    if (changes) this.#parts.watched.expect(open, Date.now());
    return { kind: "token", id, description, scopes, organizations, open };
  }

  /**
   * The token's organizations, open or closed, that still have the ids it is bound to: a slug reused after a deletion is
   * another organization.
   */
  #current(slugs: readonly string[], bound: Bound): Map<string, "open" | "closed"> {
    const same = this.#organizations
      .some(slugs)
      .filter(({ id, organization }) => bound[organization.slug] === id);
    return new Map(same.map(({ organization, closed }) => [organization.slug, closed ? "closed" : "open"]));
  }

  /** Records the hour in which a token was used. Writes only if the hour has changed. */
  #use(id: string, nowMs: number): void {
    const hourMs = nowMs - (nowMs % (LIMITS.TOKEN_USE_SECONDS * 1_000));
    const known = first(this.#sql, integer("hour_ms"), "SELECT hour_ms FROM uses WHERE token_id = ?", id);
    if (known === hourMs) return;
    const note = "INSERT OR REPLACE INTO uses (token_id, hour_ms) VALUES (?, ?)";
    execIfPossible(this.#sql, note, id, hourMs); // a token may read, whatever can be written
  }

  /** Stores a token's hash. False if the limit is reached. */
  async add(token: Token, hash: string): Promise<boolean> {
    if (rowsIn(this.#sql, "tokens") >= LIMITS.TOKENS) return false;
    this.#sql.exec(
      "INSERT INTO tokens (id, hash, token, bound) VALUES (?, ?, ?, ?)",
      token.id,
      hash,
      JSON.stringify(token),
      JSON.stringify(boundTo(this.#organizations, token.organizations)),
    );
    return true;
  }

  /** A page of tokens ordered by id, after a cursor: the last id shown. */
  async page(cursor: string | null): Promise<{ tokens: ListedToken[]; cursor: string | null }> {
    const rows = all(
      this.#sql,
      listed,
      `SELECT token, bound, hour_ms,
          (SELECT COUNT(*) FROM sessions WHERE owner = tokens.id AND seen_ms > ?) AS sessions
        FROM tokens LEFT JOIN uses ON token_id = id WHERE id > ? ORDER BY id LIMIT ?`,
      Date.now() - LIMITS.SESSION_IDLE_SECONDS * 1_000,
      cursor ?? "",
      LIMITS.PAGE_ITEMS + 1,
    );
    const { items, cursor: next } = pageOf(rows, ({ token }) => token.id);
    const tokens = items.map(({ token, bound, hourMs, sessions }) => ({
      ...this.#standing(token, bound),
      sessions,
      last_used_at: rfc3339OrNull(hourMs),
    }));
    return { tokens, cursor: next };
  }

  /** A token with the organizations that it is still valid for. */
  #standing(token: Token, bound: Bound): Token {
    const current = this.#current(token.organizations, bound);
    return { ...token, organizations: token.organizations.filter((slug) => current.has(slug)) };
  }

  /** Revokes and returns a token, and ends its shared webhooks; null if it does not exist. */
  async remove(id: string): Promise<Token | null> {
    const { storage, alarm, outbox } = this.#parts;
    const row = storage.transactionSync(() => {
      this.#sql.exec("DELETE FROM uses WHERE token_id = ?", id);
      endSessions(this.#sql, id);
      const query = "DELETE FROM tokens WHERE id = ? RETURNING hash, token, bound";
      const removed = first(this.#sql, found, query, id);
      if (removed) outbox.add([`switchboard:${id}`], { action: "revoke", ref: null });
      return removed;
    });
    if (!row) return null;
    await alarm.arm();
    await outbox.runNow(`switchboard:${id}`);
    return this.#standing(row.token, row.bound);
  }
}
