import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { afterPoll, freshSeconds, type Polled, untried } from "../../../../src/intake/upstream/schedule.ts";
import { LIMITS } from "../../../../src/model/limits.ts";

const NOW = Date.parse("2030-01-01T12:30:00Z");
const HOUR_MS = 3_600_000;

const read = (wish: { keptMinutes?: number; skipHours?: number[] } = {}, keptSeconds = 0): Polled => ({
  kind: "read",
  status: 200,
  address: "https://up.example/feed",
  keptSeconds,
  wish: { keptMinutes: 0, skipHours: [], ...wish },
  validators: { etag: '"a"', lastModified: null, digest: "d" },
  title: "Up",
});

const source = untried("https://up.example/feed", 0);
const nextMs = (polled: Polled, spread = 0): number | null => afterPoll(source, polled, NOW, spread).nextMs;

describe("the hours in which a feed asks not to be asked", () => {
  test("are waited out", () => {
    expect(nextMs(read({ skipHours: [12, 13, 14] }))).toBe(Date.parse("2030-01-01T15:00:00Z"));
    expect(nextMs(read({ skipHours: [13, 23] }, 11 * 3_600))).toBe(Date.parse("2030-01-02T00:00:00Z"));
  });

  test("are not heeded when they are all there are", () => {
    const all = Array.from({ length: 24 }, (_, hour) => hour);
    expect(nextMs(read({ skipHours: all }))).toBe(NOW + HOUR_MS / 2);
  });

  test("hold too when nothing changed", () => {
    const before = afterPoll(source, read({ skipHours: [13], keptMinutes: 60 }), NOW - 1, 0);
    const unchanged: Polled = { kind: "unchanged", status: 304, address: source.address, keptSeconds: 0 };
    expect(afterPoll(before, unchanged, NOW, 0).nextMs).toBe(Date.parse("2030-01-01T14:00:00Z"));
  });
});

test("sources that begin together part", () => {
  expect(nextMs(read(), 0)).toBe(NOW + HOUR_MS / 2);
  expect(nextMs(read(), 0.5)).toBe(NOW + (HOUR_MS / 2) * 1.05);
});

test("a failure keeps what is known; a success forgets the failures", () => {
  const healthy = afterPoll(source, read(), NOW, 0);
  const failed = afterPoll(healthy, { kind: "failed", status: 500, error: "no", retryAtMs: null }, NOW, 0);
  expect(failed).toMatchObject({ state: "failing", failures: 1, etag: '"a"', digest: "d", title: "Up" });
  expect(afterPoll(failed, read(), NOW, 0)).toMatchObject({ state: "active", failures: 0, error: null });
});

test("the next poll is never sooner than asked for, or than is decent, and never later than in a day and a tenth", () => {
  const polled = fc.oneof(
    fc
      .record({ keptMinutes: fc.nat(1e6), seconds: fc.nat(1e9) })
      .map(({ keptMinutes, seconds }) => read({ keptMinutes }, seconds)),
    fc
      .record({ retryAtMs: fc.option(fc.nat(86_400_000).map((ms) => NOW + ms)) })
      .map(({ retryAtMs }): Polled => ({ kind: "failed", status: 503, error: "no", retryAtMs })),
  );
  fc.assert(
    fc.property(
      polled,
      fc.nat(5_000),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (one, failures, spread) => {
        const wait = (afterPoll({ ...source, failures }, one, NOW, spread).nextMs ?? 0) - NOW;
        expect(wait).toBeGreaterThanOrEqual(LIMITS.SOURCE_SOONEST_SECONDS * 1_000);
        expect(wait).toBeLessThanOrEqual(LIMITS.SOURCE_LATEST_SECONDS * 1_100);
        if (one.kind === "failed" && one.retryAtMs) expect(NOW + wait).toBeGreaterThanOrEqual(one.retryAtMs);
      },
    ),
  );
});

describe("for how long HTTP says that an answer is fresh", () => {
  test.each<[Record<string, string>, number]>([
    [{}, 0],
    [{ "cache-control": "public, max-age=600, s-maxage=5" }, 600],
    [{ "cache-control": "max-age=600", expires: "0" }, 600],
    [{ "cache-control": "no-cache, max-age=600" }, 0],
    [{ "cache-control": "no-store" }, 0],
    [{ expires: "-1" }, 0],
    [{ expires: "Tue, 01 Jan 2030 13:30:00 GMT" }, 3_600],
    [{ expires: "Tue, 01 Jan 2030 13:30:00 GMT", date: "Tue, 01 Jan 2030 13:00:00 GMT" }, 1_800],
    [{ expires: "Mon, 01 Jan 1990 00:00:00 GMT" }, 0],
  ])("%j: %i s", (headers, seconds) => {
    expect(freshSeconds(new Headers(headers), NOW)).toBe(seconds);
  });
});

test("timeouts in a row are counted, until it answers or fails in another way", () => {
  const late: Polled = {
    kind: "failed",
    status: null,
    error: "No answer came.",
    retryAtMs: null,
    isLate: true,
  };
  const once = afterPoll(source, late, 0, 0);
  const twice = afterPoll(once, late, 0, 0);
  expect([source.timeouts, once.timeouts, twice.timeouts]).toEqual([undefined, 1, 2]);
  const other: Polled = { kind: "failed", status: 500, error: "It answered 500.", retryAtMs: null };
  expect(afterPoll(twice, other, 0, 0).timeouts).toBe(0);
  const unchanged: Polled = { kind: "unchanged", status: 304, address: source.address, keptSeconds: 0 };
  expect(afterPoll(twice, unchanged, 0, 0).timeouts).toBe(0);
});
