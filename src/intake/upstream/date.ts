import { DAY_MS } from "../../model/time.ts";
import { monthNamed } from "./months.ts";

/** A date out of a feed, and how much of it is said. */
export interface FeedDate {
  ms: number;
  precision: "time" | "day" | "month" | "year";
}

/** Minutes east of Greenwich: RFC 822 §5.1, and what feeds write besides. A name that is not here is taken for UTC. */
const ZONES: Readonly<Record<string, number>> = {
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  ast: -240,
  adt: -180,
  akst: -540,
  akdt: -480,
  hst: -600,
  nst: -210,
  ndt: -150,
  bst: 60,
  wet: 0,
  west: 60,
  cet: 60,
  met: 60,
  cest: 120,
  mest: 120,
  eet: 120,
  eest: 180,
  msk: 180,
  msd: 240,
  azt: 240,
  gst: 240,
  ist: 330,
  hkt: 480,
  sgt: 480,
  awst: 480,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
  nzst: 720,
  nzdt: 780,
};

const TIME = String.raw`(?<hour>\d{1,2})[:.h](?<minute>\d\d)(?:[:.m](?<second>\d\d)(?:[.,]\d+)?)?\s*(?<half>[ap]\.?m\b\.?)?`;
const ZONE = String.raw`(?<zone>(?:(?:gmt|utc|ut)\s?)?[+-]\s?\d{1,2}:?(?:\d\d)?|[a-z]{1,5}(?![a-z/_]))?(?:\s*\(?[a-z]{1,5}\)?)?(?:\s*\([^()]*\))?(?:\[[^\]]*\])?`;
const CLOCK = String.raw`(?:(?:t|[\s,]+(?:(?:-|–|at|um|à|в)\s+)?)${TIME}\s*${ZONE})?`;
const WEEKDAY = String.raw`(?:[^\s\d,]+(?:[,،]\s*|\s+))?`;
const DAY_NAME = String.raw`\p{L}[\p{L}\p{M}'’-]{2,20}`;
const WORD = String.raw`(?<word>[\p{L}\p{M}'’]{3,20}(?:-[\p{L}]{3,12})?)\.?`;
/** The word "year" after the number, as in Russian. */
const YEAR_WORD = String.raw`(?:\s*(?:г|р|ж|год[ау]?|року|il|йил|yil|жыл[ыі]?)(?![\p{L}])\.?)?`;

