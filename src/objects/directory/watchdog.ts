import { RpcTarget } from "cloudflare:workers";
import { LIMITS } from "../../model/limits.ts";
import { DAY_MS } from "../../model/time.ts";
import { backoffMs, type Report } from "../kit/alarm.ts";
import { all, exists, first, integer, nullable, rowOf, type Schema, text } from "../kit/sql.ts";
import type { ServiceHealth } from "./health.ts";

/** Triggers count the watched objects: a COUNT at each tick would read every row. */
const COUNTED = `CREATE TABLE watched_counts (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    channels INTEGER NOT NULL,
    others INTEGER NOT NULL
  );
  INSERT INTO watched_counts (id, channels, others)
    SELECT 1, COUNT(*) FILTER (WHERE kind = 'channel'), COUNT(*) FILTER (WHERE kind <> 'channel') FROM watched;
  CREATE TRIGGER watched_added AFTER INSERT ON watched BEGIN
    UPDATE watched_counts SET channels = channels + (NEW.kind = 'channel'), others = others + (NEW.kind <> 'channel');
  END;
  CREATE TRIGGER watched_removed AFTER DELETE ON watched BEGIN
    UPDATE watched_counts SET channels = channels - (OLD.kind = 'channel'), others = others - (OLD.kind <> 'channel');
  END;
  CREATE INDEX watched_channels ON watched (position) WHERE kind = 'channel';
  CREATE INDEX watched_others ON watched (position) WHERE kind <> 'channel';`;

/** Objects from before this are checked once, because nobody knows what they have to do. */
const DUE = `ALTER TABLE watched ADD COLUMN check_ms INTEGER;
  ALTER TABLE watched ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE watched ADD COLUMN passed_ms INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE watched ADD COLUMN pass_after TEXT;
  ALTER TABLE watched ADD COLUMN pass_began_ms INTEGER NOT NULL DEFAULT 0;
  UPDATE watched SET check_ms = 0;
  DROP INDEX watched_channels;
  DROP INDEX watched_others;
  CREATE INDEX watched_due_channels ON watched (check_ms) WHERE check_ms IS NOT NULL AND kind = 'channel';
  CREATE INDEX watched_due_others ON watched (check_ms) WHERE check_ms IS NOT NULL AND kind <> 'channel';`;

export const WATCHED_SCHEMA: Schema = {
  name: "watched",
  migrations: [
    `CREATE TABLE IF NOT EXISTS watched (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      name TEXT NOT NULL UNIQUE
    )`,
    COUNTED,
    DUE,
  ],
};

/** An object that the watchdog checks, by its name. */
export interface Watched {
  kind: "channel" | "endpoint" | "subscription" | "follower" | "switchboard";
  name: string;
}

/** How far the watchdog has checked the objects that a channel may have given something to do. */
export interface Pass {
  /** Those that were given something before this are checked. */
  sinceMs: number;
  /** When the pass began. */
  beganMs: number;
  /** The target of the channel's outbox that was checked last; empty at the beginning. */
  after: string;
}

/** An object to check now. */
export interface Check extends Watched {
  /** When its check was due; null if it is checked only because its turn in the round has come. */
  checkMs: number | null;
  /** Of a channel. */
  pass: Pass;
}

/** The objects to check now, and how many checks there is room for, with those that channels name. */
export interface Checks {
  checks: Check[];
  most: number;
  /** The position of the last turn in the round. */
  after: number;
}

/** What an object answers to a check. */
export interface Checked extends Report {
  /** Whether its alarm was missing or late. It is set now. */
  stuck: boolean;
}

/** What a channel answers to a check: also the objects that it may have given something to do. */
export interface CheckedChannel extends Checked {
  told: Watched[];
  /** Where the pass goes on; `after` is empty when it is over. */
  pass: Pick<Pass, "beganMs" | "after">;
}

/** The result of a check. `dueMs` is undefined if the object could not be reached. */
export interface CheckResult extends Watched {
  checkMs: number | null;
  dueMs?: number | null;
  failing?: string[];
  pass?: CheckedChannel["pass"];
}

