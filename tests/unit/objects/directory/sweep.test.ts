import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../../src/model/limits.ts";
import { spendSweep } from "../../../../src/objects/directory/sweep.ts";

const NOON = Date.parse("2025-12-17T12:00:00Z");
const MINUTE_MS = 60_000;

/** How many of these ticks made a sweep, starting with nothing spent. */
function sweeps(ticksMs: readonly number[], intervalSeconds: number): boolean[] {
  let spentUntilMs = 0;
  return ticksMs.map((nowMs) => {
    const spent = spendSweep(spentUntilMs, nowMs, intervalSeconds);
    spentUntilMs = spent ?? spentUntilMs;
    return spent !== null;
  });
}

const everyMinute = (ticks: number): number[] =>
  Array.from({ length: ticks }, (_, tick) => NOON + tick * MINUTE_MS);
const made = (swept: readonly boolean[]): number => swept.filter(Boolean).length;

describe("a day of ticks", () => {
  const swept = sweeps(everyMinute(1_440), LIMITS.SWEEP_INTERVAL_SECONDS);

  test("makes at most the thousand lists of the free plan", () => {
    expect(made(swept)).toBe(989);
  });

  test("sweeps at each of the first 88", () => {
    expect(swept.indexOf(false)).toBe(88);
  });

  test("then never waits two ticks", () => {
    expect(swept.join()).not.toContain("false,false");
  });
});

test("a second day, and each after it, has fewer", () => {
  const swept = sweeps(everyMinute(3 * 1_440), LIMITS.SWEEP_INTERVAL_SECONDS);
  expect(made(swept.slice(1_440, 2_880))).toBe(960);
  expect(made(swept.slice(2_880))).toBe(960);
});

test("thirty may come at once, and no more", () => {
  const swept = sweeps(Array<number>(40).fill(NOON), LIMITS.SWEEP_INTERVAL_SECONDS);
  expect(made(swept)).toBe(30);
  expect(swept.indexOf(false)).toBe(30);
});

test("what was not spent for days is no more than one burst", () => {
  const rested = NOON + 7 * 86_400_000;
  const swept = sweeps([NOON, ...Array<number>(60).fill(rested)], LIMITS.SWEEP_INTERVAL_SECONDS);
  expect(made(swept)).toBe(31);
});

test("an interval of zero sweeps at every tick", () => {
  expect(made(sweeps(everyMinute(1_440), 0))).toBe(1_440);
});

test("whenever the ticks come, there are never more than the burst and one each interval", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, fc.integer({ min: 1, max: 600 }), (waits, intervalSeconds) => {
      let nowMs = NOON;
      const ticks = waits.map((wait) => (nowMs += wait));
      const spanMs = nowMs - (ticks[0] ?? NOON);
      const most = LIMITS.SWEEP_BURST + spanMs / (intervalSeconds * 1_000);
      expect(made(sweeps(ticks, intervalSeconds))).toBeLessThanOrEqual(most);
    }),
  );
});
