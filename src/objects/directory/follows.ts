import { LIMITS } from "../../model/limits.ts";
import type { Source } from "../../model/source.ts";
import { pageOf } from "../kit/page.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS sources (
    id TEXT NOT NULL,
    organization TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (id, organization)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS sources_of ON sources (organization);
  CREATE TABLE IF NOT EXISTS untold_sources (id TEXT PRIMARY KEY) WITHOUT ROWID;`;

/** In the place of an organization: no slug is empty. */
const WHOLE_SERVICE = "";

/** The SQL of which feeds are followed, and for whom; and which followers do not know it yet. */
export class Follows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** Takes what an organization names now. The sources that come or go are to be told. */
  follow(organization: string, sources: readonly Pick<Source, "id" | "url">[]): void {
    const before = this.#ids(organization);
    const after = new Set(sources.map(({ id }) => id));
    for (const id of before) if (!after.has(id)) this.unfollow(id, organization);
    for (const { id, url } of sources) if (!before.includes(id)) this.#add(id, organization, url);
  }

  /** Adds a source of the whole service. False when there are as many as there may be. */
  add({ id, url }: Pick<Source, "id" | "url">): boolean {
    const ids = this.#ids(WHOLE_SERVICE);
    if (ids.includes(id)) return true;
    if (ids.length >= LIMITS.SERVICE_SOURCES) return false;
    this.#add(id, WHOLE_SERVICE, url);
    return true;
  }

  #add(id: string, organization: string, url: string): void {
    this.#sql.exec("INSERT INTO sources (id, organization, url) VALUES (?, ?, ?)", id, organization, url);
    this.#sql.exec("INSERT OR IGNORE INTO untold_sources (id) VALUES (?)", id);
  }

  /** Ends it for an organization, or else for the whole service. */
  unfollow(id: string, organization = WHOLE_SERVICE): void {
    this.#sql.exec("DELETE FROM sources WHERE id = ? AND organization = ?", id, organization);
    this.#sql.exec("INSERT OR IGNORE INTO untold_sources (id) VALUES (?)", id);
  }

  #ids(organization: string): string[] {
    const rows = this.#sql.exec<{ id: string }>(
      "SELECT id FROM sources WHERE organization = ?",
      organization,
    );
    return rows.toArray().map(({ id }) => id);
  }

  /** A source; null when nobody names it. */
  source(id: string): Source | null {
    const rows = this.#sql
      .exec<{ organization: string; url: string }>(
        "SELECT organization, url FROM sources WHERE id = ? ORDER BY organization",
        id,
      )
      .toArray();
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

  /** A page of the sources, of one organization or of all, in the order of their ids. */
  page(organization: string | null, cursor: string | null): { sources: Source[]; cursor: string | null } {
    const rows = this.#sql
      .exec<{ id: string }>(
        "SELECT DISTINCT id FROM sources WHERE id > ?1 AND (?2 IS NULL OR organization = ?2) ORDER BY id LIMIT ?3",
        cursor ?? "",
        organization,
        LIMITS.SOURCES_PAGE + 1,
      )
      .toArray();
    const { items, cursor: next } = pageOf(rows, ({ id }) => id, LIMITS.SOURCES_PAGE);
    return { sources: items.flatMap(({ id }) => this.source(id) ?? []), cursor: next };
  }

  /** Sources that are still to be told what is said of them: as many as are told in one go. */
  untold(): string[] {
    const rows = this.#sql.exec<{ id: string }>("SELECT id FROM untold_sources LIMIT ?", LIMITS.SOURCES_PAGE);
    return rows.toArray().map(({ id }) => id);
  }

  /** It knows what is said of it. */
  told(id: string): void {
    this.#sql.exec("DELETE FROM untold_sources WHERE id = ?", id);
  }
}
