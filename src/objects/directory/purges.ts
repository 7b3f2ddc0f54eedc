import { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { logLine } from "../../store/log.ts";

/** How many purges may be made now (token bucket). */
export interface PurgeBudget {
  left: number;
  atMs: number;
}

/** Takes a purge. @returns the milliseconds until there is one, if there is none */
export function takePurge(
  { left, atMs }: PurgeBudget,
  nowMs: number,
): { budget: PurgeBudget; waitMs: number } {
  const perMs = LIMITS.PURGES_PER_MINUTE / 60_000;
  const now = Math.min(LIMITS.PURGES_AT_ONCE, left + Math.max(0, nowMs - atMs) * perMs);
  if (now >= 1) return { budget: { left: now - 1, atMs: nowMs }, waitMs: 0 };
  return { budget: { left: now, atMs: nowMs }, waitMs: Math.ceil((1 - now) / perMs) };
}

/** What calls the entrypoint that the Workers Cache stands in front of: a purge reaches only what its caller has stored. */
export interface CachedEntrypoint {
  purge(tags: string[]): Promise<boolean>;
}

/**
 * Purges the Workers Cache when something was published: at once while there are purges left, then all that has come
 * together since. It is kept in memory only. What is not purged is out of date for `EDGE_SECONDS` at most.
 */
export class Purges extends RpcTarget {
  readonly #env: Bindings;
  readonly #cached: () => CachedEntrypoint;
  readonly #waiting = new Set<string>();
  #budget: PurgeBudget = { left: LIMITS.PURGES_AT_ONCE, atMs: 0 };
  #isAwaited = false;

  constructor(env: Bindings, cached: () => CachedEntrypoint) {
    super();
    this.#env = env;
    this.#cached = cached;
  }

  /** Has what has these tags purged, soon. */
  async add(tags: string[]): Promise<void> {
    if (this.#env.WORKERS_CACHE !== "on") return;
    for (const tag of tags) this.#waiting.add(tag);
    if (!this.#isAwaited) await this.#purge();
  }

  async #purge(): Promise<void> {
    const { budget, waitMs } = takePurge(this.#budget, Date.now());
    this.#budget = budget;
    this.#isAwaited = waitMs > 0;
    if (waitMs > 0) {
      setTimeout(() => void this.#purge(), waitMs);
      return;
    }
    const tags = [...this.#waiting].slice(0, LIMITS.PURGED_TAGS);
    for (const tag of tags) this.#waiting.delete(tag);
    try {
      if (!(await this.#cached().purge(tags)))
        throw new Error("The purge was refused, or [cache] is off in wrangler.toml");
    } catch (error) {
      logLine("warn", "cache.purge", { tags: tags.length, error: String(error) });
    }
    if (this.#waiting.size > 0 && !this.#isAwaited) await this.#purge();
  }
}
