import type { Article } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import PATTERNS from "./dates.json" with { type: "json" };
import { type Locale, useLocale } from "./locale.ts";

type Precision = NonNullable<Article["published_precision"]>;

/** How a language that workerd's `Intl` has no data for writes dates, by CLDR (`npm run calendar`). */
type Pattern = (typeof PATTERNS)["az"];

const patternOf = (tag: string): Pattern | undefined =>
  (PATTERNS as Partial<Record<string, Pattern>>)[tag.split("-")[0] ?? ""];

/** Making a formatter takes longer than all of a page's dates. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(tag: string, timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${tag} ${timeZone} ${Object.entries(options)}`;
  const known = formatters.get(key);
  if (known) return known;
  if (formatters.size >= LIMITS.DATE_FORMATTERS) formatters.clear();
  const made = new Intl.DateTimeFormat(`${tag}-u-ca-gregory`, { ...options, timeZone });
  formatters.set(key, made);
  return made;
}

const PARTS: Intl.DateTimeFormatOptions = {
  year: "numeric",
  month: "numeric",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
  timeZoneName: "shortOffset",
};

/** The parts of a date in a time zone, in ASCII digits. */
function partsOf(date: Date, timeZone: string): Record<string, string> {
  const parts = formatter("en", timeZone, PARTS).formatToParts(date);
  return Object.fromEntries(parts.map(({ type, value }) => [type, value]));
}

/** A date by a CLDR pattern of its day, its month in words, and its year. */
function written(pattern: string, months: readonly string[], date: Date, timeZone: string): string {
  const { day = "", month = "", year = "" } = partsOf(date, timeZone);
  return pattern.replace(/'([^']*)'|MMMM|y|d/g, (field, literal?: string) => {
    if (literal !== undefined) return literal;
    return { MMMM: months[Number(month) - 1], y: year, d: day }[field] ?? field;
  });
}

function day(date: Date, locale: Locale, timeZone: string): string {
  const own = patternOf(locale.tag);
  return own
    ? written(own.day, own.months, date, timeZone)
    : formatter(locale.tag, timeZone, { dateStyle: "long" }).format(date);
}

function month(date: Date, locale: Locale): string {
  const own = patternOf(locale.tag);
  return own
    ? written(own.month, own.alone, date, "UTC")
    : formatter(locale.tag, "UTC", { month: "long", year: "numeric" }).format(date);
}

/** A time of day, and how far it is from UTC: "18:05 UTC+4". */
function clock(date: Date, locale: Locale): string {
  const { hour, minute, timeZoneName = "" } = partsOf(date, locale.timeZone);
  const time = patternOf(locale.tag)
    ? `${hour}:${minute}`
    : formatter(locale.tag, locale.timeZone, { timeStyle: "short" }).format(date);
  return `${time} ${timeZoneName.replace(/^GMT(\+0$)?/, "UTC")}`;
}

/** How a date is written, and how much of its RFC 3339 form is known. What is known to the day has no time zone. */
const SPOKEN: Record<
  Exclude<Precision, "undated">,
  { words: (date: Date, locale: Locale) => string; known: number }
> = {
  time: {
    words: (date, locale) => day(date, locale, locale.timeZone) + locale.words.comma + clock(date, locale),
    known: 20,
  },
  day: { words: (date, locale) => day(date, locale, "UTC"), known: 10 },
  month: { words: month, known: 7 },
  year: { words: (date, locale) => formatter(locale.tag, "UTC", { year: "numeric" }).format(date), known: 4 },
};

/**
 * When an article was published, only as precisely as is known: "9 December 2025", "Undated". In the language and the time
 * zone of the page.
 * @param props.at RFC 3339 in UTC, as is the text
 */
export function PublishedDate({ at, precision = "time" }: { at: string; precision?: Precision | undefined }) {
  const locale = useLocale();
  const date = new Date(at);
  if (precision === "undated" || Number.isNaN(date.getTime())) return <>{locale.words.undated}</>;
  const { words, known } = SPOKEN[precision];
  return <time datetime={at.slice(0, known)}>{words(date, locale)}</time>;
}
