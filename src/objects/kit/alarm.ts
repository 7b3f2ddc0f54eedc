import { LIMITS } from "../../model/limits.ts";
import { type Counts, seriesOf } from "../../model/metrics.ts";
import { type Quota, quotaRetryInMs, quotaUsedUp } from "../../model/quota.ts";
import { AFTER_ALL_MS } from "../../model/time.ts";
import { logLine } from "../../store/log.ts";
import { takeTally, tallyQuietly, tallyRefusal } from "../../store/tally.ts";
import { all, integer, rowOf, type Schema, text } from "./sql.ts";

/** A task that an object's alarm runs when it is due. */
export interface Duty {
  /** Its name in the log and in `duty_failures`. */
  name: string;
  /** When it is due, in milliseconds since 1970; null if there is nothing to do. Reads SQL only. */
  dueMs(): number | null;
  /**
   * Does a bounded amount of work and advances {@link dueMs}. If it throws, the error is logged and the duty is retried
   * with exponential backoff; other duties run on.
   */
  run(nowMs: number): Promise<void>;
  /** Whether a part of its work fails and is put off, while {@link run} goes on with the rest. Reads SQL only. */
  isFailing?(): boolean;
  /** True for a duty whose calls use up an invocation's budget (platform): other duties wait for the next alarm. */
  readonly isAlone?: true;
}

/** The failing duties of an object, and when each is retried. */
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

/** What an object says when it is checked. */
export interface Report {
  /** When it has something to do next; null if it has nothing to do. */
  dueMs: number | null;
  /** Its duties that failed when they last ran, or a part of which did. */
  failing: string[];
  counts: Counts;
}

/** The wait after a number of failures in a row: five seconds, doubled each time, up to an hour. */
export const backoffMs = (failures: number): number =>
  Math.min(LIMITS.BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 30), LIMITS.BACKOFF_MOST_MS);

/** The wait after a failure, which is longer if a daily quota of the platform is used up. */
export function retryInMs(error: unknown, failures: number, nowMs: number): number {
  const quota = quotaUsedUp(error);
  if (quota === null) return backoffMs(failures);
  tallyRefusal(quota, nowMs); // GET /health, /metrics and /usage show it
  return quotaRetryInMs(nowMs, Math.random());
}

/** The earliest of the given times; null if there is none. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const known = times.filter((time) => time !== null);
  return known.length > 0 ? Math.min(...known) : null;
}

/**
 * An object's alarm, set to the time of the duty that is due first. An object has one alarm (platform), and each
 * `setAlarm` is a row written.
 */
export class Alarm {
  readonly #storage: DurableObjectStorage;
  readonly #kind: string;
  readonly #duties: readonly Duty[];
  readonly #whenIdle: () => Promise<void>;
  /** The time of the alarm; undefined until this instance has set it. */
  #setMs: number | null | undefined;
  /** The quota that stopped a duty in the running alarm, which is logged. */
  #loggedQuota: Quota | null = null;
  /** The rows of `duty_failures`, read once. */
  #failed: Map<string, { failures: number; retryMs: number }> | null = null;

  /**
   * @param kind names the object in the log
   * @param whenIdle runs when no duty is due any more, instead of deleting the alarm
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
   * Sets the alarm if it is missing or too late. Call it after every change that gives a duty something to do, with no
   * `await` in between: the change and the alarm are then stored atomically (platform: writes coalesce).
   */
  async arm(): Promise<void> {
    const due = this.dueMs();
    if (due === null) return;
    const set = this.#setMs ?? Number.POSITIVE_INFINITY;
    const isLost = set < Date.now() - LIMITS.ALARM_LATE_MS;
    if (isLost || set > Math.max(due, Date.now())) await this.#set(due);
  }

