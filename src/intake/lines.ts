import { LIMITS } from "../model/limits.ts";
import { writable } from "../model/text.ts";
import { authorsIn } from "./authors.ts";
import { type Boilerplate, boilerplateIn } from "./boilerplate.ts";
import { type DateLine, type OpenDate, readDateLine, readLeadingDate } from "./dates.ts";
import { beginsWith, endsWith, isWholly, plainWords } from "./phrases.ts";
import { type PublisherFound, publisherIn } from "./publisher.ts";

/** A line of a document that is not empty, and what it is by itself. */
export interface Line {
  /** Counted from 1, empty ones too. */
  number: number;
  /** Its place among the lines that are not empty, counted from 0. */
  index: number;
  text: string;
  /** The text without a control that is glued to it, or a labelled date before it. */
  prose: string;
  /** Whether an empty line stands before it. */
  apart: boolean;
  role: "text" | "paragraph" | "date" | "byline" | Boilerplate;
  date: DateLine | null;
  authors: string[];
  publisher: PublisherFound | null;
  /** Whether a control such as "Read more" is glued to it. */
  control: boolean;
  /** A date line that leaves open which day it is. */
  open: OpenDate | null;
}

/** The lines of a document, and whether it has more than are read. */
export interface Lines {
  lines: Line[];
  cut: boolean;
}

/** The lines of a document, each with what it is by itself. */
export function linesOf(text: string, copiedAt: string | null | undefined = null): Lines {
  const lines: Line[] = [];
  let apart = false;
  for (const [index, raw] of writable(text)
    .split(/\r\n?|\n/)
    .entries()) {
    const line = raw.replace(/\s+/g, " ").trim();
    if (line === "") apart = true;
    else {
      if (lines.length >= LIMITS.PAGE_LINES) return { lines, cut: true };
      lines.push({ ...read(line, copiedAt ?? null), number: index + 1, index: lines.length, apart });
      apart = false;
    }
  }
  return { lines, cut: false };
}

type Read = Omit<Line, "number" | "index" | "apart">;
const LONGEST_BOILERPLATE = 500;

function read(text: string, copiedAt: string | null): Read {
  const { prose, control } = withoutControl(text);
  const date = readDateLine(text, copiedAt);
  const dated = date && "published_at" in date ? date : null;
  const authors = authorsIn(dated?.rest ?? text);
  const publisher = publisherIn(dated?.rest || text);
  const open = date && "offered" in date ? date : null;
  const line = { text, prose, date: dated, authors, publisher, control, open };
  const role = date ? "date" : roleOf(line);
  const leading = role === "paragraph" ? readLeadingDate(text) : null;
  return leading ? { ...line, role, date: leading.date, prose: leading.prose } : { ...line, role };
}

function roleOf({ text, prose, authors, publisher, control }: Omit<Read, "role">): Line["role"] {
  if (authors.length > 0) return "byline";
  const words = text.length <= LONGEST_BOILERPLATE ? plainWords(text) : [];
  const boilerplate = boilerplateIn(text, words);
  if (boilerplate) return boilerplate;
  if (publisher?.stated) return "boilerplate";
  if (control && prose === "") return "control";
  return isParagraph(prose) ? "paragraph" : "text";
}

const CJK = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u;

/** Prose: a line that ends as a sentence and is too long for a caption, or is longer than any headline. */
function isParagraph(text: string): boolean {
  const end = text.slice(-8);
  const sentence = /[.:;。]["”’»)\]」』]*$/u.test(end);
  if (CJK.test(end)) return text.length > 120 || (sentence && text.length >= 20); // a sign is most of a word
  return (
    text.length > 250 ||
    (text.length >= 40 && sentence) ||
    (text.length >= 120 && /[!?…؟]["”’»)\]]*$/u.test(end)) // a headline may ask
  );
}

const LONGEST_WITH_CONTROL = 200;
const GLUE = /(?<=\p{Ll})(?=\p{Lu}\p{Ll})/gu;
const FEWEST_CONTROL_WORDS = 2;

/** A line without the control that copying glued to it: "partnersBack to projects", "Leyla Aslanova Read more". */
function withoutControl(text: string): { prose: string; control: boolean } {
  if (text.length > LONGEST_WITH_CONTROL) return { prose: text, control: false };
  for (const { index } of text.matchAll(GLUE)) {
    const words = plainWords(text.slice(index));
    // What leads back is glued to the name of where it stands, which is no headline either.
    if (beginsWith("back", words) > 0) return { prose: "", control: true };
    if (isWholly("control", words)) return { prose: text.slice(0, index), control: true };
  }
  const words = plainWords(text);
  const length = endsWith("control", words);
  if (length < FEWEST_CONTROL_WORDS || length === words.length) return { prose: text, control: false };
  const at = text.split(" ").slice(0, -length).join(" ");
  return { prose: at.replace(/[\s….|–—>»→-]+$/u, ""), control: true };
}
