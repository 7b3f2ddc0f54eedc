import fc from "fast-check";
import { expect, test } from "vitest";
import { nextAttemptAt, RETRY_DELAYS_SECONDS } from "../../../src/delivery/schedule.ts";

const NOW = 1_765_962_660_000;
const HOUR_MS = 3_600_000;
const UNJITTERED = 0.5;

test("waits longer after each failure, and gives up after the tenth try", () => {
  const waits = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((failed) => nextAttemptAt(failed, 0, UNJITTERED));
  expect(waits).toEqual([
    5_000,
    60_000,
    300_000,
    1_800_000,
    7_200_000,
    21_600_000,
    43_200_000,
    86_400_000,
    86_400_000,
    null,
  ]);
});

test("is due now before any try", () => {
  expect(nextAttemptAt(0, NOW, 0.9)).toBe(NOW);
});

test("stays exhausted", () => {
  expect(nextAttemptAt(1_000, NOW, UNJITTERED)).toBe(null);
});

test("counts from now, a fifth less or a fifth more by chance", () => {
  expect(nextAttemptAt(1, NOW, 0)).toBe(NOW + 4_000);
  expect(nextAttemptAt(1, NOW, 0.75)).toBe(NOW + 5_500);
  expect(nextAttemptAt(3, NOW, 0.999_999)).toBe(NOW + 360_000);
});

test("is a whole millisecond within a fifth of the delay", () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(RETRY_DELAYS_SECONDS.length - 1), random, (index, chance) => {
      const waitMs = (nextAttemptAt(index + 1, NOW, chance) ?? 0) - NOW;
      const delayMs = (RETRY_DELAYS_SECONDS[index] ?? 0) * 1_000;
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(Math.abs(waitMs - delayMs)).toBeLessThanOrEqual(delayMs / 5);
    }),
  );
});

test("spans nearly three days, and no jitter makes it four", () => {
  const spanMs = (random: number) =>
    RETRY_DELAYS_SECONDS.reduce((at, _delay, index) => nextAttemptAt(index + 1, at, random) ?? at, 0);
  expect(spanMs(UNJITTERED) / HOUR_MS).toBeCloseTo(68.6, 1);
  expect(spanMs(0.999_999) / HOUR_MS).toBeLessThan(4 * 24);
});
