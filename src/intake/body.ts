import { isAboutHeading } from "./boilerplate.ts";
import { wordCount } from "./headline.ts";
import type { Line } from "./lines.ts";
import { opensWith } from "./phrases.ts";

/** Where the text of the article begins and has ended, among the lines of the page. */
export interface Extent {
  from: number;
  to: number;
  /** Why it ends there, in the page's own words; null at the end of the page. */
  ends: Line | null;
}

const BANNER_CHARACTERS = 600;

/** The lines that the article's text may be in. */
export function extentOf(lines: readonly Line[]): Extent {
  const from = beginningOf(lines);
  const end = from < lines.length ? endOf(lines, from) : lines.length;
  return { from, to: end, ends: lines[end] ?? null };
}

const isParagraph = ({ role }: Line): boolean => role === "paragraph";
const isMark = ({ role }: Line): boolean => role === "date" || role === "byline";
const characters = (lines: readonly Line[]): number =>
  lines.filter(isParagraph).reduce((sum, { text }) => sum + text.length, 0);

/** The first paragraph; the first one below a headline with its date or byline, if a little stands above them. */
function beginningOf(lines: readonly Line[]): number {
  const first = lines.findIndex(isParagraph);
  if (first < 0) return lines.length;
  const marked = lines.slice(0, first).some(isMark);
  const headed = lines.findIndex(
    (line, at) => at > first + 1 && isMark(line) && lines[at - 1]?.role === "text",
  );
  if (marked || headed < 0) return first;
  const next = lines.findIndex((line, at) => at > headed && isParagraph(line));
  if (next < 0) return first;
  const above = characters(lines.slice(first, headed));
  const below = characters(lines.slice(next, endOf(lines, next)));
  return above <= BANNER_CHARACTERS && above < below ? next : first;
}

const ENDS: ReadonlySet<Line["role"]> = new Set(["aside", "comments", "foot", "date"]);
const LIST_ITEM = /^(?:[-–—•*·▪‣◦●■✓]|\p{Nd}{1,2}[.)])\s/u;
const MOST_LOOSE_LINES = 2;

/** The line below the text: a heading of what else there is, a date of something else, or lines that lead elsewhere. */
function endOf(lines: readonly Line[], from: number): number {
  const end = footOf(lines, from, firstEnd(lines, from));
  const plea = lines.findLastIndex((line, at) => at > from && at < end && isPlea(line));
  let announced = false;
  let loose = 0;
  for (let at = from; at < end; at++) {
    const line = lines[at];
    if (line?.role === "rule" && plea > at) return at;
    if (line?.role === "aside") loose = 0;
    if (line?.role === "paragraph") {
      if (loose >= MOST_LOOSE_LINES && !isResumed(lines, from, at, end)) return at - loose;
      announced = line.text.endsWith(":");
      loose = 0;
    } else if (line && !announced && isLoose(line)) loose++;
  }
  return end;
}

const MOST_BOXES = 5;

/** The first line that ends the text; a box with other headlines does not, where the text goes on below it. */
function firstEnd(lines: readonly Line[], from: number): number {
  let end = from;
  for (let boxes = 0; boxes <= MOST_BOXES; boxes++) {
    const found = lines.findIndex((line, at) => at > end && isEnd(line));
    if (found < 0) return lines.length;
    end = found;
    if (lines[found]?.role !== "aside" || !goesOn(lines, from, found)) return found;
  }
  return end;
}

const BOX_LINES = 4;

/** Whether prose goes on below a box: more of it than above, in paragraphs that no headline parts. */
function goesOn(lines: readonly Line[], from: number, box: number): boolean {
  const next = lines.findIndex((line, at) => at > box && line.role !== "text" && line.role !== "control");
  if (next - box > BOX_LINES + 1 || ![next, next + 1].every((at) => lines[at]?.role === "paragraph"))
    return false;
  const end = lines.findIndex((line, at) => at > box && isEnd(line));
  return isResumed(lines, from, box, end < 0 ? lines.length : end);
}

/** A last paragraph that begins with whose the copyright below it is, of whom the text says nothing, is the foot's. */
function footOf(lines: readonly Line[], from: number, end: number): number {
  const [last, foot] = [lines[end], lines[end - 1]];
  const holder =
    foot?.role === "paragraph" && foot.apart && last?.publisher?.stated ? last.publisher.name : null;
  if (holder === null || foot === undefined || end - 1 <= from) return end;
  const place = foot.text.indexOf(holder.slice(0, HOLDER_CHARACTERS));
  const told = lines.slice(from, end - 1).some(({ text }) => text.includes(holder));
  return place >= 0 && place < ARTICLE_CHARACTERS && !told ? end - 1 : end;
}

