import { first, integer, rowOf, type Schema, text } from "../../kit/sql.ts";

export const COVERAGE_SCHEMA: Schema = {
  name: "coverage",
  migrations: [
    `CREATE TABLE coverage (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      organization_id TEXT NOT NULL,
      version INTEGER NOT NULL
    )`,
  ],
};

/** That shared webhooks want the events of a channel. */
export interface Coverage {
  /** The organization's own id: a slug that is used again is another organization. */
  organizationId: string;
  /** Counted by the object of the shared webhooks: an older answer does not end a newer coverage. */
  version: number;
}

const coverage = rowOf<Coverage>({ organizationId: text("organization_id"), version: integer("version") });

/** Whether shared webhooks want a channel's events: one row, whatever their number, read when the object starts. */
export class CoverageStore {
  readonly #sql: SqlStorage;
  #known: Coverage | null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    const query = "SELECT organization_id, version FROM coverage WHERE id = 1";
    this.#known = first(sql, coverage, query);
  }

  /** Null if no shared webhook wants the events. */
  read(): Coverage | null {
    return this.#known;
  }

  /** Stores a coverage. One of the same organization is kept if it is newer. */
  set({ organizationId, version }: Coverage): void {
    const before = this.read();
    if (before?.organizationId === organizationId && before.version >= version) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO coverage (id, organization_id, version) VALUES (1, ?, ?)",
      organizationId,
      version,
    );
    this.#known = { organizationId, version };
  }

  /** Ends the coverage. */
  clear(): void {
    if (!this.read()) return;
    this.#sql.exec("DELETE FROM coverage");
    this.#known = null;
  }
}
