import { LIMITS } from "../../model/limits.ts";
import { AFTER_ALL_MS } from "../../model/time.ts";
import { logLine } from "../../store/log.ts";
import { all, integer, rowOf, type Schema, text } from "./sql.ts";

/** Something that an object does when its time has come. */
export interface Duty {
  /** Names it in the log and in `duty_failures`. */
  name: string;
  /** When it is due, in milliseconds since 1970; null when there is nothing to do. Reads SQL only. */
  dueMs(): number | null;
  /**
   * Does a bounded share of what is due, and moves {@link dueMs}. What it throws is logged, and it is tried again
   * with a growing wait; other duties go on.
   */
  run(nowMs: number): Promise<void>;
  /** True for a duty whose calls use up an invocation's budget (platform): other duties wait for the next alarm. */
  readonly isAlone?: true;
}

/** The duties of an object that failed last, and when each is tried again. */
export const ALARM_SCHEMA: Schema = {
  name: "alarm",
  migrations: [
    `CREATE TABLE duty_failures (
      name TEXT PRIMARY KEY,
      failures INTEGER NOT NULL,
      retry_ms INTEGER NOT NULL
    ) WITHOUT ROWID`,
  ],
};

const failure = rowOf({ name: text("name"), failures: integer("failures"), retryMs: integer("retry_ms") });

/** The wait after so many failures in a row: from five seconds, doubled each time, up to an hour. */
export const backoffMs = (failures: number): number =>
  Math.min(LIMITS.BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 30), LIMITS.BACKOFF_MOST_MS);

