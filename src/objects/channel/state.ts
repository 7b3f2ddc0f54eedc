import type { Organization } from "../../model/organization.ts";
import {
  addColumn,
  first,
  flag,
  integer,
  json,
  nullable,
  type Reader,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";

export const STATE_SCHEMA: Schema = {
  name: "channel",
  migrations: [
    `CREATE TABLE IF NOT EXISTS channel (
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
    INSERT OR IGNORE INTO channel (id) VALUES (1);`,
    addColumn("channel", "published_ms", "INTEGER NOT NULL DEFAULT 0"),
    addColumn("channel", "restored", "TEXT"),
    addColumn("channel", "closing", "INTEGER NOT NULL DEFAULT 0"),
    addColumn("channel", "signposts", "TEXT NOT NULL DEFAULT ''"),
    addColumn("channel", "exposed", "INTEGER NOT NULL DEFAULT 1"),
    `UPDATE channel SET exposed = 0 WHERE first_change_ms IS NULL
      AND (organization IS NULL OR json_extract(organization, '$.unlisted') IS NOT NULL)`,
  ],
};

/** The content digest and date of a restored channel's documents in the export. */
export interface Restored {
  digest: string;
  updatedMs: number;
}

/** What was published: a digest of the content, and its date. */
export interface Publication {
  digest: string;
  updatedMs: number;
  /** By article id: the sequence since which the feed has shown the item unchanged. */
  shown: Record<string, number>;
}

const row = rowOf({
  organization: nullable<Organization>("organization", json),
  closed: flag("closed"),
  /** Closed, but its documents may still exist. */
  closing: flag("closing"),
  seq: integer("seq"),
  firstChangeMs: nullable("first_change_ms", integer),
  lastChangeMs: nullable("last_change_ms", integer),
  publishedDigest: nullable("published_digest", text),
  /** When it was last published; increases with every publication. */
  publishedMs: integer("published_ms"),
  updatedMs: integer("updated_ms"),
  shown: json<Record<string, number>>("shown"),
  /** Null if it was not restored, or has had news since. */
  restored: nullable<Restored>("restored", json),
  /** Which signposts to its address stand in KV. */
  signposts: text("signposts"),
  /** Whether documents or signposts may stand in KV that everybody can read. */
  exposed: flag("exposed"),
});

const due = rowOf({
  closed: flag("closed"),
  closing: flag("closing"),
  /** Everybody may still read what stands in KV, and must not any more. */
  hides: flag("hides"),
  firstChangeMs: nullable("first_change_ms", integer),
  lastChangeMs: nullable("last_change_ms", integer),
});
const DUE = `SELECT closed, closing, first_change_ms, last_change_ms,
  exposed AND json_extract(organization, '$.unlisted') IS NOT NULL AS hides FROM channel`;

/** The one row of a channel. */
export type ChannelRow = ReturnType<typeof row>;

/** A channel's one row: its organization, its sequence, what waits for publication, and what was last published. */
export class ChannelState {
  readonly #sql: SqlStorage;
  #due: ReturnType<typeof due> | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The whole row. @throws Error if there is no row */
  read(): ChannelRow {
    return this.#read(row, "SELECT * FROM channel");
  }

  /** Whether its feeds are public. */
  isPublic(): boolean {
    const { organization, closed } = this.read();
    return organization !== null && !closed && !organization.unlisted;
  }

  /** The columns that decide when the alarm is due. Read once for all duties, which are asked one after the other. */
  due(): ReturnType<typeof due> {
    if (this.#due) return this.#due;
    const found = this.#read(due, DUE);
    this.#due = found;
    queueMicrotask(() => {
      this.#due = null;
    });
    return found;
  }

  #write(query: string, ...parameters: readonly SqlStorageValue[]): void {
    this.#due = null;
    this.#sql.exec(query, ...parameters);
  }

  #read<T>(reader: Reader<T>, query: string, ...parameters: readonly SqlStorageValue[]): T {
    const found = first(this.#sql, reader, query, ...parameters);
    if (found === null) throw new Error("The channel has no row");
    return found;
  }

  /** Opens the channel, or updates its organization. */
  open(organization: Organization): void {
    this.#write("UPDATE channel SET organization = ?, closed = 0, closing = 0", JSON.stringify(organization));
  }

  /** Restores an organization that was closed in the export. */
  enterClosed(organization: Organization): void {
    this.#write("UPDATE channel SET organization = ?, closed = 1", JSON.stringify(organization));
  }

  /** Closes the channel. Its documents are removed later; reopening writes all of them again. */
  close(): void {
    this.#write("UPDATE channel SET closed = 1, closing = 1, published_digest = NULL");
  }

  /** Records which signposts stand in KV. */
  posted(signposts: string): void {
    this.#write("UPDATE channel SET signposts = ?", signposts);
  }

  /** Records that some documents may have been written and others not: the next publication writes all of them. */
  torn(): void {
    this.#write("UPDATE channel SET published_digest = '' WHERE published_digest <> ''");
  }

  /** Records whether everybody may be able to read what stands in KV. */
  expose(exposed: boolean): void {
    this.#write("UPDATE channel SET exposed = ?", exposed ? 1 : 0);
  }

  /** Records the content digest and date of the documents in the export. */
  restore(restored: Restored): void {
    this.#write("UPDATE channel SET restored = ?", JSON.stringify(restored));
  }

  /**
   * Marks the documents for publication.
   * @param why `news`: the channel now differs from the export, and drops its restored date
   */
  touch(nowMs: number, why: "news" | "restoring" = "news"): void {
    this.#write(
      `UPDATE channel SET first_change_ms = COALESCE(first_change_ms, ?1), last_change_ms = ?1,
        restored = CASE WHEN ?2 THEN NULL ELSE restored END`,
      nowMs,
      why === "news" ? 1 : 0,
    );
  }

  /**
   * Marks the documents for publication after an announcement. Returns its sequence: the next one, or the one from the
   * export.
   */
  announce(nowMs: number, placed: number | null, why: "news" | "restoring"): number {
    const query = `UPDATE channel SET seq = CASE WHEN ?3 IS NULL THEN seq + 1 ELSE MAX(seq, ?3) END,
      first_change_ms = COALESCE(first_change_ms, ?1), last_change_ms = ?1,
      restored = CASE WHEN ?2 THEN NULL ELSE restored END RETURNING seq`;
    this.#due = null;
    const seq = this.#read(integer("seq"), query, nowMs, why === "news" ? 1 : 0, placed);
    return placed ?? seq;
  }

  /** Takes the next sequence number of the channel. */
  nextSeq(): number {
    return this.#read(integer("seq"), "UPDATE channel SET seq = seq + 1 RETURNING seq");
  }

  /**
   * Records a publication. Changes made in the meantime still wait for publication.
   * @param changeMs the time of the last change that it contains
   * @param written whether documents were written
   */
  published(
    { digest, updatedMs, shown }: Publication,
    changeMs: number | null,
    written: boolean,
    nowMs: number,
  ): void {
    this.#write(
      `UPDATE channel SET published_digest = ?1, updated_ms = ?2, shown = ?3,
        published_ms = CASE WHEN ?4 THEN MAX(published_ms + 1, ?5) ELSE published_ms END,
        first_change_ms = CASE WHEN last_change_ms IS ?6 THEN NULL ELSE last_change_ms END,
        last_change_ms = CASE WHEN last_change_ms IS ?6 THEN NULL ELSE last_change_ms END`,
      digest,
      updatedMs,
      JSON.stringify(shown),
      written ? 1 : 0,
      nowMs,
      changeMs,
    );
  }

  /** Records that the documents are removed. If the channel was reopened, its changes still wait for publication. */
  unpublished(): void {
    this.#write(
      `UPDATE channel SET closing = 0,
        first_change_ms = CASE WHEN closed THEN NULL ELSE first_change_ms END,
        last_change_ms = CASE WHEN closed THEN NULL ELSE last_change_ms END`,
    );
  }
}
