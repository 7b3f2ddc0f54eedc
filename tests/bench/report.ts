import { ratios, type Spread, spread } from "./statistics.ts";

/** Measurements of ours beside another's, round by round, and the least that their ratio should be. */
export interface Comparison {
  name: string;
  ours: readonly number[];
  other: string;
  others: readonly number[];
  unit: string;
  /** What is aimed at; none where the other is there for orientation only. */
  goal?: Goal | undefined;
}

/** The least median ratio, or the most that our own median may be, in the unit of the line. */
export type Goal = { ratio: number } | { most: number };

/** A comparison as a line of the table. */
export function line({ name, ours, other, others, unit, goal }: Comparison): string {
  const { min, median, max } = spread(ratios(ours, others));
  return [
    name.padEnd(26),
    `${amount(spread(ours))} ${unit}`.padStart(18),
    `${other} ${amount(spread(others))}`.padStart(40),
    `ratio ${short(median)} (${short(min)} to ${short(max)})`.padStart(27),
    goal === undefined ? "" : verdict(goal, median, spread(ours).median, unit),
  ]
    .join("  ")
    .trimEnd();
}

function verdict(goal: Goal, ratio: number, ours: number, unit: string): string {
  const [aim, met] =
    "ratio" in goal
      ? [`≥ ${goal.ratio.toFixed(2)}`, ratio >= goal.ratio]
      : [`≤ ${goal.most} ${unit}`, ours <= goal.most];
  return `goal ${aim} ${met ? "met" : "MISSED"}`;
}

const short = (ratio: number): string => (ratio < 0.1 ? ratio.toFixed(3) : ratio.toFixed(2));

/** A median with three digits that count. */
function amount({ median }: Spread): string {
  return median >= 100 ? Math.round(median).toLocaleString("en") : median.toPrecision(3);
}
