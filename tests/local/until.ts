import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 25;

/** Asks until the answer is neither `false` nor `null`; fails, naming what was waited for, when that is too late. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => T | Promise<T>,
): Promise<Exclude<T, null | false>> {
  for (const end = Date.now() + withinMs; Date.now() < end; await pause(INTERVAL_MS)) {
    const answer = await ask();
    if (answer !== null && answer !== false) return answer as Exclude<T, null | false>;
  }
  throw new Error(`${what}: not within ${withinMs} ms`);
}
