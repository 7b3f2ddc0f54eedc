import { LIMITS } from "../../model/limits.ts";
import { addColumn, all, first, integer, json, rowOf, type Schema, text } from "../kit/sql.ts";

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
    // How many of a document's bytes are the document; its listing follows. 0: all.
    addColumn("documents", "bytes", "INTEGER NOT NULL DEFAULT 0"),
  ],
};

/** The tags of a document's versions, newest first, each with the channel's sequence at that time. */
export type Tags = { tag: string; seq: number }[];

/** A published document. */
export interface PublishedDocument {
  format: string;
  tags: Tags;
  body: string;
  /** What its items are, as JSON. */
  listing: string;
}

const tagsRow = rowOf({ format: text("format"), tags: json<Tags>("tags") });

const bytesOf = (row: Record<string, SqlStorageValue>): ArrayBuffer => {
  if (row.bytes instanceof ArrayBuffer) return row.bytes;
  throw new Error("Column bytes is not a BLOB");
};

function concatenated(parts: readonly ArrayBuffer[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part), at);
    at += part.byteLength;
  }
  return bytes;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A channel's documents as last published, and the tags of their earlier versions. */
export class Publications {
  readonly #sql: SqlStorage;
  /** Counts the publications that this instance has seen: a document stays the same between two. */
  count = 0;

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
    this.count++;
    this.#sql.exec("DELETE FROM published");
    for (const { format, tags, body, listing } of documents) {
      const bytes = encoder.encode(body + listing);
      this.#sql.exec(
        "INSERT OR REPLACE INTO documents (format, tags, bytes) VALUES (?, ?, ?)",
        format,
        JSON.stringify(tags),
        bytes.byteLength - encoder.encode(listing).byteLength,
      );
      for (let from = 0; from < bytes.byteLength; from += LIMITS.DOCUMENT_PART_BYTES) {
        const part = bytes.slice(from, from + LIMITS.DOCUMENT_PART_BYTES);
        this.#sql.exec("INSERT INTO published (format, part, bytes) VALUES (?, ?, ?)", format, from, part);
      }
    }
  }

  /** The document last published in a format, and its listing; null if there is none. */
  document(format: string): { body: string; listing: string } | null {
    const query = "SELECT bytes FROM published WHERE format = ? ORDER BY part";
    const bytes = concatenated(all(this.#sql, bytesOf, query, format));
    if (bytes.byteLength === 0) return null;
    const length = first(this.#sql, integer("bytes"), "SELECT bytes FROM documents WHERE format = ?", format);
    const end = length || bytes.byteLength;
    return { body: decoder.decode(bytes.subarray(0, end)), listing: decoder.decode(bytes.subarray(end)) };
  }

  /** Removes the documents. Their tags stay, because readers may still send them. */
  clear(): void {
    this.count++;
    this.#sql.exec("DELETE FROM published");
  }
}
