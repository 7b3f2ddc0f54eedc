import { setTimeout as pause } from "node:timers/promises";

const INTERVAL_MS = 20;

/** Asks until there is an answer; throws, naming what was waited for, when there is none in time. */
export async function until<T>(what: string, withinMs: number, ask: () => Promise<T | null>): Promise<T> {
  for (const endMs = Date.now() + withinMs; Date.now() < endMs; await pause(INTERVAL_MS)) {
    const answer = await ask();
    if (answer !== null) return answer;
  }
  throw new Error(`${what}: not within ${withinMs} ms`);
}
