import { AsyncLocalStorage } from "node:async_hooks";
import { LIMITS } from "../model/limits.ts";
import { seriesOf } from "../model/metrics.ts";
import { tally } from "./tally.ts";

/** How grave a line is. */
export type Level = "info" | "warn" | "error";

/**
 * The share of an isolate's lines that a level leaves to graver ones. The platform keeps 200,000 lines a day on the free plan
 * and drops the rest without a word; so lines of one noisy cause must not use them up.
 */
const RESERVED: Readonly<Record<Level, number>> = { error: 0, warn: 0.25, info: 0.5 };

/** Decides which lines an isolate writes (token bucket), and counts those that it does not, by event. */
export class LineBudget {
  #left: number = LIMITS.LOG_BURST_LINES;
  #atMs = 0;
  #dropped: Record<string, number> = {};

  /**
   * Takes one line. Null if it must not be written; else the lines that were dropped since the last one that was, by event.
   */
  take(level: Level, event: string, nowMs: number): Readonly<Record<string, number>> | null {
    const refill = (Math.abs(nowMs - this.#atMs) / 60_000) * LIMITS.LOG_LINES_PER_MINUTE;
    this.#left = Math.min(LIMITS.LOG_BURST_LINES, this.#left + refill);
    this.#atMs = nowMs;
    if (this.#left - 1 < RESERVED[level] * LIMITS.LOG_BURST_LINES) {
      this.#dropped[event] = (this.#dropped[event] ?? 0) + 1;
      return null;
    }
    this.#left -= 1;
    const dropped = this.#dropped;
    this.#dropped = {};
    return dropped;
  }
}

const budget = new LineBudget();
const requests = new AsyncLocalStorage<() => string>();

/** Runs what a request does: each line that it logs has the request's id, which is asked for when the first one is written. */
export const inRequest = <T>(id: () => string, run: () => T): T => requests.run(id, run);

/**
 * Writes one structured line to the log, or counts it as dropped. Never pass it a secret, a token or an article's content.
 */
export function logLine(
  level: Level,
  event: string,
  fields: Record<string, string | number | boolean | null>,
): void {
  const dropped = budget.take(level, event, Date.now());
  if (dropped === null) {
    tally(seriesOf("log_lines_dropped", level));
    return;
  }
  const request_id = requests.getStore()?.();
  const line = {
    level,
    event,
    ...(request_id === undefined ? {} : { request_id }),
    ...fields,
    ...(Object.keys(dropped).length > 0 ? { dropped } : {}),
  };
  console[level](JSON.stringify(line));
}
