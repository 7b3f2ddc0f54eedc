import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import { pageOf } from "../kit/page.ts";
import { all, first, flag, integer, json, nullable, rowOf, type Schema, text } from "../kit/sql.ts";

export const ORGANIZATIONS_SCHEMA: Schema = {
  name: "organizations",
  migrations: [
    `CREATE TABLE IF NOT EXISTS organizations (
      slug TEXT PRIMARY KEY,
      organization TEXT NOT NULL,
      closed INTEGER NOT NULL,
      changed_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    `ALTER TABLE organizations ADD COLUMN id TEXT NOT NULL DEFAULT '';
    ALTER TABLE organizations ADD COLUMN names_version INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX organizations_names ON organizations (names_version);
    CREATE TABLE names (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL);`,
    (sql) => {
      const slugs = all(sql, text("slug"), "SELECT slug FROM organizations ORDER BY slug");
      for (const [index, slug] of slugs.entries()) {
        const update = "UPDATE organizations SET id = ?, names_version = ? WHERE slug = ?";
        sql.exec(update, randomId("org_"), index + 1, slug);
      }
      sql.exec("INSERT INTO names (id, epoch) VALUES (1, ?)", randomId(""));
    },
    `ALTER TABLE organizations ADD COLUMN place INTEGER;
    UPDATE organizations SET place = numbered.place
      FROM (SELECT slug, ROW_NUMBER() OVER (ORDER BY slug) AS place FROM organizations) AS numbered
      WHERE numbered.slug = organizations.slug;
    CREATE UNIQUE INDEX organizations_places ON organizations (place);
    CREATE INDEX organizations_vacant ON organizations (place) WHERE closed AND place IS NOT NULL;
    CREATE INDEX organizations_open ON organizations (slug) WHERE NOT closed;`,
    `CREATE TABLE addresses (address TEXT PRIMARY KEY, slug TEXT NOT NULL) WITHOUT ROWID`,
  ],
};

/** A stored organization, open or closed, and when it changed. */
export interface Entry {
  organization: Organization;
  closed: boolean;
  changedMs: number;
}

/** An entry with the organization's id. A slug that is reused after a deletion gets a new id. */
export interface Identified extends Entry {
  id: string;
}

/** The names of one organization for attribution. */
export type Named = Pick<Organization, "slug" | "name" | "aliases">;

/** The organizations whose names changed after a version, in the order of the changes. */
export interface NameChanges {
  /** The version for the next call. */
  version: string;
  /** True if this is the first part of all names: discard the index. */
  restarted: boolean;
  named: Named[];
  /** The slugs that are no longer found, because they were closed or unlisted. */
  gone: string[];
  /** Whether there are more. */
  more: boolean;
}

const COLUMNS = "id, organization, closed, changed_ms";
const identified = rowOf({
  id: text("id"),
  organization: json<Organization>("organization"),
  closed: flag("closed"),
  changedMs: integer("changed_ms"),
});

/** The SQL of organizations. */
export class OrganizationStore {
  readonly #sql: SqlStorage;
  readonly #epoch: string;
  #namesVersion: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#epoch = first(sql, text("epoch"), "SELECT epoch FROM names") ?? "";
    const newest = "SELECT names_version FROM organizations ORDER BY names_version DESC LIMIT 1";
    this.#namesVersion = first(sql, integer("names_version"), newest) ?? 0;
  }

  /** Grows whenever attribution changes: an organization was added, closed, or changed its names. */
  get namesVersion(): number {
    return this.#namesVersion;
  }

  /** Adds or updates an organization. A new or reopened one gets a new id. */
  put({ organization, closed, changedMs }: Entry): void {
    const before = this.find(organization.slug);
    const id = before && (closed || !before.closed) ? before.id : randomId("org_");
    const place = this.place(organization.slug) ?? (closed ? null : this.#nextPlace());
    const renamed = !before || namesOf(before) !== namesOf({ organization, closed });
    this.#sql.exec(
      `INSERT INTO organizations (slug, id, organization, closed, changed_ms, names_version, place)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?8)
        ON CONFLICT (slug) DO UPDATE SET id = ?2, organization = ?3, closed = ?4, changed_ms = ?5,
          names_version = CASE WHEN ?7 THEN ?6 ELSE names_version END, place = ?8`,
      organization.slug,
      id,
      JSON.stringify(organization),
      closed ? 1 : 0,
      changedMs,
      renamed ? ++this.#namesVersion : this.#namesVersion,
      renamed ? 1 : 0,
      place,
    );
  }

  /** The first of an organization's names that is another's, or leads to another; null if there is none. */
  taken(organization: Organization): string | null {
    const { slug } = organization;
    const query = `SELECT value AS name FROM json_each(?1) WHERE
      EXISTS (SELECT 1 FROM organizations WHERE slug = value AND slug <> ?2)
      OR EXISTS (SELECT 1 FROM addresses WHERE address = value AND slug <> ?2) LIMIT 1`;
    return first(this.#sql, text("name"), query, JSON.stringify(namesIn(organization)), slug);
  }

  /** Records the names under which an organization is and was found. None is ever given to another. */
  hold(organization: Organization): void {
    const names = namesIn(organization).filter((name) => name !== organization.slug);
    if (names.length === 0) return;
    this.#sql.exec(
      "INSERT OR IGNORE INTO addresses (address, slug) SELECT value, ?2 FROM json_each(?1)",
      JSON.stringify(names),
      organization.slug,
    );
  }

  /** The organizations, open or closed, with these slugs or addresses, by the name that was asked for. */
  named(names: readonly string[]): Map<string, Identified> {
    const leads = all(
      this.#sql,
      rowOf({ address: text("address"), slug: text("slug") }),
      "SELECT address, slug FROM addresses WHERE address IN (SELECT value FROM json_each(?))",
      JSON.stringify(names),
    );
    const slugs = new Map(leads.map(({ address, slug }) => [address, slug]));
    const found = new Map(
      this.some(names.map((name) => slugs.get(name) ?? name)).map((one) => [one.organization.slug, one]),
    );
    return new Map(
      names.flatMap((name) => {
        const one = found.get(slugs.get(name) ?? name);
        return one ? [[name, one] as const] : [];
      }),
    );
  }

  /** An organization's place in the lists, from 1; null if it has none. */
  place(slug: string): number | null {
    const query = "SELECT place FROM organizations WHERE slug = ?";
    return first(this.#sql, rowOf({ place: nullable("place", integer) }), query, slug)?.place ?? null;
  }

  /** The last place that an organization has; 0 if there is none. */
  lastPlace(): number {
    const query = "SELECT place FROM organizations WHERE place IS NOT NULL ORDER BY place DESC LIMIT 1";
    return first(this.#sql, integer("place"), query) ?? 0;
  }

  /** The place for a new organization: one that a closed organization had, which gives it up, or a new one. */
  #nextPlace(): number {
    const query = `SELECT slug, place FROM organizations WHERE closed AND place IS NOT NULL
      ORDER BY place LIMIT 1`;
    const vacant = first(this.#sql, rowOf({ slug: text("slug"), place: integer("place") }), query);
    if (!vacant) return this.lastPlace() + 1;
    this.#sql.exec("UPDATE organizations SET place = NULL WHERE slug = ?", vacant.slug);
    return vacant.place;
  }

  /** The organizations with a place from `from` up to, but not including, `to`, ordered by slug. */
  placed(from: number, to: number): Entry[] {
    const query = `SELECT ${COLUMNS} FROM organizations WHERE place >= ? AND place < ?`;
    const found = all(this.#sql, identified, query, from, to);
    return found.sort((a, b) => (a.organization.slug < b.organization.slug ? -1 : 1));
  }

  /** Records a delayed KV write: KV may return the previous record for a minute from now. */
  touch(slug: string, nowMs: number): void {
    const update = "UPDATE organizations SET changed_ms = ?2 WHERE slug = ?1 AND changed_ms < ?2 - ?3";
    this.#sql.exec(update, slug, nowMs, LIMITS.RECORD_LATE_MS);
  }

  /** An organization, open or closed; null if the slug was never used. */
  find(slug: string): Identified | null {
    return first(this.#sql, identified, `SELECT ${COLUMNS} FROM organizations WHERE slug = ?`, slug);
  }

  /** An open organization; null if there is none. */
  open(slug: string): Organization | null {
    const entry = this.find(slug);
    return entry && !entry.closed ? entry.organization : null;
  }

  /** The given organizations, open or closed, by slug. */
  some(slugs: readonly string[]): Identified[] {
    return all(
      this.#sql,
      identified,
      `SELECT ${COLUMNS} FROM organizations WHERE slug IN (SELECT value FROM json_each(?)) ORDER BY slug`,
      JSON.stringify(slugs),
    );
  }

  /** The next organizations after a slug, open or closed. */
  after(slug: string, limit: number): Identified[] {
    const query = `SELECT ${COLUMNS} FROM organizations WHERE slug > ? ORDER BY slug LIMIT ?`;
    return all(this.#sql, identified, query, slug, limit);
  }

  /** The slugs of open organizations: all, or the first. */
  openSlugs(limit = -1): string[] {
    return all(
      this.#sql,
      text("slug"),
      "SELECT slug FROM organizations WHERE NOT closed ORDER BY slug LIMIT ?",
      limit,
    );
  }

  /** A page of open organizations ordered by slug, after a cursor: the last slug shown. */
  page(
    cursor: string | null,
    limit: number = LIMITS.PAGE_ITEMS,
  ): { organizations: Organization[]; cursor: string | null } {
    const rows = all(
      this.#sql,
      json<Organization>("organization"),
      "SELECT organization FROM organizations WHERE slug > ? AND NOT closed ORDER BY slug LIMIT ?",
      cursor ?? "",
      limit + 1,
    );
    const { items, cursor: next } = pageOf(rows, ({ slug }) => slug, limit);
    return { organizations: items, cursor: next };
  }

  /** The given slugs that do not exist; with `open`, also those of closed organizations. */
  unknown(slugs: readonly string[], open: boolean): string[] {
    return all(
      this.#sql,
      text("slug"),
      `SELECT value AS slug FROM json_each(?1) WHERE NOT EXISTS
        (SELECT 1 FROM organizations WHERE slug = value AND (NOT ?2 OR NOT closed))`,
      JSON.stringify(slugs),
      open ? 1 : 0,
    );
  }

  /** A bounded number of names that changed after a version; null if none did, without reading SQL. */
  namesSince(version: string | null): NameChanges | null {
    const [epoch, number] = (version ?? "").split(":");
    const restarted = epoch !== this.#epoch;
    const after = restarted ? 0 : Number(number);
    if (!restarted && after === this.#namesVersion) return null;
    const rows = all(
      this.#sql,
      rowOf({ ...NAMED, version: integer("names_version") }),
      `SELECT organization, closed, names_version FROM organizations
        WHERE names_version > ? ORDER BY names_version LIMIT ?`,
      after,
      LIMITS.NAMES_PER_CALL,
    );
    const more = rows.length === LIMITS.NAMES_PER_CALL;
    const found = rows.filter(isShown).map(({ organization: { slug, name, aliases } }) => ({
      slug,
      name,
      aliases,
    }));
    return {
      version: `${this.#epoch}:${more ? rows.at(-1)?.version : this.#namesVersion}`,
      restarted,
      named: found,
      gone: rows.filter((row) => !isShown(row)).map(({ organization }) => organization.slug),
      more,
    };
  }
}

const namesIn = ({ slug, address, former_addresses = [] }: Organization): string[] => [
  slug,
  ...(address ? [address] : []),
  ...former_addresses,
];

const NAMED = { organization: json<Organization>("organization"), closed: flag("closed") };

/** Whether lists and attribution show an organization. Nobody must discover unlisted ones. */
export const isShown = ({ organization, closed }: Pick<Entry, "organization" | "closed">): boolean =>
  !closed && !organization.unlisted;

const namesOf = (entry: Pick<Entry, "organization" | "closed">): string =>
  isShown(entry) ? JSON.stringify([entry.organization.name, ...entry.organization.aliases]) : "";
