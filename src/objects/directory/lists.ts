import type { Bindings } from "../../env.ts";
import { configuration } from "../../env.ts";
import { opmlDocument } from "../../feeds/opml.ts";
import { etagOf } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import { INDEX_PATH, OPML_PATH, writeDocument } from "../../store/documents.ts";
import { isUsedUp } from "../../store/quota.ts";
import type { Duty } from "../kit/alarm.ts";
import { first, integer, nullable, rowOf, type Schema } from "../kit/sql.ts";
import type { ServiceHealth } from "./health.ts";
import type { OrganizationStore } from "./organization-store.ts";

export const LISTS_SCHEMA: Schema = {
  name: "lists",
  migrations: [
    // Stores from before 26 November 2026 do not record whether the lists are published: publish them again.
    `CREATE TABLE lists (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      changes INTEGER NOT NULL,
      changed_ms INTEGER
    );
    INSERT INTO lists (id, changes, changed_ms) VALUES (1, 0, 0);`,
  ],
};

/** The list of organizations for pages. Unlisted ones appear with their slugs only. */
export interface Index {
  organizations: Organization[];
  unlisted: string[];
}

/** The lists of organizations in KV, published a second after the first change. */
export class Lists implements Duty {
  readonly name = "publish-lists";
  readonly #env: Bindings;
  readonly #sql: SqlStorage;
  readonly #store: OrganizationStore;
  readonly #health: ServiceHealth;

  constructor(env: Bindings, sql: SqlStorage, store: OrganizationStore, health: ServiceHealth) {
    this.#env = env;
    this.#sql = sql;
    this.#store = store;
    this.#health = health;
  }

  /** Marks the lists as changed. */
  changed(nowMs: number): void {
    this.#sql.exec("UPDATE lists SET changes = changes + 1, changed_ms = COALESCE(changed_ms, ?)", nowMs);
  }

  dueMs(): number | null {
    const query = "SELECT changed_ms FROM lists";
    const changedMs = first(this.#sql, nullable("changed_ms", integer), query);
    return changedMs === null ? null : changedMs + LIMITS.PUBLISH_QUIET_MS;
  }

  /** Costs two KV writes. The next run publishes changes made in the meantime. */
  async run(nowMs: number): Promise<void> {
    const changes = first(this.#sql, rowOf({ changes: integer("changes") }), "SELECT changes FROM lists");
    const { organizations: all } = this.#store.page(null, Number.MAX_SAFE_INTEGER);
    const organizations = all.filter(({ unlisted }) => !unlisted);
    const unlisted = all.filter((organization) => organization.unlisted).map(({ slug }) => slug);
    const changedMs = this.#store.changedMs();
    await this.#write(INDEX_PATH, JSON.stringify({ organizations, unlisted } satisfies Index), changedMs);
    const opml = opmlDocument(organizations, configuration(this.#env).site, changedMs);
    await this.#write(OPML_PATH, opml, changedMs);
    this.#sql.exec(
      "UPDATE lists SET changed_ms = CASE WHEN changes = ? THEN NULL ELSE ? END",
      changes?.changes ?? 0,
      nowMs,
    );
  }

  async #write(path: string, body: string, changedMs: number): Promise<void> {
    await writeDocument(this.#env.DOCUMENTS, path, body, {
      etag: await etagOf(body),
      last_modified: Math.floor(changedMs / 1000),
      max_age: LIMITS.PAGE_MAX_AGE_SECONDS,
      archive: 0,
      history: "",
    }).catch((error: unknown) => {
      if (isUsedUp(error)) this.#health.refused("kv-writes", String(error));
      throw error;
    });
  }
}
