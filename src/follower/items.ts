import type { Draft } from "../intake/upstream/article.ts";
import type { Candidate, Known, News } from "../intake/upstream/news.ts";
import type { NamedFields } from "../model/article.ts";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS, rfc3339 } from "../model/time.ts";
import {
  addColumn,
  all,
  exists,
  first,
  flag,
  integer,
  json,
  listsOf,
  nullable,
  type Reader,
  rowOf,
  type Schema,
  text,
} from "../objects/kit/sql.ts";
import type { Origin } from "./article-ids.ts";

/** `ours` was used before 26 November 2026: the article was offered under `article_id`. */
export const ITEMS_SCHEMA: Schema = {
  name: "items",
  migrations: [
    `CREATE TABLE IF NOT EXISTS items (
    key TEXT PRIMARY KEY,
    link TEXT,
    content TEXT,
    version TEXT NOT NULL,
    article_id TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    seen_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    ours INTEGER NOT NULL DEFAULT 0,
    quiet INTEGER NOT NULL DEFAULT 0,
    fields TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS items_by_link ON items (link);
  CREATE INDEX IF NOT EXISTS items_by_content ON items (content);
  CREATE INDEX IF NOT EXISTS items_by_state ON items (state, first_seen_ms);
  CREATE INDEX IF NOT EXISTS items_by_seen ON items (seen_ms);`,
    addColumn("items", "origin", "TEXT"),
    addColumn("items", "offered", "TEXT NOT NULL DEFAULT '[]'"),
    addColumn("items", "joining", "INTEGER NOT NULL DEFAULT 0"),
    "CREATE INDEX IF NOT EXISTS items_by_origin ON items (origin); CREATE INDEX IF NOT EXISTS items_by_article ON items (article_id)",
    // How often its publication has failed: what fails goes last, and does not hold up the rest.
    addColumn("items", "attempts", "INTEGER NOT NULL DEFAULT 0"),
    "CREATE INDEX items_waiting ON items (state, attempts, first_seen_ms); DROP INDEX items_by_state",
    // How many there are is asked with each poll and wherever the source is shown, and a COUNT reads each.
    `CREATE TABLE item_counts (state TEXT PRIMARY KEY, items INTEGER NOT NULL) WITHOUT ROWID;
    INSERT INTO item_counts (state, items) VALUES ('waiting', 0), ('published', 0), ('passed-over', 0), ('elsewhere', 0),
      ('withdrawn', 0), ('unattributed', 0), ('refused', 0);
    UPDATE item_counts SET items = (SELECT COUNT(*) FROM items WHERE items.state = item_counts.state);
    CREATE TRIGGER items_added AFTER INSERT ON items BEGIN
      UPDATE item_counts SET items = items + 1 WHERE state = NEW.state;
    END;
    CREATE TRIGGER items_changed AFTER UPDATE OF state ON items WHEN OLD.state <> NEW.state BEGIN
      UPDATE item_counts SET items = items + 1 WHERE state = NEW.state;
      UPDATE item_counts SET items = items - 1 WHERE state = OLD.state;
    END;
    CREATE TRIGGER items_removed AFTER DELETE ON items BEGIN
      UPDATE item_counts SET items = items - 1 WHERE state = OLD.state;
    END;`,
  ],
};

/**
 * The state of an item. `waiting`: to be published; `passed-over`: too old at the first poll; `elsewhere`: another
 * source published it; `withdrawn`: withdrawn here, and stays so; `unattributed`: no organization was found in it;
 * `refused`: it cannot be rendered.
 */
export type ItemState =
  | "waiting"
  | "published"
  | "passed-over"
  | "elsewhere"
  | "withdrawn"
  | "unattributed"
  | "refused";

/** The identity of an item's articles. */
export interface Named {
  origin: Origin;
  /** The id of the article that organizations share. */
  articleId: string;
}

/** Prefix of the version of an item that the next poll must handle again, even if it is unchanged. */
const RENEWED = "~";

/** A stored item. */
export interface KnownItem extends Known, Named {
  firstSeenMs: number;
  state: ItemState;
}

/** The fields to publish. The organizations are decided at publication. */
export type ItemFields = Draft & Pick<NamedFields, "published_at" | "published_precision">;

/** An item that waits to be published. */
export interface WaitingItem extends Named {
  key: string;
  fields: ItemFields;
  /** Webhooks are not notified. */
  quiet: boolean;
  /** The content is unchanged: publish it only for organizations that have joined the source since. */
  joining: boolean;
  /** The ids under which this source has published it before: they belong to this source. */
  offered: string[];
}

