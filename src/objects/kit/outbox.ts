import { LIMITS } from "../../model/limits.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { backoffMs, earliest } from "./alarm.ts";
import { all, exists, first, integer, nullable, rowOf, type Schema, text } from "./sql.ts";

/** What waits for a target. */
export interface Entry {
  /** What is to be done: a word of the target's kind, such as `event` or `close`. */
  action: string;
  /** What it is about: a sequence, or null. */
  ref: number | null;
}

/** How entries reach one kind of target. The part of a target's name before the colon is its kind. */
export interface Relay {
  /** The most entries of one target in one call. */
  most: number;
  /**
   * Hands entries to a target, in their order. May be called twice with the same entries. Throws when the target
   * cannot be reached: then all of it is tried again later.
   * @param id the part of the target's name after the colon
   * @returns how many of the entries the target has now, from the first on; at least one
   */
  hand(id: string, entries: readonly Entry[]): Promise<number>;
}

export const OUTBOX_SCHEMA: Schema = {
  name: "outbox",
  migrations: [
    `CREATE TABLE relay_entries (
      target TEXT NOT NULL,
      position INTEGER NOT NULL,
      action TEXT NOT NULL,
      ref INTEGER,
      PRIMARY KEY (target, position)
    ) WITHOUT ROWID;
    CREATE TABLE relay_failures (
      target TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      retry_ms INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX relay_failures_next ON relay_failures (retry_ms);`,
  ],
};

/**
 * The targets that wait, one step of the index each, however many entries a target has: SQLite has no such scan of its
 * own for DISTINCT.
 */
const WAITING_TARGETS = `WITH RECURSIVE waiting (target) AS (
    SELECT MIN(target) FROM relay_entries
    UNION ALL
    SELECT (SELECT MIN(target) FROM relay_entries WHERE target > waiting.target) FROM waiting
      WHERE waiting.target IS NOT NULL)
  SELECT target FROM waiting WHERE target IS NOT NULL
    AND target NOT IN (SELECT target FROM relay_failures)`;

const entry = rowOf({
  position: integer("position"),
  action: text("action"),
  ref: nullable("ref", integer),
});

/**
 * The one way in which an object tells others. Entries are written in the transaction of the change that they tell of,
 * and the object's alarm hands them over: in their order for each target, targets side by side, those that failed
 * last and after a wait that grows up to an hour. An entry is gone when its target has it, so it may be handed twice.
 * Costs a row written for each entry and target, and one when it is handed.
 */
export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #kind: string;
  readonly #relays: Readonly<Record<string, Relay>>;

  /**
   * @param kind names the object in the log
   * @param relays by the kind of target
   */
  constructor(storage: DurableObjectStorage, kind: string, relays: Readonly<Record<string, Relay>>) {
    this.#storage = storage;
    this.#sql = storage.sql;
    this.#kind = kind;
    this.#relays = relays;
  }

  /** Adds an entry for each target, in one statement. */
  add(targets: readonly string[], { action, ref }: Entry): void {
    if (targets.length === 0) return;
    this.#sql.exec(
      `INSERT INTO relay_entries (target, position, action, ref)
        SELECT value, COALESCE((SELECT MAX(position) FROM relay_entries WHERE target = value), 0) + 1, ?2, ?3
          FROM json_each(?1)`,
      JSON.stringify(targets),
      action,
      ref,
    );
  }

  /** Adds an entry for each target that has no entry of this action waiting: for what is told by its newest state. */
  addOnce(targets: readonly string[], action: string): void {
    const waiting = new Set(
      targets.filter((target) =>
        exists(this.#sql, "SELECT 1 FROM relay_entries WHERE target = ? AND action = ?", target, action),
      ),
    );
    this.add(
      targets.filter((target) => !waiting.has(target)),
      { action, ref: null },
    );
  }

  /** Removes all that waits for a target. */
  remove(target: string): void {
    this.#sql.exec("DELETE FROM relay_entries WHERE target = ?", target);
    this.#sql.exec("DELETE FROM relay_failures WHERE target = ?", target);
  }

  /** What waits for a target, in its order. */
  waiting(target: string): Entry[] {
    const query = "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position";
    return all(this.#sql, entry, query, target).map(({ action, ref }) => ({ action, ref }));
  }

  /** True when nothing waits for any target. */
  isEmpty(): boolean {
    return !exists(this.#sql, "SELECT 1 FROM relay_entries LIMIT 1");
  }

  /** When there is something to hand over; null when nothing waits. */
  dueMs(): number | null {
    if (this.isEmpty()) return null; // as nearly always: one row read
    if (first(this.#sql, text("target"), `${WAITING_TARGETS} LIMIT 1`) !== null) return 0;
    return earliest(
      first(this.#sql, nullable("due", integer), "SELECT MIN(retry_ms) AS due FROM relay_failures"),
    );
  }

  /** Hands over what waits for some targets: a bounded share. @returns how many targets were called */
  async run(nowMs: number, mostTargets: number): Promise<number> {
    const targets = this.#next(nowMs, mostTargets);
    await mapConcurrent(LIMITS.CONNECTIONS, targets, (target) => this.#hand(target));
    return targets.length;
  }

  /** Hands over what waits for one target at once, so that an answer can show it; a failure waits for the alarm. */
  async runNow(target: string): Promise<void> {
    await this.#hand(target);
  }

  /** Those that have not failed first; then those whose wait is over, the longest first. */
  #next(nowMs: number, most: number): string[] {
    const healthy = all(this.#sql, text("target"), `${WAITING_TARGETS} LIMIT ?`, most);
    if (healthy.length >= most) return healthy;
    const failed = all(
      this.#sql,
      text("target"),
      "SELECT target FROM relay_failures WHERE retry_ms <= ? ORDER BY retry_ms LIMIT ?",
      nowMs,
      most - healthy.length,
    );
    return [...healthy, ...failed];
  }

  async #hand(target: string): Promise<void> {
    const colon = target.indexOf(":");
    const relay = this.#relays[target.slice(0, colon)];
    const query =
      "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position LIMIT ?";
    const entries = all(this.#sql, entry, query, target, relay?.most ?? 1);
    try {
      if (!relay) throw new Error(`No relay for ${target}`);
      const handed = entries.length === 0 ? 0 : await relay.hand(target.slice(colon + 1), entries);
      this.#storage.transactionSync(() => this.#handed(target, entries[handed - 1]?.position ?? 0));
    } catch (error) {
      this.#failed(target, error);
    }
  }

  #handed(target: string, position: number): void {
    this.#sql.exec("DELETE FROM relay_entries WHERE target = ? AND position <= ?", target, position);
    this.#sql.exec("DELETE FROM relay_failures WHERE target = ?", target);
  }

  #failed(target: string, error: unknown): void {
    const query = "SELECT failures FROM relay_failures WHERE target = ?";
    const failures = (first(this.#sql, integer("failures"), query, target) ?? 0) + 1;
    logLine("error", `${this.#kind}.relay`, { target, error: String(error), failures });
    // Removed while it was called: nothing waits for it any more.
    if (!exists(this.#sql, "SELECT 1 FROM relay_entries WHERE target = ? LIMIT 1", target)) return;
    this.#sql.exec(
      "INSERT OR REPLACE INTO relay_failures (target, failures, retry_ms) VALUES (?, ?, ?)",
      target,
      failures,
      Date.now() + backoffMs(failures),
    );
  }
}
