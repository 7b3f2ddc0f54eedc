import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { type Level, LineBudget } from "../../../src/store/log.ts";

/** Takes lines of an event until one is dropped; returns how many were written. */
function untilDropped(budget: LineBudget, level: Level, nowMs: number): number {
  for (let lines = 0; ; lines++) if (budget.take(level, `${level}.noise`, nowMs) === null) return lines;
}

describe("an isolate's lines", () => {
  test("leave a share to graver levels", () => {
    const budget = new LineBudget();
    expect(untilDropped(budget, "info", 0)).toBe(LIMITS.LOG_BURST_LINES * 0.5);
    expect(untilDropped(budget, "warn", 0)).toBe(LIMITS.LOG_BURST_LINES * 0.25);
    expect(untilDropped(budget, "error", 0)).toBe(LIMITS.LOG_BURST_LINES * 0.25);
  });

  test("tell once how many were dropped before, by event", () => {
    const budget = new LineBudget();
    untilDropped(budget, "error", 0);
    expect(budget.take("warn", "a", 0)).toBeNull();
    expect(budget.take("error", "b", 0)).toBeNull();
    expect(budget.take("error", "b", 0)).toBeNull();
    expect(budget.take("error", "c", 60_000)).toEqual({ "error.noise": 1, a: 1, b: 2 });
    expect(budget.take("error", "c", 60_000)).toEqual({});
  });

  test("stay under the platform's 200,000 a day with twenty isolates that log without end", () => {
    const budget = new LineBudget();
    let written = 0;
    for (let second = 0; second < 86_400; second++) {
      for (let line = 0; line < 3; line++) if (budget.take("error", "loop", second * 1_000)) written++;
    }
    expect(20 * (written - LIMITS.LOG_BURST_LINES)).toBeLessThanOrEqual(202_000);
    expect(written).toBeGreaterThan(10_000);
  });
});
