import type { Fragments } from "../../feeds/fragments.ts";
import { type SafeArticle, storedArticle } from "../../feeds/item.ts";
import type { ItemFields } from "../../feeds/listing.ts";
import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Place } from "../../model/line.ts";
import { fitting } from "../kit/page.ts";
import { all, type Column, first, flag, integer, json, rowOf, type Schema, text } from "../kit/sql.ts";
import type { Decision, Offer, Seen } from "./decide.ts";
import { VersionStore } from "./versions.ts";

export const LEDGER_SCHEMA: Schema = {
  name: "ledger",
  migrations: [
    `CREATE TABLE IF NOT EXISTS articles (
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
      rss TEXT NOT NULL DEFAULT '',
      atom TEXT NOT NULL DEFAULT '',
      json TEXT NOT NULL DEFAULT ''
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS articles_newest ON articles (live, published_at, id);
    CREATE INDEX IF NOT EXISTS articles_withdrawn ON articles (seq) WHERE NOT live;`,
    // What continues a feed is looked for at each publication: the newest articles may be withdrawn, however many they are.
    "CREATE INDEX articles_live ON articles (ordinal, id) WHERE live = 1",
  ],
};

/** A place in the order of articles by date, the newest first. */
export interface ListPlace {
  /** RFC 3339. */
  publishedAt: string;
  id: string;
}

const stored = json<Article>("article");

/** An article as announced. Content that an older version stored is sanitized again. */
function articleIn(row: Parameters<typeof stored>[0]): SafeArticle {
  const { content_html, ...rest } = stored(row);
  const safe = storedArticle({ ...rest, ...(content_html ? { content_html } : {}) });
  return safe.ok ? safe.value : rest;
}

const seen = rowOf<Seen>({
  version: text("version"),
  revision: integer("revision"),
  live: flag("live"),
  changedMs: integer("changed_ms"),
});

/** The names of an article's authors, and what else filters look at. */
const choice = json<[string[], string[] | null, { name: string }[] | null, string | null]>("choice");

/** What filters look at in an article. */
function fieldsIn(row: Parameters<typeof choice>[0]): ItemFields {
  const [organizations, tags, authors, language] = choice(row);
  return {
    id: text("id")(row),
    publishedMs: Date.parse(text("published_at")(row)),
    changedMs: integer("changed_ms")(row),
    organizations,
    tags: tags ?? [],
    authors: (authors ?? []).map(({ name }) => name),
    language,
  };
}

const LISTED = `SELECT id, seq, revision, live, published_at, changed_ms, rendering,
  json_extract(article, '$.organizations', '$.tags', '$.authors', '$.language') AS choice FROM articles`;
const listed = rowOf({
  id: text("id"),
  /** The sequence of its last announcement. */
  seq: integer("seq"),
  revision: integer("revision"),
  live: flag("live"),
  changedMs: integer("changed_ms"),
  rendering: text("rendering"),
  fields: fieldsIn,
});
const entry = rowOf({
  ordinal: integer("ordinal"),
  seq: integer("seq"),
  revision: integer("revision"),
  changedMs: integer("changed_ms"),
  live: flag("live"),
  version: text("version"),
  article: articleIn,
  characters: integer("characters"),
});
const ENTRY = "SELECT *, LENGTH(article) AS characters FROM articles";

/** An article's row as a document needs it. */
export type Listed = ReturnType<typeof listed>;

/** An article in the ledger, and its place. */
export interface LedgerEntry {
  article: SafeArticle;
  version: string;
  live: boolean;
  place: Place;
}

const asEntry = ({ article, version, live, ...place }: ReturnType<typeof entry>): LedgerEntry => ({
  article,
  version,
  live,
  place: asPlace(place),
});

const standing = rowOf({
  id: text("id"),
  ordinal: integer("ordinal"),
  seq: integer("seq"),
  revision: integer("revision"),
  changedMs: integer("changed_ms"),
  live: flag("live"),
  version: text("version"),
  said: json<[organizations: string[], withdrawnAt: string | null]>("said"),
});

/** How an article stands in the ledger. */
export interface LedgerStanding extends Omit<LedgerEntry, "article"> {
  id: string;
  organizations: string[];
  withdrawn_at?: string;
}

function asPlace(row: Omit<Place, "changed_ms"> & { changedMs: number }): Place {
  const { ordinal, seq, revision, changedMs } = row;
  return { ordinal, seq, revision, changed_ms: changedMs };
}

/** The number of the archive document that an ordinal is in. */
const archiveOf = (ordinal: number): number => Math.ceil(ordinal / LIMITS.ARCHIVE_ITEMS);

