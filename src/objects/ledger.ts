import type { Fragments } from "../feeds/fragments.ts";
import type { Article } from "../model/article.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import type { Decision, Offer, Seen } from "./decide.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS channel (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    organization TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    first_change_ms INTEGER,
    last_change_ms INTEGER,
    published_digest TEXT,
    updated_ms INTEGER NOT NULL DEFAULT 0
  );
  INSERT OR IGNORE INTO channel (id) VALUES (1);
  CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    revision INTEGER NOT NULL,
    live INTEGER NOT NULL,
    published_at TEXT NOT NULL,
    changed_ms INTEGER NOT NULL,
    article TEXT NOT NULL,
    rendering TEXT NOT NULL,
    rss TEXT NOT NULL,
    atom TEXT NOT NULL,
    json TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS articles_newest ON articles (live, published_at, id);`;

/** Where a page of articles ended: the date and id of its last one. */
const CURSOR = /^(\d{4}\S*) ([\w-]+)$/;
const FIRST = "9999 -"; // after all that can be

/** An article's row as a document needs it. */
export interface Listed {
  id: string;
  revision: number;
  rendering: string;
  fragments: Fragments;
}

/** Where a channel stands. */
export interface ChannelState {
  organization: Organization | null;
  closed: boolean;
  seq: number;
  firstChangeMs: number | null;
  lastChangeMs: number | null;
  publishedDigest: string | null;
  updatedMs: number;
}

/** The SQL of a channel: what it has announced, and what its documents were made of. */
export class Ledger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** The one row of the channel itself. */
  state(): ChannelState {
    const row = this.#sql.exec("SELECT * FROM channel").one();
    return {
      organization: row.organization ? (JSON.parse(String(row.organization)) as Organization) : null,
      closed: row.closed === 1,
      seq: Number(row.seq),
      firstChangeMs: row.first_change_ms as number | null,
      lastChangeMs: row.last_change_ms as number | null,
      publishedDigest: row.published_digest as string | null,
      updatedMs: Number(row.updated_ms),
    };
  }

  /** Notes what the organization is called and that the channel is open, or that it is closed. */
  describe(organization: Organization, closed: boolean): void {
    this.#sql.exec(
      "UPDATE channel SET organization = ?, closed = ?",
      JSON.stringify(organization),
      closed ? 1 : 0,
    );
  }

  /** What was announced of an article. */
  seen(articleId: string): Seen | null {
    const [row] = this.#sql.exec(
      "SELECT version, revision, live, changed_ms FROM articles WHERE id = ?",
      articleId,
    );
    if (!row) return null;
    return {
      version: String(row.version),
      revision: Number(row.revision),
      live: row.live === 1,
      changedMs: Number(row.changed_ms),
    };
  }

  /** Writes an announced version. Returns the position of its event. */
  announce(
    offer: Offer & { fragments: Fragments; rendering: string },
    decision: Extract<Decision, { outcome: "announced" }>,
    nowMs: number,
  ): number {
    const { article, fragments } = offer;
    this.#sql.exec(
      `INSERT OR REPLACE INTO articles
        (id, version, revision, live, published_at, changed_ms, article, rendering, rss, atom, json)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      article.id,
      offer.version,
      decision.revision,
      decision.live ? 1 : 0,
      article.published_at,
      nowMs,
      JSON.stringify(article),
      offer.rendering,
      fragments.rss,
      fragments.atom,
      fragments.json,
    );
    const { seq } = this.#sql.exec<{ seq: number }>("UPDATE channel SET seq = seq + 1 RETURNING seq").one();
    return seq;
  }

  /** Remembers that documents may have to be made again. */
  touch(nowMs: number): void {
    this.#sql.exec(
      "UPDATE channel SET first_change_ms = COALESCE(first_change_ms, ?), last_change_ms = ?",
      nowMs,
      nowMs,
    );
  }

  /** The newest live articles, as the documents show them. */
  newest(): Listed[] {
    const rows = this.#sql.exec(
      `SELECT id, revision, rendering, rss, atom, json FROM articles
        WHERE live = 1 ORDER BY published_at DESC, id DESC LIMIT ?`,
      LIMITS.FEED_ITEMS,
    );
    return [...rows].map((row) => ({
      id: String(row.id),
      revision: Number(row.revision),
      rendering: String(row.rendering),
      fragments: { rss: String(row.rss), atom: String(row.atom), json: String(row.json) },
    }));
  }

  /** Those of the articles that are live here, as they were announced. */
  live(ids: readonly string[]): Article[] {
    const rows = this.#sql.exec<{ article: string }>(
      "SELECT article FROM articles WHERE live = 1 AND id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    return rows.toArray().map((row) => JSON.parse(row.article) as Article);
  }

  /** The newest live articles that were published since a time (RFC 3339), oldest first, at most so many. */
  latest(since: string, most: number): { id: string; revision: number }[] {
    const rows = this.#sql.exec<{ id: string; revision: number }>(
      `SELECT id, revision FROM articles WHERE live = 1 AND published_at >= ?
        ORDER BY published_at DESC, id DESC LIMIT ?`,
      since,
      most,
    );
    return rows.toArray().reverse();
  }

  /** The record of an article as it was announced. */
  article(id: string): Article | null {
    const [row] = this.#sql.exec("SELECT article FROM articles WHERE id = ?", id);
    return row ? (JSON.parse(String(row.article)) as Article) : null;
  }

  /** Replaces fragments of an older rendering. */
  rerender(id: string, rendering: string, fragments: Fragments): void {
    this.#sql.exec(
      "UPDATE articles SET rendering = ?, rss = ?, atom = ?, json = ? WHERE id = ?",
      rendering,
      fragments.rss,
      fragments.atom,
      fragments.json,
      id,
    );
  }

  /** Notes what was published (null: no document stands); changes that came in the meantime stay to be published. */
  published(digest: string | null, updatedMs: number, changeMs: number | null): void {
    this.#sql.exec("UPDATE channel SET published_digest = ?, updated_ms = ?", digest, updatedMs);
    this.#sql.exec(
      "UPDATE channel SET first_change_ms = NULL, last_change_ms = NULL WHERE last_change_ms IS ?",
      changeMs,
    );
    this.#sql.exec("UPDATE channel SET first_change_ms = last_change_ms");
  }

  /** Articles, live ones only, newest first, after a cursor that this gave; null when it gave no such cursor. */
  page(cursor: string | null): { articles: Article[]; cursor: string | null } | null {
    const [, publishedAt, id] = CURSOR.exec(cursor ?? FIRST) ?? [];
    if (publishedAt === undefined || id === undefined) return null;
    const rows = this.#sql
      .exec<{ article: string; published_at: string; id: string }>(
        `SELECT id, published_at, article FROM articles
          WHERE live = 1 AND (published_at, id) < (?, ?) ORDER BY published_at DESC, id DESC LIMIT ?`,
        publishedAt,
        id,
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray();
    const shown = rows.slice(0, LIMITS.PAGE_ITEMS);
    const last = rows.length > shown.length ? shown.at(-1) : undefined;
    return {
      articles: shown.map((row) => JSON.parse(row.article) as Article),
      cursor: last ? `${last.published_at} ${last.id}` : null,
    };
  }
}
