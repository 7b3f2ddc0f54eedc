import { describe, expect, test } from "vitest";
import { earliest, isStuck } from "../../../src/objects/kit/alarm.ts";

const NOW = 1_765_962_660_000;

describe("isStuck", () => {
  test.each<[string, number | null, number | null, boolean]>([
    ["nothing is due", null, null, false],
    ["it is due in a while", 60_000, null, false],
    ["it is due now", 0, null, false],
    ["it was due a minute ago and no alarm is set", -60_000, null, true],
    ["it was due a minute ago and the alarm is as late", -60_000, -60_000, true],
    ["it was due long ago and the alarm is about to come", -600_000, 1_000, false],
    ["it was due long ago and the alarm is a little late", -600_000, -59_999, false],
  ])("when %s", (_what, dueMs, alarmMs, stuck) => {
    const at = (ms: number | null) => (ms === null ? null : NOW + ms);
    expect(isStuck(at(dueMs), at(alarmMs), NOW)).toBe(stuck);
  });
});

describe("earliest", () => {
  test.each<[string, (number | null)[], number | null]>([
    ["the first of the times", [3, 1, 2], 1],
    ["a time that is there, before those that are not", [null, 2, null], 2],
    ["also the beginning of all times", [0, null], 0],
    ["null when there is none", [null, null], null],
    ["null of nothing", [], null],
  ])("is %s", (_what, times, first) => {
    expect(earliest(...times)).toBe(first);
  });
});
