/** A word of a text. */
export interface Word {
  /** Where it begins in the text, and where it has ended; UTF-16 code units. */
  at: number;
  end: number;
  /** As it is written, without accents and invisible characters. */
  written: string;
  /** What it is compared by: also without case, and in one spelling. */
  folded: string;
  /** What stands between it and the word before: at most a space or hyphen (0), a comma or the like (1), the end of a sentence (2). */
  gap: 0 | 1 | 2;
}

// A sign of a script without spaces is a word of its own; "&" is one, since it is read as "and". Apostrophes end a
// word, also those that Unicode counts among the letters.
const WORD =
  /&|\p{sc=Han}|[[\p{L}\p{N}_]--[\p{sc=Han}\u02B9-\u02BF]][[\p{L}\p{M}\p{N}\p{Cf}_]--[\p{sc=Han}\u02B9-\u02BF]]*/gv;

/** The words of a text. Addresses, mail addresses and file names are no words: nobody is named by them. */
export function wordsOf(text: string): Word[] {
  const addresses = addressesIn(text);
  const words: Word[] = [];
  let end = 0;
  let address = 0;
  for (const { 0: found, index: at } of text.matchAll(WORD)) {
    while ((addresses[address]?.end ?? Number.POSITIVE_INFINITY) <= at) address++;
    if (at >= (addresses[address]?.at ?? Number.POSITIVE_INFINITY)) continue;
    const written = found === "&" ? "and" : plain(found);
    if (written === "") continue;
    words.push({
      at,
      end: at + found.length,
      written,
      folded: oneSpelling(written.toLowerCase()),
      gap: words.length === 0 ? 2 : gapOf(text.slice(end, at)),
    });
    end = at + found.length;
  }
  return words;
}

// Accents of Latin, Greek and Cyrillic, vowel signs of Hebrew and Arabic. In other scripts marks are letters.
const MARKS = /[\u0300-\u036F\u0591-\u05C7\u0610-\u061A\u064B-\u065F\u0670\u06D6-\u06ED\p{Cf}]/gu;

/** Letters that no decomposition leads to the letter they are taken for (Azerbaijani ə, dotless ı, Arabic forms …). */
const ALIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ...{ ə: "e", Ə: "E", ı: "i", ł: "l", Ł: "L", ø: "o", Ø: "O", đ: "d", Đ: "D", ς: "σ" },
    ...{ ß: "ss", æ: "ae", Æ: "AE", œ: "oe", Œ: "OE" },
    ...{ ٱ: "ا", ى: "ي", ی: "ي", ک: "ك", ة: "ه", ـ: "" },
  }),
);
const UNLIKE = new RegExp(`[${[...ALIKE.keys()].join("")}]`, "gu");
const ASCII = /^[\w]*$/;

function plain(word: string): string {
  if (ASCII.test(word)) return word;
  return word
    .normalize("NFKD")
    .replace(MARKS, "")
    .replace(UNLIKE, (letter) => ALIKE.get(letter) ?? letter);
}

/** British and American spellings of what organizations are called by. */
function oneSpelling(word: string): string {
  if (word.endsWith("s") && word.length > 6) return `${oneSpelling(word.slice(0, -1))}s`;
  if (word.endsWith("isation")) return `${word.slice(0, -7)}ization`;
  if (word.endsWith("isational")) return `${word.slice(0, -9)}izational`;
  return word === "centre" ? "center" : word;
}

const JOINING = /[\s'’‘\u02B9-\u02BF`´′"“”«»„]/gu;
const CLOSING = /[.!?;:|•…؟؛。]/u;

function gapOf(between: string): Word["gap"] {
  if (between === " " || between === "") return 0;
  if (/\n\s*\n/.test(between)) return 2;
  const signs = between.replace(JOINING, "");
  if (signs === "" || /^[-‐‑]$/.test(between)) return 0;
  // A full stop without a space after it is inside an abbreviation.
  return CLOSING.test(signs) && /\s/.test(between) ? 2 : 1;
}

const CHUNK = /\S+/g;
const DOMAIN = /^[^\w]*(?:[\w-]+\.)+[a-z]{2,}(?:[/?#:]\S*)?[^\w]*$/;
const LONGEST_DOMAIN = 2_000;

function addressesIn(text: string): { at: number; end: number }[] {
  const found: { at: number; end: number }[] = [];
  if (!/[.@:]/.test(text)) return found;
  for (const { 0: chunk, index: at } of text.matchAll(CHUNK)) {
    if (isAddress(chunk)) found.push({ at, end: at + chunk.length });
  }
  return found;
}

function isAddress(chunk: string): boolean {
  if (chunk.includes("://") || chunk.indexOf("@", 1) > 0) return true;
  return chunk.includes(".") && chunk.length <= LONGEST_DOMAIN && DOMAIN.test(chunk);
}

/** An acronym, or a name with capitals inside: it means what it means only as it is written. */
export const isAcronym = (written: string): boolean => /\p{Lu}.*\p{Lu}/su.test(written);

/** Whether a word begins with a capital. */
export const isCapitalised = (written: string): boolean => /^\p{Lu}/u.test(written);

const PARTICLES = /^[وف]?[بكل]?/u;

/**
 * The readings of a word that begins a name: itself and, in Arabic, what is left without the particles that are
 * written together with it ("and", "to", "by" …).
 */
export function readings(word: Word): Word[] {
  if (!/^[وفبكل]/u.test(word.folded)) return [word];
  const read = new Set([word.folded]);
  const particles = PARTICLES.exec(word.folded)?.[0] ?? "";
  for (let cut = 1; cut <= particles.length; cut++) {
    const rest = word.folded.slice(cut);
    if (rest.length >= 4) read.add(rest);
    // With the article, "to the" loses its alef: لل stands for ل and ال.
    if (particles[cut - 1] === "ل" && rest.startsWith("ل")) read.add(`ا${rest}`);
  }
  return [...read].map((folded) => (folded === word.folded ? word : { ...word, folded, written: folded }));
}
