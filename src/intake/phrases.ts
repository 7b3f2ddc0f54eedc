import { PHRASES, type Phrase } from "./phrase-table.ts";
import { wordsOf } from "./words.ts";

const tables = new Map<Phrase, Map<string, string[][]>>();

/** The words of a text as phrases are compared: folded, without numbers. */
export const plainWords = (text: string): string[] =>
  wordsOf(text).flatMap(({ folded }) => (/^\p{N}+$/u.test(folded) ? [] : [folded]));

/** The phrases of a kind by their first word, made when they are first asked for. */
function tableOf(kind: Phrase): Map<string, string[][]> {
  const made = tables.get(kind);
  if (made) return made;
  const table = new Map<string, string[][]>();
  for (const phrase of PHRASES[kind].split("|")) {
    const words = plainWords(phrase);
    const [first] = words;
    if (first) table.set(first, [...(table.get(first) ?? []), words]);
  }
  tables.set(kind, table);
  return table;
}

/** How many words the longest phrase of a kind has that stands at a place; 0 when none does. */
function lengthAt(kind: Phrase, words: readonly string[], from: number): number {
  const phrases = tableOf(kind).get(words[from] ?? "") ?? [];
  const standing = phrases.filter((phrase) => phrase.every((word, step) => words[from + step] === word));
  return Math.max(0, ...standing.map(({ length }) => length));
}

/** How many words of a text are a phrase of a kind with which it begins. */
export const beginsWith = (kind: Phrase, words: readonly string[]): number => lengthAt(kind, words, 0);

/** Whether a text is a phrase of a kind and nothing else. */
export const isWholly = (kind: Phrase, words: readonly string[]): boolean =>
  words.length > 0 && beginsWith(kind, words) === words.length;

const LONGEST_PHRASE = 8;

/** How many words of a text are a phrase of a kind with which it ends. */
export function endsWith(kind: Phrase, words: readonly string[]): number {
  for (let from = Math.max(0, words.length - LONGEST_PHRASE); from < words.length; from++) {
    if (lengthAt(kind, words, from) === words.length - from) return words.length - from;
  }
  return 0;
}

/** Whether a phrase of a kind stands anywhere in a text; in scripts without spaces, inside of its words too. */
export function holds(kind: Phrase, words: readonly string[]): boolean {
  if (words.some((_, from) => lengthAt(kind, words, from) > 0)) return true;
  const text = words.join("");
  return UNSPACED.test(text) && unspaced(kind).some((phrase) => text.includes(phrase));
}

/** Whether a text begins with a phrase of a kind; in scripts without spaces, with the beginning of a word too. */
export const opensWith = (kind: Phrase, text: string): boolean =>
  beginsWith(kind, plainWords(text.slice(0, LONGEST_OPENING))) > 0 ||
  (UNSPACED.test(text.slice(0, 1)) && unspaced(kind).some((phrase) => text.startsWith(phrase)));

const LONGEST_OPENING = 60;
const UNSPACED = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]/u;

const unspaced = (kind: Phrase): string[] =>
  PHRASES[kind].split("|").flatMap((phrase) => (UNSPACED.test(phrase) ? plainWords(phrase).join("") : []));
