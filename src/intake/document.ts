import { LIMITS } from "../model/limits.ts";
import { languageOf } from "./language.ts";
import { isPerson, type Line, linesOf } from "./lines.ts";
import { dateOf } from "./publication.ts";
import { withoutPublisher } from "./publisher.ts";
import type { OpenQuestion, Part, Place, Understanding } from "./understanding.ts";

/**
 * Understands a document as it is copied from a news page: headline, date line, byline, paragraphs, and the
 * furniture around them. What is not said is not guessed, and becomes a doubt.
 */
export function understand(text: string): Understanding {
  const lines = linesOf(text);
  const first = lines.findIndex(({ role }) => role === "paragraph");
  const head = first < 0 ? lines : lines.slice(0, first);
  const said = timesSaid(lines);
  const authors = authorsOf(lines, head, said);
  const title = titleOf(head, authors.lines);
  const body = bodyOf(lines, title.line, authors.lines, said);
  const date = dateOf(lines, head, title.line);
  const source = sourceOf(lines);
  const content = contentOf(body);
  const language = languageOf(`${title.article.title ?? ""}\n${content}`);
  const used = new Set([...title.lines, ...authors.lines, ...date.lines, ...source.lines, ...body]);
  return {
    article: {
      ...title.article,
      ...(content ? { content_text: content } : {}),
      ...(language ? { language } : {}),
      ...authors.article,
      ...date.article,
      ...source.article,
    },
    understood: {
      ...places("title", title.lines),
      ...places("published_at", date.lines),
      ...places("authors", authors.lines),
      ...places("source", source.lines),
      ...places("content_text", body),
    },
    doubts: [
      ...[title, date, authors, source].flatMap(({ doubts }) => doubts),
      ...(content ? [] : [{ field: "content_text", reason: "no line reads as a paragraph" } as const]),
      ...(language
        ? []
        : [{ field: "language", reason: "the words do not decide for one language" } as const]),
    ],
    left_out: lines.filter((line) => !used.has(line)).map(place),
  };
}

const place = ({ number, text }: Line): Place => ({
  line: number,
  text: text.length > 120 ? `${text.slice(0, 119)}…` : text,
});

const places = (field: OpenQuestion["field"], lines: readonly Line[]): Understanding["understood"] =>
  lines.length > 0 ? { [field]: lines.map(place) } : {};

/** Where empty lines part the paragraphs, a line end is a line end; where none do, each line is a paragraph. */
function contentOf(body: readonly Line[]): string {
  const parted = body.some(({ apart }, index) => index > 0 && apart);
  const lines = body.map(({ text, apart }) => (parted && !apart ? `\n${text}` : `\n\n${text}`));
  return lines.join("").trim();
}

/** A line without what pages add to a headline: that there are pictures, and who they are. */
const bare = (text: string): string =>
  withoutPublisher(text)
    .replace(
      /\s*[[(](?:photos?|videos?|photos?\/videos?|photo session|updated?|exclusive|gallery)[\])]$/iu,
      "",
    )
    .replace(/\s*[-–—]\s*(?:PHOTOS?|VIDEOS?)$/u, "");

function timesSaid(lines: readonly Line[]): Map<string, number> {
  const said = new Map<string, number>();
  for (const { text } of lines) said.set(bare(text), (said.get(bare(text)) ?? 0) + 1);
  return said;
}

const wordCount = (text: string): number => text.split(" ").length;

/** The headline: the line above the text that is said twice, or else the first one of three words or more. */
function titleOf(head: readonly Line[], authors: readonly Line[]): Part & { line: Line | null } {
  const names = new Set(authors);
  const lines = head.filter((line) => line.role === "text" && !names.has(line) && !/[^.]\.$/.test(line.text));
  const said = timesSaid(lines);
  const full = lines.filter(({ text }) => wordCount(bare(text)) >= 3);
  const line = full.find(({ text }) => (said.get(bare(text)) ?? 0) > 1) ?? full[0] ?? lines.at(-1) ?? null;
  if (!line) {
    const reason = "no line above the text reads as a headline";
    return { line, article: {}, lines: [], doubts: [{ field: "title", reason }] };
  }
  const short: OpenQuestion = { field: "title", reason: `"${line.text}" is short for a headline` };
  const title = bare(line.text).slice(0, LIMITS.TITLE_CHARACTERS);
  return { line, article: { title }, lines: [line], doubts: full.length > 0 ? [] : [short] };
}