/** Of a holder's name without "LLC" and the like; and of "The" before it. */
const HOLDER_CHARACTERS = 12;
const ARTICLE_CHARACTERS = 5;

const isEnd = (line: Line): boolean =>
  ENDS.has(line.role) || line.publisher?.stated === true || isAboutHeading(line.text);

const isLoose = (line: Line): boolean =>
  line.role === "text" && !LIST_ITEM.test(line.text) && !isSentence(line);

const isSentence = ({ text }: Line): boolean => /[.!?؟。…:;]["”’»)\]]*$/u.test(text.slice(-8));

/** Whether more of the text stands below some loose lines than above them: then they were a list or headings. */
const isResumed = (lines: readonly Line[], from: number, at: number, end: number): boolean =>
  characters(lines.slice(at, end)) >= characters(lines.slice(from, at));

const PLEA = /\b(?:subscri(?:be|bing|ption)|donat(?:e|ion)|support (?:us|our|independent|open))\b/i;
const ADDRESSED = /\b(?:you|your|we|our|us)\b|^choose\b/i;
const LONGEST_PLEA = 500;

/** Whether a line asks the reader to follow, to subscribe or to give. */
const isPlea = ({ text }: Line): boolean =>
  text.length <= LONGEST_PLEA && ((PLEA.test(text) && ADDRESSED.test(text)) || opensWith("follow", text));

/** What is known of a page when its text is taken from it. */
export interface Known {
  title: Line | null;
  authors: readonly Line[];
  /** The authors' names. */
  names: readonly string[];
  isRepeated: (line: Line) => boolean;
}

const LEAD_WORDS = 6;

/** The lines of the article itself: without boilerplate, captions, authors and what the page asks of its reader. */
export function bodyOf(lines: readonly Line[], { from, to }: Extent, known: Known): Line[] {
  const left = new Set(known.authors);
  const isOfText = (line: Line) =>
    line.role === "text" && !left.has(line) && !isCaption(lines, line, known.isRepeated);
  const above = known.title ? lines.slice(known.title.index + 1, from) : [];
  const lead = withoutBoxes(above, isOfText).filter(({ text }) => wordCount(text) >= LEAD_WORDS);
  const text = withoutBoxes(lines.slice(from, to), isOfText);
  const kept = withoutPlea(withoutBiography(withoutTail(text), known.names));
  return kept.some(isParagraph) ? [...lead, ...kept] : [];
}

/** Paragraphs and the lines between them that are of the text, without the headlines beneath a heading of others. */
function withoutBoxes(lines: readonly Line[], isOfText: (line: Line) => boolean): Line[] {
  let inBox = false;
  return lines.filter((line) => {
    if (line.role === "aside") inBox = true;
    if (line.role === "paragraph") inBox = false;
    return line.role === "paragraph" || (!inBox && isOfText(line));
  });
}

/** Without last paragraphs that say who an author is. */
function withoutBiography(body: readonly Line[], names: readonly string[]): Line[] {
  const last = body.findLastIndex(({ prose }) => !names.some((name) => prose.startsWith(`${name} `)));
  return last > 0 ? body.slice(0, last + 1) : [...body];
}

/** A line beside a slider's control, or one that the page says again, is a caption and no sentence of the article. */
const isCaption = (lines: readonly Line[], line: Line, isRepeated: (line: Line) => boolean): boolean =>
  isRepeated(line) || [-1, 1].some((step) => lines[line.index + step]?.role === "slider");

/** Without the short lines after the last sentence, unless they are the list that it announces. */
function withoutTail(body: readonly Line[]): Line[] {
  const last = body.findLastIndex((line) => isParagraph(line) || isSentence(line));
  return body[last]?.text.endsWith(":") ? [...body] : body.slice(0, last + 1);
}

/** Without the last paragraphs that ask the reader to subscribe, and what leads up to that. */
function withoutPlea(body: readonly Line[]): Line[] {
  const kept = [...body];
  let plea = false;
  for (let last = kept.at(-1); last && kept.length > 1; last = kept.at(-1)) {
    const leads = plea && ADDRESSED.test(last.text) && !/(?<=\p{L}[ ,])\p{Lu}|\d|[“"]/u.test(last.text);
    if (!isPlea(last) && !leads) break;
    kept.pop();
    plea = true;
  }
  return kept;
}
