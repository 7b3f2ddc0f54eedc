const MOST_RUNS = 3;

/**
 * The CPU time of a call in milliseconds. It runs again, three times at most, while it takes longer than it may: the
 * first run compiles, and other programs on the machine make a run slower, and none faster.
 */
export function cpuMs(call: () => unknown, mayTakeMs: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < MOST_RUNS && best >= mayTakeMs; run++) {
    const before = process.cpuUsage();
    call();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1_000);
  }
  return best;
}