/** An item from an older version has no stored origin: its link or its id is used instead. */
const originOf: Reader<Origin> = (row) =>
  nullable("origin", json<Origin>)(row) ??
  (row.link ? { link: text("link")(row) } : { source: "", key: text("article_id")(row) });

const item = rowOf<KnownItem>({
  key: text("key"),
  link: nullable("link", text),
  content: nullable("content", text),
  version: text("version"),
  articleId: text("article_id"),
  origin: originOf,
  firstSeenMs: integer("first_seen_ms"),
  state: text("state") as Reader<ItemState>,
});

const waitingItem = rowOf<WaitingItem>({
  key: text("key"),
  articleId: text("article_id"),
  origin: originOf,
  fields: json<ItemFields>("fields"),
  quiet: flag("quiet"),
  joining: flag("joining"),
  offered: (row) => [
    ...json<string[]>("offered")(row),
    ...(flag("ours")(row) ? [text("article_id")(row)] : []),
  ],
});

const count = rowOf({ state: text("state"), items: integer("items") });

/** The SQL of a source's items and their states. */
export class Items {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** The items that share a key, a link or the content with a candidate. */
  known(candidates: readonly Candidate[]): KnownItem[] {
    const found = new Map<string, KnownItem>();
    for (const name of ["key", "link", "content"] as const) {
      const query = `SELECT * FROM items WHERE ${name} IN (SELECT value FROM json_each(?))`;
      for (const list of listsOf(candidates.flatMap((candidate) => candidate[name] ?? []))) {
        for (const one of all(this.#sql, item, query, list)) found.set(one.key, one);
      }
    }
    return [...found.values()];
  }

  /**
   * Stores new and changed items. At the first poll all items are history: the newest are published without alerts, the
   * others are only remembered.
   * @param names the identities of the fresh candidates
   */
  take(
    { fresh, changed, standing }: News<KnownItem>,
    names: readonly Named[],
    first: boolean,
    nowMs: number,
  ): void {
    const taken = new Set(first ? newest(fresh, LIMITS.SOURCE_FIRST_ITEMS) : fresh);
    for (const [index, candidate] of fresh.entries()) {
      // Items without a date keep the order of the feed.
      const named = names[index];
      if (!named) continue;
      const item = { ...named, firstSeenMs: nowMs - index * 1_000 };
      const state = taken.has(candidate) ? "waiting" : "passed-over";
      this.#put(candidate, item, { state, quiet: first, joining: false }, nowMs);
    }
    for (const { candidate, known } of changed) {
      if (known.key !== candidate.key)
        this.#sql.exec("UPDATE items SET key = ? WHERE key = ?", candidate.key, known.key);
      // An item with only a new key has nothing to publish.
      const same = known.version === candidate.version;
      const state = same || known.state === "passed-over" ? known.state : "waiting";
      const quiet = first || known.state === "unattributed";
      const joining = same || known.version === RENEWED + candidate.version;
      this.#put(candidate, known, { state, quiet, joining }, nowMs);
    }
    // Once in a day: a busy feed is another at each poll, and each of its items would be two rows written.
    for (const keys of listsOf(standing.map(({ key }) => key))) {
      this.#sql.exec(
        "UPDATE items SET seen_ms = ? WHERE key IN (SELECT value FROM json_each(?)) AND seen_ms < ?",
        nowMs,
        keys,
        nowMs - DAY_MS,
      );
    }
    this.#forget(fresh.length + changed.length + standing.length, nowMs);
  }

  #put(
    candidate: Candidate,
    item: Pick<KnownItem, "articleId" | "origin" | "firstSeenMs">,
    { state, quiet, joining }: { state: ItemState; quiet: boolean; joining: boolean },
    nowMs: number,
  ): void {
    const { key, link, content, version } = candidate;
    this.#sql.exec(
      `INSERT INTO items (key, link, content, version, article_id, first_seen_ms, seen_ms, state, quiet, fields, origin,
          joining)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
        ON CONFLICT (key) DO UPDATE SET link = ?2, content = ?3, version = ?4, seen_ms = ?7, state = ?8, attempts = 0,
          quiet = CASE WHEN state = 'waiting' THEN quiet ELSE ?9 END, fields = ?10,
          joining = CASE WHEN state = 'waiting' THEN MIN(joining, ?12) ELSE ?12 END`,
      key,
      link,
      content,
      version,
      item.articleId,
      item.firstSeenMs,
      nowMs,
      state,
      quiet ? 1 : 0,
      state === "waiting" ? JSON.stringify(fieldsOf(candidate, item.firstSeenMs)) : null,
      JSON.stringify(item.origin),
      joining ? 1 : 0,
    );
  }

  /**
   * Deletes the items that left the feed longest ago, beyond a limit.
   * @param standing how many stand in the feed, and were seen within a day
   */
  #forget(standing: number, nowMs: number): void {
    const counted = first(this.#sql, integer("items"), "SELECT SUM(items) AS items FROM item_counts") ?? 0;
    const excess = counted - standing - LIMITS.SOURCE_REMEMBERED_ITEMS;
    if (excess <= 0) return;
    this.#sql.exec(
      `DELETE FROM items WHERE key IN (SELECT key FROM items WHERE seen_ms < ? AND state <> 'waiting'
        ORDER BY seen_ms LIMIT ?)`,
      nowMs - DAY_MS,
      excess,
    );
  }

  /**
   * Whether another item already uses this origin: one that once had the same link or key.
   * @param ids the article ids made from the origin
   */
  isNamedBy(origin: Origin, ids: readonly string[]): boolean {
    return exists(
      this.#sql,
      `SELECT 1 FROM items WHERE origin = ?1
        OR (origin IS NULL AND article_id IN (SELECT value FROM json_each(?2))) LIMIT 1`,
      JSON.stringify(origin),
      JSON.stringify(ids),
    );
  }

  /**
   * Waiting items, those that failed last and the oldest first: as many as one alarm may publish, either all quiet or
   * none.
   */
  waiting(): WaitingItem[] {
    const query = "SELECT * FROM items WHERE state = 'waiting' ORDER BY attempts, first_seen_ms LIMIT ?";
    const items = all(this.#sql, waitingItem, query, LIMITS.SOURCE_ARTICLES);
    return items.filter(({ quiet }) => quiet === items[0]?.quiet);
  }

  /** Records the ids before publication: the articles with these ids belong to this source. */
  offer(offers: ReadonlyMap<WaitingItem, readonly { input: { id: string } }[]>): void {
    for (const [{ key, offered }, some] of offers) {
      const ids = new Set([...offered, ...some.map(({ input }) => input.id)]);
      if (ids.size > offered.length)
        this.#sql.exec("UPDATE items SET offered = ? WHERE key = ?", JSON.stringify([...ids]), key);
    }
  }

  /** Stores the final state of an item, unless it has changed since. The next poll tries an unattributed one again. */
  settle({ key, fields }: WaitingItem, state: ItemState): void {
    this.#sql.exec(
      `UPDATE items SET state = ?1, fields = NULL, version = CASE WHEN ?1 = 'unattributed' THEN '' ELSE version END
        WHERE key = ?2 AND state = 'waiting' AND fields = ?3`,
      state,
      key,
      JSON.stringify(fields),
    );
  }

  /** Puts an item whose publication has failed behind the others. */
  putOff({ key }: WaitingItem): void {
    this.#sql.exec("UPDATE items SET attempts = attempts + 1 WHERE key = ?", key);
  }

  /** Replaces an item's fields with fewer ones, for another attempt. */
  reduce({ key, fields }: WaitingItem, less: ItemFields): void {
    this.#sql.exec(
      "UPDATE items SET fields = ? WHERE key = ? AND fields = ?",
      JSON.stringify(less),
      key,
      JSON.stringify(fields),
    );
  }

  /** Makes the next poll handle every published item again, for organizations that have joined the source. */
  renew(): void {
    this.#sql.exec(
      `UPDATE items SET version = ?1 || version
        WHERE state IN ('published', 'elsewhere') AND substr(version, 1, 1) <> ?1`,
      RENEWED,
    );
  }

  /** How many items there are in each state. */
  counts(): Partial<Record<ItemState, number>> {
    const rows = all(this.#sql, count, "SELECT state, items FROM item_counts WHERE items > 0");
    return Object.fromEntries(rows.map(({ state, items }) => [state, items]));
  }

  /** Whether an item waits to be published. */
  isWaiting(): boolean {
    return exists(this.#sql, "SELECT 1 FROM items WHERE state = 'waiting' LIMIT 1");
  }
}

/** The newest candidates. Candidates without a date count as newest, in the order of the feed. */
function newest(candidates: readonly Candidate[], most: number): Candidate[] {
  const time = ({ date }: Candidate) => date?.ms ?? Number.MAX_SAFE_INTEGER;
  return [...candidates].sort((a, b) => time(b) - time(a)).slice(0, most);
}

/**
 * A future date cannot be the date of publication of an item that is already in the feed. An item without a date gets
 * the time when it was first seen.
 */
function fieldsOf({ draft, date }: Candidate, firstSeenMs: number): ItemFields {
  const published_at = rfc3339(Math.min(date?.ms ?? firstSeenMs, firstSeenMs));
  const precision = date === null ? "undated" : date.ms > firstSeenMs ? "time" : date.precision;
  return { ...draft, published_at, ...(precision === "time" ? {} : { published_precision: precision }) };
}