/** The earliest of some times; null when there is none. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/**
 * An object's alarm: it goes off when the first of the object's duties is due. An object has one alarm (platform), and
 * each setting of it is a row written.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #kind: string;
  readonly #duties: readonly Duty[];
  readonly #whenIdle: () => Promise<void>;
  /** What the alarm was set to last; undefined before it was set by this instance. */
  #setMs: number | null | undefined;
  /** What is in `duty_failures`: read once. */
  #failed: Map<string, { failures: number; retryMs: number }> | null = null;

  /**
   * @param kind names the object in the log
   * @param whenIdle what is done when no duty has anything to do any more, in place of deleting the alarm
   */
  constructor(
    storage: DurableObjectStorage,
    kind: string,
    duties: readonly Duty[],
    whenIdle: () => Promise<void> = () => storage.deleteAlarm(),
  ) {
    this.#storage = storage;
    this.#kind = kind;
    this.#duties = duties;
    this.#whenIdle = whenIdle;
  }

  /**
   * Makes sure that the alarm goes off in time. Called after every change that gives a duty something to do, with no
   * `await` in between: then the alarm is stored together with the change (platform: writes coalesce), or neither is.
   */
  async arm(): Promise<void> {
    const due = this.#dueMs();
    if (due === null) return;
    const set = this.#setMs ?? Number.POSITIVE_INFINITY;
    const isLost = set < Date.now() - LIMITS.ALARM_LATE_MS;
    if (isLost || set > Math.max(due, Date.now())) await this.#set(due);
  }

  /** As {@link arm}, but an alarm that would go off too early is put off: each time, that is a row written. */
  async rearm(): Promise<void> {
    const due = this.#dueMs();
    const wanted = due === null ? null : Math.max(due, Date.now());
    if (this.#setMs !== wanted) await this.#set(due);
  }

  /**
   * Runs the duties that are due, side by side, and then those that these have given something to do; each once.
   * Never throws: an alarm that throws six times is gone (platform). An alarm may run twice, and a duty whose process
   * died runs again.
   */
  async ring(): Promise<void> {
    try {
      // Set before anything is done: a process that dies leaves an alarm behind. It cannot go off while this one
      // still runs (platform).
      await this.#set(Date.now() + LIMITS.ALARM_AGAIN_MS);
      await this.#set(await this.#runDue());
    } catch (error) {
      logLine("error", `${this.#kind}.alarm`, { error: String(error) });
      await this.#set(Date.now() + LIMITS.ALARM_AGAIN_MS);
    }
  }

  /** @returns when the alarm is to go off next */
  async #runDue(): Promise<number | null> {
    const left = new Set(this.#duties);
    for (let isFull = false; ; ) {
      const failures = this.#failures();
      const dues = this.#dues(failures);
      const now = Date.now();
      const due = dues.filter(({ duty, dueMs }) => left.has(duty) && dueMs !== null && dueMs <= now);
      if (isFull || due.length === 0) return earliest(...dues.map(({ dueMs }) => dueMs));
      const alone = due.find(({ duty }) => duty.isAlone);
      isFull = alone !== undefined;
      const some = alone ? [alone] : due;
      for (const { duty } of some) left.delete(duty);
      await Promise.all(some.map(({ duty }) => this.#run(duty, failures.get(duty.name)?.failures ?? 0)));
    }
  }

  /** Runs a duty at once if it is due, so that an answer can show it; a failure waits for the alarm. */
  async runNow(name: string): Promise<void> {
    const duty = this.#duties.find((one) => one.name === name);
    const dueMs = duty?.dueMs() ?? null;
    if (duty && dueMs !== null && dueMs <= Date.now()) {
      await this.#run(duty, this.#failures().get(name)?.failures ?? 0);
    }
  }

  async #run(duty: Duty, failures: number): Promise<void> {
    try {
      await duty.run(Date.now());
      if (failures > 0) {
        this.#storage.sql.exec("DELETE FROM duty_failures WHERE name = ?", duty.name);
        this.#failures().delete(duty.name);
      }
    } catch (error) {
      const retryInMs = backoffMs(failures + 1);
      logLine("error", `${this.#kind}.${duty.name}`, {
        error: String(error),
        failures: failures + 1,
        retry_in_ms: retryInMs,
      });
      this.#storage.sql.exec(
        "INSERT OR REPLACE INTO duty_failures (name, failures, retry_ms) VALUES (?, ?, ?)",
        duty.name,
        failures + 1,
        Date.now() + retryInMs,
      );
      this.#failures().set(duty.name, { failures: failures + 1, retryMs: Date.now() + retryInMs });
    }
  }

  /** The watchdog's check: sets the alarm when it is missing or late. Returns true when it was. */
  async wake(): Promise<boolean> {
    const now = Date.now();
    const stuck = isStuck(this.#dueMs(), await this.#storage.getAlarm(), now);
    if (stuck) await this.#set(now);
    return stuck;
  }

  /** True while a duty fails. */
  isFailing(): boolean {
    return this.#failures().size > 0;
  }

  #failures(): Map<string, { failures: number; retryMs: number }> {
    if (this.#failed === null) {
      const rows = all(this.#storage.sql, failure, "SELECT name, failures, retry_ms FROM duty_failures");
      this.#failed = new Map(rows.map(({ name, ...rest }) => [name, rest]));
    }
    return this.#failed;
  }

  /** When the first duty is due; null when none is. */
  #dueMs(): number | null {
    return earliest(...this.#dues(this.#failures()).map(({ dueMs }) => dueMs));
  }

  /** When each duty is due, a failed one not before its wait is over. */
  #dues(failures: ReadonlyMap<string, { retryMs: number }>): { duty: Duty; dueMs: number | null }[] {
    return this.#duties.map((duty) => {
      const dueMs = duty.dueMs();
      const retryMs = failures.get(duty.name)?.retryMs ?? 0;
      return { duty, dueMs: dueMs === null ? null : Math.max(dueMs, retryMs) };
    });
  }

  async #set(dueMs: number | null): Promise<void> {
    this.#setMs = dueMs === null ? null : Math.min(Math.max(dueMs, Date.now()), AFTER_ALL_MS - 1);
    if (this.#setMs === null) await this.#whenIdle();
    else await this.#storage.setAlarm(this.#setMs);
  }
}

/** True when something is due and no alarm will come for it in time. */
export function isStuck(dueMs: number | null, alarmMs: number | null, nowMs: number): boolean {
  if (dueMs === null || nowMs - dueMs < LIMITS.ALARM_LATE_MS) return false;
  return alarmMs === null || nowMs - alarmMs >= LIMITS.ALARM_LATE_MS;
}
