import { LIMITS } from "../../model/limits.ts";
import type { ListedRecord } from "../../store/records.ts";
import {
  addColumn,
  all,
  first,
  integer,
  json,
  nullable,
  type Reader,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";
import type { Rounds } from "./watchdog.ts";

export const SWEEP_SCHEMA: Schema = {
  name: "sweep",
  migrations: [
    `CREATE TABLE IF NOT EXISTS sweep (
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
    CREATE INDEX IF NOT EXISTS records_waiting ON records (waits_for) WHERE waits_for IS NOT NULL;`,
    addColumn("sweep", "watch_channels_after", "INTEGER NOT NULL DEFAULT 0"),
    `CREATE TABLE record_attempts (
      key TEXT PRIMARY KEY,
      attempts INTEGER NOT NULL,
      retry_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};

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

/** How far the sweep, its rechecks and the watchdog's rounds are. */
export interface SweepState {
  cursor: string | null;
  recheckAfter: string;
  rounds: Rounds;
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

const state: Reader<SweepState> = rowOf({
  cursor: nullable("cursor", text),
  recheckAfter: text("recheck_after"),
  rounds: rowOf({ channels: integer("watch_channels_after"), others: integer("watch_after") }),
  spentUntilMs: integer("spent_until_ms"),
});

const listedRow: Reader<ListedRecord & { attempts: number | null }> = rowOf({
  key: text("key"),
  version: nullable("version", text),
  attempts: nullable("attempts", integer),
});

const seen = rowOf({
  digest: text("digest"),
  firstSeenMs: integer("first_seen_ms"),
  formerOrganizations: json<string[]>("organizations"),
  waitsFor: (row): WaitsFor => nullable("waits_for", text)(row) as WaitsFor,
});

/** The SQL of the sweep: what it has seen of RECORDS, and how far it is. */
export class SweepStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** How far the sweep is. */
  state(): SweepState {
    const found = first(
      this.#sql,
      state,
      "SELECT cursor, recheck_after, watch_after, watch_channels_after, spent_until_ms FROM sweep",
    );
    if (!found) throw new Error("The table sweep has no row");
    return found;
  }

  /** Notes how far it is. */
  save({ cursor, recheckAfter, rounds, spentUntilMs }: SweepState): void {
    this.#sql.exec(
      `UPDATE sweep SET cursor = ?, recheck_after = ?, watch_after = ?, watch_channels_after = ?,
        spent_until_ms = ?`,
      cursor,
      recheckAfter,
      rounds.others,
      rounds.channels,
      spentUntilMs,
    );
  }

  /**
   * Those of the listed records to read now: never seen, or with another version than when they were. Records that
   * were handed over in vain wait longer each time and come last, but a share of the places is theirs.
   * @returns at most `most` of them, and whether there are more
   */
  unseen(
    listed: readonly ListedRecord[],
    most: number,
    nowMs: number,
  ): { records: ListedRecord[]; more: boolean } {
    const rows = all(
      this.#sql,
      listedRow,
      `SELECT value->>'key' AS key, value->>'version' AS version, attempts FROM json_each(?1)
        LEFT JOIN records ON records.key = value->>'key'
        LEFT JOIN record_attempts ON record_attempts.key = value->>'key'
        WHERE (records.key IS NULL OR records.waits_for = 'next-sweep'
          OR records.version IS NOT value->>'version')
          AND (retry_ms IS NULL OR retry_ms <= ?2)`,
      JSON.stringify(listed),
      nowMs,
    );
    const failed = rows.filter(({ attempts }) => attempts !== null);
    const healthy = rows.filter(({ attempts }) => attempts === null);
    const room = most - Math.min(failed.length, LIMITS.SWEEP_RETRIED_RECORDS);
    const records = [...healthy.slice(0, room), ...failed]
      .slice(0, most)
      .map(({ key, version }) => ({ key, version }));
    return { records, more: records.length < rows.length };
  }

  /** Notes that records are handed over now. Those of which nothing is noted until then are handed over again later. */
  attempt(keys: readonly string[], nowMs: number): void {
    if (keys.length === 0) return;
    // The wait of `backoffMs`.
    this.#sql.exec(
      `INSERT INTO record_attempts (key, attempts, retry_ms) SELECT value, 1, ?2 + ?3 FROM json_each(?1) WHERE true
        ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1, retry_ms = ?2 + MIN(?3 << MIN(attempts, 30), ?4)`,
      JSON.stringify(keys),
      nowMs,
      LIMITS.BACKOFF_FIRST_MS,
      LIMITS.BACKOFF_MOST_MS,
    );
  }

  /** The next records of other programs to read again: only their bytes tell whether they changed. */
  foreign(after: string, limit: number): string[] {
    const query = "SELECT key FROM records WHERE version IS NULL AND key > ? ORDER BY key LIMIT ?";
    return all(this.#sql, text("key"), query, after, limit);
  }

  /** What is known of a record's text. */
  seen(
    key: string,
  ): (Pick<ChangedRecord, "digest" | "firstSeenMs" | "formerOrganizations"> & { waitsFor: WaitsFor }) | null {
    const query = "SELECT digest, first_seen_ms, organizations, waits_for FROM records WHERE key = ?";
    return first(this.#sql, seen, query, key);
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
    this.#sql.exec("DELETE FROM record_attempts WHERE key = ?", record.key);
  }

  /** Has the next sweep hand over the records that waited for an organization. */
  organizationCame(): void {
    this.#sql.exec("UPDATE records SET waits_for = 'next-sweep' WHERE waits_for = 'new-organization'");
  }

  /** Forgets a record that is gone, unless a channel has taken it in. */
  forget(key: string): void {
    this.#sql.exec("DELETE FROM records WHERE key = ? AND organizations = '[]'", key);
    this.#sql.exec("DELETE FROM record_attempts WHERE key = ?", key);
  }
}
