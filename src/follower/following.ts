import type { SourceStanding } from "../intake/upstream/schedule.ts";
import type { Source } from "../model/source.ts";
import { first, json, rowOf, type Schema } from "../objects/kit/sql.ts";

/** `publish_ms` and `publish_failures` were used before 26 November 2026 and are not read. */
export const FOLLOWING_SCHEMA: Schema = {
  name: "source",
  migrations: [
    `CREATE TABLE IF NOT EXISTS source (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      source TEXT NOT NULL,
      standing TEXT NOT NULL,
      publish_ms INTEGER NOT NULL DEFAULT 0,
      publish_failures INTEGER NOT NULL DEFAULT 0
    )`,
  ],
};

/** A followed source and its polling state. */
export interface Followed {
  source: Source;
  standing: SourceStanding;
}

const followed = rowOf<Followed>({
  source: json<Source>("source"),
  standing: json<SourceStanding>("standing"),
});

/** The SQL of a source's own row. */
export class Following {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The row; null if the source is not followed. */
  read(): Followed | null {
    return first(this.#sql, followed, "SELECT source, standing FROM source");
  }

  /** Stores a source. A new one starts with the given polling state; a known one keeps its own. */
  setSource(source: Source, standing: SourceStanding): void {
    this.#sql.exec(
      "INSERT INTO source (id, source, standing) VALUES (1, ?1, ?2) ON CONFLICT (id) DO UPDATE SET source = ?1",
      JSON.stringify(source),
      JSON.stringify(standing),
    );
  }

  setStanding(standing: SourceStanding): void {
    this.#sql.exec("UPDATE source SET standing = ?", JSON.stringify(standing));
  }

  /** Has it polled by a time at the latest, unless its publisher has ended it. */
  pollBy(ms: number): void {
    const standing = this.read()?.standing;
    if (standing && standing.nextMs !== null && standing.nextMs > ms)
      this.setStanding({ ...standing, nextMs: ms });
  }

  remove(): void {
    this.#sql.exec("DELETE FROM source");
  }
}
