import { parseRfc3339 } from "../model/time.ts";
import { relativeLine } from "./ago.ts";
import {
  type DateLabel,
  isBeside,
  isTitled,
  labelOf,
  MOST_LABEL_CHARACTERS,
  restOf,
  trimmed,
} from "./beside.ts";
import { isWeekday } from "./calendar.ts";
import { type ClockFound, clockAt } from "./clock.ts";
import { type Day, daysIn, readable, type Token, tokensOf } from "./day.ts";
import { plainWords } from "./phrases.ts";

/** A line that says when a document was published or changed, or may do so. */
export interface DateLine {
  published_at: string;
  published_precision: "time" | "day" | "month";
  label: DateLabel;
  /** What stands in the line besides. */
  rest: string;
  /** Whether it names the day of the week. */
  weekday: boolean;
  /** What the line leaves open. */
  ambiguity: string | null;
}

/** A date line that does not tell which day it is, and which it may be. */
export interface OpenDate {
  ambiguity: string;
  offered: string[];
}

/** A day in a line, with the time beside it and the words around both. */
interface DayMention {
  day: Day | "ambiguous";
  clock: { text: string; offset: string | null } | null;
  before: string;
  after: string;
  weekday: boolean;
}

const LONGEST = 160;
const MOST_TOKENS = 40;
const BEGINNING_CHARACTERS = 90;
const MOST_DATES = 3;

/**
 * What a line says as a date line; null when it is none: prose that names a day says nothing of publication.
 * @param copiedAt when the page was copied, in RFC 3339; null when nobody says so
 */
export function readDateLine(line: string, copiedAt: string | null = null): DateLine | OpenDate | null {
  if (line.length > LONGEST) return null;
  if (!/\p{Nd}/u.test(line)) return relativeLine(line, copiedAt);
  const mentions = mentionsIn(readable(line).trim());
  if (mentions.length === 0) return relativeLine(line, copiedAt);
  if (mentions.length > MOST_DATES) return null;
  const read = mentions.map((one, index) => labelled(one, index === mentions.length - 1));
  const chosen = onlyOne(read);
  if (!chosen) {
    const published = read.every(({ rest }) => isBeside(rest));
    return published
      ? { ambiguity: `"${line}" has more than one date`, offered: read.flatMap(offeredBy) }
      : null;
  }
  const { rest } = chosen;
  const besides = read.filter((one) => one !== chosen).map((one) => one.rest);
  if (chosen.label !== "other" && ![rest, ...besides].every(isBeside)) return null;
  if (chosen.label === "other" && rest.length > MOST_LABEL_CHARACTERS) return null;
  if (chosen.mention.day === "ambiguous") {
    return { ambiguity: `"${line}" may be read with day or month first`, offered: eitherWay(line) };
  }
  const label = chosen.label === null && !chosen.mention.clock && isTitled(rest) ? "other" : chosen.label;
  const date = dated(chosen.mention.day, chosen.mention.clock, label, rest);
  return date && { ...date, weekday: chosen.mention.weekday };
}

const offeredBy = ({ mention }: Labelled): string[] => {
  const date = mention.day === "ambiguous" ? null : dated(mention.day, null, null, "");
  return date ? [date.published_at] : [];
};

/** Both days that numbers with strokes may be: the day first, as most of the world has it. */
function eitherWay(line: string): string[] {
  const [, first, second, year] = /(\d{1,2})\/(\d{1,2})\/(\d{4})/.exec(readable(line)) ?? [];
  return first && second
    ? [
        [second, first],
        [first, second],
      ].map(([month, day]) => `${year}-${two(Number(month))}-${two(Number(day))}`)
    : [];
}

/** A paragraph that begins with a labelled date, or with an agency's dateline of a full date; null for any other. */
export function readLeadingDate(paragraph: string): { date: DateLine; prose: string } | null {
  const beginning = readable(paragraph.slice(0, BEGINNING_CHARACTERS));
  const tokens = tokensOf(beginning);
  const [first] = daysIn(tokens);
  if (!first || first.day === "ambiguous") return null;
  const before = beginning.slice(0, tokens[first.from]?.at ?? 0);
  const words = plainWords(before);
  const label = words.length > 0 ? labelOf(before) : null;
  if (label === null || label === "other" || label === "updated" || restOf(before, label) !== "") return null;
  const date = dated(first.day, null, label, "");
  const prose =
    beginning.slice(tokens[first.to - 1]?.end ?? 0) + readable(paragraph.slice(BEGINNING_CHARACTERS));
  return date && /\p{L}/u.test(prose) ? { date, prose: prose.replace(/^[\s,.:;|–—-]+/u, "") } : null;
}

const AGENCY = /^\s*(?:\([^()]{2,40}\)|\/[^/]{2,40}\/)?\s*(?:--|[–—-])\s/u;

/** The full date in a dateline of an agency: "BAKU, November 12, 2026 /Newswire/ -- …", "Baku (24.11.2026) – …". */
export function readDateline(paragraph: string): DateLine | null {
  const beginning = readable(paragraph.slice(0, BEGINNING_CHARACTERS));
  const tokens = tokensOf(beginning);
  const [first] = daysIn(tokens);
  if (!first || first.day === "ambiguous") return null;
  const before = beginning.slice(0, tokens[first.from]?.at ?? 0);
  const after = beginning.slice(tokens[first.to - 1]?.end ?? 0).replace(/^\s*\)/, "");
  return isPlace(before) && AGENCY.test(after) ? dated(first.day, null, null, "") : null;
}

const MOST_WORDS_OF_A_DATELINE = 4;

