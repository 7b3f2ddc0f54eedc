import { RpcTarget } from "cloudflare:workers";
import { type Article, withoutContent } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { rfc3339 } from "../../model/time.ts";
import type { ArticleVersion } from "../../model/version.ts";
import { all, first, flag, integer, json, rowOf, type Schema } from "../kit/sql.ts";
import type { Ledger } from "./ledger.ts";

export const VERSIONS_SCHEMA: Schema = {
  name: "versions",
  migrations: [
    `CREATE TABLE versions (
      article_id TEXT NOT NULL,
      revision INTEGER NOT NULL,
      announced_ms INTEGER NOT NULL,
      live INTEGER NOT NULL,
      article TEXT NOT NULL,
      PRIMARY KEY (article_id, revision)
    ) WITHOUT ROWID`,
  ],
};

const former = rowOf({
  revision: integer("revision"),
  announcedMs: integer("announced_ms"),
  live: flag("live"),
  article: json<Article>("article"),
});
type Former = ReturnType<typeof former>;

/** A version without the address of the article's page, which the channel does not know. */
export type StoredVersion = Omit<ArticleVersion, "article"> & { article: Article };

/**
 * What the ledger's articles were before. The latest version is in the ledger, so that an article which never changes has no
 * row here.
 */
export class VersionStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Keeps what the ledger has of an article, which is about to change: one row written. The oldest version goes. */
  keep(articleId: string): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO versions (article_id, revision, announced_ms, live, article)
        SELECT id, revision, changed_ms, live, article FROM articles WHERE id = ?`,
      articleId,
    );
    this.#sql.exec(
      `DELETE FROM versions WHERE article_id = ?1 AND revision <=
        (SELECT revision FROM articles WHERE id = ?1) - ?2`,
      articleId,
      LIMITS.VERSIONS_KEPT - 1,
    );
  }

  /** The former versions of an article, the latest first. */
  of(articleId: string): Former[] {
    const query =
      "SELECT revision, announced_ms, live, article FROM versions WHERE article_id = ? ORDER BY revision DESC LIMIT ?";
    return all(this.#sql, former, query, articleId, LIMITS.VERSIONS_KEPT);
  }

  /** One of them; null if it is not kept. */
  at(articleId: string, revision: number): Former | null {
    const query =
      "SELECT revision, announced_ms, live, article FROM versions WHERE article_id = ? AND revision = ?";
    return first(this.#sql, former, query, articleId, revision);
  }
}

/** The versions of articles, for whoever may put one back. */
export class Versions extends RpcTarget {
  readonly #ledger: Ledger;
  readonly #store: VersionStore;

  constructor(ledger: Ledger, store: VersionStore) {
    super();
    this.#ledger = ledger;
    this.#store = store;
  }

  /** The latest versions of an article without their contents, the latest first; none if it was never announced. */
  of(articleId: string): StoredVersion[] {
    const current = this.#current(articleId);
    if (!current) return [];
    return [current, ...this.#store.of(articleId).map(shown)].map((version) => ({
      ...version,
      article: withoutContent(version.article),
    }));
  }

  /** One version as it was; null if it is not kept. */
  at(articleId: string, revision: number): StoredVersion | null {
    const current = this.#current(articleId);
    if (current?.revision === revision) return current;
    const found = this.#store.at(articleId, revision);
    return found && shown(found);
  }

  #current(articleId: string): StoredVersion | null {
    const entry = this.#ledger.entry(articleId);
    if (!entry) return null;
    const { revision, changed_ms } = entry.place;
    return {
      revision,
      announced_at: rfc3339(changed_ms),
      withdrawn: !entry.live,
      current: true,
      article: entry.article,
    };
  }
}

const shown = ({ revision, announcedMs, live, article }: Former): StoredVersion => ({
  revision,
  announced_at: rfc3339(announcedMs),
  withdrawn: !live,
  current: false,
  article,
});