/** How many objects a tick may check, of `count` in all: 300 within ten minutes, and all within an hour. */
export const checksFor = (count: number): number =>
  Math.max(LIMITS.WATCH_CHECKS, Math.ceil(count / LIMITS.WATCH_TICKS));

/**
 * How many objects' turn in the round comes with a tick: each has one a day, `WATCH_ROUND_A_DAY` in all, spread over
 * the day's minutes.
 */
export function turnsAt(count: number, nowMs: number): number {
  const perDay = Math.min(count, LIMITS.WATCH_ROUND_A_DAY);
  const minute = Math.floor(nowMs / MINUTE_MS);
  const until = (minutes: number): number => Math.floor((minutes * perDay) / (DAY_MS / MINUTE_MS));
  return until(minute + 1) - until(minute);
}

const MINUTE_MS = 60_000;

const checkRow = rowOf<Turn>({
  position: integer("position"),
  kind: (row) => text("kind")(row) as Watched["kind"],
  name: text("name"),
  checkMs: nullable("check_ms", integer),
  pass: rowOf<Pass>({
    sinceMs: integer("passed_ms"),
    beganMs: integer("pass_began_ms"),
    after: (row) => nullable("pass_after", text)(row) ?? "",
  }),
});

/** A check, and its place in the round. */
interface Turn extends Check {
  position: number;
}

const COLUMNS = "position, kind, name, check_ms, passed_ms, pass_began_ms, pass_after";

/**
 * The SQL of the objects that the watchdog checks. `check_ms` is when to check an object: a few minutes after it may have
 * got something to do, and a minute after what it has to do is due; null while it has nothing to do.
 */
export class WatchStore {
  readonly #sql: SqlStorage;
  readonly #whenRemoved: (names: readonly string[]) => void;

  /** @param whenRemoved forgets what else is known of objects that are removed */
  constructor(sql: SqlStorage, whenRemoved: (names: readonly string[]) => void) {
    this.#sql = sql;
    this.#whenRemoved = whenRemoved;
  }

  /** Adds an object, which has something to do soon. */
  watch({ kind, name }: Watched, nowMs: number): void {
    this.expect([name], nowMs);
    const query = "INSERT OR IGNORE INTO watched (kind, name, check_ms) VALUES (?, ?, ?)";
    this.#sql.exec(query, kind, name, nowMs + LIMITS.WATCH_EXPECT_MS);
  }

  /**
   * Notes that objects may get something to do now. Writes nothing if they are checked in time anyway. A check that is
   * under way must not be taken for one that comes after this: hence the other time.
   */
  expect(names: readonly string[], nowMs: number): void {
    const query = `UPDATE watched SET check_ms = CASE WHEN check_ms <= ?3 THEN check_ms + 1 ELSE ?2 END
      WHERE name = ?1 AND (check_ms IS NULL OR check_ms > ?2 OR check_ms <= ?3)`;
    for (const name of names) this.#sql.exec(query, name, nowMs + LIMITS.WATCH_EXPECT_MS, nowMs);
  }

  /** Whether the watchdog checks an object. */
  has(name: string): boolean {
    return exists(this.#sql, "SELECT 1 FROM watched WHERE name = ?", name);
  }

  /** Removes objects, and what else is known of them. */
  unwatch(names: readonly string[]): void {
    this.#sql.exec(
      "DELETE FROM watched WHERE name IN (SELECT value FROM json_each(?))",
      JSON.stringify(names),
    );
    this.#whenRemoved(names);
  }

