import { parseRfc3339 } from "../model/time.ts";
import { wordsOf } from "./words.ts";

/** A line that says when a document was published or changed. */
export interface DateLine {
  published_at: string;
  published_precision: "time" | "day" | "month";
  label: "published" | "updated" | null;
  /** What stands in the line besides. */
  rest: string;
  /** What the line leaves open. */
  doubt: string | null;
}

interface Day {
  year: number;
  month: number;
  day: number | null;
}

const LABEL =
  /^(?:(?<updated>(?:last )?(?:updated|modified|edited))|published|posted|created|date)(?: on| at)?\s*:?\s+/iu;
const TIME = /(?<![\d.:-])(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([ap])\.?m\.?(?![\p{L}\d]))?(?![\d:])/iu;
const OFFSET =
  /\(?(?:(?:UTC|GMT)\s*(?:([+\-−–])\s*(\d{1,2})(?::?(\d\d))?)?|(?<=[\d\s])([+-])(\d\d):(\d\d))\)?/u;
const WEEKDAY = /^(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+/iu;
const LONGEST = 120;
const MOST_OTHER_WORDS = 4;

/** What a line says as a date line; null when it is none: prose that names a day says nothing of publication. */
export function readDateLine(line: string): DateLine | { doubt: string } | null {
  if (line.length > LONGEST || !/\d/.test(line)) return null;
  const label = LABEL.exec(line);
  const text = line.slice(label?.[0].length ?? 0).replace(WEEKDAY, "");
  const iso = parseRfc3339(text) !== null && text.length > 10;
  const found = dayIn(text);
  if (!found) return null;
  const after = `${text.slice(0, found.at)} ${text.slice(found.end)}`;
  const time = TIME.exec(after);
  const offset = time && OFFSET.exec(after.slice(time.index + time[0].length));
  const rest = after
    .replace(time?.[0] ?? "", " ")
    .replace(offset?.[0] ?? "", " ")
    .replace(/[\s|·•,–—-]+/gu, " ")
    .trim();
  if (!iso && !isBeside(rest)) return null;
  if (found.day === "ambiguous") return { doubt: `"${line}" may be read with day or month first` };
  const kind = label ? (label.groups?.updated ? "updated" : "published") : null;
  if (iso) return { published_at: text, published_precision: "time", label: kind, rest: "", doubt: null };
  return dated(found.day, time, offset, kind, rest);
}

/** A few words with capitals, as a place, a section or a byline has; "By" and counts are let through. */
const isBeside = (rest: string): boolean => {
  const words = rest.split(" ").filter((word) => word !== "");
  return (
    words.length <= MOST_OTHER_WORDS &&
    !/[.!?]$/.test(rest) &&
    words.every((word) => /^(?:\p{Lu}|by$|\d+$|views?$)/u.test(word))
  );
};

function dated(
  { year, month, day }: Day,
  time: RegExpExecArray | null,
  offset: RegExpExecArray | null,
  label: DateLine["label"],
  rest: string,
): DateLine | null {
  const date = [String(year).padStart(4, "0"), two(month), ...(day === null ? [] : [two(day)])].join("-");
  const known = { label, rest, doubt: null };
  if (day === null) return { ...known, published_at: `${date}-01`, published_precision: "month" };
  if (parseRfc3339(date) === null) return null;
  const clock = time && clockOf(time);
  if (!clock) return { ...known, published_at: date, published_precision: "day" };
  const published_at = offset ? `${date}T${clock}${offsetOf(offset)}` : "";
  if (parseRfc3339(published_at) !== null) return { ...known, published_at, published_precision: "time" };
  const doubt = `the time ${clock.slice(0, 5)} has no offset from UTC, so only the day is taken`;
  return { ...known, published_at: date, published_precision: "day", doubt };
}

const two = (number: number | string): string => String(number).padStart(2, "0");

function clockOf([, hour = "", minute, second = "00", half]: RegExpExecArray): string {
  const twelve = half === undefined ? null : Number(hour) % 12;
  const hours = twelve === null ? Number(hour) : twelve + (half?.toLowerCase() === "p" ? 12 : 0);
  return `${two(hours)}:${minute}:${second}`;
}

function offsetOf([, sign, hours, minutes = "00", isoSign, isoHours, isoMinutes]: RegExpExecArray): string {
  if (isoSign) return `${isoSign}${isoHours}:${isoMinutes}`;
  return sign ? `${sign === "+" ? "+" : "-"}${two(hours ?? "0")}:${minutes}` : "Z";
}

const FORMS: readonly { form: RegExp; day: (groups: string[]) => Day | "ambiguous" | null }[] = [
  {
    form: /(?<![\d–-])(\d{4})-(\d\d)-(\d\d)(?!\d)/u,
    day: ([year, month, day]) => ({ year: Number(year), month: Number(month), day: Number(day) }),
  },
  {
    form: /(?<![\d–.-])(\d{1,2})(?:st|nd|rd|th|\.)?\s+(?:de\s+)?(\p{L}{3,})\.?,?\s+(?:de\s+)?(\d{4})(?!\d)/u,
    day: ([day, month = "", year]) => named(month, Number(year), Number(day)),
  },
  {
    form: /(?<!\p{L})(\p{L}{3,})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)/u,
    day: ([month = "", day, year]) => named(month, Number(year), Number(day)),
  },
  {
    form: /(?<![\d.–-])(\d{1,2})([./])(\d{1,2})\2(\d{4})(?!\d)/u,
    day: ([first, sign, second, year]) => numbered(Number(first), Number(second), Number(year), sign === "/"),
  },
  {
    form: /(?<![\p{L}\d]|\d[\s–-]{1,3})(\p{L}{3,})\s+(\d{4})(?!\d)/u,
    day: ([month = "", year]) => named(month, Number(year), null),
  },
];

