import type { Actor, AuditEntry, AuditQuery, Change } from "../../model/audit.ts";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS, rfc3339 } from "../../model/time.ts";
import { pageOf } from "../kit/page.ts";
import {
  addColumn,
  all,
  exists,
  first,
  integer,
  json,
  nullable,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";

export const ENTRIES_SCHEMA: Schema = {
  name: "entries",
  migrations: [
    `CREATE TABLE entries (
      id INTEGER PRIMARY KEY,
      at_ms INTEGER NOT NULL,
      actor TEXT NOT NULL,
      description TEXT NOT NULL,
      action TEXT NOT NULL,
      changes TEXT NOT NULL,
      listed INTEGER NOT NULL,
      omitted INTEGER NOT NULL
    );
    CREATE TABLE logs (
      log TEXT NOT NULL,
      entry_id INTEGER NOT NULL,
      PRIMARY KEY (log, entry_id)
    ) WITHOUT ROWID;
    CREATE TABLE log_sizes (log TEXT PRIMARY KEY, entries INTEGER NOT NULL) WITHOUT ROWID;`,
    addColumn("entries", "via", "TEXT"),
  ],
};

/** The operator's log: the operator's own changes, and changes that concern no organization. No slug is empty. */
const OPERATOR = "";

/** Ids contain the time, with a thousand ids per millisecond, so that imported entries sort into their place. */
const IDS_PER_MS = 1_000;
const FIRST_MS = Date.UTC(2025, 0); // so that ids have at most 15 digits until 2056

const HOUR_MS = 3_600_000;

const idAt = (ms: number): number => (ms - FIRST_MS) * IDS_PER_MS;

/** Objects with the same organizations and outcome, so that a batch does not repeat both for each article. */
interface Group extends Omit<Change, "object"> {
  objects: string[];
}

const row = rowOf({
  id: integer("id"),
  atMs: integer("at_ms"),
  actor: text("actor"),
  description: text("description"),
  action: text("action"),
  groups: json<Group[]>("changes"),
  omitted: integer("omitted"),
  via: nullable("via", text),
});
type Row = ReturnType<typeof row>;

/** What of the log is wanted, by ids. */
interface Wanted {
  actor: string | null;
  action: string | null;
  before: number;
  since: number;
}

const COLUMNS = "id, at_ms, actor, description, action, changes, omitted, via";

/**
 * The SQL of the audit log: one entry per request, in the log of each organization that it concerns. Each log has its
 * own limit, so that one organization cannot push out the entries of another. An entry that is in no log is deleted.
 */
export class EntryStore {
  readonly #sql: SqlStorage;
  /** When expired entries were last removed. */
  #prunedMs = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** Adds the changes of one request. */
  add(actor: Actor, action: string, changes: readonly Change[], nowMs: number): void {
    this.#insert(idAt(nowMs), actor, action, changes, nowMs);
    if (nowMs < this.#prunedMs + HOUR_MS) return;
    this.#prunedMs = nowMs;
    this.#sql.exec("DELETE FROM entries WHERE id < ?", idAt(nowMs - LIMITS.AUDIT_KEPT_DAYS * DAY_MS));
  }

  /** Adds an entry from the former audit log. Safe to repeat. */
  addFormer(number: number, actor: Actor, action: string, change: Change, atMs: number): void {
    const id = idAt(atMs) + (number % IDS_PER_MS);
    if (!exists(this.#sql, "SELECT 1 FROM entries WHERE id = ?", id))
      this.#insert(id, actor, action, [change], atMs, true);
  }

  /** @param exactly whether the entry must have this id; otherwise it gets the next free id after all others */
  #insert(
    id: number,
    actor: Actor,
    action: string,
    changes: readonly Change[],
    atMs: number,
    exactly = false,
  ): void {
    const { groups, listed } = grouped(changes);
    const inserted = first(
      this.#sql,
      integer("id"),
      `INSERT INTO entries (id, at_ms, actor, description, action, changes, listed, omitted, via)
        VALUES (CASE WHEN ?9 THEN ?1
            ELSE MAX(?1, COALESCE((SELECT id + listed FROM entries ORDER BY id DESC LIMIT 1), 0)) END,
          ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10) RETURNING id`,
      id,
      atMs,
      actor.actor,
      actor.description,
      action,
      JSON.stringify(groups),
      listed,
      changes.length - listed,
      exactly ? 1 : 0,
      actor.via ?? null,
    );
    this.#put([...logsOf(actor, changes)], inserted ?? id);
  }

  /** Adds an entry to logs, and removes the oldest entries from logs over the limit. */
  #put(logs: readonly string[], entryId: number): void {
    const named = JSON.stringify(logs);
    this.#sql.exec("INSERT INTO logs (log, entry_id) SELECT value, ?2 FROM json_each(?1)", named, entryId);
    const sizes = all(
      this.#sql,
      rowOf({ log: text("log"), entries: integer("entries") }),
      `INSERT INTO log_sizes (log, entries) SELECT value, 1 FROM json_each(?) WHERE true
        ON CONFLICT (log) DO UPDATE SET entries = entries + 1 RETURNING log, entries`,
      named,
    );
    for (const { log, entries } of sizes)
      if (entries > LIMITS.AUDIT_ENTRIES) this.#trim(log, entries - LIMITS.AUDIT_ENTRIES);
  }

  #trim(log: string, excess: number): void {
    const removed = all(
      this.#sql,
      integer("entry_id"),
      `DELETE FROM logs WHERE log = ?1 AND entry_id IN
        (SELECT entry_id FROM logs WHERE log = ?1 ORDER BY entry_id LIMIT ?2) RETURNING entry_id`,
      log,
      excess,
    );
    this.#sql.exec("UPDATE log_sizes SET entries = entries - ? WHERE log = ?", removed.length, log);
    for (const id of removed) this.#removeUnlessKept(id);
  }

  #removeUnlessKept(id: number): void {
    const entry = first(this.#sql, row, `SELECT ${COLUMNS} FROM entries WHERE id = ?`, id);
    const logs = entry ? [OPERATOR, ...entry.groups.flatMap(({ organizations }) => organizations)] : [];
    const kept = exists(
      this.#sql,
      "SELECT 1 FROM logs WHERE entry_id = ? AND log IN (SELECT value FROM json_each(?))",
      id,
      JSON.stringify(logs),
    );
    if (!kept) this.#sql.exec("DELETE FROM entries WHERE id = ?", id);
  }

  /** Moves an organization's entries older than a time to the operator's log. */
  begin(log: string, atMs: number): void {
    const moved = all(
      this.#sql,
      integer("entry_id"),
      `DELETE FROM logs WHERE log = ?1 AND entry_id IN
        (SELECT entry_id FROM logs JOIN entries ON id = entry_id WHERE log = ?1 AND at_ms < ?2)
        RETURNING entry_id`,
      log,
      atMs,
    );
    this.#sql.exec("UPDATE log_sizes SET entries = entries - ? WHERE log = ?", moved.length, log);
    const inOperators = "SELECT 1 FROM logs WHERE log = ? AND entry_id = ?";
    for (const id of moved) if (!exists(this.#sql, inOperators, OPERATOR, id)) this.#put([OPERATOR], id);
  }

  /**
   * A page of changes, newest first, one line per object, before a cursor: the last id shown, or searched. Leaves out
   * objects of organizations that the query does not ask for.
   */
  page(asked: AuditQuery): { entries: AuditEntry[]; cursor: string | null } {
    const { organizations, actor, action, sinceMs, untilMs, cursor } = asked;
    // Ids are times.
    const until = untilMs === null ? Number.MAX_SAFE_INTEGER : idAt(untilMs);
    const before = Math.min(cursor ?? Number.MAX_SAFE_INTEGER, until);
    const since = sinceMs === null ? 0 : idAt(sinceMs);
    const end = actor === null && action === null ? null : this.#searchEnd(organizations, before, since);
    const wanted: Wanted = { actor, action, before, since: end ?? since };
    const rows = organizations ? this.#inLogs(organizations, wanted) : this.#any(wanted);
    const lines = rows
      .flatMap((entry) => linesOf(entry, organizations))
      .filter(({ id }) => Number(id) < before);
    const { items, cursor: next } = pageOf(lines, ({ id }) => id);
    return { entries: items, cursor: next ?? (end === null ? null : String(end)) };
  }

  /** Where the search for a page ends: after a number of entries, whatever is found. Null if there are no more. */
  #searchEnd(logs: readonly string[] | null, before: number, since: number): number | null {
    if (!logs) {
      const query = "SELECT id FROM entries WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT 1 OFFSET ?";
      return first(this.#sql, integer("id"), query, before, since, LIMITS.AUDIT_SEARCHED - 1);
    }
    const query = `SELECT entry_id FROM logs WHERE log = ? AND entry_id < ? AND entry_id >= ?
      ORDER BY entry_id DESC LIMIT 1 OFFSET ?`;
    const most = Math.max(ROWS_READ, Math.floor(LIMITS.AUDIT_SEARCHED / logs.length));
    const ends = logs.flatMap(
      (log) => first(this.#sql, integer("entry_id"), query, log, before, since, most - 1) ?? [],
    );
    return ends.length > 0 ? Math.max(...ends) : null;
  }

  #any({ actor, action, before, since }: Wanted): Row[] {
    const query = `SELECT ${COLUMNS} FROM entries WHERE id < ?1 AND id >= ?2
      AND (?3 IS NULL OR actor = ?3) AND (?4 IS NULL OR action = ?4) ORDER BY id DESC LIMIT ?5`;
    return all(this.#sql, row, query, before, since, actor, action, ROWS_READ);
  }

  #inLogs(logs: readonly string[], { actor, action, before, since }: Wanted): Row[] {
    const query = `SELECT ${COLUMNS} FROM logs JOIN entries ON id = entry_id
      WHERE log = ?1 AND entry_id < ?2 AND entry_id >= ?3 AND (?4 IS NULL OR actor = ?4)
        AND (?5 IS NULL OR action = ?5) ORDER BY entry_id DESC LIMIT ?6`;
    const found = logs.flatMap((log) =>
      all(this.#sql, row, query, log, before, since, actor, action, ROWS_READ),
    );
    const byId = new Map(found.map((entry) => [entry.id, entry]));
    return [...byId.values()].sort((a, b) => b.id - a.id).slice(0, ROWS_READ);
  }
}

/** Enough rows for a page and one more line, even if the previous page showed a part of the first entry. */
const ROWS_READ = LIMITS.PAGE_ITEMS + 2;

function logsOf({ actor }: Actor, changes: readonly Change[]): Set<string> {
  const logs = new Set(changes.flatMap(({ organizations }) => organizations));
  if (actor === "admin" || logs.size === 0) logs.add(OPERATOR);
  return logs;
}

/** Groups as many changes as fit into an entry. */
function grouped(changes: readonly Change[]): { groups: Group[]; listed: number } {
  const groups = new Map<string, Group>();
  let characters = 0;
  let listed = 0;
  for (const { object, organizations, outcome, reason } of changes) {
    const why = reason ? { reason } : {};
    const key = JSON.stringify([organizations, outcome, why]);
    characters += object.length + (groups.has(key) ? 3 : key.length + 50);
    if (listed > 0 && characters > LIMITS.AUDIT_CHARACTERS) break;
    const group = groups.get(key);
    if (group) group.objects.push(object);
    else groups.set(key, { organizations, outcome, ...why, objects: [object] });
    listed++;
  }
  return { groups: [...groups.values()], listed };
}

/** The lines of an entry, the last object first. Line ids count up from the entry's id. */
function linesOf(entry: Row, shown: readonly string[] | null): AuditEntry[] {
  const { id, atMs, actor, description, action, groups, omitted, via } = entry;
  const lines = groups.flatMap(({ objects, organizations, outcome, reason }) =>
    objects.map((object) => ({
      object,
      organizations: [...organizations],
      outcome,
      ...(reason ? { reason } : {}),
    })),
  );
  return lines
    .map(
      (line, index): AuditEntry => ({
        id: String(id + index),
        at: rfc3339(atMs),
        actor,
        actor_description: description,
        ...(via === "console" ? { via } : {}),
        action,
        ...line,
        ...(omitted > 0 && index === lines.length - 1 ? { omitted } : {}),
      }),
    )
    .filter(({ organizations }) => !shown || organizations.some((slug) => shown.includes(slug)))
    .reverse();
}
