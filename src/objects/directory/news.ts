import { RpcTarget } from "cloudflare:workers";
import { type Headline, newestOf } from "../../model/headline.ts";
import { LIMITS } from "../../model/limits.ts";
import { integer, json, rowOf, type Schema } from "../kit/sql.ts";
import { isShown, type OrganizationStore } from "./organization-store.ts";

export const NEWS_SCHEMA: Schema = {
  name: "news",
  migrations: [
    `CREATE TABLE news (
      organization TEXT PRIMARY KEY,
      newest_ms INTEGER NOT NULL,
      headlines TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX news_newest ON news (newest_ms);`,
  ],
};

const newsRow = rowOf({ newestMs: integer("newest_ms"), headlines: json<Headline[]>("headlines") });

/** The SQL of headlines. */
export class NewsStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Removes the headlines of an organization. */
  remove(organization: string): void {
    this.#sql.exec("DELETE FROM news WHERE organization = ?", organization);
  }

  /** Replaces the headlines of an organization. */
  put(organization: string, headlines: readonly Headline[]): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO news (organization, newest_ms, headlines) VALUES (?, ?, ?)",
      organization,
      Math.max(...headlines.map(({ published_at }) => Date.parse(published_at))),
      JSON.stringify(headlines),
    );
  }

  /**
   * The newest headlines of all organizations. Reads a row for each organization that has one of them, and one more: those
   * whose newest is older cannot.
   */
  latest(): Headline[] {
    let found: Headline[] = [];
    const query =
      "SELECT newest_ms, headlines FROM news WHERE newest_ms <= ? ORDER BY newest_ms DESC LIMIT ?";
    const cursor = this.#sql.exec(query, Number.MAX_SAFE_INTEGER, LIMITS.FEED_ITEMS);
    for (const raw of cursor) {
      const { newestMs, headlines } = newsRow(raw);
      const oldest = found[LIMITS.FEED_ITEMS - 1];
      if (oldest && newestMs < Date.parse(oldest.published_at)) break;
      found = newestOf([...found, ...headlines], LIMITS.FEED_ITEMS);
    }
    return found;
  }
}

/** The headlines of every organization's feed, of which the newest make the feed of the service. */
export class News extends RpcTarget {
  readonly #news: NewsStore;
  readonly #organizations: OrganizationStore;

  constructor(news: NewsStore, organizations: OrganizationStore) {
    super();
    this.#news = news;
    this.#organizations = organizations;
  }

  /**
   * Replaces the headlines of an organization; none removes them, and so does one that is not shown any more, of which its
   * channel may not know yet. Costs one row and its index.
   */
  async put(slug: string, headlines: Headline[]): Promise<void> {
    const entry = this.#organizations.find(slug);
    if (headlines.length > 0 && entry && isShown(entry)) this.#news.put(slug, headlines);
    else this.#news.remove(slug);
  }

  /** The newest headlines of all organizations. */
  async latest(): Promise<Headline[]> {
    return this.#news.latest();
  }
}