function dayIn(text: string): { day: Day | "ambiguous"; at: number; end: number } | null {
  for (const { form, day } of FORMS) {
    const match = form.exec(text);
    const found = match && day(match.slice(1));
    if (found) return { day: found, at: match.index, end: match.index + match[0].length };
  }
  return null;
}

/** With full stops the day comes first; with strokes either may, and only a number above 12 tells. */
function numbered(first: number, second: number, year: number, strokes: boolean): Day | "ambiguous" | null {
  if (first > 12 || !strokes || first === second) return { year, month: second, day: first };
  return second > 12 ? { year, month: first, day: second } : "ambiguous";
}

function named(word: string, year: number, day: number | null): Day | null {
  const month = monthOf(word);
  return month === null ? null : { year, month, day };
}

const LANGUAGES = ["en", "az", "tr", "ru", "fr", "ar", "es", "de", "it", "pt", "uz", "kk", "id"];
let months: Map<string, number> | null = null;

/** The number of a month that is called so, long or short, in one of the languages of news pages. */
export function monthOf(word: string): number | null {
  months ??= monthNames();
  return months.get(folded(word)) ?? null;
}

const folded = (word: string): string => wordsOf(word)[0]?.folded ?? "";

/** As the platform's own calendars call them, beside a day: in Russian that is another case. */
function monthNames(): Map<string, number> {
  const names = new Map<string, number>();
  for (const language of LANGUAGES) {
    for (const month of ["long", "short"] as const) {
      const format = new Intl.DateTimeFormat(`${language}-u-ca-gregory`, {
        month,
        day: "numeric",
        timeZone: "UTC",
      });
      for (let number = 1; number <= 12; number++) {
        const parts = format.formatToParts(Date.UTC(2025, number - 1, 2));
        const name = folded(parts.find(({ type }) => type === "month")?.value ?? "");
        if (/^\p{L}{3,}$/u.test(name) && !names.has(name)) names.set(name, number);
      }
    }
  }
  return names;
}