/** Whether a text is the name of a place, as a dateline begins: a few words, each with a capital where there are any. */
function isPlace(text: string): boolean {
  const all = text.split(/[\s,(:–—-]+/u).filter((word) => word !== "");
  return (
    all.length > 0 &&
    all.length <= MOST_WORDS_OF_A_DATELINE &&
    all.every((word) => /^[\p{Lu}\p{Lo}]/u.test(word))
  );
}

/** The month and day that a dateline without a year names: "BAKU, December 9." */
export function daylessYear(paragraph: string): { month: string; day: string } | null {
  const match = DATELINE.exec(readable(paragraph.slice(0, LONGEST)));
  const [, month = "", day = ""] = match ?? [];
  return match && daysIn(tokensOf(`${day} ${month} 2000`)).length > 0 ? { month, day } : null;
}

const DATELINE = /^[\p{Lu} ,.-]{3,30},?[^.]{0,30}?(?<!\p{L})(\p{L}{3,12}) (\d{1,2})\.(?=\s)/u;

/** Reads the days of a line, each with the words before it, and after the last one those that follow. */
function mentionsIn(line: string): DayMention[] {
  const tokens = tokensOf(line, MOST_TOKENS + 1);
  if (tokens.length > MOST_TOKENS) return [];
  const days = daysIn(tokens);
  const mentions: DayMention[] = [];
  let from = 0;
  for (const [index, { day, from: begins, to }] of days.entries()) {
    const before = words(tokens, from, begins, line);
    const last = index === days.length - 1;
    const after = words(tokens, to, last ? tokens.length : to + clockLength(tokens, to), line);
    from = last ? tokens.length : to + clockLength(tokens, to);
    const clock = after.clock ?? before.clock;
    const weekday = before.weekday || after.weekday;
    mentions.push({ day, clock, weekday, before: before.text, after: last ? after.text : "" });
  }
  return mentions;
}

const MOST_TO_CLOCK = 3;

/** How many tokens a time takes that follows a date, with what joins them; 0 when none does. */
function clockLength(tokens: readonly Token[], from: number): number {
  for (let skipped = 0; skipped <= MOST_TO_CLOCK; skipped++) {
    const clock = clockAt(tokens, from + skipped);
    if (clock) return clock.to - from;
  }
  return 0;
}

/** The text of some tokens without the time and weekdays in it; and the time. */
function words(
  tokens: readonly Token[],
  from: number,
  to: number,
  line: string,
): Pick<DayMention, "clock" | "weekday"> & { text: string } {
  let clock: DayMention["clock"] = null;
  let text = "";
  let named = false;
  for (let at = from; at < to; ) {
    const time: ClockFound | null = clock ? null : clockAt(tokens, at);
    const weekday = weekdayLength(tokens, at, to);
    if (weekday > 0) named = true;
    if (time && time.to <= to) {
      clock = time;
      text += " | ";
    } else if (weekday === 0) text += keptText(tokens, at, line);
    at = time && time.to <= to ? time.to : at + (weekday || 1);
  }
  return { text: trimmed(text), clock, weekday: named };
}

const WEEKDAY_TOKENS = 3;

function weekdayLength(tokens: readonly Token[], at: number, to: number): number {
  for (let length = Math.min(WEEKDAY_TOKENS, to - at); length > 0; length--) {
    const forms = tokens.slice(at, at + length).map(({ form }) => form);
    if (forms[0] !== "-" && isWeekday(forms.filter((form) => form !== "-").join(" "))) return length;
  }
  return 0;
}

function keptText(tokens: readonly Token[], at: number, line: string): string {
  const token = tokens[at];
  return token ? line.slice(tokens[at - 1]?.end ?? 0, token.at) + token.text : "";
}

interface Labelled {
  mention: DayMention;
  label: DateLabel;
  rest: string;
}

function labelled(mention: DayMention, last: boolean): Labelled {
  const ahead = labelOf(mention.before);
  const behind = last && ahead === null ? labelOf(mention.after) : null;
  const label = ahead ?? behind;
  const rest = [restOf(mention.before, ahead), restOf(mention.after, behind)].filter((part) => part !== "");
  return { mention, label, rest: rest.join(" | ") };
}

/** Of several dates in a line the one that is of publication; null when none is so alone. */
function onlyOne(all: readonly Labelled[]): Labelled | null {
  if (all.length === 1) return all[0] ?? null;
  const published = all.filter(({ label }) => label === "published" || label === "dated");
  const bare = all.filter(({ label }) => label === null);
  const [first] = published.length > 0 ? published : bare;
  const alone = published.length === 1 || (published.length === 0 && bare.length === 1);
  return alone && first && all.some(({ label }) => label === "updated") ? first : null;
}

function dated(day: Day, clock: DayMention["clock"], label: DateLabel, rest: string): DateLine | null {
  const date = [String(day.year), two(day.month), ...(day.day === null ? [] : [two(day.day)])].join("-");
  const known = { label, rest, weekday: false, ambiguity: null };
  if (day.month < 1 || day.month > 12) return null;
  if (day.day === null) return { ...known, published_at: `${date}-01`, published_precision: "month" };
  if (parseRfc3339(date) === null) return null;
  if (!clock) return { ...known, published_at: date, published_precision: "day" };
  const published_at = clock.offset ? `${date}T${clock.text}${clock.offset}` : "";
  if (parseRfc3339(published_at) !== null) return { ...known, published_at, published_precision: "time" };
  const ambiguity = `the time ${clock.text.slice(0, 5)} has no offset from UTC, so only the day is taken`;
  return { ...known, published_at: date, published_precision: "day", ambiguity };
}

const two = (number: number): string => String(number).padStart(2, "0");
