import { daylessYear, readDateline } from "./dates.ts";
import { wordCount } from "./headline.ts";
import type { Line } from "./lines.ts";
import { type Ambiguity, type FoundFields, notFound, type OpenQuestion } from "./parsed-page.ts";

/** A line that may say when the document was published, and how much its place says for that. */
interface Dated {
  line: Line;
  date: NonNullable<Line["date"]>;
  /** 0 where the line says it itself, 1 between headline and text, 2 right above the headline; null elsewhere. */
  rank: 0 | 1 | 2 | null;
}

/** Where a page's date lines stand. */
export interface Whereabouts {
  title: Line | null;
  /** Where the text begins and has ended, as places among the lines. */
  from: number;
  to: number;
  nowMs: number | undefined;
}

/**
 * When a document was published: by the line that says so, else by the one between its headline and its text, or right
 * above the headline. Days that the text speaks of say nothing, two that disagree are an ambiguity, and so is the day
 * on which the page was read, or one to come.
 */
export function dateOf(lines: readonly Line[], where: Whereabouts): FoundFields {
  const all = datedLines(lines, where);
  const past = all.filter(({ date }) => !isToCome(date.published_at, where.nowMs));
  const ranked = [0, 1, 2].map((rank) => past.filter((dated) => dated.rank === rank));
  const chosen = ranked.find((some) => some.length > 0) ?? [];
  const precise = chosen.filter(({ date }) => date.published_precision === "time");
  const days = new Set(chosen.map(({ date }) => date.published_at.slice(0, 10)));
  const moments = new Set(precise.map(({ date }) => date.published_at));
  const [best] = precise.length > 0 ? precise : chosen;
  if (!best) return without(lines, all, where);
  if (days.size > 1 || moments.size > 1) {
    const quotes = chosen.map(({ line }) => `"${line.text}"`).join(" and ");
    return undated(`the page has more than one date line, and they disagree: ${quotes}`, daysOf(chosen));
  }
  const { published_at, published_precision, ambiguity } = best.date;
  const openQuestions: OpenQuestion[] = ambiguity ? [{ field: "published_at", reason: ambiguity }] : [];
  return {
    article: { published_at, published_precision },
    lines: [best.line],
    openQuestions,
    ambiguities: [],
    sure: best.rank === 2 || ambiguity ? "likely" : "certain",
  };
}

function datedLines(lines: readonly Line[], where: Whereabouts): Dated[] {
  const first = lines[where.from];
  const dateline = first && !first.date ? readDateline(first.prose) : null;
  return lines.flatMap((line): Dated[] => {
    const date = line.date ?? (line === first ? dateline : null);
    return date && date.label !== "updated" ? [{ line, date, rank: rankOf(lines, line, date, where) }] : [];
  });
}

function rankOf(
  lines: readonly Line[],
  line: Line,
  date: NonNullable<Line["date"]>,
  where: Whereabouts,
): Dated["rank"] {
  const { label } = date;
  if (label === "other" || (label === "dated" && isOfEvent(lines, line))) return null;
  if (label === "published") return isPastText(lines, line, where.to) ? null : 0;
  if (line.role === "date" && line.index >= where.from) return null;
  if (where.title && line.index > where.title.index) return 1;
  return aboveRank(lines, line, date, where);
}

/** The rank of a date above the headline: there it may be the day on which the page was read. */
function aboveRank(
  lines: readonly Line[],
  line: Line,
  { label, published_at, published_precision, weekday }: NonNullable<Line["date"]>,
  { title, nowMs }: Whereabouts,
): Dated["rank"] {
  const exact = published_precision === "time" || label === "dated";
  if (!exact && (weekday || isToday(published_at, nowMs))) return null;
  if (!title) return 1;
  const between = lines.slice(line.index + 1, title.index);
  const beside = between.length <= 1 && between.every(({ role }) => role === "byline");
  const parted = line.index > 0 && !line.apart && lines[line.index + 1]?.apart === true;
  return beside && !parted && !isOfHead(lines, line) ? 2 : null;
}

const BELOW_TEXT = 6;

