/** The smallest, the middle and the largest of some numbers. */
export interface Spread {
  min: number;
  median: number;
  max: number;
}

/** The spread of at least one number. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    min: at(0),
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    max: at(sorted.length - 1),
  };
}

/** Each number divided by the one that was measured beside it. */
export function ratios(values: readonly number[], beside: readonly number[]): number[] {
  return values.map((value, round) => value / (beside[round] ?? Number.NaN));
}

/**
 * Runs each measurement once a round, A B A B …, so that the machine's drift meets all of them alike, and gives
 * each one's results. A first round warms up and is not counted.
 */
export async function alternate<T>(
  rounds: number,
  measurements: readonly (() => Promise<T>)[],
): Promise<T[][]> {
  const results: T[][] = measurements.map(() => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [index, measure] of measurements.entries()) {
      const result = await measure();
      if (round > 0) results[index]?.push(result);
    }
  }
  return results;
}
