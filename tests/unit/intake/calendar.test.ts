import fc from "fast-check";
import { expect, test } from "vitest";
import committedPatterns from "../../../src/http/pages/dates.json" with { type: "json" };
import committed from "../../../src/intake/calendar.json" with { type: "json" };
import { monthOf, solarDay } from "../../../src/intake/calendar.ts";
import { readDateLine } from "../../../src/intake/dates.ts";
import { calendar, datePatterns } from "../../../src/local/calendar.ts";

test("the table is what CLDR says", () => {
  expect(committed).toEqual(calendar());
  expect(committedPatterns).toEqual(datePatterns());
});

const LOCALES = [
  ...["az", "tr", "uz", "uz-Cyrl", "kk", "ky", "tg", "tk", "ru", "uk", "fa", "he", "ar", "ar-MA", "ar-DZ"],
  ...["ar-LB", "en", "en-GB", "fr", "de", "de-AT", "es", "pt", "it", "zh", "zh-TW", "ja"],
];

const DAYS = fc.date({ min: new Date("1990-01-01"), max: new Date("2049-12-31"), noInvalidDate: true });

test.each(LOCALES)(
  "every day is read as %s writes it, in its own digits and others', with a time and without",
  (locale) => {
    const styles = fc.record({
      dateStyle: fc.constantFrom("full", "long"),
      timeStyle: fc.constantFrom(undefined, "short", "medium"),
      digits: fc.constantFrom("", "-nu-latn", "-nu-native"),
    });
    fc.assert(
      fc.property(DAYS, styles, (date, { dateStyle, timeStyle, digits }) => {
        const options = { dateStyle, timeZone: "UTC", ...(timeStyle ? { timeStyle } : {}) } as const;
        const text = new Intl.DateTimeFormat(`${locale}-u-ca-gregory${digits}`, options).format(date);
        expect(readDateLine(text)).toMatchObject({
          published_at: date.toISOString().slice(0, 10),
          published_precision: "day",
        });
      }),
    );
  },
);

test("every day of the solar Hijri calendar is the day that it is", () => {
  const format = new Intl.DateTimeFormat("en-u-ca-persian-nu-latn", {
    year: "numeric",
    month: "numeric",
    day: "numeric",
    timeZone: "UTC",
  });
  fc.assert(
    fc.property(DAYS, (date) => {
      const parts = Object.fromEntries(
        format.formatToParts(date).map(({ type, value }) => [type, Number(value)]),
      );
      const { year = 0, month = 0, day = 0 } = parts;
      expect(solarDay(year, month, day)).toEqual({
        year: date.getUTCFullYear(),
        month: date.getUTCMonth() + 1,
        day: date.getUTCDate(),
      });
    }),
  );
});

test.each([
  [1405, 7, 31],
  [1405, 12, 30],
  [1405, 13, 1],
  [1299, 1, 1],
  [1500, 1, 1],
])("%i-%i-%i is no day of it", (year, month, day) => {
  expect(solarDay(year, month, day)).toBeNull();
});

test("a word that only begins as a month does is none", () => {
  expect(["marras", "mayor", "marching", "octopus", "june bug", ""].map(monthOf)).toEqual(
    Array(6).fill(null),
  );
});
