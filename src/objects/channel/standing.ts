import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import { ensureColumn } from "../columns.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS channel (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    organization TEXT,
    closed INTEGER NOT NULL DEFAULT 0,
    seq INTEGER NOT NULL DEFAULT 0,
    first_change_ms INTEGER,
    last_change_ms INTEGER,
    published_digest TEXT,
    published_ms INTEGER NOT NULL DEFAULT 0,
    updated_ms INTEGER NOT NULL DEFAULT 0,
    shown TEXT NOT NULL DEFAULT '{}',
    restored TEXT
  );
  INSERT OR IGNORE INTO channel (id) VALUES (1);
  CREATE TABLE IF NOT EXISTS documents (
    format TEXT PRIMARY KEY,
    tags TEXT NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS published (
    format TEXT NOT NULL,
    part INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (format, part)
  );`;

/** Tags that a document has had, newest first. */
export type Tags = { tag: string; seq: number }[];

/** What was published: what it says, since when, and what stood where. */
export interface Publication {
  digest: string;
  updatedMs: number;
  /** For each item of the feed, by article: the position since which it stands there as it is. */
  shown: Record<string, number>;
  /** By format. */
  tags: Record<string, Tags>;
  /** By format; null when nothing new was written. */
  bodies: Record<string, string> | null;
}

/** What the documents of a restored channel said where it comes from, and since when. */
export type Restored = Pick<Publication, "digest" | "updatedMs">;

/** Where a channel stands. */
export interface ChannelState {
  organization: Organization | null;
  closed: boolean;
  seq: number;
  firstChangeMs: number | null;
  lastChangeMs: number | null;
  publishedDigest: string | null;
  /** When it was published last; later with every publication. */
  publishedMs: number;
  updatedMs: number;
  shown: Record<string, number>;
  /** Null when it has had news of its own since, or was not restored. */
  restored: Restored | null;
}

/** The SQL of where a channel stands: whose it is, what is still to be published, and what was published last. */
export class Standing {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
    ensureColumn(sql, "channel", "published_ms", "INTEGER NOT NULL DEFAULT 0");
    ensureColumn(sql, "channel", "restored", "TEXT");
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
      publishedMs: Number(row.published_ms),
      updatedMs: Number(row.updated_ms),
      shown: JSON.parse(String(row.shown)) as Record<string, number>,
      restored: row.restored ? (JSON.parse(String(row.restored)) as Restored) : null,
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

  /** Remembers what the documents said where the channel comes from. */
  restore(restored: Restored): void {
    this.#sql.exec("UPDATE channel SET restored = ?", JSON.stringify(restored));
  }

  /**
   * Remembers that documents may have to be made again.
   * @param why `news`: what is said here from now on is no longer what was said where the channel comes from
   */
  touch(nowMs: number, why: "news" | "restoring" = "news"): void {
    this.#sql.exec(
      `UPDATE channel SET first_change_ms = COALESCE(first_change_ms, ?1), last_change_ms = ?1,
        restored = CASE WHEN ?2 THEN NULL ELSE restored END`,
      nowMs,
      why === "news" ? 1 : 0,
    );
  }

  /** The tags that each document has had. */
  tags(): Record<string, Tags> {
    const rows = this.#sql.exec<{ format: string; tags: string }>("SELECT format, tags FROM documents");
    return Object.fromEntries(rows.toArray().map((row) => [row.format, JSON.parse(row.tags) as Tags]));
  }

  /** Notes what was published; changes that came in the meantime stay to be published. */
  published(publication: Publication, changeMs: number | null, nowMs: number): void {
    const { digest, updatedMs, shown, tags, bodies } = publication;
    if (bodies) this.#keep(bodies, nowMs);
    this.#sql.exec(
      "UPDATE channel SET published_digest = ?, updated_ms = ?, shown = ?",
      digest,
      updatedMs,
      JSON.stringify(shown),
    );
    this.#sql.exec(
      "INSERT OR REPLACE INTO documents (format, tags) SELECT key, value FROM json_each(?)",
      JSON.stringify(tags),
    );
    this.#sql.exec(
      "UPDATE channel SET first_change_ms = NULL, last_change_ms = NULL WHERE last_change_ms IS ?",
      changeMs,
    );
    this.#sql.exec("UPDATE channel SET first_change_ms = last_change_ms");
  }

  #keep(bodies: Record<string, string>, nowMs: number): void {
    this.#sql.exec("UPDATE channel SET published_ms = MAX(published_ms + 1, ?)", nowMs);
    this.#sql.exec("DELETE FROM published");
    for (const [format, body] of Object.entries(bodies)) {
      const bytes = new TextEncoder().encode(body);
      for (let from = 0; from < bytes.byteLength; from += LIMITS.DOCUMENT_PART_BYTES) {
        const part = bytes.slice(from, from + LIMITS.DOCUMENT_PART_BYTES);
        this.#sql.exec("INSERT INTO published (format, part, bytes) VALUES (?, ?, ?)", format, from, part);
      }
    }
  }

  /** The document in a format as it was published last; null when none stands. */
  document(format: string): string | null {
    const sql = "SELECT bytes FROM published WHERE format = ? ORDER BY part";
    const parts = this.#sql.exec<{ bytes: ArrayBuffer }>(sql, format).toArray();
    if (parts.length === 0) return null;
    const decoder = new TextDecoder();
    return parts.map(({ bytes }) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
  }

  /** Notes that no document stands any more. */
  unpublished(): void {
    this.#sql.exec("DELETE FROM published");
    this.#sql.exec(
      "UPDATE channel SET published_digest = NULL, first_change_ms = NULL, last_change_ms = NULL",
    );
  }
}
