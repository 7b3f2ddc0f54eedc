import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parse } from "../../../src/model/parse.ts";
import { moment, parseRfc3339, rfc3339 } from "../../../src/model/time.ts";

describe("parseRfc3339", () => {
  test.each([
    ["2025-12-17T09:11:00Z", "2025-12-17T09:11:00Z"],
    ["2025-12-17T13:11:00+04:00", "2025-12-17T09:11:00Z"],
    ["2025-12-17T00:11:00-09:30", "2025-12-17T09:41:00Z"],
    ["2025-12-17T09:11:00-00:00", "2025-12-17T09:11:00Z"],
    ["2025-12-17t09:11:00z", "2025-12-17T09:11:00Z"],
    ["2025-12-17 09:11:00Z", "2025-12-17T09:11:00Z"],
    ["2025-12-17T09:11:00.999999999Z", "2025-12-17T09:11:00Z"],
    ["2025-12-17", "2025-12-17T00:00:00Z"],
    ["2024-02-29", "2024-02-29T00:00:00Z"],
    ["2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"],
    ["1969-07-20T20:17:40Z", "1969-07-20T20:17:40Z"],
    ["0000-01-01", "0000-01-01T00:00:00Z"],
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"],
  ])("takes %s for %s", (text, utc) => {
    const ms = parseRfc3339(text);
    expect(ms === null ? null : rfc3339(ms)).toBe(utc);
  });

  test("counts a leap second as the second before it", () => {
    expect(parseRfc3339("2016-12-31T23:59:60Z")).toBe(1_483_228_799_000);
    expect(parseRfc3339("2016-12-31T15:59:60.5-08:00")).toBe(1_483_228_799_000);
  });

  test.each([
    "2025-02-30T00:00:00Z",
    "2025-02-29",
    "1900-02-29",
    "2025-04-31",
    "2025-13-01",
    "2025-00-10",
    "2025-01-00",
    "2025-12-17T24:00:00Z",
    "2025-12-17T23:60:00Z",
    "2025-12-17T23:59:61Z",
    "2025-12-17T09:11:00+24:00",
    "2025-12-17T09:11:00+0400",
    "2025-12-17T09:11:00",
    "2025-12-17T09:11Z",
    "2025-12-17T09:11:00.Z",
    "0000-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "+002025-12-17",
    "25-12-17",
    "2025-12-17Z",
    "2025-12",
    " 2025-12-17",
    "2025-12-17\n",
    "Wed, 17 Dec 2025 09:11:00 GMT",
    "1765962660",
    "today",
    "",
  ])("refuses %j", (text) => {
    expect(parseRfc3339(text)).toBe(null);
  });

  test("reads back every time that rfc3339 writes, to the second", () => {
    const date = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (at) => {
        expect(parseRfc3339(rfc3339(at.getTime()))).toBe(Math.floor(at.getTime() / 1000) * 1000);
      }),
    );
  });

  test("agrees with any offset of the same moment", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1439, max: 1439 }), (minutes) => {
        const local = new Date(1_765_962_660_000 + minutes * 60_000).toISOString().slice(0, 19);
        const [hour, minute] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
        const offset = `${minutes < 0 ? "-" : "+"}${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
        expect(parseRfc3339(local + offset)).toBe(1_765_962_660_000);
      }),
    );
  });

  test("never throws, and what it takes can be written", () => {
    const digitsAndMarks = fc.string({ unit: fc.constantFrom(..."0123456789-:.TtZz+ "), maxLength: 30 });
    fc.assert(
      fc.property(fc.oneof(fc.string(), digitsAndMarks), (text) => {
        const ms = parseRfc3339(text);
        if (ms !== null) expect(rfc3339(ms)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      }),
    );
  });
});

test.each([
  ["2025-12-17T09:11:00.5Z", "2025-12-17T09:11:00.500Z"],
  ["2025-12-17T13:11:00.001+04:00", "2025-12-17T09:11:00.001Z"],
  ["2025-12-17T09:11:00.9999Z", "2025-12-17T09:11:00.999Z"],
  ["2025-12-17T09:11:00.000Z", "2025-12-17T09:11:00Z"],
])("a moment keeps its milliseconds, if it has any: %s", (text, exact) => {
  expect(parse(moment, text)).toEqual({ ok: true, value: exact });
});

test("a moment comes out in UTC, or is refused with what it should be", () => {
  expect(parse(moment, "2025-12-17T13:11:00+04:00")).toEqual({ ok: true, value: "2025-12-17T09:11:00Z" });
  expect(parse(moment, "17.12.2025")).toEqual({
    ok: false,
    failure: {
      tag: "invalid",
      errors: [
        {
          path: "",
          message:
            "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)",
        },
      ],
    },
  });
});

test("a moment is one that an alarm can be set to", () => {
  expect(parse(moment, "2188-12-31T23:59:59Z").ok).toBe(true);
  for (const text of ["2189-01-01", "9999-12-31T23:59:59Z", "2188-12-31T23:59:59-01:00"]) {
    expect(parse(moment, text)).toMatchObject({
      failure: { errors: [{ path: "", message: "must be before the year 2189" }] },
    });
  }
});
