import type { Fragments } from "../../feeds/fragments.ts";
import { type SafeArticle, storedArticle } from "../../feeds/item.ts";
import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Place } from "../../model/line.ts";
import { pageOf } from "../kit/page.ts";
import type { Decision, Offer, Seen } from "./decide.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY,
    ordinal INTEGER NOT NULL UNIQUE,
    seq INTEGER NOT NULL,
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
  CREATE INDEX IF NOT EXISTS articles_newest ON articles (live, published_at, id);
  CREATE INDEX IF NOT EXISTS articles_withdrawn ON articles (seq) WHERE NOT live;`;

/** Where a page of articles ended: the date and id of its last one. */
const CURSOR = /^(\d{4}\S*) ([\w-]+)$/;
const FIRST = "9999 -"; // after all that can be

/** An article's row as a document needs it. */
export interface Listed {
  id: string;
  /** Position of its last announcement. */
  seq: number;
  live: boolean;
  changedMs: number;
  rendering: string;
  fragments: Fragments;
}

/** The SQL of what a channel has announced, rendered as its documents show it. */
export class Ledger {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
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
    const { place } = decision;
    const seq = this.#position(place);
    // An ordinal that another article has here stays that one's: archive documents never change hands.
    this.#sql.exec(
      `INSERT OR REPLACE INTO articles
        (id, ordinal, seq, version, revision, live, published_at, changed_ms, article, rendering, rss, atom, json)
        VALUES (?1,
          COALESCE((SELECT ordinal FROM articles WHERE id = ?1),
            CASE WHEN ?13 NOT IN (SELECT ordinal FROM articles WHERE ordinal = ?13) THEN ?13 END,
            (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM articles)),
          ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
      article.id,
      seq,
      offer.version,
      decision.revision,
      decision.live ? 1 : 0,
      article.published_at,
      Math.min(place?.changed_ms ?? nowMs, nowMs),
      JSON.stringify(article),
      offer.rendering,
      fragments.rss,
      fragments.atom,
      fragments.json,
      place?.ordinal ?? null,
    );
    return seq;
  }

  /** The position of what is announced now: the next one, or the one that it had elsewhere. */
  #position(place: Place | undefined): number {
    if (place) {
      this.#sql.exec("UPDATE channel SET seq = MAX(seq, ?)", place.seq);
      return place.seq;
    }
    return this.#sql.exec<{ seq: number }>("UPDATE channel SET seq = seq + 1 RETURNING seq").one().seq;
  }

  /** The newest live articles, as the documents show them. */
  newest(): Listed[] {
    const sql = "SELECT * FROM articles WHERE live = 1 ORDER BY published_at DESC, id DESC LIMIT ?";
    return [...this.#sql.exec(sql, LIMITS.FEED_ITEMS)].map(asListed);
  }

  /** The articles that left last. */
  withdrawn(): { id: string; changedMs: number }[] {
    const rows = this.#sql.exec<{ id: string; changed_ms: number }>(
      "SELECT id, changed_ms FROM articles WHERE NOT live ORDER BY seq DESC LIMIT ?",
      LIMITS.TOMBSTONES,
    );
    return rows.toArray().map((row) => ({ id: row.id, changedMs: row.changed_ms }));
  }

  /** The articles of one archive document: always the same ones, by the order in which they were announced first. */
  archive(number: number): Listed[] {
    const rows = this.#sql.exec(
      "SELECT * FROM articles WHERE ordinal > ? AND ordinal <= ? ORDER BY published_at DESC, id DESC",
      (number - 1) * LIMITS.ARCHIVE_ITEMS,
      number * LIMITS.ARCHIVE_ITEMS,
    );
    return [...rows].map(asListed);
  }

  /** The newest archive document in which an article lives that is none of these; 0 when there is none. */
  archiveOfOthers(ids: readonly string[]): number {
    // Not chosen by `live` alone: SQLite would take that index, and go through all that are.
    return this.#archiveWhere(
      "+live = 1 AND id NOT IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
  }

  /** The archive document before one; 0 when it is the first. Not always the next lower number: what was imported may have gaps. */
  archiveBefore(number: number): number {
    return this.#archiveWhere("ordinal <= ?", (number - 1) * LIMITS.ARCHIVE_ITEMS);
  }

  #archiveWhere(condition: string, parameter: string | number): number {
    const sql = `SELECT ordinal FROM articles WHERE ${condition} ORDER BY ordinal DESC LIMIT 1`;
    const [row] = this.#sql.exec<{ ordinal: number }>(sql, parameter);
    return Math.ceil((row?.ordinal ?? 0) / LIMITS.ARCHIVE_ITEMS);
  }

  /** How many articles there have ever been. */
  total(): number {
    const sql = "SELECT COALESCE(MAX(ordinal), 0) AS total FROM articles";
    return this.#sql.exec<{ total: number }>(sql).one().total;
  }

  /** Those of the articles that are live here, as they were announced. */
  live(ids: readonly string[]): SafeArticle[] {
    const rows = this.#sql.exec<ArticleRow>(
      "SELECT article FROM articles WHERE live = 1 AND id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    return rows.toArray().map(articleIn);
  }

  /** Those of the articles that were ever announced, and whether they stand still. */
  remembered(ids: readonly string[]): { id: string; live: boolean }[] {
    const rows = this.#sql.exec<{ id: string; live: number }>(
      "SELECT id, live FROM articles WHERE id IN (SELECT value FROM json_each(?))",
      JSON.stringify(ids),
    );
    return rows.toArray().map(({ id, live }) => ({ id, live: live === 1 }));
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
  article(id: string): SafeArticle | null {
    const [row] = this.#sql.exec<ArticleRow>("SELECT article FROM articles WHERE id = ?", id);
    return row ? articleIn(row) : null;
  }

  /** Replaces an article and its fragments of an older rendering. */
  rerender(article: SafeArticle, rendering: string, fragments: Fragments): void {
    this.#sql.exec(
      "UPDATE articles SET article = ?, rendering = ?, rss = ?, atom = ?, json = ? WHERE id = ?",
      JSON.stringify(article),
      rendering,
      fragments.rss,
      fragments.atom,
      fragments.json,
      article.id,
    );
  }

  /** Articles, live ones only, newest first, after a cursor that this gave; null when it gave no such cursor. */
  page(cursor: string | null): { articles: SafeArticle[]; cursor: string | null } | null {
    const [, publishedAt, id] = CURSOR.exec(cursor ?? FIRST) ?? [];
    if (publishedAt === undefined || id === undefined) return null;
    const rows = this.#sql
      .exec<ArticleRow & { published_at: string; id: string }>(
        `SELECT id, published_at, article FROM articles
          WHERE live = 1 AND (published_at, id) < (?, ?) ORDER BY published_at DESC, id DESC LIMIT ?`,
        publishedAt,
        id,
        LIMITS.PAGE_ITEMS + 1,
      )
      .toArray();
    const { items, cursor: next } = pageOf(rows, (row) => `${row.published_at} ${row.id}`);
    return { articles: items.map(articleIn), cursor: next };
  }
}

type ArticleRow = { article: string };

/** An article as it was announced; of one that an older version stored, what is safe. */
function articleIn({ article }: ArticleRow): SafeArticle {
  const { content_html, ...rest } = JSON.parse(article) as Article;
  const safe = storedArticle({ ...rest, ...(content_html ? { content_html } : {}) });
  return safe.ok ? safe.value : rest;
}

function asListed(row: Record<string, SqlStorageValue>): Listed {
  return {
    id: String(row.id),
    seq: Number(row.seq),
    live: row.live === 1,
    changedMs: Number(row.changed_ms),
    rendering: String(row.rendering),
    fragments: { rss: String(row.rss), atom: String(row.atom), json: String(row.json) },
  };
}
