import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { pollMinutes } from "../../../src/feeds/period.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Ten articles, so long apart each. */
const every = (pause: number) => Array.from({ length: 10 }, (_, index) => 1_765_962_660_000 + index * pause);

describe("how often to ask", () => {
  test.each([
    ["minute", 60_000, 5],
    ["hour", HOUR, 5],
    ["two hours", 2 * HOUR, 15],
    ["day", DAY, 15],
    ["two days", 2 * DAY, 30],
    ["week", 7 * DAY, 30],
    ["fortnight", 14 * DAY, 60],
    ["year", 365 * DAY, 60],
  ])("of news every %s", (_name, pause, minutes) => {
    expect(pollMinutes(every(pause))).toBe(minutes);
  });

  test("when nothing is known yet", () => {
    expect(pollMinutes([])).toBe(60);
    expect(pollMinutes([1_765_962_660_000])).toBe(60);
  });

  test("is not upset by one long silence", () => {
    expect(pollMinutes([...every(HOUR), 1_765_962_660_000 + 300 * DAY])).toBe(5);
  });

  test("is a part of an hour, whatever was published, in whatever order", () => {
    const times = fc.array(fc.integer({ min: 0, max: 4_102_444_800_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(times, (announced) => {
        const minutes = pollMinutes(announced);
        expect([5, 15, 30, 60]).toContain(minutes);
        expect(pollMinutes([...announced].reverse())).toBe(minutes);
      }),
    );
  });
});
