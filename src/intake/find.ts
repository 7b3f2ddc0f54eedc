import type { AmbiguousName, Attribution, Findings, Texts } from "../model/attribution.ts";
import { isCountry } from "./countries.ts";
import { GENERIC } from "./generic.ts";
import type { Match, Name, NameIndex } from "./names.ts";
import { isCapitalised, type Word, wordsOf } from "./words.ts";

const PLACES = ["title", "summary", "content"] as const;

interface Mention extends Match {
  words: readonly Word[];
  where: Attribution["where"];
  at: number;
}

/**
 * The organizations that texts name, each once, by the name that is met first. An ambiguous name attributes nothing: one that
 * several organizations share, or that says what an organization is and not which. Each is reported once.
 */
export function findOrganizations(index: NameIndex, texts: Texts): Findings {
  const fields = PLACES.map((where) => ({ where, words: wordsOf(texts[where] ?? "") }));
  const mentions = fields.flatMap(({ where, words }) =>
    mentionsIn(index, words).map((match) => ({ ...match, words, where, at: words[match.from]?.at ?? 0 })),
  );
  const judge = new Judge(
    mentions,
    fields.flatMap(({ words }) => words),
  );
  const attributions = new Map<string, Attribution>();
  const ambiguities = new Map<string, AmbiguousName>();
  for (const mention of mentions) {
    const { where, at, names } = mention;
    const organizations = [...new Set(names.map(({ organization }) => organization))];
    const [name] = names;
    const [organization] = organizations;
    if (!name || !organization) continue;
    const reason = organizations.length > 1 ? "shared-name" : judge.ambiguity(mention, name);
    if (reason) {
      const ambiguity = { organizations, alias: name.alias, where, at, reason };
      if (!ambiguities.has(`${reason} ${name.alias}`)) ambiguities.set(`${reason} ${name.alias}`, ambiguity);
    } else if (!attributions.has(organization))
      attributions.set(organization, { organization, alias: name.alias, where, at });
  }
  return {
    attributions: [...attributions.values()],
    doubts: [...ambiguities.values()].filter(
      ({ organizations }) => !organizations.some((slug) => attributions.has(slug)),
    ),
  };
}

/** The names in one text, in its order; where two overlap the longer one, and of equals the first. */
function mentionsIn(index: NameIndex, words: readonly Word[]): Match[] {
  const matches = words.flatMap((_, from) => index.longest(words, from) ?? []);
  const taken = new Set<number>();
  const kept = matches
    .toSorted((a, b) => b.length - a.length || a.from - b.from)
    .filter(({ from, length }) => {
      const places = Array.from({ length }, (_, step) => from + step);
      if (places.some((place) => taken.has(place))) return false;
      for (const place of places) taken.add(place);
      return true;
    });
  return kept.toSorted((a, b) => a.from - b.from);
}

/** Says whether a name that many have is the name of the one that has been entered with it. */
class Judge {
  readonly #words: ReadonlySet<string>;
  /** Names that somewhere in the texts are said of somebody else. */
  readonly #foreign: ReadonlySet<string>;
  readonly #owned = new Map<Name["own"], boolean>();

  constructor(mentions: readonly Mention[], words: readonly Word[]) {
    this.#words = new Set(words.map(({ folded }) => folded));
    this.#foreign = new Set(
      mentions.flatMap((mention) => {
        const [name] = mention.names;
        return name?.own && qualification(mention, name.own) === "other" ? [name.alias] : [];
      }),
    );
  }

  ambiguity(mention: Mention, { own, alias }: Name): AmbiguousName["reason"] | null {
    if (!own) return null;
    const qualified = qualification(mention, own);
    if (qualified === "own") return null;
    if (qualified === "other" || this.#foreign.has(alias)) return "qualified-otherwise";
    return this.#isOwned(own) && !hasOtherCountry(mention, own) ? null : "unqualified-name";
  }

  /** Whether the owner is named anywhere in the texts. */
  #isOwned(own: readonly string[]): boolean {
    const known = this.#owned.get(own) ?? [...this.#words].some((word) => isOwn(word, own));
    this.#owned.set(own, known);
    return known;
  }
}

/** Whose the name is said to be: "of Uzbekistan" after it, "Uzbekistan's" or "Uzbek" before it. */
function qualification({ words, from, length }: Mention, own: readonly string[]): "own" | "other" | "none" {
  const qualifiers = [...qualifierAfter(words, from + length), ...qualifierBefore(words, from)];
  if (qualifiers.some(({ folded }) => isOwn(folded, own))) return "own";
  return qualifiers.length > 0 ? "other" : "none";
}

const isOwn = (word: string, own: readonly string[]): boolean =>
  own.some((each) => word === each || (each.length >= 5 && word.startsWith(each)));

const SENTENCE_WORDS = 40;

/** Whether the sentence around a mention, or what of it is near, names a country that is not the owner's. */
function hasOtherCountry({ words, from, length }: Mention, own: readonly string[]): boolean {
  let first = from;
  let last = from + length - 1;
  while (first > 0 && from - first < SENTENCE_WORDS && words[first]?.gap !== 2) first--;
  while (last - from < SENTENCE_WORDS && (words[last + 1]?.gap ?? 2) !== 2) last++;
  const countries = words.slice(first, last + 1).filter(({ written }) => isCapitalised(written));
  return countries.some(({ folded }) => isCountry(folded) && !isOwn(folded, own));
}

const QUALIFIER_WORDS = 5;
const LINKS: ReadonlySet<string> = new Set(["of", "in", "the", "s"]);

/** The proper name that follows: after "of" or "in"; in languages with cases at once ("культуры Узбекистана"). */
function qualifierAfter(words: readonly Word[], start: number): Word[] {
  const next = words[start];
  if (!next || next.gap > 0) return [];
  const linked = next.folded === "of" || next.folded === "in";
  if (!linked && !/^\p{sc=Cyrl}/u.test(next.written)) return [];
  for (const word of words.slice(start, start + QUALIFIER_WORDS)) {
    if (word.gap > 0) return [];
    if (LINKS.has(word.folded) || GENERIC.has(word.folded)) continue;
    return isCapitalised(word.written) ? [word] : [];
  }
  return [];
}

/** The proper name that precedes: "Uzbekistan's", "Uzbek", "Özbekistan Respublikası". */
function qualifierBefore(words: readonly Word[], from: number): Word[] {
  for (let at = from - 1; at >= Math.max(0, from - QUALIFIER_WORDS); at--) {
    const word = words[at];
    if (!word || (words[at + 1]?.gap ?? 2) > 0) return [];
    if (word.folded === "s" || (GENERIC.has(word.folded) && isCapitalised(word.written))) continue;
    return isCapitalised(word.written) && !LINKS.has(word.folded) ? [word] : [];
  }
  return [];
}
