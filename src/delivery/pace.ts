/** At most so many requests in any window of time of this length. */
export interface Rate {
  most: number;
  windowMs: number;
}

/** Requests that began together. */
export interface Begun {
  /** Milliseconds since 1970, rounded up: how many are remembered is bounded by the seconds of a window. */
  atMs: number;
  count: number;
}

const STEP_MS = 1_000;

/** How many requests may begin now, and when the next may; 0 when some may now. */
export function room(
  rates: readonly Rate[],
  begun: readonly Begun[],
  nowMs: number,
): { left: number; nextMs: number } {
  const rooms = rates.map(({ most, windowMs }) => {
    let left = most;
    let nextMs = 0;
    // From the newest on: the request that makes it full is the one to wait for.
    for (const { atMs, count } of [...begun].reverse()) {
      if (left > 0 && atMs + windowMs > nowMs) nextMs = atMs + windowMs;
      if (atMs + windowMs > nowMs) left -= count;
    }
    return left > 0 ? { left, nextMs: 0 } : { left: 0, nextMs };
  });
  return {
    left: Math.min(...rooms.map(({ left }) => left)),
    nextMs: Math.max(0, ...rooms.map(({ nextMs }) => nextMs)),
  };
}

/** What is remembered once so many more have begun: no more than the longest window needs. */
export function begin(
  rates: readonly Rate[],
  begun: readonly Begun[],
  count: number,
  nowMs: number,
): Begun[] {
  const longestMs = Math.max(0, ...rates.map(({ windowMs }) => windowMs));
  const atMs = Math.ceil(nowMs / STEP_MS) * STEP_MS;
  const kept = begun.filter((one) => one.atMs + longestMs > nowMs);
  const last = kept.at(-1);
  if (last?.atMs === atMs) return [...kept.slice(0, -1), { atMs, count: last.count + count }];
  return [...kept, { atMs, count }];
}
