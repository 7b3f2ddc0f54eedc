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
  ],
};

/** What the documents of a restored channel said where it comes from, and since when. */
export interface Restored {
  digest: string;
  updatedMs: number;
}

/** What was published: what it says, and since when. */
export interface Publication {
  digest: string;
  updatedMs: number;
  /** For each item of the feed, by article: the position since which it stands there as it is. */
  shown: Record<string, number>;
}

const row = rowOf({
  organization: nullable<Organization>("organization", json),
  closed: flag("closed"),
  /** Closed, and its documents may still stand. */
  closing: flag("closing"),
  seq: integer("seq"),
  firstChangeMs: nullable("first_change_ms", integer),
  lastChangeMs: nullable("last_change_ms", integer),
  publishedDigest: nullable("published_digest", text),
  /** When it was published last; later with every publication. */
  publishedMs: integer("published_ms"),
  updatedMs: integer("updated_ms"),
  shown: json<Record<string, number>>("shown"),
  /** Null when it has had news of its own since, or was not restored. */
  restored: nullable<Restored>("restored", json),
});

const due = rowOf({
  closed: flag("closed"),
  closing: flag("closing"),
  firstChangeMs: nullable("first_change_ms", integer),
  lastChangeMs: nullable("last_change_ms", integer),
});

/** The one row of a channel. */
export type ChannelRow = ReturnType<typeof row>;

/** A channel's one row: whose it is, its sequence, what is still to be published, and what was published last. */
export class ChannelState {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** All of it. @throws Error when there is no row */
  read(): ChannelRow {
    return this.#read(row, "SELECT * FROM channel");
  }

  /** Whether its feeds are for everybody. */
  isPublic(): boolean {
    const { organization, closed } = this.read();
    return organization !== null && !closed && !organization.unlisted;
  }

  /** What decides when there is something to do. */
  due(): ReturnType<typeof due> {
    return this.#read(due, "SELECT closed, closing, first_change_ms, last_change_ms FROM channel");
  }

  #read<T>(reader: Reader<T>, query: string, ...parameters: readonly SqlStorageValue[]): T {
    const found = first(this.#sql, reader, query, ...parameters);
    if (found === null) throw new Error("The channel has no row");
    return found;
  }

  /** Opens it, or changes its organization's description. */
  open(organization: Organization): void {
    this.#sql.exec(
      "UPDATE channel SET organization = ?, closed = 0, closing = 0",
      JSON.stringify(organization),
    );
  }

  /** Enters an organization that was closed elsewhere. */
  enterClosed(organization: Organization): void {
    this.#sql.exec("UPDATE channel SET organization = ?, closed = 1", JSON.stringify(organization));
  }

  /** Closes it: its documents are still to be removed, and if it is opened again all of them are written anew. */
  close(): void {
    this.#sql.exec("UPDATE channel SET closed = 1, closing = 1, published_digest = NULL");
  }

  /** Notes what the documents said where the channel comes from. */
  restore(restored: Restored): void {
    this.#sql.exec("UPDATE channel SET restored = ?", JSON.stringify(restored));
  }

  /**
   * Notes that documents may have to be made again.
   * @param why `news`: from now on the channel no longer says what was said where it comes from
   */
  touch(nowMs: number, why: "news" | "restoring" = "news"): void {
    this.#sql.exec(
      `UPDATE channel SET first_change_ms = COALESCE(first_change_ms, ?1), last_change_ms = ?1,
        restored = CASE WHEN ?2 THEN NULL ELSE restored END`,
      nowMs,
      why === "news" ? 1 : 0,
    );
  }

  /**
   * Notes an announcement: documents may have to be made again, and its position is the next one, or the one that it had
   * elsewhere.
   */
  announce(nowMs: number, placed: number | null, why: "news" | "restoring"): number {
    const query = `UPDATE channel SET seq = CASE WHEN ?3 IS NULL THEN seq + 1 ELSE MAX(seq, ?3) END,
      first_change_ms = COALESCE(first_change_ms, ?1), last_change_ms = ?1,
      restored = CASE WHEN ?2 THEN NULL ELSE restored END RETURNING seq`;
    const seq = this.#read(integer("seq"), query, nowMs, why === "news" ? 1 : 0, placed);
    return placed ?? seq;
  }

  /** The next position of the channel's sequence: each is one event's. */
  nextSeq(): number {
    return this.#read(integer("seq"), "UPDATE channel SET seq = seq + 1 RETURNING seq");
  }

  /**
   * Notes what was published; changes that came in the meantime stay to be published.
   * @param changeMs the last change that is in it
   * @param written whether documents were written
   */
  published(
    { digest, updatedMs, shown }: Publication,
    changeMs: number | null,
    written: boolean,
    nowMs: number,
  ): void {
    this.#sql.exec(
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

  /** Notes that no document stands any more. What is to be published of a channel that was opened again stays so. */
  unpublished(): void {
    this.#sql.exec(
      `UPDATE channel SET closing = 0,
        first_change_ms = CASE WHEN closed THEN NULL ELSE first_change_ms END,
        last_change_ms = CASE WHEN closed THEN NULL ELSE last_change_ms END`,
    );
  }
}
