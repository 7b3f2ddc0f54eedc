import type { Organization } from "../model/organization.ts";
import { GENERIC } from "./generic.ts";
import { ministryNames } from "./ministry.ts";
import { isAcronym, isCapitalised, readings, type Word, wordsOf } from "./words.ts";

/** One name of one organization. */
export interface Name {
  organization: string;
  alias: string;
  /**
   * Set for a name that many have, such as "Ministry of Culture and Tourism": the organization's words that no
   * other has, folded. Without one of them in the text the name proves nothing.
   */
  own: readonly string[] | null;
}

/** The longest name that begins at a word, and all who bear it. */
export interface Match {
  from: number;
  length: number;
  names: Name[];
}

const WORDS = 2 ** 22; // more different words than memory holds

/**
 * The names of all organizations as a trie of folded words, kept in one table: some fifty thousand names take a few
 * megabytes, and a text is matched by one look-up a word.
 */
export class NameIndex {
  readonly #words = new Map<string, number>();
  /** From a place in the trie (a multiple of WORDS) and a word's number to the next place. */
  readonly #steps = new Map<number, number>();
  readonly #names = new Map<number, Name[]>();
  /** By organization: the places at which its names end. */
  readonly #ends = new Map<string, Set<number>>();
  /** By organization: its name in full. */
  readonly #titles = new Map<string, string>();
  #places = 0;

  constructor(organizations: Iterable<Pick<Organization, "slug" | "name" | "aliases">>) {
    for (const organization of organizations) this.put(organization);
  }

  /** Removes an organization's names. */
  remove(slug: string): void {
    for (const place of this.#ends.get(slug) ?? []) {
      const others = this.#names.get(place)?.filter(({ organization }) => organization !== slug) ?? [];
      if (others.length > 0) this.#names.set(place, others);
      else this.#names.delete(place);
    }
    this.#ends.delete(slug);
    this.#titles.delete(slug);
  }

  /** The full name of the one organization that has a name, and no more than that name; null when none or several do. */
  called(name: string): string | null {
    const words = wordsOf(name);
    const match = this.longest(words, 0);
    const [first, ...others] = match?.length === words.length ? match.names : [];
    if (!first || others.some(({ organization }) => organization !== first.organization)) return null;
    return this.#titles.get(first.organization) ?? null;
  }

  /** Adds an organization's names, in place of those that it had. */
  put({ slug, name, aliases }: Pick<Organization, "slug" | "name" | "aliases">): void {
    this.remove(slug);
    this.#titles.set(slug, name);
    const ends = new Set<number>();
    this.#ends.set(slug, ends);
    const given = [name, ...aliases].flatMap(partsOf);
    const all = new Set([...given, ...given.flatMap(ministryNames)]);
    for (const alias of all) {
      const words = wordsOf(alias);
      if (words.length === 0 || (words.length === 1 && words[0]?.written.length === 1)) continue;
      const generic = words.every(({ folded }) => GENERIC.has(folded));
      ends.add(this.#enter(words, { organization: slug, alias, own: generic ? ownWords(given) : null }));
    }
  }

  /** @returns the place at which the name ends */
  #enter(words: readonly Word[], name: Name): number {
    let place = 0;
    for (const { folded } of words) {
      let number = this.#words.get(folded);
      if (number === undefined) {
        number = this.#words.size;
        this.#words.set(folded, number);
      }
      let next = this.#steps.get(place * WORDS + number);
      if (next === undefined) {
        next = ++this.#places;
        this.#steps.set(place * WORDS + number, next);
      }
      place = next;
    }
    const names = this.#names.get(place);
    if (!names) this.#names.set(place, [name]);
    else if (
      !names.some(({ organization, alias }) => organization === name.organization && alias === name.alias)
    )
      names.push(name);
    return place;
  }

  /** The longest name that is written at a word of a text; null when none is. */
  longest(words: readonly Word[], from: number): Match | null {
    const first = words[from];
    if (!first) return null;
    let found: Match | null = null;
    for (const reading of readings(first)) {
      for (const { length, names } of this.#endings(reading, words, from)) {
        if (length <= (found?.length ?? 0)) continue;
        const inText = [reading, ...words.slice(from + 1, from + length)];
        const written = names.filter(({ alias }) => isWritten(wordsOf(alias), inText));
        if (written.length > 0 && !isOrdinary(words, from, inText)) found = { from, length, names: written };
      }
    }
    return found;
  }

  /** The names whose letters stand at a word, shorter ones first. */
  *#endings(
    reading: Word,
    words: readonly Word[],
    from: number,
  ): Generator<{ length: number; names: Name[] }> {
    let place = 0;
    for (let length = 1; ; length++) {
      const word = length === 1 ? reading : words[from + length - 1];
      const number = word && this.#words.get(word.folded);
      const next = number === undefined ? undefined : this.#steps.get(place * WORDS + number);
      if (next === undefined) return;
      const names = this.#names.get(next);
      if (names) yield { length, names };
      place = next;
    }
  }
}

/** A name, and where it ends with its acronym in brackets each of the two. */
function partsOf(name: string): string[] {
  const [, long, short] = /^(.*\S)\s*\(([^()\s]+)\)$/u.exec(name) ?? [];
  return long && short && isAcronym(short) ? [name, long, short] : [name];
}

function ownWords(names: readonly string[]): string[] {
  const words = names.flatMap(wordsOf).filter(({ written }) => isCapitalised(written) || !hasCase(written));
  return [...new Set(words.map(({ folded }) => folded))].filter(
    (word) => !GENERIC.has(word) && word.length > 1,
  );
}

const hasCase = (written: string): boolean => written.toLowerCase() !== written.toUpperCase();

/** Whether words with the same letters are the name: its acronyms as they are, its capitals, its commas. */
function isWritten(name: readonly Word[], inText: readonly Word[]): boolean {
  const [first] = name;
  if (name.length === 1) return first?.written === inText[0]?.written;
  const proper = name.some(({ written }) => isCapitalised(written));
  const capital = inText.some(
    ({ written }, index) => isCapitalised(written) && isCapitalised(name[index]?.written ?? ""),
  );
  if (proper && !capital) return false;
  return name.every(({ written, folded, gap }, index) => {
    const word = inText[index];
    if (!word || (isAcronym(written) && word.written !== written)) return false;
    if (index === 0 || word.gap <= gap) return true;
    return word.gap === 1 && folded === "and"; // the comma that some put before it
  });
}

const SHOUTED_WORDS = 3;

/**
 * Whether a single word may be an ordinary one: begun with a capital only because a sentence begins with it, or
 * written in capitals only because all around it are ("DELEGATES WHO MET IN BAKU").
 */
function isOrdinary(words: readonly Word[], from: number, [word, second]: readonly Word[]): boolean {
  if (!word || second || !hasCase(word.written)) return false;
  if (!isAcronym(word.written)) return isCapitalised(word.written) && word.gap === 2;
  if (!isShouted(word)) return false;
  let first = from;
  let last = from;
  const few = () => last - first + 1 < SHOUTED_WORDS;
  while (few() && words[first]?.gap === 0 && isShouted(words[first - 1])) first--;
  while (few() && words[last + 1]?.gap === 0 && isShouted(words[last + 1])) last++;
  return !few();
}

const isShouted = (word: Word | undefined): boolean =>
  word !== undefined && word.written === word.written.toUpperCase() && hasCase(word.written);
