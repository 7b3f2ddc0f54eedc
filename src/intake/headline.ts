import { LIMITS } from "../model/limits.ts";
import { isPerson } from "./authors.ts";
import { namesDay } from "./day.ts";
import type { Line } from "./lines.ts";
import { type FoundFields, notFound, type OpenQuestion, type PageContext } from "./parsed-page.ts";
import { withoutPublisher } from "./publisher.ts";
import { wordsOf } from "./words.ts";

const CJK = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/gu;
const CJK_SIGNS_PER_WORD = 2;

/** How many words a line has; of scripts without spaces, about as many. */
export const wordCount = (text: string): number =>
  Math.max(text.split(" ").length, Math.round((text.match(CJK)?.length ?? 0) / CJK_SIGNS_PER_WORD));

/** A line without what pages add to a headline: that there are pictures, and who they are. */
export const bare = (text: string, publishers: PageContext["publishers"]): string =>
  withoutPublisher(text, publishers)
    .replace(
      /\s*[[(](?:photos?|videos?|photos?\/videos?|photo session|updated?|exclusive|gallery|foto|fotolar|video|фото|видео)[\])]$/iu,
      "",
    )
    .replace(/\s*[-–—]\s*(?:PHOTOS?|VIDEOS?|FOTOLAR|FOTO|VİDEO|ФОТО|ВИДЕО)$/u, "");

/** How often each line is in the page, compared as headlines are. */
export function lineCounts(
  lines: readonly Line[],
  publishers: PageContext["publishers"],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { prose } of lines) {
    const text = bare(prose, publishers);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** A line that may be the headline, and how much speaks for it. */
interface Candidate {
  line: Line;
  text: string;
  score: number;
}

/** What the page is like around its headline. */
export interface Surroundings {
  /** The lines above the text. */
  head: readonly Line[];
  body: readonly Line[];
  authors: readonly Line[];
  counts: ReadonlyMap<string, number>;
  publishers: PageContext["publishers"];
}

const LEAST_SCORE = 0.5;
const NEAR = 1.25;
/** Below this no line rivals the likeliest one. */
const RIVAL_SCORE = 3;
const FULL_WORDS = 3;

/** The headline: the line above the text for which most speaks; where two are near each other, an ambiguity. */
export function titleOf(around: Surroundings): FoundFields & { line: Line | null } {
  const candidates = candidatesOf(around).sort((a, b) => b.score - a.score);
  const [best, ...others] = candidates;
  if (!best || best.score < LEAST_SCORE) {
    const reason = "no line above the text reads as a headline";
    return { line: null, ...notFound({ field: "title", reason }) };
  }
  const title = best.text.slice(0, LIMITS.TITLE_CHARACTERS);
  const rivals = others.filter(
    ({ score, text }) => score >= Math.max(RIVAL_SCORE, best.score - NEAR) && text !== best.text,
  );
  const openQuestions: OpenQuestion[] = [];
  if (wordCount(title) < FULL_WORDS)
    openQuestions.push({ field: "title", reason: `"${best.line.text}" is short for a headline` });
  const texts = [...new Set([title, ...rivals.map(({ text }) => text)])];
  const reason = `more than one line may be the headline: ${texts.map((text) => `"${text}"`).join(" or ")}`;
  if (rivals.length > 0) openQuestions.push({ field: "title", reason });
  return {
    line: best.line,
    article: { title },
    lines: [best.line],
    openQuestions,
    ambiguities: rivals.length > 0 ? [{ field: "title", reason, candidates: texts }] : [],
    sure: rivals.length > 0 ? "ambiguous" : openQuestions.length > 0 ? "likely" : "certain",
  };
}

function candidatesOf(around: Surroundings): Candidate[] {
  const { head, authors, body, publishers } = around;
  const names = new Set(authors);
  const stems = stemsOf(
    body
      .map(({ prose }) => prose)
      .join(" ")
      .slice(0, BODY_CHARACTERS),
  );
  const isCaption = ({ index }: Line) => [-1, 1].some((step) => head[index + step]?.role === "slider");
  const lines = head.filter(
    (line) => line.role === "text" && !names.has(line) && !isCaption(line) && !/[^.]\.$/.test(line.text),
  );
  return lines.map((line) => {
    const text = bare(line.prose, publishers);
    const score = byItself(line, text) + byPlace(line, around) + OVERLAP * overlap(text, stems);
    return {
      line,
      text,
      score: score + ((around.counts.get(text) ?? 0) > 1 && wordCount(text) >= FULL_WORDS ? 2 : 0),
    };
  });
}

/** What speaks for a line by its length and its signs. */
function byItself({ text: whole, control }: Line, text: string): number {
  const words = wordCount(text);
  let score = words >= 4 ? 2 : words === FULL_WORDS ? 1 : -1.5;
  if (text.length > 160) score -= 1;
  if (/[|»›>•·→]/u.test(text)) score -= 2;
  if (/[:：]$/u.test(text)) score -= 2;
  if (words <= 4 && /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text)) score -= 2;
  if (control && whole !== text) score -= 2;
  if (isPerson(text)) score -= 2;
  if (/\p{Nd}/u.test(text) && text.length <= LONGEST_WITH_DATE && namesDay(text)) score -= 2;
  return score;
}

