import fc from "fast-check";
import { expect, test } from "vitest";
import { feedDate } from "../../../../src/intake/upstream/date.ts";
import { rfc3339 } from "../../../../src/model/time.ts";
import { WRITTEN_DATES } from "../../../support/dates.ts";

/** The moment that a text is, or null. */
const moment = (text: string): string | null => {
  const date = feedDate(text);
  return date && new Date(date.ms).toISOString().replace(".000", "");
};

test.each([
  ["Thu, 01 Jan 2004 19:48:21 GMT", "2004-01-01T19:48:21Z"],
  ["1 Jan 04 19:48 EST", "2004-01-02T00:48:00Z"],
  ["Thu, 5 Apr 2012 23:47:37 +10", "2012-04-05T13:47:37Z"],
  ["Wed, 19 Aug 2009 18:28:00 GMT-0500", "2009-08-19T23:28:00Z"],
  ["Thu,01 Jan 2004 00:00:00 Z", "2004-01-01T00:00:00Z"],
  ["Mo, 26 Januar 2004 16:31:00 +0200", "2004-01-26T14:31:00Z"],
  ["Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"],
  ["Fri, 06 Mar 98 00:01:02 PDT", "1998-03-06T07:01:02Z"],
  ["Sun Jan 04 16:29:06 PST 2004", "2004-01-05T00:29:06Z"],
  ["Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z"],
  ["January 3rd, 2012 5:06 pm", "2012-01-03T17:06:00Z"],
  ["12 May 2012 12:30 am", "2012-05-12T00:30:00Z"],
  ["2003-12-31T10:14:55Z", "2003-12-31T10:14:55Z"],
  ["2003-12-31T10:14:55,5-08:00", "2003-12-31T18:14:55Z"],
  ["2003-12-31 10:14:55 +0200", "2003-12-31T08:14:55Z"],
  ["20031231", "2003-12-31T00:00:00Z"],
])("%s is %s", (text, expected) => {
  expect(moment(text)).toBe(expected);
});

test.each([
  ["2003-12-31T10:14Z", "time"],
  ["31 Dec 2003", "day"],
  ["2003-12", "month"],
  ["2003", "year"],
])("of %s the %s is known", (text, precision) => {
  expect(feedDate(text)?.precision).toBe(precision);
});

test.each([
  "",
  "yesterday",
  "31/12/2003",
  "Sun, 31 Feb 2004 10:00:00 GMT",
  "2024-13-01",
  "2024-01-01T25:00:00Z",
  "1700000000",
  "Tue, 32 Dec 2024",
  "12 Nonsense 2024",
])("%j is none", (text) => {
  expect(feedDate(text)).toBeNull();
});

test("what the platform writes is read, in each of its forms", () => {
  const date = fc.date({ min: new Date("1970-01-01"), max: new Date("2069-12-31"), noInvalidDate: true });
  fc.assert(
    fc.property(date, (one) => {
      const seconds = Math.floor(one.getTime() / 1_000) * 1_000;
      expect(feedDate(one.toUTCString())?.ms).toBe(seconds);
      expect(feedDate(one.toISOString())?.ms).toBe(seconds);
      expect(feedDate(one.toString())?.ms ?? seconds).toBe(seconds);
    }),
  );
});

test("no text takes it down, or long", () => {
  const pieces = fc.constantFrom(
    "Thu, ",
    "01",
    " Jan ",
    "2004",
    "-",
    ":",
    "T",
    " ",
    "+0100",
    "GMT",
    "é",
    "(",
    "pm",
    "99",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.array(pieces, { maxLength: 30 }).map((some) => some.join("")),
      ),
      (text) => {
        const date = feedDate(text);
        expect(date === null || Number.isFinite(date.ms)).toBe(true);
      },
    ),
    { numRuns: 2_000 },
  );
});

test.each(WRITTEN_DATES)("%s is %s, or none", (text, expected) => {
  const date = feedDate(text);
  const said = date && rfc3339(date.ms);
  expect(date?.precision === "day" ? said?.slice(0, 10) : said).toBe(expected);
});

test("a day is the right one, in whatever form it is written, or there is none", () => {
  const day = fc.date({ min: new Date("1970-01-02"), max: new Date("2069-12-31"), noInvalidDate: true });
  const marks = fc.constantFrom("-", "/", ".", " ", "");
  const tail = fc.constantFrom("", " 10:00", "T10:00:00Z", " 10:00 UTC", "x", " and more", "日");
  fc.assert(
    fc.property(day, marks, tail, fc.boolean(), (date, mark, rest, yearFirst) => {
      const [year, month, number] = date.toISOString().slice(0, 10).split("-");
      const parts = yearFirst ? [year, month, number] : [number, month, year];
      const read = feedDate(parts.join(mark) + rest);
      if (read) expect(rfc3339(read.ms).slice(0, 10)).toBe(`${year}-${month}-${number}`);
    }),
  );
});
