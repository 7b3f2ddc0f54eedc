import { LIMITS } from "../../model/limits.ts";
import { within } from "../../store/concurrency.ts";

/**
 * Attempts at work that is not stored yet, one at a time. Who hands over the work keeps it and waits, for `FIRST_TRY_MS`
 * at most: what succeeds in that time is written once, and needs no alarm. A process that dies is handed the work again.
 */
export class FirstTry {
  #underWay: Promise<unknown> | null = null;

  /** Resolves when no attempt is under way. A duty that does the same work waits for it. */
  get ended(): Promise<unknown> {
    return this.#underWay ?? Promise.resolve();
  }

  /** Whether an attempt is under way. */
  get isUnderWay(): boolean {
    return this.#underWay !== null;
  }

  /**
   * Makes an attempt, which stores its own outcome.
   * @param keep stores the work as due when the attempt must have ended, and sets the alarm: the attempt takes too long
   * @param rearm sets the alarm for the outcome of an attempt that took too long
   * @returns the attempt's result; null if it takes too long
   */
  async make<T>(
    attempt: () => Promise<T>,
    keep: (dueMs: number) => void,
    rearm: () => Promise<void>,
  ): Promise<T | null> {
    const made = attempt().finally(() => {
      this.#underWay = null;
    });
    this.#underWay = made.catch(() => undefined);
    const result = await within(LIMITS.FIRST_TRY_MS, made);
    if (result !== null) return result;
    keep(Date.now() + LIMITS.ATTEMPT_TIMEOUT_MS + LIMITS.ALARM_AGAIN_MS);
    made.then(rearm).catch(() => undefined); // the alarm that is set by then tries again
    return null;
  }
}
