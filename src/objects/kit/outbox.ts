import { LIMITS } from "../../model/limits.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { backoffMs, earliest } from "./alarm.ts";
import { all, exists, first, integer, nullable, rowOf, type Schema, text, textOrInteger } from "./sql.ts";

/** What waits for a target. */
export interface Entry {
  /** What is to be done: a word of the target's kind, such as `event` or `close`. */
  action: string;
  /** What it is about: a sequence or an id; null when the target's newest state is. */
  ref: number | string | null;
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
      ref, -- of any type: no type has no affinity
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
    AND NOT EXISTS (SELECT 1 FROM relay_failures WHERE relay_failures.target = waiting.target)`;

const entry = rowOf({
  position: integer("position"),
  action: text("action"),
  ref: nullable("ref", textOrInteger),
});

/** An entry for each value of a JSON list of targets. */
const ADD_TO_TARGETS = `INSERT INTO relay_entries (target, position, action, ref)
  SELECT json_each.value,
    COALESCE((SELECT MAX(position) FROM relay_entries WHERE target = json_each.value), 0) + 1, ?2, ?3`;

const kindOf = (target: string): string => target.slice(0, target.indexOf(":"));

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
  /** The calls under way, by target: one at a time, or what is told first could arrive last. */
  readonly #calls = new Map<string, Promise<void>>();
  /** The targets that have their entries handed at this moment; `removed` when these were removed meanwhile. */
  readonly #handing = new Map<string, { removed: boolean }>();

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
    this.#sql.exec(`${ADD_TO_TARGETS} FROM json_each(?1)`, JSON.stringify(targets), action, ref);
  }

  /**
   * Adds an entry for each target that has none of this action waiting: for what is told by the newest state. One that
   * is being handed over at this moment may have read an older state, and does not count.
   */
  addOnce(targets: readonly string[], action: string): void {
    if (targets.length === 0) return;
    this.#sql.exec(
      `${ADD_TO_TARGETS} FROM json_each(?1) WHERE json_each.value IN (SELECT value FROM json_each(?4)) OR NOT EXISTS
        (SELECT 1 FROM relay_entries WHERE target = json_each.value AND action = ?2)`,
      JSON.stringify(targets),
      action,
      null,
      JSON.stringify([...this.#handing.keys()]),
    );
  }

  /** Adds entries of one action for one target, in their order, in one statement. */
  addAll(target: string, action: string, refs: readonly (string | number)[]): void {
    if (refs.length === 0) return;
    this.#sql.exec(
      `INSERT INTO relay_entries (target, position, action, ref)
        SELECT ?1, COALESCE((SELECT MAX(position) FROM relay_entries WHERE target = ?1), 0) + 1 + key, ?2, value
          FROM json_each(?3)`,
      target,
      action,
      JSON.stringify(refs),
    );
  }

  /** Removes all that waits for a target. */
  remove(target: string): void {
    this.#removeWhere("target = ?", target);
    const handing = this.#handing.get(target);
    if (handing) handing.removed = true;
  }

  /** Removes all that waits for targets of a kind. */
  removeKind(kind: string): void {
    this.#removeWhere("target >= ? AND target < ?", `${kind}:`, `${kind};`); // the character after the colon
    for (const [target, handing] of this.#handing) if (kindOf(target) === kind) handing.removed = true;
  }

  #removeWhere(condition: string, ...parameters: readonly string[]): void {
    this.#sql.exec(`DELETE FROM relay_entries WHERE ${condition}`, ...parameters);
    this.#sql.exec(`DELETE FROM relay_failures WHERE ${condition}`, ...parameters);
  }

  /** What waits for a target, in its order. */
  waiting(target: string): Entry[] {
    const query = "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position";
    return all(this.#sql, entry, query, target).map(({ action, ref }) => ({ action, ref }));
  }

  /** True when something waits for a target of a kind. */
  hasWaiting(kind: string): boolean {
    const query = "SELECT 1 FROM relay_entries WHERE target >= ? AND target < ? LIMIT 1";
    return exists(this.#sql, query, `${kind}:`, `${kind};`);
  }

  /** True when nothing waits for any target. */
  isEmpty(): boolean {
    return !exists(this.#sql, "SELECT 1 FROM relay_entries LIMIT 1");
  }

  /** Has those that failed tried again at once. */
  retryNow(): void {
    this.#sql.exec("UPDATE relay_failures SET retry_ms = 0");
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
    await mapConcurrent(LIMITS.CONNECTIONS, targets, (target) => this.runNow(target));
    return targets.length;
  }

  /** Hands over what waits for one target at once, so that an answer can show it; a failure waits for the alarm. */
  async runNow(target: string): Promise<void> {
    const call = (this.#calls.get(target) ?? Promise.resolve()).then(() => this.#hand(target));
    this.#calls.set(target, call);
    await call;
    if (this.#calls.get(target) === call) this.#calls.delete(target);
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
    const query =
      "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position LIMIT ?";
    const relay = this.#relays[kindOf(target)];
    const entries = all(this.#sql, entry, query, target, relay?.most ?? 1);
    const [current] = entries;
    if (!current) return;
    const handing = { removed: false };
    this.#handing.set(target, handing);
    try {
      if (!relay) throw new Error(`No relay for ${target}`);
      const handed = await relay.hand(target.slice(target.indexOf(":") + 1), entries);
      if (handing.removed) return;
      const { position } = entries[handed - 1] ?? current;
      this.#storage.transactionSync(() => this.#handed(target, position));
    } catch (error) {
      if (!handing.removed) this.#failed(target, error);
    } finally {
      this.#handing.delete(target);
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
    this.#sql.exec(
      "INSERT OR REPLACE INTO relay_failures (target, failures, retry_ms) VALUES (?, ?, ?)",
      target,
      failures,
      Date.now() + backoffMs(failures),
    );
  }
}