  /** As {@link arm}, but also moves an alarm that is too early, which costs a row written. */
  async rearm(): Promise<void> {
    this.#forgetIdle();
    const due = this.dueMs();
    const wanted = due === null ? null : Math.max(due, Date.now());
    if (this.#setMs !== wanted) await this.#set(due);
  }

  /**
   * Runs the due duties concurrently, then the duties that became due through them; each once. Never throws: the
   * platform drops an alarm that throws six times. An alarm may run twice, and a duty whose process died runs again.
   */
  async ring(): Promise<void> {
    tallyQuietly(seriesOf("object_requests", "alarm"));
    this.#loggedQuota = null;
    try {
      // Set first, so that an alarm remains if the process dies. It cannot fire while this one still runs (platform).
      await this.#set(Date.now() + LIMITS.ALARM_AGAIN_MS);
      await this.#set(await this.#runDue());
    } catch (error) {
      // The quota that stopped a duty may also be why its failure cannot be written down, or the alarm not be set.
      const quota = quotaUsedUp(error);
      const isLogged = quota !== null && quota === this.#loggedQuota;
      if (!isLogged)
        logLine("error", `${this.#kind}.alarm`, { error: String(error), ...(quota ? { quota } : {}) });
      await this.#setAfter(error);
    }
  }

  /**
   * Sets the alarm after an error. If rows cannot be written until 00:00 UTC, no alarm can be set either: then none is left,
   * since the platform would repeat one that throws, and the watchdog finds it lost once rows can be written again.
   */
  async #setAfter(error: unknown): Promise<void> {
    const quota = quotaUsedUp(error);
    try {
      await this.#set(Date.now() + (quota ? retryInMs(error, 1, Date.now()) : LIMITS.ALARM_AGAIN_MS));
    } catch (failure) {
      if (quotaUsedUp(failure) === null) throw failure;
      this.#setMs = undefined;
    }
  }

  /** @returns the time of the next alarm */
  async #runDue(): Promise<number | null> {
    const left = new Set(this.#duties);
    for (let isFull = false; ; ) {
      this.#forgetIdle();
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

  /** Runs a duty now if it is due, so that a response can show the result. The alarm retries a failure. */
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
      if (failures > 0) this.#forget(duty.name);
    } catch (error) {
      const quota = quotaUsedUp(error);
      const waitMs = retryInMs(error, failures + 1, Date.now());
      logLine("error", `${this.#kind}.${duty.name}`, {
        error: String(error),
        ...(quota ? { quota } : {}),
        failures: failures + 1,
        retry_in_ms: waitMs,
      });
      this.#loggedQuota = quota ?? this.#loggedQuota;
      this.#storage.sql.exec(
        "INSERT OR REPLACE INTO duty_failures (name, failures, retry_ms) VALUES (?, ?, ?)",
        duty.name,
        failures + 1,
        Date.now() + waitMs,
      );
      this.#failures().set(duty.name, { failures: failures + 1, retryMs: Date.now() + waitMs });
    }
  }

  /** The watchdog's check: sets a missing or late alarm. Returns true if it was missing or late. */
  async wake(): Promise<boolean> {
    const now = Date.now();
    const stuck = isStuck(this.dueMs(), await this.#storage.getAlarm(), now);
    if (stuck) await this.#set(now);
    return stuck;
  }

  /** What the watchdog is told: when something is due next, the duties that fail, and what was counted in this isolate. */
  report(): Report {
    this.#forgetIdle();
    const failing = this.#duties.filter((duty) => this.#failures().has(duty.name) || duty.isFailing?.());
    return { dueMs: this.dueMs(), failing: failing.map(({ name }) => name), counts: takeTally() };
  }

  /**
   * Forgets failures that nothing will be tried again for: what the duty had to do was withdrawn or deleted in the meantime,
   * or an older version of the service had it. Else they would be reported for ever.
   */
  #forgetIdle(): void {
    for (const name of this.#failures().keys()) {
      const duty = this.#duties.find((one) => one.name === name);
      if ((duty?.dueMs() ?? null) === null) this.#forget(name);
    }
  }

  #forget(name: string): void {
    this.#storage.sql.exec("DELETE FROM duty_failures WHERE name = ?", name);
    this.#failures().delete(name);
  }

  #failures(): Map<string, { failures: number; retryMs: number }> {
    if (this.#failed === null) {
      const rows = all(this.#storage.sql, failure, "SELECT name, failures, retry_ms FROM duty_failures");
      this.#failed = new Map(rows.map(({ name, ...rest }) => [name, rest]));
    }
    return this.#failed;
  }

  /** When the first duty is due; null if none is. */
  dueMs(): number | null {
    return earliest(...this.#dues(this.#failures()).map(({ dueMs }) => dueMs));
  }

  /** When each duty is due; a failing one not before its retry. */
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

/** Whether something is overdue and no alarm is set in time. */
export function isStuck(dueMs: number | null, alarmMs: number | null, nowMs: number): boolean {
  if (dueMs === null || nowMs - dueMs < LIMITS.ALARM_LATE_MS) return false;
  return alarmMs === null || nowMs - alarmMs >= LIMITS.ALARM_LATE_MS;
}
