import { LIMITS } from "../model/limits.ts";
import { authorsOf } from "./authors.ts";
import { bodyOf, type Extent, extentOf } from "./body.ts";
import { bare, lineCounts, titleOf } from "./headline.ts";
import { languageOf } from "./language.ts";
import type { Line, Lines } from "./lines.ts";
import type { FoundFields, OpenQuestion, PageContext, PageField, ParsedPage, Place } from "./parsed-page.ts";
import { dateOf } from "./publication.ts";
import { isMasthead, sourceOf } from "./publisher.ts";
import { publisherForm } from "./publisher-form.ts";

/**
 * Parses the lines of a page into headline, date line, byline, paragraphs and boilerplate, by their position first and
 * by their words second. A field that is missing is not guessed: it becomes an open question. A field with more than
 * one possible value becomes an ambiguity.
 */
export function parseLines({ lines, cut }: Lines, about: PageContext): ParsedPage {
  const publishers = namedIn(lines, about.publishers);
  const extent = extentOf(lines);
  const head = lines.slice(0, extent.from);
  const counts = lineCounts(lines, publishers);
  const isRepeated = ({ prose }: Line) => (counts.get(bare(prose, publishers)) ?? 0) > 1;
  const authors = authorsOf(lines, head, counts);
  const known = { authors: authors.lines, names: namesIn(authors), isRepeated };
  const names = [...authors.lines, ...head.filter((line) => isMasthead(line, publishers))];
  const text = bodyOf(lines, extent, { ...known, title: null });
  const title = titleOf({ head, body: text, authors: names, counts, publishers });
  const body = bodyOf(lines, extent, { ...known, title: title.line });
  const date = dateOf(lines, { ...extent, title: title.line, nowMs: about.nowMs });
  const source = sourceOf(lines, title.line, about.publishers);
  const content = contentOf(body);
  const language = languageOf([title.article.title, content].join("\n"));
  const parts = { title, published_at: date, authors, source };
  const used = new Set([...Object.values(parts).flatMap((part) => part.lines), ...body]);
  return {
    article: {
      ...title.article,
      ...(content ? { content_text: content } : {}),
      ...(language ? { language } : {}),
      ...authors.article,
      ...date.article,
      ...source.article,
    },
    understood: Object.assign(
      {},
      ...Object.entries(parts).map(([field, part]) => places(field as PageField, part.lines)),
      places("content_text", body),
    ),
    evidence: evidenceOf(parts, body, language),
    ambiguities: [...title.ambiguities, ...date.ambiguities],
    doubts: [
      ...Object.values(parts).flatMap(({ openQuestions }) => openQuestions),
      ...contentQuestions(lines, extent, body, cut),
      ...(language ? [] : [NO_LANGUAGE]),
    ],
    left_out: lines.filter((line) => !used.has(line)).map(place),
  };
}

const namesIn = ({ article }: FoundFields): string[] => (article.authors ?? []).map(({ name }) => name);

const NO_LANGUAGE: OpenQuestion = { field: "language", reason: "the words do not decide for one language" };

/** Publishers by their names: those that are known, and those that the page itself says are. */
function namedIn(lines: readonly Line[], known: PageContext["publishers"]): PageContext["publishers"] {
  const named = lines.flatMap(({ publisher }) => (publisher?.stated ? [publisher.name] : []));
  return new Map([
    ...named.map((name) => [publisherForm(name), { name, listed: false }] as const),
    ...(known ?? []),
  ]);
}

const LONGEST_PLACE = 120;

const place = ({ number, text }: Line): Place => ({
  line: number,
  text: text.length > LONGEST_PLACE ? `${text.slice(0, LONGEST_PLACE - 1)}…` : text,
});

const places = (field: PageField, lines: readonly Line[]): ParsedPage["understood"] =>
  lines.length > 0 ? { [field]: lines.map(place) } : {};

/** Where each field was found, and how sure that is. */
function evidenceOf(
  parts: Record<"title" | "published_at" | "authors" | "source", FoundFields>,
  body: readonly Line[],
  language: string | null,
): ParsedPage["evidence"] {
  const where = (lines: readonly Line[]) => lines.map(({ number }) => `line ${number}`);
  const found = Object.entries(parts).flatMap(([field, { lines, sure }]) =>
    lines.length > 0 || sure === "ambiguous" ? [[field, { from: "lines", where: where(lines), sure }]] : [],
  );
  const evidence: ParsedPage["evidence"] = Object.fromEntries(found);
  if (body.length > 0) evidence.content_text = { from: "lines", where: where(body), sure: "likely" };
  if (language) evidence.language = { from: "words", where: [], sure: "likely" };
  return evidence;
}

/** Where empty lines part the paragraphs, a line end is a line end; where none do, each line is a paragraph. */
function contentOf(body: readonly Line[]): string {
  const text = body.slice(body.findIndex(({ role }) => role === "paragraph") + 1);
  const parted = text.some(({ apart }) => apart);
  const lines = body.map(({ prose, apart }) => (parted && !apart ? `\n${prose}` : `\n\n${prose}`));
  return lines.join("").trim();
}

const GOES_ON = 0.5;

function contentQuestions(
  lines: readonly Line[],
  { to, ends }: Extent,
  body: readonly Line[],
  cut: boolean,
): OpenQuestion[] {
  const reasons: string[] = [];
  const length = (some: readonly Line[]) => some.reduce((sum, { text }) => sum + text.length, 0);
  if (body.length === 0) reasons.push("no line reads as a paragraph");
  const below = length(lines.slice(to).filter(({ role }) => role === "paragraph"));
  if (ends && below > GOES_ON * length(body))
    reasons.push(`the page goes on after "${ends.text.slice(0, 80)}", and that is left out`);
  if (cut) reasons.push(`the page has more than ${LIMITS.PAGE_LINES} lines, and the others are not read`);
  return reasons.map((reason) => ({ field: "content_text", reason }));
}