/** The authors: of a byline, or of a name beside "Read more" or said twice, as some pages set them. */
function authorsOf(lines: readonly Line[], head: readonly Line[], said: ReadonlyMap<string, number>): Part {
  const introduced = new Set(
    lines.flatMap(({ role, text }) =>
      role === "furniture" ? (/^(.{3,60}?) is /.exec(text)?.[1] ?? []) : [],
    ),
  );
  const names = head.filter((line) => line.role === "text" && isPerson(line.text));
  const signed = names.filter(
    ({ text, index }) =>
      introduced.has(text) || (said.get(text) ?? 0) > 1 || /^read more\b/i.test(lines[index + 1]?.text ?? ""),
  );
  const found = [...head.filter(({ authors }) => authors.length > 0), ...signed];
  const all = [...new Set(found.flatMap(({ authors, text }) => (authors.length > 0 ? authors : [text])))];
  if (all.length > 0) {
    const authors = all.slice(0, LIMITS.AUTHORS).map((name) => ({ name }));
    return { article: { authors }, lines: found, doubts: [] };
  }
  const beside = names.filter(({ index }) => [-1, 1].some((step) => lines[index + step]?.role === "date"));
  const doubts = beside.map(
    ({ text }): OpenQuestion => ({
      field: "authors",
      reason: `"${text}" may be the author, but nothing says so`,
    }),
  );
  return { article: {}, lines: [], doubts };
}

/** The publisher: of a line that is about nothing else, or of one that says "… reports". */
function sourceOf(lines: readonly Line[]): Part {
  const named = lines.filter(({ publisher }) => publisher !== null);
  const sure = named.filter(({ publisher }) => publisher?.certainty === 2);
  const found = sure.length > 0 ? sure : named;
  const names = [...new Set(found.map(({ publisher }) => publisher?.name ?? ""))];
  const [name] = names;
  if (name && names.length === 1) return { article: { source: { name } }, lines: found, doubts: [] };
  const reason = name ? `the page names more than one: ${names.join(", ")}` : "no line says who published it";
  return { article: {}, lines: [], doubts: [{ field: "source", reason }] };
}

/** The lines of the article itself: from the headline on, without furniture, captions and what else there is to read. */
function bodyOf(
  lines: readonly Line[],
  title: Line | null,
  authors: readonly Line[],
  said: ReadonlyMap<string, number>,
): Line[] {
  const left = new Set(authors);
  const kept: Line[] = [];
  let begun = false;
  let aside = false;
  for (const line of lines.slice(title ? title.index + 1 : 0)) {
    if (line.role === "aside") aside = begun;
    if (line.role === "paragraph") {
      begun = true;
      aside = false;
      kept.push(line);
    } else if (line.role === "text" && !aside && !left.has(line) && !isCaption(lines, line, said))
      kept.push(line);
  }
  const firstProse = kept.findIndex(({ role }) => role === "paragraph");
  if (firstProse < 0) return [];
  const lead = kept.slice(0, firstProse).filter(({ text }) => wordCount(text) >= 6);
  return [...lead, ...withoutTail(kept.slice(firstProse))];
}

/** A line beside a slider's control, or one that the page says again, is a caption and no sentence of the article. */
const isCaption = (
  lines: readonly Line[],
  { index, text }: Line,
  said: ReadonlyMap<string, number>,
): boolean =>
  (said.get(bare(text)) ?? 0) > 1 || [-1, 1].some((step) => lines[index + step]?.role === "slider");

/** Without the short lines after the last sentence, unless they are the list that it announces. */
function withoutTail(body: readonly Line[]): Line[] {
  const last = body.findLastIndex(({ role, text }) => role === "paragraph" || /[.!?]["”»)]*$/.test(text));
  return body[last]?.text.endsWith(":") ? [...body] : body.slice(0, last + 1);
}
