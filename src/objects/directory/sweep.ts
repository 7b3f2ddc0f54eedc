import { LIMITS } from "../../model/limits.ts";
import type { ListedRecord } from "../../store/records.ts";

const TABLES = `
  CREATE TABLE IF NOT EXISTS sweep (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    cursor TEXT,
    recheck_after TEXT NOT NULL DEFAULT '',
    watch_after INTEGER NOT NULL DEFAULT 0,
    spent_until_ms INTEGER NOT NULL DEFAULT 0
  );
  INSERT OR IGNORE INTO sweep (id) VALUES (1);
  CREATE TABLE IF NOT EXISTS records (
    key TEXT PRIMARY KEY,
    version TEXT,
    digest TEXT NOT NULL,
    first_seen_ms INTEGER NOT NULL,
    organizations TEXT NOT NULL,
    waits_for TEXT
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS records_foreign ON records (key) WHERE version IS NULL;
  CREATE INDEX IF NOT EXISTS records_waiting ON records (waits_for) WHERE waits_for IS NOT NULL;
  CREATE TABLE IF NOT EXISTS watched (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    name TEXT NOT NULL UNIQUE
  );`;

/** An object that the watchdog looks after, by its name. */
export interface Watched {
  kind: "channel" | "endpoint" | "subscription" | "follower";
  name: string;
}

/** When a record is to be handed over once more, though nothing in it changes; null: never. */
export type WaitsFor = "next-sweep" | "new-organization" | null;

/** A record whose text the sweep has not handed over yet. */
export interface ChangedRecord {
  key: string;
  /** From the key's metadata; null when another program wrote it. */
  version: string | null;
  /** Cut after `BODY_BYTES` characters and one: it is too long then, whatever follows. */
  text: string;
  /** Of the whole text. */
  digest: string;
  firstSeenMs: number;
  /** False when the directory changed so lately that KV may show an organization as it was before. */
  settled: boolean;
  /** The organizations that the record named when it was last handed over: those it left must hear of it too. */
  formerOrganizations: string[];
}

/** How far the sweep is, where its rechecks and its watch are. */
export interface SweepState {
  cursor: string | null;
  recheckAfter: string;
  watchAfter: number;
  spentUntilMs: number;
}

/**
 * Whether a sweep may be made now, and what is spent afterwards (the generic cell rate algorithm): one each
 * `intervalSeconds` in the long run, and `SWEEP_BURST` of them sooner. Null when it must wait.
 */
export function spendSweep(spentUntilMs: number, nowMs: number, intervalSeconds: number): number | null {
  const interval = intervalSeconds * 1000;
  const from = Math.max(spentUntilMs, nowMs);
  return from - nowMs > interval * (LIMITS.SWEEP_BURST - 1) ? null : from + interval;
}

/** The SQL of the sweep: what it has seen of RECORDS, how far it is, and whom the watchdog looks after. */
export class SweepLog {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(TABLES);
  }

  /** How far the sweep is. */
  state(): SweepState {
    const row = this.#sql.exec("SELECT * FROM sweep").one();
    return {
      cursor: row.cursor as string | null,
      recheckAfter: String(row.recheck_after),
      watchAfter: Number(row.watch_after),
      spentUntilMs: Number(row.spent_until_ms),
    };
  }

  /** Notes how far it is. */
  save(state: SweepState): void {
    this.#sql.exec(
      "UPDATE sweep SET cursor = ?, recheck_after = ?, watch_after = ?, spent_until_ms = ?",
      state.cursor,
      state.recheckAfter,
      state.watchAfter,
      state.spentUntilMs,
    );
  }

  /** Those of the listed records that were never seen, or bear another version than when they were. */
  unseen(listed: readonly ListedRecord[]): ListedRecord[] {
    const rows = this.#sql.exec<{ key: string; version: string | null }>(
      `SELECT value->>'key' AS key, value->>'version' AS version FROM json_each(?)
        LEFT JOIN records ON records.key = value->>'key'
        WHERE records.key IS NULL OR records.waits_for = 'next-sweep'
          OR records.version IS NOT value->>'version'`,
      JSON.stringify(listed),
    );
    return rows.toArray();
  }

  /** The next records of other programs to read again: only their bytes tell whether they changed. */
  foreign(after: string, limit: number): string[] {
    return this.#sql
      .exec<{ key: string }>(
        "SELECT key FROM records WHERE version IS NULL AND key > ? ORDER BY key LIMIT ?",
        after,
        limit,
      )
      .toArray()
      .map((row) => row.key);
  }

  /** What is known of a record's text. */
  seen(
    key: string,
  ): (Pick<ChangedRecord, "digest" | "firstSeenMs" | "formerOrganizations"> & { waitsFor: WaitsFor }) | null {
    const [row] = this.#sql.exec("SELECT * FROM records WHERE key = ?", key);
    if (!row) return null;
    return {
      digest: String(row.digest),
      firstSeenMs: Number(row.first_seen_ms),
      formerOrganizations: JSON.parse(String(row.organizations)) as string[],
      waitsFor: row.waits_for as WaitsFor,
    };
  }

  /** Notes that a record was handed over as it is. */
  note(
    record: Pick<ChangedRecord, "key" | "version" | "digest" | "firstSeenMs">,
    organizations: string[],
    waitsFor: WaitsFor,
  ): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO records (key, version, digest, first_seen_ms, organizations, waits_for)
        VALUES (?, ?, ?, ?, ?, ?)`,
      record.key,
      record.version,
      record.digest,
      record.firstSeenMs,
      JSON.stringify(organizations),
      waitsFor,
    );
  }

  /** Has the next sweep hand over the records that waited for an organization. */
  organizationCame(): void {
    this.#sql.exec("UPDATE records SET waits_for = 'next-sweep' WHERE waits_for = 'new-organization'");
  }

  /** Forgets a record that is gone, unless a channel has taken it in. */
  forget(key: string): void {
    this.#sql.exec("DELETE FROM records WHERE key = ? AND organizations = '[]'", key);
  }

  /** Puts an object under the watchdog's eyes. */
  watch(watched: Watched): void {
    this.#sql.exec("INSERT OR IGNORE INTO watched (kind, name) VALUES (?, ?)", watched.kind, watched.name);
  }

  /** Has the watchdog look away. */
  unwatch(names: readonly string[]): void {
    this.#sql.exec(
      "DELETE FROM watched WHERE name IN (SELECT value FROM json_each(?))",
      JSON.stringify(names),
    );
  }

  /** The next objects to look at, round and round. */
  watched(after: number, limit: number): { watched: Watched[]; after: number } {
    const rows = this.#sql
      .exec<{ position: number; kind: Watched["kind"]; name: string }>(
        "SELECT position, kind, name FROM watched WHERE position > ? ORDER BY position LIMIT ?",
        after,
        limit,
      )
      .toArray();
    if (rows.length === 0 && after > 0) return this.watched(0, limit);
    return { watched: rows.map(({ kind, name }) => ({ kind, name })), after: rows.at(-1)?.position ?? 0 };
  }
}
