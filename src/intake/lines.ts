import { writable } from "../model/text.ts";
import { type DateLine, readDateLine } from "./dates.ts";
import { isAside, isFurniture, isSlider } from "./furniture.ts";
import { type PublisherFound, publisherIn } from "./publisher.ts";

/** A line of a document that is not empty, and what it is by itself. */
export interface Line {
  /** Counted from 1, empty ones too. */
  number: number;
  /** Its place among the lines that are not empty, counted from 0. */
  index: number;
  text: string;
  /** Whether an empty line stands before it. */
  apart: boolean;
  role: "text" | "paragraph" | "date" | "byline" | "furniture" | "slider" | "aside";
  date: DateLine | null;
  authors: string[];
  publisher: PublisherFound | null;
  doubt: string | null;
}

const NAME = "\\p{Lu}[\\p{L}.'’-]*(?: (?:al-|bin |bint |ibn |de |van |von )?\\p{Lu}[\\p{L}.'’-]+){1,3}";
const BYLINE = new RegExp(
  `^(?:by|authors?|written by|reported by)\\s*:?\\s+(${NAME}(?:(?:,| and| &) ${NAME}){0,4})(?:\\s*[,|–-].{0,40})?$`,
  "iu",
);
const PERSON = new RegExp(`^${NAME}$`, "u");

/** The lines of a document, each with what it is by itself. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  let apart = false;
  for (const [index, raw] of writable(text)
    .split(/\r\n?|\n/)
    .entries()) {
    const line = raw.replace(/\s+/g, " ").trim();
    if (line === "") apart = true;
    else {
      lines.push({ ...read(line, index + 1, apart), index: lines.length });
      apart = false;
    }
  }
  return lines;
}

function read(text: string, number: number, apart: boolean): Omit<Line, "index"> {
  const date = readDateLine(text);
  const dated = date && "published_at" in date ? date : null;
  const authors = authorsIn(dated?.rest ?? text);
  const publisher = publisherIn(dated?.rest || text);
  const line = { number, text, apart, date: dated, authors, publisher, doubt: date?.doubt ?? null };
  return { ...line, role: roleOf(text, date !== null, line) };
}

function roleOf(
  text: string,
  dated: boolean,
  { authors, publisher }: Pick<Line, "authors" | "publisher">,
): Line["role"] {
  if (dated) return "date";
  if (authors.length > 0) return "byline";
  if (isSlider(text)) return "slider";
  if (isAside(text)) return "aside";
  if (isFurniture(text) || publisher?.certainty === 2) return "furniture";
  return isParagraph(text) ? "paragraph" : "text";
}

/** Prose: a line that ends as a sentence and is too long for a caption, or is longer than any headline. */
const isParagraph = (text: string): boolean =>
  text.length > 250 ||
  (text.length >= 40 && /[.:;。]["”’»)\]]*$/u.test(text)) ||
  (text.length >= 120 && /[!?…؟]["”’»)\]]*$/u.test(text)); // a headline may ask

/** The authors in a byline: "By Laman Ismayilova". */
function authorsIn(text: string): string[] {
  const names = BYLINE.exec(text.slice(0, 300))?.[1];
  return names ? names.split(/, | and | & /) : [];
}

/** Whether a line may be a person's name and nothing else. */
export const isPerson = (text: string): boolean =>
  text.length <= 60 && PERSON.test(text) && !/\p{Lu}{2}/u.test(text);
