import { parseRfc3339 } from "../../model/time.ts";
import type { Evidence, PageFields, ParsedPage } from "../parsed-page.ts";
import { isToCome } from "../publication.ts";
import { type Field, ofText } from "./field.ts";
import type { HtmlPage } from "./page.ts";

/** A moment that a tag says is of publication. */
interface TaggedDate {
  text: string;
  from: Evidence["from"];
  where: string;
  date: Pick<PageFields, "published_at" | "published_precision"> & { published_at: string };
}

/** Names and properties of `meta`, as `head.ts` has them. */
const NAMES = [
  ...["published_time", "datepublished", "parsely-pub-date", "sailthru.date", "published", "date"],
  ...["pubdate", "publishdate", "publish-date", "dc.date.issued", "dcterms.issued", "dcterms.created"],
  ...["dc.date.created", "citation_publication_date"],
];

/** When a page was published: by the tags that say so; if they disagree, or say a day to come, an ambiguity. */
export function dateOf(page: HtmlPage, text: ParsedPage, nowMs: number | undefined): Field {
  const dates = taggedDates(page);
  if (dates.length === 0) return ofText(text, "published_at");
  const past = dates.filter(({ date }) => !isToCome(date.published_at, nowMs));
  const precise = past.filter(({ date }) => date.published_precision === "time");
  const [best] = precise.length > 0 ? precise : past;
  if (!best) return open("is still to come, so it is no day of publication", dates);
  if (!past.every(({ date }) => isNear(date.published_at, best.date.published_at)))
    return open("disagree", past);
  const agreeing = past.filter(({ from }) => from === best.from).map(({ where }) => where);
  return {
    article: best.date,
    evidence: { from: best.from, where: agreeing, sure: "certain" },
    openQuestions: [],
    ambiguities: [],
  };
}

function taggedDates({ linked, head }: HtmlPage): TaggedDate[] {
  const tags = [
    ...(linked?.datePublished
      ? [{ text: linked.datePublished, where: "datePublished", from: "json-ld" as const }]
      : []),
    ...NAMES.flatMap((name) => head.meta.get(name) ?? []).map((one) => ({ ...one, from: "meta" as const })),
    ...head.times.slice(0, 1).map((one) => ({ ...one, from: "element" as const })),
  ];
  return tags.flatMap((one) => {
    const date = momentOf(one.text);
    return date ? [{ ...one, date }] : [];
  });
}

/** A date in ISO 8601, as tags have it; a time without an offset is a day. */
function momentOf(text: string): TaggedDate["date"] | null {
  const [, day = "", time, seconds = ":00", sign = ""] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.\d+)?\s?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text.trim()) ??
    [];
  const offset = sign.length === 5 ? `${sign.slice(0, 3)}:${sign.slice(3)}` : sign.toUpperCase();
  const moment = `${day}T${time}${seconds}${offset}`;
  if (time && offset && parseRfc3339(moment) !== null)
    return { published_at: moment, published_precision: "time" };
  return parseRfc3339(day) === null ? null : { published_at: day, published_precision: "day" };
}

const HOUR_MS = 3_600_000;
const ZONE_HOURS = 14;

/** Whether two moments may be one, where a clock's offset was lost; or the same day, in one place or another. */
function isNear(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => parseRfc3339(text) ?? 0);
  if (a.length > 10 && b.length > 10) return Math.abs((one ?? 0) - (other ?? 0)) <= ZONE_HOURS * HOUR_MS;
  return daysOf(a).some((day) => daysOf(b).includes(day));
}

const daysOf = (text: string): string[] => [
  text.slice(0, 10),
  new Date(parseRfc3339(text) ?? 0).toISOString().slice(0, 10),
];

function open(what: string, dates: readonly TaggedDate[]): Field {
  const quotes = dates.map(({ where, text }) => `${where} "${text}"`).join(" and ");
  const reason = `${quotes} ${what}`;
  const candidates = [...new Set(dates.map(({ date }) => date.published_at))];
  return {
    article: { published_precision: "undated" },
    evidence: { from: dates[0]?.from ?? "meta", where: dates.map(({ where }) => where), sure: "ambiguous" },
    openQuestions: [{ field: "published_at", reason }],
    ambiguities: [{ field: "published_at", reason, candidates }],
  };
}
