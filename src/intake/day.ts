import { calendarForm, isEra, isJoining, isYear, monthOf, solarDay, solarMonthOf } from "./calendar.ts";

/** A word, a number or a sign of a line. */
export interface Token {
  text: string;
  form: string;
  at: number;
  end: number;
  /** Null for what is no number. */
  number: number | null;
}

/** A calendar day, or a month of which the day is not known. */
export interface Day {
  year: number;
  month: number;
  day: number | null;
}

/** A day in a line: the tokens that say it, from and to. */
export interface DayFound {
  day: Day | "ambiguous";
  from: number;
  to: number;
}

const TOKEN = /\p{Nd}+|\p{sc=Han}|[[\p{L}\p{M}]--\p{sc=Han}]+(?:['’ʻʼ][\p{L}\p{M}]+)*|\S/gv;
const OTHER_DIGITS = /[٠-٩۰-۹０-９]/gu;
const ZEROS = ["٠", "۰", "０"].map((zero) => zero.charCodeAt(0));

/** A line as dates are read: without invisible marks, all digits those of ASCII. */
export const readable = (line: string): string =>
  line
    .replace(/\p{Cf}/gu, "")
    .replace(OTHER_DIGITS, (digit) =>
      String(Math.min(...ZEROS.map((zero) => digit.charCodeAt(0) - zero).filter((value) => value >= 0))),
    );

/** The tokens of a readable line, or the first ones. */
export function tokensOf(line: string, most = Number.POSITIVE_INFINITY): Token[] {
  const tokens: Token[] = [];
  for (const { 0: text, index } of line.matchAll(TOKEN)) {
    if (tokens.length >= most) break;
    const number = /^\d+$/.test(text) ? Number(text) : null;
    const form = number === null && /\p{L}/u.test(text) ? calendarForm(text) : text;
    tokens.push({ text, form, at: index, end: index + text.length, number });
  }
  return tokens;
}

const FIRST_YEAR = 1900;
const LAST_YEAR = 2199;
const isBetweenNumbers = (token: Token | undefined, digits: number, from: number, to: number): boolean =>
  token?.number != null && token.text.length <= digits && token.number >= from && token.number <= to;
const isFullYear = (token: Token | undefined): boolean => isBetweenNumbers(token, 4, FIRST_YEAR, LAST_YEAR);
// Of the years that are written so today, those that no year of the lunar calendar is since 2000.
const isSolarYear = (token: Token | undefined): boolean => isBetweenNumbers(token, 4, 1380, 1420);
const isDayNumber = (token: Token | undefined): boolean => isBetweenNumbers(token, 2, 1, 31);

/** Whether a line names a day, or a month of a year. */
export const namesDay = (line: string): boolean => daysIn(tokensOf(readable(line))).length > 0;

/** The days that a line names, in its order. */
export function daysIn(tokens: readonly Token[]): DayFound[] {
  const found: DayFound[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const day = numericAt(tokens, at) ?? hanAt(tokens, at) ?? namedAt(tokens, at) ?? solarAt(tokens, at);
    if (!day || day.from < (found.at(-1)?.to ?? 0)) continue;
    found.push(day);
    at = day.to - 1;
  }
  return found;
}

const SEPARATORS = new Set([".", "-", "/"]);

/** `2026-11-24`, `24.11.2026`, `11/24/2026`: three numbers, with one sign twice between them. */
function numericAt(tokens: readonly Token[], from: number): DayFound | null {
  const [first, sign, second, again, third] = tokens.slice(from, from + 5);
  if (
    !first ||
    !sign ||
    !second ||
    !again ||
    !third ||
    !SEPARATORS.has(sign.text) ||
    again.text !== sign.text
  )
    return null;
  if (first.number === null || second.number === null || third.number === null || second.text.length > 2)
    return null;
  if (isJoined(tokens[from - 1], first) || isJoinedNumber(tokens, from + 4, sign.text)) return null;
  const tight =
    sign.at === first.end && again.at === second.end && (sign.text === "." || third.at === again.end);
  if (!tight) return null;
  const to = from + 5;
  if (isFullYear(first) && third.text.length <= 2)
    return { day: { year: first.number, month: second.number, day: third.number }, from, to };
  const solar = isSolarYear(first) ? solarDay(first.number, second.number, third.number) : null;
  if (solar) return { day: solar, from, to };
  if (!isFullYear(third) || first.text.length > 2) return null;
  return { day: numbered(first.number, second.number, third.number, sign.text === "/"), from, to };
}

const isJoined = (before: Token | undefined, { at }: Token): boolean =>
  before !== undefined && before.end === at && /^[.\-–—/]$/.test(before.text);

const isJoinedNumber = (tokens: readonly Token[], last: number, sign: string): boolean => {
  const [third, next, number] = tokens.slice(last, last + 3);
  return next?.text === sign && next.at === third?.end && number?.number != null && number.at === next.end;
};

/** With full stops the day comes first; with strokes either may, and only a number above 12 tells. */
function numbered(first: number, second: number, year: number, strokes: boolean): Day | "ambiguous" {
  if (first > 12 || !strokes || first === second) return { year, month: second, day: first };
  return second > 12 ? { year, month: first, day: second } : "ambiguous";
}

/** `2026年11月24日`. */
function hanAt(tokens: readonly Token[], from: number): DayFound | null {
  const [year, yearSign, month, monthSign, day, daySign] = tokens.slice(from, from + 6);
  if (
    !year ||
    !isFullYear(year) ||
    yearSign?.text !== "年" ||
    month?.number == null ||
    monthSign?.text !== "月"
  )
    return null;
  const whole = day?.number != null && (daySign?.text === "日" || daySign?.text === "号");
  const known = { year: year.number ?? 0, month: month.number };
  return { day: { ...known, day: whole ? (day?.number ?? null) : null }, from, to: from + (whole ? 6 : 4) };
}

/** A month by its name, of one word or two. */
function monthAt(tokens: readonly Token[], at: number): { month: number; to: number } | null {
  const [first, second] = tokens.slice(at, at + 2);
  if (!first || !/\p{L}/u.test(first.text)) return null;
  const two = second ? monthOf(`${first.form} ${second.form}`) : null;
  if (two !== null) return { month: two, to: at + 2 };
  const one = first.form.length > 1 ? monthOf(first.form) : null;
  return one === null ? null : { month: one, to: at + 1 };
}

/** `۵ آذر ۱۴۰۵`: a day of the solar Hijri calendar. */
function solarAt(tokens: readonly Token[], at: number): DayFound | null {
  const [day, name, year] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  const month = name ? solarMonthOf(name.form) : null;
  if (month === null || !isDayNumber(day) || year?.number == null) return null;
  const found = solarDay(year.number, month, day?.number ?? 0);
  return found && { day: found, from: at - 1, to: at + 2 };
}

const BETWEEN = /^[.,/\-–'’ʼ´`º°ª\u060c־׳״]$/u;
const MOST_BETWEEN = 5;

/** What may stand between the parts of a date: signs, endings of numbers, and words that join or call it a year. */
function isBetween(token: Token, before: Token | undefined): boolean {
  if (BETWEEN.test(token.text) || isJoining(token.form) || isYear(token.form)) return true;
  if (!before || !/\p{L}/u.test(token.text) || token.text.length > 4) return false;
  const attached = before.end === token.at && (before.number !== null || /^[-–'’ʼ.]$/.test(before.text));
  return attached && monthOf(token.form) === null;
}

/** The next number in a direction from a place, over what may stand between; -1 when there is none. */
function numberBeside(tokens: readonly Token[], from: number, step: 1 | -1): number {
  for (let at = from, passed = 0; passed <= MOST_BETWEEN; at += step, passed++) {
    const token = tokens[at];
    if (!token) return -1;
    if (token.number !== null) return at;
    if (!isBetween(token, tokens[at - 1])) return -1;
  }
  return -1;
}

/** Whether a number is the end or the beginning of several days: "5–11", "5 to 11". */
function isOfRange(tokens: readonly Token[], at: number, step: 1 | -1): boolean {
  const sign = tokens[at + step];
  const number = tokens[at + 2 * step];
  if (!sign || !number || !isDayNumber(number) || tokens[at + 3 * step]?.text === ":") return false;
  return (
    /^[-–—−/&+]$/.test(sign.text) ||
    (/\p{L}/u.test(sign.text) && !isJoining(sign.form) && sign.text.length <= 3)
  );
}

/** Where the parts of a date stand that names its month, and where it begins and ends. */
interface Parts {
  year: number;
  day: number | null;
  from: number;
  to: number;
}

/** `24 November 2026`, `November 24, 2026`, `2026 жылғы 24 қараша`, `November 2026`. */
function namedAt(tokens: readonly Token[], at: number): DayFound | null {
  const name = monthAt(tokens, at);
  if (!name) return null;
  const end = endOfMonth(tokens, name);
  const left = numberBeside(tokens, at - 1, -1);
  const right = numberBeside(tokens, end, 1);
  const parts = partsOf(tokens, left, right, at, end);
  if (!parts) return null;
  const { year, day, from, to } = parts;
  if (day !== null && (isOfRange(tokens, day, -1) || isOfRange(tokens, day, 1))) return null;
  const said = { year: tokens[year]?.number ?? 0, month: name.month };
  return {
    day: { ...said, day: day === null ? null : (tokens[day]?.number ?? null) },
    from,
    to: endOfYear(tokens, to),
  };
}

function partsOf(
  tokens: readonly Token[],
  left: number,
  right: number,
  at: number,
  end: number,
): Parts | null {
  const isYearAt = (place: number) => isFullYear(tokens[place]);
  const isDayAt = (place: number) => isDayNumber(tokens[place]);
  if (isDayAt(left) && isYearAt(right)) return { year: right, day: left, from: left, to: right + 1 };
  const first = numberBeside(tokens, left - 1, -1);
  if (isDayAt(left) && isYearAt(first)) return { year: first, day: left, from: first, to: end };
  if (isDayAt(right) && isYearAt(left)) return { year: left, day: right, from: left, to: right + 1 };
  const last = numberBeside(tokens, right + 1, 1);
  if (isDayAt(right) && isYearAt(last)) return { year: last, day: right, from: at, to: last + 1 };
  return isYearAt(right) && !isDayAt(left) ? { year: right, day: null, from: at, to: right + 1 } : null;
}

/** A month may be named twice: in the words of the Levant and of Egypt. */
function endOfMonth(tokens: readonly Token[], { month, to }: { month: number; to: number }): number {
  const again = /^[/(]$/.test(tokens[to]?.text ?? "") ? monthAt(tokens, to + 1) : null;
  if (again?.month !== month) return to;
  return tokens[again.to]?.text === ")" ? again.to + 1 : again.to;
}

const MOST_AFTER_YEAR = 5;

/** Behind a year may stand its ending, what a year is called, and the era. */
function endOfYear(tokens: readonly Token[], from: number): number {
  let to = from;
  while (to < from + MOST_AFTER_YEAR && belongsToYear(tokens, to)) to++;
  return to;
}

function belongsToYear(tokens: readonly Token[], at: number): boolean {
  const [before, token, next] = [tokens[at - 1], tokens[at], tokens[at + 1]];
  if (!before || !token) return false;
  const tight = before.end === token.at;
  // A sign that joins an ending to the year, and the full stop of a shortened word.
  if (/^[-–'’]$/.test(token.text)) return tight && next?.at === token.end && /\p{L}/u.test(next.text);
  if (token.text === ".") return tight && /\p{L}/u.test(before.text) && before.text.length <= 2;
  if (!/\p{L}/u.test(token.text) || /^t$/i.test(token.text)) return false;
  const ending = tight && token.text.length <= 4;
  const short = token.text.length === 1 && isJoining(token.form) && next?.text === ".";
  return ending || short || isYear(token.form) || isEra(token.form);
}
