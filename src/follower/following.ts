import type { SourceStanding } from "../intake/upstream/schedule.ts";
import { LIMITS } from "../model/limits.ts";
import type { Source } from "../model/source.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS source (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    source TEXT NOT NULL,
    standing TEXT NOT NULL,
    publish_ms INTEGER NOT NULL DEFAULT 0,
    publish_failures INTEGER NOT NULL DEFAULT 0
  );`;

/** What is followed, where it stands, and when what has come of it may be published. */
export interface Followed {
  source: Source;
  standing: SourceStanding;
  publishMs: number;
}

/** The SQL of a source's own row. */
export class Following {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Null before it is followed, and when it is no more. */
  followed(): Followed | null {
    const [row] = this.#sql.exec("SELECT * FROM source");
    if (!row) return null;
    return {
      source: JSON.parse(String(row.source)) as Source,
      standing: JSON.parse(String(row.standing)) as SourceStanding,
      publishMs: Number(row.publish_ms),
    };
  }

  /** Begins to follow a source. */
  open(source: Source, standing: SourceStanding): void {
    this.#sql.exec(
      "INSERT INTO source (id, source, standing) VALUES (1, ?, ?)",
      JSON.stringify(source),
      JSON.stringify(standing),
    );
  }

  /** Takes what is said of the source now. */
  describe(source: Source): void {
    this.#sql.exec("UPDATE source SET source = ?", JSON.stringify(source));
  }

  /** Notes where it stands. */
  stand(standing: SourceStanding): void {
    this.#sql.exec("UPDATE source SET standing = ?", JSON.stringify(standing));
  }

  /** Notes whether publishing went well. When it did not, it waits: what fails may be a quota that lasts until tomorrow. */
  published(well: boolean, nowMs: number): void {
    this.#sql.exec(
      `UPDATE source SET publish_failures = CASE WHEN ?1 THEN 0 ELSE publish_failures + 1 END,
        publish_ms = CASE WHEN ?1 THEN 0 ELSE ?2 + min(?3 << min(publish_failures, 20), ?4) END`,
      well ? 1 : 0,
      nowMs,
      LIMITS.PUBLISH_RETRY_MS,
      LIMITS.SOURCE_PUBLISH_RETRY_MS,
    );
  }

  /** Follows it no more. */
  clear(): void {
    this.#sql.exec("DELETE FROM source");
  }
}
