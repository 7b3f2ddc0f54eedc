// npm run calendar
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

/** The languages of copied pages, and the regions where their months have other names. */
const LOCALES = [
  ...["az", "tr", "uz", "uz-Cyrl", "kk", "ky", "tg", "tk", "ru", "uk", "fa", "fa-AF", "he"],
  ...["ar", "ar-MA", "ar-DZ", "ar-LB", "ar-MR", "en", "en-GB", "fr", "de", "de-AT"],
  ...["es", "pt", "pt-PT", "it", "zh", "ja"],
];

/** CLDR's date words for these languages in lower case, as `src/intake/calendar.ts` reads them. */
export interface Calendar {
  cldr: string;
  /** The number of a month, by its names: long and short, standalone and formatted. */
  months: Record<string, number>;
  /** The number of a month of the solar Hijri calendar, by its name. */
  solarMonths: Record<string, number>;
  weekdays: string[];
  /** Words between the parts of a date, and between a date and its time. */
  joining: string[];
  years: string[];
  hours: string[];
  eras: string[];
  /** Patterns of relative time in the past, with `{0}` for the number, and the minutes of their unit. */
  ago: Record<string, string[]>;
  /** Words for a day, by how many days it is from today. */
  days: Record<string, number>;
}

interface Json {
  [key: string]: Json | string | undefined;
}

interface Locale {
  name: string;
  gregorian: Json;
  fields: Json;
}

const UNITS: Record<string, number> = {
  ...{ minute: 1, "minute-short": 1, hour: 60, "hour-short": 60 },
  ...{ day: 1_440, "day-short": 1_440, week: 10_080 },
};

/** How a language writes dates: CLDR's patterns of a day and of a month, with its months there. */
export interface DatePattern {
  day: string;
  month: string;
  months: string[];
  alone: string[];
}

/** The languages that workerd's `Intl` has no data for: pages write their dates by this table. */
const UNKNOWN_TO_WORKERD = ["az", "kk", "uz"];

/** Builds the table of `src/http/pages/dates.json` from the same package. */
export function datePatterns(): Record<string, DatePattern> {
  return Object.fromEntries(UNKNOWN_TO_WORKERD.map((name) => [name, patternOf(read(name))]));
}

function patternOf({ gregorian }: Locale): DatePattern {
  const pattern = (...path: string[]) => String(at(gregorian, path));
  const months = (use: string) => entries(gregorian, "months", use, "wide").map(([, name]) => name);
  return {
    day: pattern("dateFormats", "long"),
    month: pattern("dateTimeFormats", "availableFormats", "yMMMM").replace("LLLL", "MMMM"),
    months: months("format"),
    alone: months("stand-alone"),
  };
}

/** Builds the table from the package `cldr-dates-full`. */
export function calendar(): Calendar {
  const locales = LOCALES.map(read);
  const noun = (field: string) => locales.map((locale) => text(locale, locale.fields, field, "displayName"));
  return {
    cldr: version(),
    months: monthsOf(locales),
    solarMonths: solarMonths(),
    weekdays: sorted(locales.flatMap((locale) => namesIn(locale, "days").map(({ name }) => name))),
    joining: sorted(locales.flatMap(joiningWords)),
    years: sorted(noun("year")),
    hours: sorted([...noun("hour"), ...locales.flatMap(hourWords)]),
    eras: sorted(locales.flatMap(erasIn)),
    ago: agoOf(locales),
    days: Object.fromEntries(locales.flatMap(daysIn).sort(byName)),
  };
}

const require = createRequire(import.meta.url);
const load = (path: string) => JSON.parse(readFileSync(require.resolve(`cldr-dates-full/${path}`), "utf8"));
const version = (): string => load("package.json").version;