/** Forms in small letters. Each matches a whole text: a date that is only the beginning of it may be a wrong one. */
const FORMS: readonly RegExp[] = [
  // W3CDTF and the rest of ISO 8601: https://www.w3.org/TR/NOTE-datetime
  "(?<year>\\d{4})",
  "(?<year>\\d{4})-(?<month>\\d\\d)",
  String.raw`(?<year>\d{4})(?<mark>[-/.])(?<month>\d{1,2})\k<mark>(?<day>\d{1,2})${CLOCK}`,
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)${CLOCK}`,
  String.raw`(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)t?(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)?(?:[.,]\d+)?\s*${ZONE}`,
  String.raw`(?<year>\d{4})-(?<ordinal>\d{3})${CLOCK}`,
  String.raw`(?<year>\d{4})-?w(?<week>\d\d)-?(?<weekday>[1-7])${CLOCK}`,
  // East Asia
  String.raw`(?<year>\d{4})\s*[年년]\s*(?<month>\d{1,2})\s*[月월]\s*(?<day>\d{1,2})\s*[日号일]?(?:\s*\(?(?:[月火水木金土日](?:曜日?)?|[월화수목금토일](?:요일)?|(?:星期|周|週)[一二三四五六日天])\)?)?\s*(?:${TIME}\s*${ZONE})?`,
  String.raw`(?<year>\d{4})[\s-]${WORD}[\s-](?<day>\d{1,2})${CLOCK}`,
  // With dots the day always comes first
  String.raw`${WEEKDAY}(?<day>\d{1,2})\.\s?(?<month>\d{1,2})\.\s?(?<year>\d{4})${YEAR_WORD}${CLOCK}`,
  // RFC 822 and what is made of it
  String.raw`${WEEKDAY}(?<day>\d{1,2})(?:st|nd|rd|th|er|º|ª)?[\s.,-]+(?:(?:de|of|di)\s+)?${WORD},?(?:[\s.-]+(?:(?:de|del)\s+)?)(?<year>\d{4}|\d\d)${YEAR_WORD}${CLOCK}(?:,?\s+${DAY_NAME})?`,
  // asctime, and the American way
  String.raw`${WEEKDAY}${WORD}\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+${TIME}\s*(?:${ZONE})\s+(?<year>\d{4})`,
  String.raw`${WEEKDAY}${WORD}\s+(?<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?<year>\d{4})${CLOCK}`,
].map((form) => new RegExp(`^${form}$`, "u"));

/** A date and time with an unknown zone name: only the day is certain. */
const ZONE_BY_NAME = /^(.*\d[:.]\d\d)\s*[\p{L}(][^:]*$/su;

const LONGEST = 80;
/** Other years belong to other calendars. */
const [FIRST_YEAR, LAST_YEAR] = [1900, 2100];

/** The date that a text of a feed is; null when it is none that can be told without guessing. */
export function feedDate(text: string): FeedDate | null {
  if (text.length > LONGEST * 2) return null;
  const line = inDigits(text).replace(/\s+/gu, " ").replaceAll("\u2212", "-").trim().toLowerCase();
  if (line.length > LONGEST) return null;
  const whole = read(line);
  if (whole) return whole;
  const elsewhere = read(ZONE_BY_NAME.exec(line)?.[1] ?? "");
  return elsewhere && { ms: elsewhere.ms - (elsewhere.ms % DAY_MS), precision: "day" };
}

function read(line: string): FeedDate | null {
  for (const form of FORMS) {
    const parts = form.exec(line)?.groups;
    const date = parts && dateOf(parts);
    if (date) return date;
  }
  return null;
}

/** Where the digits of other scripts begin: full-width, Arabic, Persian, Devanagari, Bengali. */
const ZEROS = [0xff10, 0x660, 0x6f0, 0x966, 0x9e6];

const inDigits = (text: string): string =>
  text.replace(/[^\P{Nd}0-9]/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = ZEROS.find((one) => code >= one && code < one + 10);
    return zero === undefined ? digit : String(code - zero);
  });

function dateOf(parts: Record<string, string | undefined>): FeedDate | null {
  const year = fullYear(parts.year ?? "");
  if (year < FIRST_YEAR || year > LAST_YEAR) return null;
  const [midnight, minutes] = [midnightOf(year, parts), minutesOf(parts)];
  if (midnight === null || minutes === null) return null;
  const second = Math.min(Number(parts.second ?? 0), 59); // a leap second counts as the one before
  const ms = midnight + ((minutes - offsetOf(parts.zone ?? "")) * 60 + second) * 1_000;
  return { ms, precision: precisionOf(parts) };
}

function precisionOf({ hour, day, ordinal, week, month }: Record<string, string | undefined>) {
  if (hour !== undefined) return "time";
  if (day !== undefined || ordinal !== undefined || week !== undefined) return "day";
  return month === undefined ? "year" : "month";
}

/** Minutes since midnight. That may be written 24:00; Date.UTC takes other overflow for another day, which nobody meant. */
function minutesOf(parts: Record<string, string | undefined>): number | null {
  const minutes = hourOf(parts) * 60 + Number(parts.minute ?? 0);
  return Number(parts.minute ?? 0) > 59 || minutes > 24 * 60 ? null : minutes;
}

/** When the day begins in Greenwich; null when there is no such day. */
function midnightOf(
  year: number,
  { month, word, day, ordinal, week, weekday }: Record<string, string | undefined>,
) {
  if (ordinal !== undefined) {
    const ms = Date.UTC(year, 0, Number(ordinal));
    return new Date(ms).getUTCFullYear() === year ? ms : null;
  }
  if (week !== undefined) {
    // ISO 8601: the week of 4 January is the first.
    const fourth = Date.UTC(year, 0, 4);
    const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
    const number = Number(week);
    return number >= 1 && number <= 53 ? monday + ((number - 1) * 7 + Number(weekday) - 1) * DAY_MS : null;
  }
  const number = word === undefined ? Number(month ?? 1) : monthNamed(word);
  const ms = Date.UTC(year, number - 1, Number(day ?? 1));
  return number >= 1 && number <= 12 && new Date(ms).getUTCDate() === Number(day ?? 1) ? ms : null;
}

/** Two digits are of 1970 to 2069, as feeds are not older. */
const fullYear = (digits: string): number =>
  digits.length === 4 ? Number(digits) : Number(digits) + (Number(digits) < 70 ? 2000 : 1900);

function hourOf({ hour, half }: Record<string, string | undefined>): number {
  const number = Number(hour ?? 0);
  if (!half || number > 12) return number;
  return (number % 12) + (half.toLowerCase().startsWith("p") ? 12 : 0);
}

/** Minutes east of Greenwich. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /([+-])\s?(\d{1,2}):?(\d\d)?$/.exec(zone) ?? [];
  if (!sign) return ZONES[zone.toLowerCase()] ?? 0;
  const offset = Number(hours) * 60 + Number(minutes ?? 0);
  return sign === "-" ? -offset : offset;
}
