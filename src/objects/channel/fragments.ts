import type { FormatName } from "../../feeds/formats.ts";
import type { Fragments } from "../../feeds/fragments.ts";
import { first, listsOf, type Schema, text } from "../kit/sql.ts";

export const FRAGMENTS_SCHEMA: Schema = {
  name: "fragments",
  migrations: [
    `CREATE TABLE fragments (
      article_id TEXT NOT NULL,
      format TEXT NOT NULL,
      fragment TEXT NOT NULL,
      PRIMARY KEY (article_id, format)
    ) WITHOUT ROWID`,
  ],
};

/** Rendered articles, one row per format: all formats together could exceed the 2 MB limit of a row. */
export class FragmentStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Stores an article's fragments. */
  put(articleId: string, fragments: Fragments): void {
    for (const list of listsOf(Object.entries(fragments))) {
      this.#sql.exec(
        `INSERT OR REPLACE INTO fragments (article_id, format, fragment)
          SELECT ?, value ->> 0, value ->> 1 FROM json_each(?)`,
        articleId,
        list,
      );
    }
  }

  /** An article's fragments in the given formats. One query per format: SQLite counts more rows read for a list. */
  of(articleId: string, formats: readonly FormatName[]): Partial<Fragments> {
    const query = "SELECT fragment FROM fragments WHERE article_id = ? AND format = ?";
    const found: Partial<Fragments> = {};
    for (const format of formats) {
      const fragment = first(this.#sql, text("fragment"), query, articleId, format);
      if (fragment !== null) found[format] = fragment;
    }
    return found;
  }

  /** Removes an article's fragments. */
  remove(articleId: string): void {
    this.#sql.exec("DELETE FROM fragments WHERE article_id = ?", articleId);
  }
}
