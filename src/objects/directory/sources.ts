import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Source, sourceId } from "../../model/source.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import { pageOf } from "../kit/page.ts";
import { all, rowOf, type Schema, text } from "../kit/sql.ts";
import { followerOf } from "../stubs.ts";
import type { WatchStore } from "./watchdog.ts";

export const SOURCES_SCHEMA: Schema = {
  name: "sources",
  migrations: [
    `CREATE TABLE IF NOT EXISTS sources (
      id TEXT NOT NULL,
      organization TEXT NOT NULL,
      url TEXT NOT NULL,
      PRIMARY KEY (id, organization)
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS sources_of ON sources (organization);
    DROP TABLE IF EXISTS untold_sources;`, // the outbox replaces it; a woken follower asks for missed changes
  ],
};

/** Stands for an organization; no slug is empty. */
const WHOLE_SERVICE = "";

const follow = rowOf({ organization: text("organization"), url: text("url") });

/** The SQL of followed feeds. Each change adds an outbox entry for the follower. */
export class SourceStore {
  readonly #sql: SqlStorage;
  readonly #outbox: Outbox;
  readonly #watched: WatchStore;

  constructor(sql: SqlStorage, outbox: Outbox, watched: WatchStore) {
    this.#sql = sql;
    this.#outbox = outbox;
    this.#watched = watched;
  }

  /** Replaces the sources of an organization. */
  follow(organization: string, sources: readonly Pick<Source, "id" | "url">[]): void {
    const before = this.#ids(organization);
    const after = new Set(sources.map(({ id }) => id));
    for (const id of before) if (!after.has(id)) this.remove(id, organization);
    for (const { id, url } of sources) if (!before.includes(id)) this.#add(id, organization, url);
  }

  /** Adds a source of the whole service. False if the limit is reached. */
  add({ id, url }: Pick<Source, "id" | "url">): boolean {
    const ids = this.#ids(WHOLE_SERVICE);
    if (ids.includes(id)) return true;
    if (ids.length >= LIMITS.SERVICE_SOURCES) return false;
    this.#add(id, WHOLE_SERVICE, url);
    return true;
  }

  #add(id: string, organization: string, url: string): void {
    this.#sql.exec("INSERT INTO sources (id, organization, url) VALUES (?, ?, ?)", id, organization, url);
    this.#watched.watch({ kind: "follower", name: id }, Date.now());
    this.#outbox.addOnce([`follower:${id}`], "describe");
  }

  /** Removes a source of an organization, or of the whole service. */
  remove(id: string, organization = WHOLE_SERVICE): void {
    this.#sql.exec("DELETE FROM sources WHERE id = ? AND organization = ?", id, organization);
    this.#outbox.addOnce([`follower:${id}`], "describe");
  }

  #ids(organization: string): string[] {
    return all(this.#sql, text("id"), "SELECT id FROM sources WHERE organization = ?", organization);
  }

  /** A source; null if it is not followed. */
  find(id: string): Source | null {
    const query = "SELECT organization, url FROM sources WHERE id = ? ORDER BY organization";
    const rows = all(this.#sql, follow, query, id);
    const [first] = rows;
    if (!first) return null;
    const names = rows.map(({ organization }) => organization);
    return {
      id,
      url: first.url,
      organizations: names.filter((name) => name !== WHOLE_SERVICE),
      whole_service: names.includes(WHOLE_SERVICE),
    };
  }

  /** A page of sources ordered by id, of one organization or of all. */
  page(organization: string | null, cursor: string | null): { sources: Source[]; cursor: string | null } {
    const of = organization === null ? "" : "organization = ? AND";
    const rows = all(
      this.#sql,
      text("id"),
      `SELECT DISTINCT id FROM sources WHERE ${of} id > ? ORDER BY id LIMIT ?`,
      ...(organization === null ? [] : [organization]),
      cursor ?? "",
      LIMITS.SOURCES_PAGE + 1,
    );
    const { items, cursor: next } = pageOf(rows, (id) => id, LIMITS.SOURCES_PAGE);
    return { sources: items.flatMap((id) => this.find(id) ?? []), cursor: next };
  }
}

/** Sends a source to its follower, or null if it is no longer followed. */
export const followerRelay = (
  env: Bindings,
  find: (id: string) => Source | null,
  watched: WatchStore,
): Relay => ({
  most: 100,
  async hand(id, entries) {
    await followerOf(env, id).source.follow(find(id));
    if (find(id)) watched.expect([id], Date.now());
    else watched.unwatch([id]);
    return entries.length;
  },
});

/** The followed feeds, and for which organizations. */
export class Sources extends RpcTarget {
  readonly #store: SourceStore;
  readonly #alarm: Alarm;
  readonly #outbox: Outbox;

  constructor(store: SourceStore, alarm: Alarm, outbox: Outbox) {
    super();
    this.#store = store;
    this.#alarm = alarm;
    this.#outbox = outbox;
  }

  /** Follows a feed for the whole service. Null if the limit is reached. */
  async follow(url: string): Promise<Source | null> {
    const id = await sourceId(url);
    if (!this.#store.add({ id, url })) return null;
    await this.#tell(id);
    return this.#store.find(id);
  }

  /** Stops following a feed for the whole service. False if it was not followed. */
  async unfollow(id: string): Promise<boolean> {
    if (!this.#store.find(id)?.whole_service) return false;
    this.#store.remove(id);
    await this.#tell(id);
    return true;
  }

  async #tell(id: string): Promise<void> {
    await this.#alarm.arm();
    await this.#outbox.runNow(`follower:${id}`);
  }

  /** A followed feed, and for which organizations; null if it is not followed. */
  async get(id: string): Promise<Source | null> {
    return this.#store.find(id);
  }

  /** A page of followed feeds, of one organization or of all. */
  async page(
    organization: string | null,
    cursor: string | null,
  ): Promise<{ sources: Source[]; cursor: string | null }> {
    return this.#store.page(organization, cursor);
  }
}