/** What a channel has announced: each article's latest version and place. */
export class Ledger {
  readonly #sql: SqlStorage;
  readonly #versions: VersionStore;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#versions = new VersionStore(sql);
  }

  /** An article's announced state; null if it was never announced. */
  seen(articleId: string): Seen | null {
    const query = "SELECT version, revision, live, changed_ms FROM articles WHERE id = ?";
    return first(this.#sql, seen, query, articleId);
  }

  /** Writes an announced version with its sequence. */
  announce(
    { article, version }: Pick<Offer, "article" | "version">,
    { place, revision, live }: Extract<Decision, { outcome: "announced" }>,
    { seq, rendering, nowMs }: { seq: number; rendering: string; nowMs: number },
  ): void {
    if (revision > 1) this.#versions.keep(article.id);
    // A restored ordinal that another article already has is not reused: an article never moves to another archive
    // document. The last three columns held fragments before 26 November 2026.
    this.#sql.exec(
      `INSERT OR REPLACE INTO articles
        (id, ordinal, seq, version, revision, live, published_at, changed_ms, article, rendering, rss, atom, json)
        VALUES (?1,
          COALESCE((SELECT ordinal FROM articles WHERE id = ?1),
            CASE WHEN ?10 NOT IN (SELECT ordinal FROM articles WHERE ordinal = ?10) THEN ?10 END,
            (SELECT COALESCE(MAX(ordinal), 0) + 1 FROM articles)),
          ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, '', '', '')`,
      article.id,
      seq,
      version,
      revision,
      live ? 1 : 0,
      article.published_at,
      Math.min(place?.changed_ms ?? nowMs, nowMs),
      JSON.stringify(article),
      rendering,
      place?.ordinal ?? null,
    );
  }

  /** The newest live articles. */
  newest(): Listed[] {
    return all(
      this.#sql,
      listed,
      `${LISTED} WHERE live = 1 ORDER BY published_at DESC, id DESC LIMIT ?`,
      LIMITS.FEED_ITEMS,
    );
  }

  /** The articles withdrawn last. */
  withdrawn(): Listed[] {
    return all(this.#sql, listed, `${LISTED} WHERE NOT live ORDER BY seq DESC LIMIT ?`, LIMITS.TOMBSTONES);
  }

  /** The articles of one archive document: always the same ones, by the order of their first announcement. */
  archive(number: number): Listed[] {
    return all(
      this.#sql,
      listed,
      `${LISTED} WHERE ordinal > ? AND ordinal <= ? ORDER BY published_at DESC, id DESC`,
      (number - 1) * LIMITS.ARCHIVE_ITEMS,
      number * LIMITS.ARCHIVE_ITEMS,
    );
  }

  /** An article's row, if there is one. */
  listed(id: string): Listed[] {
    return all(this.#sql, listed, `${LISTED} WHERE id = ?`, id);
  }

  /** The archive document that an article is in; 0 if it was never announced. */
  archiveNumberOf(id: string): number {
    return archiveOf(
      first(this.#sql, integer("ordinal"), "SELECT ordinal FROM articles WHERE id = ?", id) ?? 0,
    );
  }

  /** The newest archive document. */
  lastArchive(): number {
    return archiveOf(this.lastOrdinal());
  }

  /** The newest archive document that has a live article other than the given ones; 0 if there is none. */
  archiveOfOthers(ids: readonly string[]): number {
    const known = new Set(ids);
    const query = `SELECT id, ordinal FROM articles INDEXED BY articles_live WHERE live = 1
      ORDER BY ordinal DESC LIMIT ?`;
    for (const row of this.#sql.exec(query, known.size + 1)) {
      if (!known.has(text("id")(row))) return archiveOf(integer("ordinal")(row));
    }
    return 0;
  }

  /** The archive document before the given one; 0 if it is the first. Imports can leave gaps in the numbers. */
  archiveBefore(number: number): number {
    const query = "SELECT ordinal FROM articles WHERE ordinal <= ? ORDER BY ordinal DESC LIMIT 1";
    return archiveOf(first(this.#sql, integer("ordinal"), query, (number - 1) * LIMITS.ARCHIVE_ITEMS) ?? 0);
  }

  /** The highest ordinal in use. */
  lastOrdinal(): number {
    const query = "SELECT ordinal FROM articles ORDER BY ordinal DESC LIMIT 1";
    return first(this.#sql, integer("ordinal"), query) ?? 0;
  }

  /** An article as announced; null if it is not live. */
  live(id: string): SafeArticle | null {
    return first(this.#sql, articleIn, "SELECT article FROM articles WHERE +live = 1 AND id = ?", id);
  }

  /** How an article stands that was announced; null if it never was. `hidden`: it has a later date, or other organizations. */
  stateOf(id: string): "live" | "withdrawn" | "hidden" | null {
    const query = `SELECT CASE WHEN live THEN 'live' WHEN json_extract(article, '$.withdrawn_at') IS NULL THEN 'hidden'
      ELSE 'withdrawn' END AS state FROM articles WHERE id = ?`;
    return first(this.#sql, text("state") as Column<"live" | "withdrawn" | "hidden">, query, id);
  }

  /** The given articles that were ever announced, and whether they are live. */
  remembered(ids: readonly string[]): { id: string; live: boolean }[] {
    const query = "SELECT id, live FROM articles WHERE id IN (SELECT value FROM json_each(?))";
    return all(this.#sql, rowOf({ id: text("id"), live: flag("live") }), query, JSON.stringify(ids));
  }

  /** The ids of the newest `most` live articles published since a time (RFC 3339), oldest first. */
  latest(since: string, most: number): string[] {
    const query = `SELECT id FROM articles WHERE live = 1 AND published_at >= ?
      ORDER BY published_at DESC, id DESC LIMIT ?`;
    return all(this.#sql, text("id"), query, since, most).reverse();
  }

  /** An article as announced, and its place; null if it was never announced. */
  entry(id: string): LedgerEntry | null {
    const found = first(this.#sql, entry, `${ENTRY} WHERE id = ?`, id);
    return found && asEntry(found);
  }

  /** How the given articles stand that were announced, without their contents. */
  standings(ids: readonly string[]): LedgerStanding[] {
    const query = `SELECT id, ordinal, seq, revision, changed_ms, live, version,
        json_extract(article, '$.organizations', '$.withdrawn_at') AS said
      FROM articles WHERE id IN (SELECT value FROM json_each(?))`;
    return all(this.#sql, standing, query, JSON.stringify(ids)).map(
      ({ id, live, version, said, ...place }) => {
        const [organizations, withdrawn_at] = said;
        return {
          id,
          organizations,
          ...(withdrawn_at ? { withdrawn_at } : {}),
          live,
          version,
          place: asPlace(place),
        };
      },
    );
  }

  /** The articles after an ordinal, by ordinal: as many as fit into one part of an export. */
  after(ordinal: number): LedgerEntry[] {
    const rows = this.#sql.exec(
      `${ENTRY} WHERE ordinal > ? ORDER BY ordinal LIMIT ?`,
      ordinal,
      LIMITS.EXPORT_LINES,
    );
    return fitting(rows, ({ characters }) => Number(characters), LIMITS.EXPORT_CHARACTERS)
      .map(entry)
      .map(asEntry);
  }

  /** Stores an article as last rendered, and the version of the rendering. */
  rendered(article: SafeArticle, rendering: string): void {
    const query = "UPDATE articles SET article = ?, rendering = ? WHERE id = ?";
    this.#sql.exec(query, JSON.stringify(article), rendering, article.id);
  }

  /** An article's fragments from its row, where they were stored before 26 November 2026; null if they are not there. */
  formerFragments(id: string): Fragments | null {
    const columns = rowOf({ rss: text("rss"), atom: text("atom"), json: text("json") });
    const query = "SELECT rss, atom, json FROM articles WHERE id = ? AND rss <> ''";
    return first(this.#sql, columns, query, id);
  }

  /** Clears the former fragment columns. */
  dropFormerFragments(id: string): void {
    this.#sql.exec("UPDATE articles SET rss = '', atom = '', json = '' WHERE id = ?", id);
  }

  /** How many articles are live, or are not, counted up to so many. */
  count(live: boolean, most: number): number {
    const query = "SELECT COUNT(*) AS number FROM (SELECT 1 FROM articles WHERE live = ? LIMIT ?)";
    return first(this.#sql, integer("number"), query, live ? 1 : 0, most) ?? 0;
  }

  /** The articles that are live, or that are not, before a place in the order, newest first. */
  before({ publishedAt, id }: ListPlace, live: boolean, most: number): SafeArticle[] {
    return all(
      this.#sql,
      articleIn,
      `SELECT article FROM articles
        WHERE live = ? AND (published_at, id) < (?, ?) ORDER BY published_at DESC, id DESC LIMIT ?`,
      live ? 1 : 0,
      publishedAt,
      id,
      most,
    );
  }
}
