import CALENDAR from "./calendar.json" with { type: "json" };
import { wordsOf } from "./words.ts";

/** A text as names of the calendar are compared: folded, its words with one space between. */
export const calendarForm = (text: string): string =>
  wordsOf(text.replace(/\p{Cf}/gu, ""))
    .map(({ folded }) => folded)
    .join(" ");

const setOf = (names: readonly string[]): Set<string> => new Set(names.map(calendarForm));

interface Table {
  months: Map<string, number>;
  solarMonths: Map<string, number>;
  weekdays: Set<string>;
  joining: Set<string>;
  years: Set<string>;
  hours: Set<string>;
  eras: Set<string>;
  ago: { before: string; after: string; minutes: number }[];
  days: Map<string, number>;
}

let made: Table | null = null;

/** The table that `src/local/calendar.ts` makes of CLDR: the platform's own lacks months of some languages. */
function table(): Table {
  made ??= {
    months: new Map(Object.entries(CALENDAR.months).map(([name, month]) => [calendarForm(name), month])),
    solarMonths: new Map(
      Object.entries(CALENDAR.solarMonths).map(([name, month]) => [calendarForm(name), month]),
    ),
    weekdays: setOf(CALENDAR.weekdays),
    joining: setOf(CALENDAR.joining),
    years: setOf([...CALENDAR.years, "року"]), // of "рік", whose stem changes
    hours: setOf(CALENDAR.hours),
    eras: setOf(CALENDAR.eras),
    ago: Object.entries(CALENDAR.ago).flatMap(([minutes, patterns]) =>
      patterns.map((one) => agoForm(one, Number(minutes))),
    ),
    days: new Map(Object.entries(CALENDAR.days).map(([name, away]) => [calendarForm(name), away])),
  };
  return made;
}

function agoForm(pattern: string, minutes: number): Table["ago"][number] {
  const [before = "", after = ""] = pattern.split("{0}").map(calendarForm);
  return { before, after, minutes };
}

/** Endings of a month beside a day: of Tajik, and of the Turkic languages. They follow whole names only. */
const ENDING = /(?:и|n?[iu]n|d[ae]|t[ae]|ning|н?[ыиуү]н|н[ыиуү]ң|нинг|д[аеоө]|т[аеоө]|д[ыиуү]н|д[ыиуү]ң)$/u;
const WHOLE_LETTERS = 4;

/** The number of the month that a name is, as {@link calendarForm} has it; null when it is none's. */
export function monthOf(name: string): number | null {
  const { months } = table();
  const month = months.get(name);
  if (month !== undefined) return month;
  const stem = name.replace(ENDING, "");
  return stem.length >= WHOLE_LETTERS && stem !== name ? (months.get(stem) ?? null) : null;
}

/** The number of the month of the solar Hijri calendar that a name is; null when it is none's. */
export const solarMonthOf = (name: string): number | null => table().solarMonths.get(name) ?? null;

const SOLAR_EPOCH = { year: 1400, ms: Date.UTC(2021, 2, 21) };
const DAY_MS = 86_400_000;
const FIRST_SOLAR_YEAR = 1300;
const LAST_SOLAR_YEAR = 1471;

/** Leap years come in a cycle of 33; it holds from 1244 to 1472 (Borkowski, "The Persian calendar for 3000 years"). */
const isSolarLeap = (year: number): boolean => (25 * year + 11) % 33 < 8;

/** The day of the Gregorian calendar that a day of the solar Hijri calendar is; null when it is none. */
export function solarDay(
  year: number,
  month: number,
  day: number,
): { year: number; month: number; day: number } | null {
  const length = month <= 6 ? 31 : month < 12 || isSolarLeap(year) ? 30 : 29;
  if (year < FIRST_SOLAR_YEAR || year > LAST_SOLAR_YEAR || month < 1 || month > 12 || day < 1 || day > length)
    return null;
  let days = (month - 1) * 30 + Math.min(month - 1, 6) + day - 1;
  for (let each = SOLAR_EPOCH.year; each < year; each++) days += isSolarLeap(each) ? 366 : 365;
  for (let each = year; each < SOLAR_EPOCH.year; each++) days -= isSolarLeap(each) ? 366 : 365;
  const date = new Date(SOLAR_EPOCH.ms + days * DAY_MS);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** Whether words name a day of the week. */
export const isWeekday = (name: string): boolean => table().weekdays.has(name);

/** Whether a word only joins the parts of a date or of a time. */
export const isJoining = (word: string): boolean => table().joining.has(word);

/** Whether a word is what an hour is called. */
export const isHour = (word: string): boolean => table().hours.has(word);

/** Whether words stand for the era that dates are in. */
export const isEra = (words: string): boolean => table().eras.has(words);

const YEAR_ENDING_LETTERS = 4;

/** Whether a word is what a year is called, in any case. */
export function isYear(word: string): boolean {
  for (const year of table().years) {
    if (word.startsWith(year) && word.length <= year.length + YEAR_ENDING_LETTERS) return true;
  }
  return false;
}

/** How many minutes before now a text says that something was, and how exactly; null when it does not say so. */
export function minutesAgo(text: string): { minutes: number; unit: number } | null {
  const form = calendarForm(text);
  const away = table().days.get(form);
  if (away !== undefined) return { minutes: -away * 1_440, unit: 1_440 };
  const [, before = "", digits, after = ""] = /^(\D*?) ?(\d{1,3}) ?(\D*)$/.exec(form) ?? [];
  if (!digits) return null;
  const found = table().ago.find((one) => one.before === before.trim() && one.after === after.trim());
  return found ? { minutes: Number(digits) * found.minutes, unit: found.minutes } : null;
}