/** Whether a line stands far below the text, or behind a heading of other things. */
const isPastText = (lines: readonly Line[], { index }: Line, to: number): boolean =>
  index >= to + BELOW_TEXT ||
  lines.slice(to, index).some(({ role }) => role === "aside" || role === "comments");

/** Whether a labelled date stands among other labels, as "Venue: …": then it is the day of what is held there. */
const isOfEvent = (lines: readonly Line[], { index }: Line): boolean =>
  [-1, 1].some((step) => {
    const beside = lines[index + step];
    return beside?.role === "text" && /^[^:：]{2,30}[:：]\s?\S/u.test(beside.text);
  });

const HEAD_LINES = 3;

/**
 * Whether a date line stands in the head of the page, among its menus or beneath its name. Beneath one word it is not:
 * that is the section of the article.
 */
function isOfHead(lines: readonly Line[], line: Line): boolean {
  const before = lines.slice(Math.max(0, line.index - HEAD_LINES), line.index);
  if (before.some(({ role }) => role === "boilerplate" || role === "control")) return true;
  const block = line.apart ? [] : before.slice(before.findLastIndex(({ apart }) => apart) + 1);
  const name = block.at(-1);
  return block.length > 1 || (name !== undefined && (/[.|]/.test(name.text) || wordCount(name.text) > 1));
}

const HOUR_MS = 3_600_000;
const EARLIEST_ZONE_MS = 12 * HOUR_MS;
const LATEST_ZONE_MS = 14 * HOUR_MS;
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** Whether a day is still to come, wherever one is. */
export function isToCome(publishedAt: string, nowMs: number | undefined): boolean {
  if (nowMs === undefined) return false;
  if (publishedAt.length > 10) return Date.parse(publishedAt) > nowMs;
  return publishedAt > dayOf(nowMs + LATEST_ZONE_MS);
}

/** Whether a day is today somewhere: in the head of a page it may be the day on which it was read. */
const isToday = (publishedAt: string, nowMs: number | undefined): boolean =>
  nowMs !== undefined &&
  publishedAt.slice(0, 10) >= dayOf(nowMs - EARLIEST_ZONE_MS) &&
  publishedAt.slice(0, 10) <= dayOf(nowMs + LATEST_ZONE_MS);

const daysOf = (all: readonly Dated[]): string[] => all.map(({ date }) => date.published_at);

/** No date, and why: an article that is published so stands where it was taken in, and says that it is undated. */
function undated(reason: string, offered: readonly string[]): FoundFields {
  const candidates = [...new Set(offered)];
  const ambiguities: Ambiguity[] =
    candidates.length > 0 ? [{ field: "published_at", reason, candidates }] : [];
  return {
    ...notFound({ field: "published_at", reason }),
    article: { published_precision: "undated" },
    ambiguities,
    sure: ambiguities.length > 0 ? "ambiguous" : "certain",
  };
}

function without(lines: readonly Line[], all: readonly Dated[], where: Whereabouts): FoundFields {
  const toCome = all.filter(({ date }) => isToCome(date.published_at, where.nowMs));
  if (toCome.length > 0)
    return undated(`${quoted(toCome)} is still to come, so it is no day of publication`, daysOf(toCome));
  const elsewhere = all.filter(({ date }) => date.label !== "other");
  if (elsewhere.length > 0) {
    const reason = `${quoted(elsewhere)} may be the day on which the page was read, or of something else`;
    return undated(reason, daysOf(elsewhere));
  }
  const open = lines.find((line) => line.open !== null)?.open;
  return open ? undated(open.ambiguity, open.offered) : undated(reasonOf(lines), []);
}

const quoted = (all: readonly Dated[]): string =>
  all.map(({ line }) => `"${line.text.slice(0, 80)}"`).join(" and ");

function reasonOf(lines: readonly Line[]): string {
  if (lines.some(({ date }) => date?.label === "updated")) {
    return "the page says when it was changed, and not when it was published";
  }
  const other = lines.find(({ date }) => date?.label === "other");
  if (other) return `"${other.text.slice(0, 80)}" is a day of something else`;
  for (const { text } of lines) {
    const dateline = daylessYear(text);
    if (dateline) return `the text begins with "${dateline.month} ${dateline.day}", without a year`;
  }
  return "no line of the page gives one; days that the text speaks of are not taken for it";
}
