import { LIMITS } from "../../model/limits.ts";
import type { ListedRecord } from "../../store/records.ts";
import {
  addColumn,
  all,
  exists,
  first,
  integer,
  json,
  nullable,
  type Reader,
  rowOf,
  type Schema,
  text,
} from "../kit/sql.ts";

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
    addColumn("sweep", "watch_channels_after", "INTEGER NOT NULL DEFAULT 0"), // was used before 27 November 2026
    `CREATE TABLE record_attempts (
      key TEXT PRIMARY KEY,
      attempts INTEGER NOT NULL,
      retry_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
    addColumn("sweep", "ticked_ms", "INTEGER"),
    // Those that waited for an organization before are handed over once more.
    `ALTER TABLE records ADD COLUMN names_version INTEGER NOT NULL DEFAULT -1;
    DROP INDEX records_waiting;
    CREATE INDEX records_waiting ON records (waits_for, names_version) WHERE waits_for IS NOT NULL;`,
  ],
};

/** When an unchanged record is handed over again; null for never. */
export type WaitsFor = "next-sweep" | "new-organization" | null;

/** A changed record that the sweep hands over. */
export interface ChangedRecord {
  key: string;
  /** From the key's metadata; null if another program wrote it. */
  version: string | null;
  /** Cut to `BODY_BYTES` + 1 characters, enough to see that it is too long. */
  text: string;
  /** Digest of the whole text. */
  digest: string;
  firstSeenMs: number;
  /** Which organizations it could name when it was read: if it waits for another, it waits for a later version. */
  namesVersion: number;
  /** False if the organization changed so recently that KV may return an older record. */
  settled: boolean;
  /** The organizations in the record when it was last handed over: those that it no longer names are notified too. */
  formerOrganizations: string[];
}

/** The progress of the sweep, its rechecks and the watchdog's round. */
export interface SweepState {
  cursor: string | null;
  recheckAfter: string;
  /** The position of the object that was checked last in its turn. */
  watchAfter: number;
  spentUntilMs: number;
  /** When the last tick came; null before the first. */
  tickedMs: number | null;
}

/**
 * Rate limit of sweeps (generic cell rate algorithm): one per `intervalSeconds` in the long run, with bursts of
 * `SWEEP_BURST`. Returns the new spent time; null if the sweep must wait.
 */
export function spendSweep(spentUntilMs: number, nowMs: number, intervalSeconds: number): number | null {
  const interval = intervalSeconds * 1000;
  const from = Math.max(spentUntilMs, nowMs);
  return from - nowMs > interval * (LIMITS.SWEEP_BURST - 1) ? null : from + interval;
}

/** The spent time after which no sweep comes before `untilMs`. */
export const spentSweeps = (untilMs: number, intervalSeconds: number): number =>
  untilMs + intervalSeconds * 1000 * (LIMITS.SWEEP_BURST - 1);

const state: Reader<SweepState> = rowOf({
  cursor: nullable("cursor", text),
  recheckAfter: text("recheck_after"),
  watchAfter: integer("watch_after"),
  spentUntilMs: integer("spent_until_ms"),
  tickedMs: nullable("ticked_ms", integer),
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

/** Whether a record waits for an organization, and one came or was renamed since: nothing is written when one does. */
const CAME = "(waits_for = 'new-organization' AND names_version < ?1)";

/** The SQL of the sweep: the records that it has seen, and its progress. */
export class SweepStore {
  readonly #sql: SqlStorage;
  readonly #namesVersion: () => number;
  /** Digests of listed pages of which nothing was to be read, by the cursor before them. */
  readonly #settled = new Map<string, string>();
  /** When a tick came that could not be stored; 0 for none. */
  #tickedMs = 0;

  /** @param namesVersion the version of the organizations' names, which grows with each that comes */
  constructor(sql: SqlStorage, namesVersion: () => number) {
    this.#sql = sql;
    this.#namesVersion = namesVersion;
  }

  /** The progress of the sweep. */
  state(): SweepState {
    const found = first(
      this.#sql,
      state,
      "SELECT cursor, recheck_after, watch_after, spent_until_ms, ticked_ms FROM sweep",
    );
    if (!found) throw new Error("The table sweep has no row");
    const tickedMs = Math.max(found.tickedMs ?? 0, this.#tickedMs);
    return { ...found, tickedMs: tickedMs || null };
  }

  /** Notes a tick in memory alone: no rows can be written. */
  ticked(nowMs: number): void {
    this.#tickedMs = nowMs;
  }

  /** Stores the progress. */
  save({ cursor, recheckAfter, watchAfter, spentUntilMs, tickedMs }: SweepState): void {
    this.#sql.exec(
      "UPDATE sweep SET cursor = ?, recheck_after = ?, watch_after = ?, spent_until_ms = ?, ticked_ms = ?",
      cursor,
      recheckAfter,
      watchAfter,
      spentUntilMs,
      tickedMs,
    );
  }

  /**
   * Selects the listed records to read now: new ones, and those with a new version. Records whose handover failed wait
   * longer each time and come last, but have a reserved share.
   * @returns at most `most` records, and whether there are more
   */
  unseen(
    listed: readonly ListedRecord[],
    most: number,
    nowMs: number,
  ): { records: ListedRecord[]; more: boolean } {
    const rows = all(
      this.#sql,
      listedRow,
      `SELECT value->>'key' AS key, value->>'version' AS version, attempts FROM json_each(?2)
        LEFT JOIN records ON records.key = value->>'key'
        LEFT JOIN record_attempts ON record_attempts.key = value->>'key'
        WHERE (records.key IS NULL OR waits_for = 'next-sweep' OR ${CAME}
          OR records.version IS NOT value->>'version')
          AND (retry_ms IS NULL OR retry_ms <= ?3)`,
      this.#namesVersion(),
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

  /** Remembers that nothing of a listed page was to be read. Costs no row, and is forgotten with this instance. */
  settled(cursor: string | null, pageDigest: string): void {
    this.#settled.set(cursor ?? "", pageDigest);
  }

  /** Whether a listed page is one of which nothing was to be read, and still is not: else each of its keys is looked up. */
  isSettled(cursor: string | null, pageDigest: string): boolean {
    return (
      this.#settled.get(cursor ?? "") === pageDigest &&
      !exists(this.#sql, "SELECT 1 FROM record_attempts LIMIT 1") &&
      !exists(this.#sql, "SELECT 1 FROM records WHERE waits_for = 'next-sweep' LIMIT 1") &&
      !exists(this.#sql, `SELECT 1 FROM records WHERE ${CAME} LIMIT 1`, this.#namesVersion())
    );
  }

  /** Marks records as being handed over. A record without a stored result is handed over again later. */
  attempt(keys: readonly string[], nowMs: number): void {
    if (keys.length === 0) return;
    // The same wait as `backoffMs`.
    this.#sql.exec(
      `INSERT INTO record_attempts (key, attempts, retry_ms) SELECT value, 1, ?2 + ?3 FROM json_each(?1) WHERE true
        ON CONFLICT (key) DO UPDATE SET attempts = attempts + 1, retry_ms = ?2 + MIN(?3 << MIN(attempts, 30), ?4)`,
      JSON.stringify(keys),
      nowMs,
      LIMITS.BACKOFF_FIRST_MS,
      LIMITS.BACKOFF_MOST_MS,
    );
  }

  /** Whether another program wrote a record that is still there. */
  hasForeign(): boolean {
    return exists(this.#sql, "SELECT 1 FROM records WHERE version IS NULL LIMIT 1");
  }

  /** The next records of other programs to recheck: only their texts show whether they changed. */
  foreign(after: string, limit: number): string[] {
    const query = "SELECT key FROM records WHERE version IS NULL AND key > ? ORDER BY key LIMIT ?";
    return all(this.#sql, text("key"), query, after, limit);
  }

  /** What the sweep has stored about a record; null if it is new. */
  seen(
    key: string,
  ): (Pick<ChangedRecord, "digest" | "firstSeenMs" | "formerOrganizations"> & { waitsFor: WaitsFor }) | null {
    const query = `SELECT digest, first_seen_ms, organizations,
        CASE WHEN ${CAME} THEN 'next-sweep' ELSE waits_for END AS waits_for
      FROM records WHERE key = ?2`;
    return first(this.#sql, seen, query, this.#namesVersion(), key);
  }

  /** Stores that a record was handed over in this version. */
  note(
    record: Pick<ChangedRecord, "key" | "version" | "digest" | "firstSeenMs" | "namesVersion">,
    organizations: string[],
    waitsFor: WaitsFor,
  ): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO records (key, version, digest, first_seen_ms, organizations, waits_for, names_version)
        VALUES (?, ?, ?, ?, ?, ?, ?)`,
      record.key,
      record.version,
      record.digest,
      record.firstSeenMs,
      JSON.stringify(organizations),
      waitsFor,
      record.namesVersion,
    );
    this.#sql.exec("DELETE FROM record_attempts WHERE key = ?", record.key);
  }

  /** Forgets a record that no longer exists, unless a channel has its article. */
  forget(key: string): void {
    this.#settled.clear();
    this.#sql.exec("DELETE FROM records WHERE key = ? AND organizations = '[]'", key);
    this.#sql.exec("DELETE FROM record_attempts WHERE key = ?", key);
  }
}
