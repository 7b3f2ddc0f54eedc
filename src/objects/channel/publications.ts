import { LIMITS } from "../../model/limits.ts";
import { all, json, rowOf, type Schema, text } from "../kit/sql.ts";

export const PUBLICATIONS_SCHEMA: Schema = {
  name: "publications",
  migrations: [
    `CREATE TABLE IF NOT EXISTS documents (
      format TEXT PRIMARY KEY,
      tags TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS published (
      format TEXT NOT NULL,
      part INTEGER NOT NULL,
      bytes BLOB NOT NULL,
      PRIMARY KEY (format, part)
    );`,
  ],
};

/** The tags of a document's versions, newest first, each with the channel's sequence at that time. */
export type Tags = { tag: string; seq: number }[];

/** A published document. */
export interface PublishedDocument {
  format: string;
  tags: Tags;
  body: string;
}

const tagsRow = rowOf({ format: text("format"), tags: json<Tags>("tags") });

const bytesOf = (row: Record<string, SqlStorageValue>): ArrayBuffer => {
  if (row.bytes instanceof ArrayBuffer) return row.bytes;
  throw new Error("Column bytes is not a BLOB");
};

/** A channel's documents as last published, and the tags of their earlier versions. */
export class Publications {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The tags of each document's versions, by format. */
  tags(): Record<string, Tags> {
    const rows = all(this.#sql, tagsRow, "SELECT format, tags FROM documents");
    return Object.fromEntries(rows.map(({ format, tags }) => [format, tags]));
  }

  /** Replaces the stored documents. */
  keep(documents: readonly PublishedDocument[]): void {
    this.#sql.exec("DELETE FROM published");
    for (const { format, tags, body } of documents) {
      this.#sql.exec(
        "INSERT OR REPLACE INTO documents (format, tags) VALUES (?, ?)",
        format,
        JSON.stringify(tags),
      );
      const bytes = new TextEncoder().encode(body);
      for (let from = 0; from < bytes.byteLength; from += LIMITS.DOCUMENT_PART_BYTES) {
        const part = bytes.slice(from, from + LIMITS.DOCUMENT_PART_BYTES);
        this.#sql.exec("INSERT INTO published (format, part, bytes) VALUES (?, ?, ?)", format, from, part);
      }
    }
  }

  /** The document last published in a format; null if there is none. */
  body(format: string): string | null {
    const query = "SELECT bytes FROM published WHERE format = ? ORDER BY part";
    const parts = all(this.#sql, bytesOf, query, format);
    if (parts.length === 0) return null;
    const decoder = new TextDecoder();
    return parts.map((bytes) => decoder.decode(bytes, { stream: true })).join("") + decoder.decode();
  }

  /** Removes the documents. Their tags stay, because readers may still send them. */
  clear(): void {
    this.#sql.exec("DELETE FROM published");
  }
}
