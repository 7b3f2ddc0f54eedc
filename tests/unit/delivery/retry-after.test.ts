import fc from "fast-check";
import { expect, test } from "vitest";
import { afterAsking, retryAfterMs } from "../../../src/delivery/retry-after.ts";

const NOW = Date.parse("2026-10-20T12:00:00Z");

test.each([
  ["0", "2026-10-20T12:00:00Z"],
  [" 90 ", "2026-10-20T12:01:30Z"],
  ["86400", "2026-10-21T12:00:00Z"],
  ["86401", "2026-10-21T12:00:00Z"],
  ["9".repeat(400), "2026-10-21T12:00:00Z"],
  // RFC 9110 §5.6.7: one moment in three forms
  ["Tue, 20 Oct 2026 13:30:00 GMT", "2026-10-20T13:30:00Z"],
  ["Tuesday, 20-Oct-26 13:30:00 GMT", "2026-10-20T13:30:00Z"],
  ["Tue Oct 20 13:30:00 2026", "2026-10-20T13:30:00Z"],
  ["Thu Oct  1 13:30:00 2026", "2026-10-01T13:30:00Z"],
  ["Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"],
  ["Fri, 20 Oct 2036 13:30:00 GMT", "2026-10-21T12:00:00Z"],
])("%j names %s", (header, moment) => {
  expect(new Date(retryAfterMs(header, NOW) ?? 0).toISOString().replace(".000", "")).toBe(moment);
});

test.each([
  "",
  "soon",
  "-1",
  "1.5",
  "1e3",
  "0x10",
  "2026-10-20",
  "Tue, 20 Oct 2026 13:30:00",
  "Tue, 20 Foo 2026 13:30:00 GMT",
])("%j names no moment", (header) => {
  expect(retryAfterMs(header, NOW)).toBe(null);
});

test("whatever is asked, the wait is never shorter than the schedule's and never longer than a day", () => {
  const header = fc.oneof(
    fc.string(),
    fc.nat().map(String),
    fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(header, fc.nat(86_400_000), (asked, scheduled) => {
      const next = afterAsking(NOW + scheduled, asked, NOW) ?? 0;
      expect(next).toBeGreaterThanOrEqual(NOW + scheduled);
      expect(next).toBeLessThanOrEqual(NOW + 86_400_000);
    }),
  );
});

test("asking makes no try where the schedule has none", () => {
  expect(afterAsking(null, "60", NOW)).toBe(null);
});