function read(name: string): Locale {
  const dates = (file: string) => load(`main/${name}/${file}.json`).main[name].dates;
  return { name, gregorian: dates("ca-gregorian").calendars.gregorian, fields: dates("dateFields").fields };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
const sorted = (texts: string[]): string[] => [...new Set(texts)].filter((each) => each !== "").sort();

function at(json: Json, path: readonly string[]): Json | string | undefined {
  return path.reduce<Json | string | undefined>(
    (value, key) => (typeof value === "object" ? value[key] : undefined),
    json,
  );
}

/** A text of the data in lower case; empty if missing. */
function text({ name }: Locale, json: Json, ...path: string[]): string {
  const value = at(json, path);
  return typeof value === "string" ? value.toLocaleLowerCase(name) : "";
}

function entries(json: Json, ...path: string[]): [string, string][] {
  return Object.entries(at(json, path) ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
}

/** The names of months or weekdays, except one-letter names and numbers. */
function namesIn(
  { name: locale, gregorian }: Locale,
  kind: "months" | "days",
): { key: string; name: string }[] {
  const tables = ["format", "stand-alone"].flatMap((use) =>
    ["wide", "abbreviated"].flatMap((width) => entries(gregorian, kind, use, width)),
  );
  return tables
    .map(([key, name]) => ({ key, name: name.toLocaleLowerCase(locale).replace(/[.׳]+$/u, "") }))
    .filter(({ name }) => /^(?:\p{L}[\p{L}\p{M}\u200c \-'’ʻ]+|\p{sc=Han})$/u.test(name));
}

/** Drops a name that two languages use for different months. */
function monthsOf(locales: readonly Locale[]): Record<string, number> {
  const months = new Map<string, Set<string>>();
  for (const locale of locales) {
    const names = namesIn(locale, "months");
    const joined = prefixesOf(locale).flatMap((prefix) =>
      names.map(({ key, name }) => ({ key, name: prefix + name })),
    );
    for (const { key, name } of [...names, ...joined])
      months.set(name, (months.get(name) ?? new Set()).add(key));
  }
  const sure = [...months].flatMap(([name, keys]) =>
    keys.size === 1 ? [[name, Number([...keys][0])] as const] : [],
  );
  return Object.fromEntries(sure.sort(byName));
}

/** The package has only the Gregorian calendar. Node.js's own CLDR data has this one. */
function solarMonths(): Record<string, number> {
  const names = ["fa", "fa-AF"].flatMap((locale) => {
    const format = new Intl.DateTimeFormat(`${locale}-u-ca-persian`, { month: "long", timeZone: "UTC" });
    // The first month of a year begins on 20 or 21 March, and none has more than 31 days.
    return Array.from({ length: 12 }, (_, month) => {
      const middle = Date.UTC(2026, 2, 21) + (month * 30.5 + 15) * 86_400_000;
      return [format.format(middle).toLocaleLowerCase(locale), month + 1] as const;
    });
  });
  return Object.fromEntries(names.sort(byName));
}

/** Prefixes written together with the name of a month, such as "in" in Hebrew. */
function prefixesOf({ gregorian }: Locale): string[] {
  const long = entries(gregorian, "dateFormats").map(([, pattern]) => pattern);
  return sorted(
    long
      .flatMap((pattern) => /(\P{ASCII})MMMM/u.exec(pattern)?.[1] ?? [])
      .filter((each) => /\p{L}/u.test(each)),
  );
}

/** The words in patterns of dates with a named month, and in patterns that join a date and a time. */
const joiningWords = (locale: Locale): string[] =>
  wordsOf(locale, [
    ...entries(locale.gregorian, "dateFormats"),
    ...availableIn(locale, /^yM{3,4}(?:E*d)?$/),
    ...entries(locale.gregorian, "dateTimeFormats-atTime", "standard"),
  ]);

/** Words beside the number of an hour, such as "Uhr". */
const hourWords = (locale: Locale): string[] => wordsOf(locale, availableIn(locale, /^H(?:ms?)?$/));

const availableIn = ({ gregorian }: Locale, key: RegExp): [string, string][] =>
  entries(gregorian, "dateTimeFormats", "availableFormats").filter(([name]) => key.test(name));

/** The words in patterns: quoted, or letters that are not a field. */
function wordsOf({ name }: Locale, patterns: readonly [string, string][]): string[] {
  return patterns.flatMap(([, pattern]) => {
    const quoted = [...pattern.matchAll(/'([^']+)'/g)].map(([, literal = ""]) => literal);
    const bare = pattern.replace(/'[^']*'/g, " ").replace(/[A-Za-z]+/g, " ");
    return [...quoted, bare].flatMap((words) => words.toLocaleLowerCase(name).match(/\p{L}+/gu) ?? []);
  });
}

const erasIn = (locale: Locale): string[] =>
  ["eraAbbr", "eraNames"].flatMap((table) =>
    ["1", "1-alt-variant"].map((era) => text(locale, locale.gregorian, "eras", table, era)),
  );

function agoOf(locales: readonly Locale[]): Record<string, string[]> {
  const all = Object.entries(UNITS).flatMap(([field, minutes]) =>
    locales.flatMap((locale) => agoIn(locale, field).map((pattern) => ({ minutes, pattern }))),
  );
  const byMinutes = Map.groupBy(all, ({ minutes }) => minutes);
  return Object.fromEntries(
    [...byMinutes].map(([minutes, some]) => [minutes, sorted(some.map(({ pattern }) => pattern))]),
  );
}

const agoIn = ({ name, fields }: Locale, field: string): string[] =>
  entries(fields, field, "relativeTime-type-past")
    .map(([, pattern]) => pattern.toLocaleLowerCase(name))
    .filter((pattern) => pattern.includes("{0}"));

const daysIn = ({ name, fields }: Locale): [string, number][] =>
  entries(fields, "day").flatMap(([key, word]) => {
    const away = /^relative-type-(0|-\d)$/.exec(key)?.[1];
    return away ? [[word.toLocaleLowerCase(name), Number(away)] as [string, number]] : [];
  });

if (import.meta.main) {
  const tables = { "../intake/calendar.json": calendar(), "../http/pages/dates.json": datePatterns() };
  for (const [path, table] of Object.entries(tables)) {
    const file = join(import.meta.dirname, path);
    writeFileSync(file, `${JSON.stringify(table)}\n`);
    console.log(`Wrote ${file}`);
  }
}
