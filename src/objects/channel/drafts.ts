import { RpcTarget } from "cloudflare:workers";
import type { Draft, DraftInput, SavedBy } from "../../model/draft.ts";
import { LIMITS } from "../../model/limits.ts";
import { holds, type Precondition } from "../../model/precondition.ts";
import { rfc3339 } from "../../model/time.ts";
import { countRows, exists, first, integer, json, rowOf, rowsIn, type Schema, text } from "../kit/sql.ts";

export const DRAFTS_SCHEMA: Schema = {
  name: "drafts",
  migrations: [
    `CREATE TABLE drafts (
      id TEXT PRIMARY KEY,
      version TEXT NOT NULL,
      updated_ms INTEGER NOT NULL,
      draft TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX drafts_latest ON drafts (updated_ms, id);`,
    countRows("drafts"),
  ],
};

/** A draft and its version. */
export interface StoredDraft {
  draft: Draft;
  version: string;
}

/** What is to be saved. */
export interface Saving {
  id: string;
  input: DraftInput;
  version: string;
  by: SavedBy;
  /** Whether it must not exist yet. */
  isNew: boolean;
  precondition: Precondition | null;
}

/** What came of saving: `changed` if another version stands, with that version, `full` if there are too many drafts. */
export type Saved =
  | ({ state: "saved" } & StoredDraft)
  | { state: "changed"; version: string | null }
  | { state: "missing" }
  | { state: "full" };

/** Where a page ended: when its last draft was saved, and its id. */
const CURSOR = /^(\d{1,15})\.(\w+)$/;

const stored = rowOf<StoredDraft>({ draft: json<Draft>("draft"), version: text("version") });
const listed = rowOf({ draft: json<Draft>("draft"), updatedMs: integer("updated_ms") });

/**
 * What is being written for an organization, and nobody has been told of. It is kept here alone: saving costs no KV write, and
 * feeds, pages, lists and exports cannot show it.
 */
export class Drafts extends RpcTarget {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    super();
    this.#sql = sql;
  }

  /** Saves a draft: one row and its index. */
  save({ id, input, version, by, isNew, precondition }: Saving): Saved {
    const now = Date.now();
    const before = this.get(id);
    if (!before && !isNew) return { state: "missing" };
    if (precondition && !holds(precondition, before?.version ?? null, version))
      return { state: "changed", version: before?.version ?? null };
    if (!before && rowsIn(this.#sql, "drafts") >= LIMITS.DRAFTS_PER_ORGANIZATION) return { state: "full" };
    const draft: Draft = {
      id,
      ...input,
      created_at: before?.draft.created_at ?? rfc3339(now),
      updated_at: rfc3339(now),
      updated_by: by,
    };
    this.#sql.exec(
      `INSERT INTO drafts (id, version, updated_ms, draft) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT (id) DO UPDATE SET version = ?2, updated_ms = ?3, draft = ?4`,
      id,
      version,
      now,
      JSON.stringify(draft),
    );
    return { state: "saved", draft, version };
  }

  /** A draft; null if there is none. */
  get(id: string): StoredDraft | null {
    return first(this.#sql, stored, "SELECT draft, version FROM drafts WHERE id = ?", id);
  }

  /**
   * A page of drafts without their contents, those saved last first; null for an invalid cursor. A page of large drafts is
   * shorter: a summary may be as long as a content while it is being written.
   */
  page(cursor: string | null): { drafts: Draft[]; cursor: string | null } | null {
    const [, ms, id] = CURSOR.exec(cursor ?? `${Number.MAX_SAFE_INTEGER}`.slice(0, 15).concat(".x")) ?? [];
    if (ms === undefined || id === undefined) return null;
    const query = `SELECT updated_ms, json_remove(draft, '$.content_html', '$.content_text') AS draft FROM drafts
      WHERE (updated_ms, id) < (?, ?) ORDER BY updated_ms DESC, id DESC LIMIT ?`;
    const drafts: Draft[] = [];
    let characters = 0;
    let last: string | null = null;
    for (const row of this.#sql.exec(query, Number(ms), id, LIMITS.PAGE_ITEMS + 1)) {
      characters += text("draft")(row).length;
      const isFull = drafts.length === LIMITS.PAGE_ITEMS || characters > LIMITS.ANSWER_CHARACTERS;
      if (drafts.length > 0 && isFull) return { drafts, cursor: last };
      const { draft, updatedMs } = listed(row);
      drafts.push(draft);
      last = `${updatedMs}.${draft.id}`;
    }
    return { drafts, cursor: null };
  }

  /** How many there are: one row read. */
  count(): number {
    return rowsIn(this.#sql, "drafts");
  }

  /** Deletes a draft. False if it does not exist, or has another version than required; then it stays. */
  remove(id: string, precondition: Precondition | null): true | { version: string | null } {
    const before = this.get(id);
    if (!before || (precondition && !holds(precondition, before.version, null)))
      return { version: before?.version ?? null };
    return exists(this.#sql, "DELETE FROM drafts WHERE id = ? RETURNING 1", id) || { version: null };
  }

  /** Deletes all drafts. */
  clear(): void {
    this.#sql.exec("DELETE FROM drafts");
  }
}
