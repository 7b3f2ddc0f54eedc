import { LIMITS } from "../../model/limits.ts";
import { type Quota, quotaUsedUp } from "../../model/quota.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { backoffMs, earliest, retryInMs } from "./alarm.ts";
import {
  all,
  exists,
  first,
  integer,
  listsOf,
  nullable,
  rowOf,
  type Schema,
  text,
  textOrInteger,
} from "./sql.ts";

/** An entry that waits for a target. */
export interface Entry {
  /** The action, defined by the kind of target, such as `event` or `close`. */
  action: string;
  /** The subject: a sequence or an id; null if the target gets the newest state. */
  ref: number | string | null;
}

/** Hands entries to one kind of target. A target's name is `kind:id`. */
export interface Relay {
  /** The most entries of one target in one call. */
  most: number;
  /**
   * Hands entries to a target, in order. May be called twice with the same entries. Throws if the target cannot be
   * reached; all entries are then retried later.
   * @param id the part of the target's name after the colon
   * @returns how many entries the target has accepted, from the first on; at least one. Or that it is busy with what it
   *   was told before: all entries are then retried as after a failure, but none is logged
   */
  hand(id: string, entries: readonly Entry[]): Promise<number | "not-yet">;
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
 * The targets with entries that have not failed, from one on, at one index step per target regardless of its number of
 * entries (a "loose index scan", which SQLite does not use for DISTINCT).
 */
const WAITING_TARGETS = `WITH RECURSIVE waiting (target) AS (
    SELECT MIN(target) FROM relay_entries WHERE target >= ?1
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

/** What came of handing over a target's entries: all up to a position were accepted, or none (yet). */
type Outcome =
  | { target: string; position: number }
  | { target: string; isWaiting: true }
  | { target: string; error: unknown };

/** A failure as it is logged. */
type Failure = { target: string; error: string; failures: number; quota?: Quota };

const kindOf = (target: string): string => target.slice(0, target.indexOf(":"));

/**
 * An object's messages to other objects (transactional outbox). Entries are written in the transaction of the change
 * that they report, and the object's alarm hands them over: in order for each target, targets concurrently. Failed
 * targets come last, with exponential backoff up to an hour. An entry is deleted once its target has accepted it, so it
 * may be handed over twice. Costs one row written per entry and target, and one more for its deletion.
 */
export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #sql: SqlStorage;
  readonly #kind: string;
  readonly #relays: Readonly<Record<string, Relay>>;
  /** The entries that {@link add} has added in this instance's life: what a transaction costs grows with them. */
  added = 0;
  /** The calls in progress, by target: one at a time, to keep the order. */
  readonly #calls = new Map<string, Promise<void>>();
  /** The targets whose entries are being handed over; `removed` if the entries were removed in the meantime. */
  readonly #handing = new Map<string, { removed: boolean }>();
  /**
   * Whether all waiting targets are known to have failed: finding that out reads a row or two of each. In memory only, and
   * forgotten with each entry that is added and each target that has accepted one.
   */
  #allFailed = false;
  /** No target before this waits without having failed: those that have failed are read once, not with each alarm. */
  #from = "";

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

  /** Adds an entry for each target: in one statement, unless the targets are too long for a parameter ({@link listsOf}). */
  add(targets: readonly string[], { action, ref }: Entry): void {
    this.added += targets.length;
    this.#added();
    for (const list of listsOf(targets))
      this.#sql.exec(`${ADD_TO_TARGETS} FROM json_each(?1)`, list, action, ref);
  }

  /**
   * Adds an entry for each target that has no waiting entry with this action: for actions that send the newest state.
   * An entry that is being handed over does not count, because it may have read an older state.
   */
  addOnce(targets: readonly string[], action: string): void {
    this.#added();
    for (const list of listsOf(targets)) {
      this.#sql.exec(
        `${ADD_TO_TARGETS} FROM json_each(?1) WHERE json_each.value IN (SELECT value FROM json_each(?4)) OR NOT EXISTS
          (SELECT 1 FROM relay_entries WHERE target = json_each.value AND action = ?2)`,
        list,
        action,
        null,
        JSON.stringify([...this.#handing.keys()]),
      );
    }
  }

  /** Adds entries with one action for one target, in order, in one statement. */
  addAll(target: string, action: string, refs: readonly (string | number)[]): void {
    if (refs.length === 0) return;
    this.#added();
    this.#sql.exec(
      `INSERT INTO relay_entries (target, position, action, ref)
        SELECT ?1, COALESCE((SELECT MAX(position) FROM relay_entries WHERE target = ?1), 0) + 1 + key, ?2, value
          FROM json_each(?3)`,
      target,
      action,
      JSON.stringify(refs),
    );
  }

  /** Removes all entries of a target. */
  remove(target: string): void {
    this.#removeWhere("target = ?", target);
    const handing = this.#handing.get(target);
    if (handing) handing.removed = true;
  }

  /** Removes all entries of a kind of target. */
  removeKind(kind: string): void {
    this.#removeWhere("target >= ? AND target < ?", `${kind}:`, `${kind};`); // the character after the colon
    for (const [target, handing] of this.#handing) if (kindOf(target) === kind) handing.removed = true;
  }

  #removeWhere(condition: string, ...parameters: readonly string[]): void {
    this.#sql.exec(`DELETE FROM relay_entries WHERE ${condition}`, ...parameters);
    this.#sql.exec(`DELETE FROM relay_failures WHERE ${condition}`, ...parameters);
  }

  /** The entries of a target, in order. */
  waiting(target: string): Entry[] {
    const query = "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position";
    return all(this.#sql, entry, query, target).map(({ action, ref }) => ({ action, ref }));
  }

  /** Whether a kind of target has entries. */
  hasWaiting(kind: string): boolean {
    const query = "SELECT 1 FROM relay_entries WHERE target >= ? AND target < ? LIMIT 1";
    return exists(this.#sql, query, `${kind}:`, `${kind};`);
  }

  /** Whether there are no entries. */
  isEmpty(): boolean {
    return !exists(this.#sql, "SELECT 1 FROM relay_entries LIMIT 1");
  }

  /** Makes failed targets due now. */
  retryNow(): void {
    this.#sql.exec("UPDATE relay_failures SET retry_ms = 0");
  }

  /** When entries are due to be handed over; null if there are none. */
  dueMs(): number | null {
    if (this.isEmpty()) return null; // the usual case: one row read
    if (this.#healthy(1).length > 0) return 0;
    return earliest(
      first(this.#sql, nullable("due", integer), "SELECT MIN(retry_ms) AS due FROM relay_failures"),
    );
  }

  /**
   * Hands over the entries of at most `mostTargets` targets, `atOnce` at a time, and stores the outcomes in one
   * transaction. @returns how many targets were called
   */
  async run(nowMs: number, mostTargets: number, atOnce: number = LIMITS.CONNECTIONS): Promise<number> {
    const targets = this.#next(nowMs, mostTargets);
    await this.#handAll(targets, atOnce);
    return targets.length;
  }

  /** Hands over one target's entries now, so that a response can show the result. The alarm retries a failure. */
  async runNow(target: string): Promise<void> {
    await this.#handAll([target], 1);
  }

  async #handAll(targets: readonly string[], atOnce: number): Promise<void> {
    const stored = Promise.withResolvers<void>();
    const outcomes = await mapConcurrent(atOnce, targets, (target) => this.#inTurn(target, stored.promise));
    try {
      const failures = this.#storage.transactionSync(() =>
        outcomes.flatMap((outcome) => (outcome ? (this.#store(outcome) ?? []) : [])),
      );
      // Not before they are stored: if a used-up quota is why they cannot be, the alarm logs that.
      for (const failure of failures) logLine("error", `${this.#kind}.relay`, failure);
    } finally {
      for (const outcome of outcomes) if (outcome) this.#handing.delete(outcome.target);
      stored.resolve();
    }
  }

  /** Hands over a target's entries when earlier calls to it are over. Later ones wait until the outcome is stored. */
  #inTurn(target: string, stored: Promise<void>): Promise<Outcome | null> {
    const handed = (this.#calls.get(target) ?? Promise.resolve()).then(() => this.#hand(target));
    const call = handed.then(() => stored);
    this.#calls.set(target, call);
    call.then(() => {
      if (this.#calls.get(target) === call) this.#calls.delete(target);
    });
    return handed;
  }

  /** The first targets that wait and have not failed. */
  #healthy(most: number): string[] {
    if (this.#allFailed) return [];
    const found = all(this.#sql, text("target"), `${WAITING_TARGETS} LIMIT ?2`, this.#from, most);
    this.#from = found[0] ?? this.#from;
    this.#allFailed = found.length === 0;
    return found;
  }

  /** There are new entries: what was known of the targets is known no more. */
  #added(): void {
    this.#allFailed = false;
    this.#from = "";
  }

  /** Targets without a failure first, then failed ones whose wait is over, longest first. */
  #next(nowMs: number, most: number): string[] {
    const healthy = this.#healthy(most);
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

  /** @returns null if nothing waits for it */
  async #hand(target: string): Promise<Outcome | null> {
    const query =
      "SELECT position, action, ref FROM relay_entries WHERE target = ? ORDER BY position LIMIT ?";
    const relay = this.#relays[kindOf(target)];
    const entries = all(this.#sql, entry, query, target, relay?.most ?? 1);
    const [current] = entries;
    if (!current) return null;
    this.#handing.set(target, { removed: false });
    try {
      if (!relay) throw new Error(`No relay for ${target}`);
      const handed = await relay.hand(target.slice(target.indexOf(":") + 1), entries);
      if (handed === "not-yet") return { target, isWaiting: true };
      const { position } = entries[handed - 1] ?? current;
      return { target, position };
    } catch (error) {
      return { target, error };
    }
  }

  /** @returns the failure, if it is one */
  #store(outcome: Outcome): Failure | null {
    const { target } = outcome;
    if (this.#handing.get(target)?.removed) return null;
    if ("error" in outcome) return this.#failed(target, outcome.error);
    if ("position" in outcome) this.#handed(target, outcome.position);
    else this.#notYet(target);
    return null;
  }

  #handed(target: string, position: number): void {
    this.#allFailed = false;
    if (target < this.#from) this.#from = target; // one that had failed may have more entries
    this.#sql.exec("DELETE FROM relay_entries WHERE target = ? AND position <= ?", target, position);
    this.#sql.exec("DELETE FROM relay_failures WHERE target = ?", target);
  }

  #failed(target: string, error: unknown): Failure {
    const failures = this.#triesOf(target) + 1;
    this.#retry(target, failures, retryInMs(error, failures, Date.now()));
    const quota = quotaUsedUp(error);
    return { target, error: String(error), failures, ...(quota ? { quota } : {}) };
  }

  /** A wait that is expected: its tries are further and further apart, too, but nothing is wrong. */
  #notYet(target: string): void {
    const tries = this.#triesOf(target) + 1;
    this.#retry(target, tries, backoffMs(tries));
  }

  /** How often in a row a target has not accepted its entries. */
  #triesOf(target: string): number {
    const query = "SELECT failures FROM relay_failures WHERE target = ?";
    return first(this.#sql, integer("failures"), query, target) ?? 0;
  }

  #retry(target: string, tries: number, inMs: number): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO relay_failures (target, failures, retry_ms) VALUES (?, ?, ?)",
      target,
      tries,
      Date.now() + inMs,
    );
  }
}
