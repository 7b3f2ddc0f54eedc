import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  HEALTHY,
  type Health,
  type HealthChange,
  type HealthState,
  healthNotice,
  nextHealth,
  progressPercent,
} from "../../../src/delivery/health.ts";

const HOUR = 3_600_000;
const NOW = 2_000_000_000_000;

const inState = (state: HealthState): Health => ({ ...HEALTHY, state, failures: state === "active" ? 0 : 3 });

// The table in src/objects/endpoint/README.md.
const TABLE: [HealthState, Record<HealthChange, HealthState>][] = [
  [
    "active",
    {
      success: "active",
      failure: "failing",
      gone: "disabled",
      pause: "paused",
      resume: "active",
      enable: "active",
    },
  ],
  [
    "failing",
    {
      success: "active",
      failure: "failing",
      gone: "disabled",
      pause: "paused",
      resume: "failing",
      enable: "active",
    },
  ],
  [
    "paused",
    {
      success: "paused",
      failure: "paused",
      gone: "disabled",
      pause: "paused",
      resume: "active",
      enable: "active",
    },
  ],
  [
    "disabled",
    {
      success: "disabled",
      failure: "disabled",
      gone: "disabled",
      pause: "disabled",
      resume: "disabled",
      enable: "active",
    },
  ],
];

describe("each state", () => {
  const rows = TABLE.flatMap(([from, row]) =>
    Object.entries(row).map(([change, to]) => [from, change as HealthChange, to] as const),
  );

  test.each(rows)("%s, on %s, is %s", (from, change, to) => {
    expect(nextHealth(inState(from), change, NOW).state).toBe(to);
  });
});

/** The health after failures at these hours, and nothing else. */
const afterFailures = (hours: readonly number[]): Health =>
  hours.reduce((health, hour) => nextHealth(health, "failure", NOW + hour * HOUR), HEALTHY);

const everyHours = (step: number, until: number): number[] =>
  Array.from({ length: Math.floor(until / step) + 1 }, (_, index) => index * step);

describe("disabling", () => {
  test("takes five days without a success", () => {
    expect(afterFailures(everyHours(1, 119)).state).toBe("failing");
    expect(afterFailures(everyHours(1, 120))).toMatchObject({ state: "disabled", reason: "failures" });
  });

  test("takes twenty tries, however long they take", () => {
    expect(afterFailures(everyHours(24, 24 * 18)).state).toBe("failing");
    expect(afterFailures(everyHours(24, 24 * 19)).state).toBe("disabled");
  });

  test("does not follow from one bad day, a silence of a month and another failure", () => {
    expect(afterFailures([...everyHours(0.5, 24), 24 * 31])).toMatchObject({
      state: "failing",
      failures: 50,
    });
  });

  test("begins anew after a success", () => {
    const once = nextHealth(afterFailures(everyHours(1, 100)), "success", NOW + 101 * HOUR);
    expect(progressPercent(once)).toBe(0);
    expect(nextHealth(once, "failure", NOW + 130 * HOUR)).toMatchObject({ failures: 1, failingMs: 0 });
  });
});

test("others are told at 50, 70 and 90 percent and when it is disabled, each once", () => {
  const told: [number, string, number][] = [];
  let health = HEALTHY;
  for (const hour of everyHours(1, 130)) {
    const after = nextHealth(health, "failure", NOW + hour * HOUR);
    const notice = healthNotice(health, after);
    if (notice) told.push([hour, notice, progressPercent(after)]);
    health = after;
  }
  expect(told).toEqual([
    [60, "endpoint.failing", 50],
    [84, "endpoint.failing", 70],
    [108, "endpoint.failing", 90],
    [120, "endpoint.disabled", 100],
  ]);
});

test("whatever happens, nothing is disabled before five days and twenty failures, but by 410", () => {
  const change = fc.constantFrom<HealthChange>(
    "success",
    "failure",
    "failure",
    "failure",
    "pause",
    "resume",
    "enable",
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.nat(40 * HOUR))), (happenings) => {
      let health = HEALTHY;
      let now = NOW;
      let failedSince: number | null = null;
      let failures = 0;
      for (const [what, later] of happenings) {
        now += later;
        if (what === "failure" && failures++ === 0) failedSince = now;
        const before = health.state;
        health = nextHealth(health, what, now);
        if (health.state === "disabled" && before !== "disabled") {
          expect(failures).toBeGreaterThanOrEqual(20);
          expect(now - (failedSince ?? now)).toBeGreaterThanOrEqual(120 * HOUR);
        }
        if (health.state === "active") failures = 0;
      }
    }),
  );
});
