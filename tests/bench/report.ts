import { ratios, type Spread, spread } from "./statistics.ts";

/** Measurements of ours beside another's, round by round, and the least that their ratio should be. */
export interface Comparison {
  name: string;
  ours: readonly number[];
  other: string;
  others: readonly number[];
  unit: string;
  /** The least median ratio aimed at; none where the other is there for orientation only. */
  goal?: number | undefined;
}

/** A comparison as a line of the table. */
export function line({ name, ours, other, others, unit, goal }: Comparison): string {
  const { min, median, max } = spread(ratios(ours, others));
  const verdict = goal === undefined ? "" : `goal ${goal.toFixed(2)} ${median >= goal ? "met" : "MISSED"}`;
  return [
    name.padEnd(26),
    `${amount(spread(ours))} ${unit}`.padStart(16),
    `${other} ${amount(spread(others))}`.padStart(40),
    `ratio ${median.toFixed(2)} (${min.toFixed(2)} to ${max.toFixed(2)})`.padStart(27),
    verdict,
  ]
    .join("  ")
    .trimEnd();
}

/** A median with three digits that count. */
function amount({ median }: Spread): string {
  return median >= 100 ? Math.round(median).toLocaleString("en") : median.toPrecision(3);
}