  /**
   * The objects to check now: due channels first, because everything else waits for a channel whose alarm is lost; then
   * other due objects; then those whose turn in the round has come.
   * @param after the position of the last turn
   */
  next(after: number, nowMs: number): Checks {
    const count =
      first(this.#sql, integer("count"), "SELECT channels + others AS count FROM watched_counts") ?? 0;
    const room = checksFor(count);
    const due = (which: string, limit: number): Check[] =>
      all(
        this.#sql,
        checkRow,
        `SELECT ${COLUMNS} FROM watched WHERE kind ${which} 'channel' AND check_ms <= ? ORDER BY check_ms LIMIT ?`,
        nowMs,
        limit,
      );
    const found = [...due("=", room), ...due("<>", room)];
    const turns = this.#turns(after, Math.min(room, turnsAt(count, nowMs)));
    const round = turns.filter(({ name }) => found.every((one) => one.name !== name));
    return {
      checks: [...found, ...round.map((turn) => ({ ...turn, checkMs: null }))],
      most: room,
      after: turns.at(-1)?.position ?? after,
    };
  }

  /** The next objects of the round, which restarts at its end. */
  #turns(after: number, most: number): Turn[] {
    if (most === 0) return [];
    const query = `SELECT ${COLUMNS} FROM watched WHERE position > ? AND position <= ? ORDER BY position LIMIT ?`;
    const rows = all(this.#sql, checkRow, query, after, Number.MAX_SAFE_INTEGER, most);
    const left = most - rows.length;
    return left > 0 && after > 0 ? [...rows, ...all(this.#sql, checkRow, query, 0, after, left)] : rows;
  }

  /** Stores the result of a check: when to check again. */
  checked({ name, checkMs, dueMs, pass }: CheckResult, nowMs: number): void {
    const nextMs = dueMs == null ? null : Math.max(dueMs, nowMs) + LIMITS.ALARM_LATE_MS;
    if (dueMs === undefined) this.#failed(name, nowMs);
    else if (pass?.after)
      this.#checkBy(name, nowMs); // the pass goes on at the next tick
    else if (checkMs === null) this.#checkBy(name, nextMs);
    else this.#moved(name, checkMs, nextMs);
    if (pass) this.#passed(name, pass);
  }

  /** Checks an object by then, or earlier if that is noted. */
  #checkBy(name: string, nextMs: number | null): void {
    if (nextMs === null) return;
    const query = "UPDATE watched SET check_ms = ?2 WHERE name = ?1 AND (check_ms IS NULL OR check_ms > ?2)";
    this.#sql.exec(query, name, nextMs);
  }

  /** Moves a check, unless the object may have got something to do since it was handed out. */
  #moved(name: string, checkMs: number, nextMs: number | null): void {
    const query = "UPDATE watched SET check_ms = ?3, failures = 0 WHERE name = ?1 AND check_ms = ?2";
    this.#sql.exec(query, name, checkMs, nextMs);
  }

  #passed(name: string, { beganMs, after }: CheckedChannel["pass"]): void {
    this.#sql.exec(
      `UPDATE watched SET pass_after = ?2, pass_began_ms = ?3,
          passed_ms = CASE WHEN ?2 IS NULL THEN ?3 ELSE passed_ms END
        WHERE name = ?1 AND (pass_after IS NOT ?2 OR (?2 IS NULL AND passed_ms <> ?3))`,
      name,
      after === "" ? null : after,
      beganMs,
    );
  }

  /** An object that cannot be reached is checked less and less often, so that others have their turn. */
  #failed(name: string, nowMs: number): void {
    const query = "UPDATE watched SET failures = failures + 1 WHERE name = ? RETURNING failures";
    const failures = first(this.#sql, integer("failures"), query, name);
    if (failures === null) return;
    const nextMs = nowMs + Math.max(LIMITS.ALARM_LATE_MS, backoffMs(failures));
    this.#sql.exec("UPDATE watched SET check_ms = ? WHERE name = ?", nextMs, name);
  }
}

/** The objects that the watchdog checks. */
export class Watchdog extends RpcTarget {
  readonly #store: WatchStore;
  readonly #health: ServiceHealth;

  constructor(store: WatchStore, health: ServiceHealth) {
    super();
    this.#store = store;
    this.#health = health;
  }

  /** Adds an object, which has something to do soon. */
  async watch(watched: Watched): Promise<void> {
    this.#store.watch(watched, Date.now());
  }

  /** Notes that objects may get something to do now. */
  async expect(names: string[]): Promise<void> {
    this.#store.expect(names, Date.now());
  }

  /** Stores the results of checks. */
  async checked(results: CheckResult[]): Promise<void> {
    const now = Date.now();
    for (const result of results) this.#store.checked(result, now);
    this.#health.found(results, now, (name) => this.#store.has(name));
  }

  /** Removes objects from the watchdog. */
  async unwatch(names: string[]): Promise<void> {
    this.#store.unwatch(names);
  }
}
