interface Kept<T> {
  value: T;
  bytes: number;
  sinceMs: number;
}

/** Values that an isolate keeps for a while: at most so many bytes, of which those used least lately go first. */
export class Memory<T> {
  readonly #mostBytes: number;
  /** The one used last stands last. */
  readonly #kept = new Map<string, Kept<T>>();
  #bytes = 0;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  /** The value of a key, if it was kept no longer ago than so many milliseconds. */
  get(key: string, mostMs: number, nowMs: number): T | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    const ageMs = nowMs - kept.sinceMs;
    if (ageMs < 0 || ageMs >= mostMs) {
      this.delete(key);
      return undefined;
    }
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  /** Keeps a value, unless it alone is too large. */
  set(key: string, value: T, bytes: number, nowMs: number): void {
    this.delete(key);
    if (bytes > this.#mostBytes) return;
    this.#kept.set(key, { value, bytes, sinceMs: nowMs });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#mostBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }

  deleteWhere(matches: (key: string) => boolean): void {
    for (const key of this.#kept.keys()) if (matches(key)) this.delete(key);
  }

  /** The bytes that are kept. */
  get bytes(): number {
    return this.#bytes;
  }
}

/** Counts how often keys are asked for, in periods of some length. */
export class Demand {
  readonly #mostKeys: number;
  readonly #counts = new Map<string, number>();
  #sinceMs = 0;

  constructor(mostKeys: number) {
    this.#mostKeys = mostKeys;
  }

  /** Counts one request for a key, and returns how many there were in this period. */
  count(key: string, periodMs: number, nowMs: number): number {
    const isOver = nowMs < this.#sinceMs || nowMs - this.#sinceMs >= periodMs;
    if (isOver || this.#counts.size >= this.#mostKeys) {
      this.#counts.clear();
      this.#sinceMs = nowMs;
    }
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }

  clear(): void {
    this.#counts.clear();
  }
}