const LONGEST_WITH_DATE = 60;

const BESIDE_DATE = 2.5;
const BESIDE_TEXT = 1.5;
/** Another line stands between: directly beneath, as a headline's own second line does, or apart. */
const OVER_LINE = 0.25;
const OVER_LINE_APART = 0.5;
const BENEATH_LINE = 1.5;
const BENEATH_LINE_APART = 0.75;
const PASSED: ReadonlySet<Line["role"]> = new Set(["byline", "control", "slider", "boilerplate", "comments"]);

/** What speaks for a line by its neighbours: a headline stands beside the date line, or next to the text. */
function byPlace(line: Line, { head, body, authors }: Surroundings): number {
  const below = reachedFrom(line, head, new Set(authors));
  let score = 0;
  if (below.reached === "date") score += BESIDE_DATE - below.cost;
  else if (below.reached === "text" && body.length > 0) score += BESIDE_TEXT - below.cost;
  const above = head[line.index - 1];
  if (above?.role === "date") score += line.apart ? 0.5 : 1;
  if (above && isFull(above)) score -= line.apart ? BENEATH_LINE_APART : BENEATH_LINE;
  const next = head[line.index + 1];
  if (next?.role === "boilerplate" && !next.apart) score -= 0.75;
  if (line.index === 0 || line.apart) score += 0.25;
  return score;
}

const MOST_PASSED = 4;
const isFull = ({ role, text }: Line): boolean => role === "text" && wordCount(text) >= FULL_WORDS;

/** What stands below a line, the date line or the text, over names, controls and other lines; and what those cost. */
function reachedFrom(
  line: Line,
  head: readonly Line[],
  names: ReadonlySet<Line>,
): { reached: "date" | "text" | null; cost: number } {
  let cost = 0;
  for (let passed = 0; passed < MOST_PASSED; passed++) {
    const next = head[line.index + 1 + passed];
    if (!next) return { reached: "text", cost };
    if (next.role === "date" || next.role === "byline") return { reached: "date", cost };
    if (names.has(next) || PASSED.has(next.role) || isPerson(next.text)) continue;
    if (!isFull(next)) return { reached: null, cost };
    cost += next.apart ? OVER_LINE_APART : OVER_LINE;
  }
  return { reached: null, cost };
}

const OVERLAP = 3;
const BODY_CHARACTERS = 5_000;
const STEM_LETTERS = 5;
const FEWEST_LETTERS = 4;

/** The beginnings of the longer words of a text; of scripts without spaces, its signs by twos. */
function stemsOf(text: string): Set<string> {
  const words = wordsOf(text).map(({ folded }) => folded);
  const stems = words
    .filter((word) => word.length >= FEWEST_LETTERS)
    .map((word) => word.slice(0, STEM_LETTERS));
  const pairs = words.flatMap((word, at) =>
    /^\p{sc=Han}$/u.test(word) && /^\p{sc=Han}$/u.test(words[at + 1] ?? "") ? [word + words[at + 1]] : [],
  );
  return new Set([...stems, ...pairs]);
}

/** How much of a line the text below it says too: a headline is about its text, a menu is about the site. */
function overlap(text: string, body: ReadonlySet<string>): number {
  const stems = [...stemsOf(text)];
  return stems.length === 0 ? 0 : stems.filter((stem) => body.has(stem)).length / stems.length;
}
