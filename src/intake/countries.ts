import { wordsOf } from "./words.ts";

const A = 65;
const LETTERS = 26;

let countries: Set<string> | null = null;

/** Whether a folded word is the name of a country in English, as the platform's own list has it. */
export function isCountry(word: string): boolean {
  countries ??= countryNames();
  return countries.has(word);
}

/** Every two letters that ISO 3166 gives to a country, asked for its name; names of several words are left out. */
function countryNames(): Set<string> {
  const names = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
  const found = new Set<string>(["turkey"]); // which the list calls Türkiye
  for (let code = 0; code < LETTERS * LETTERS; code++) {
    const letters = String.fromCharCode(A + Math.floor(code / LETTERS), A + (code % LETTERS));
    const words = wordsOf(names.of(letters) ?? "");
    if (words.length === 1 && words[0]) found.add(words[0].folded);
  }
  return found;
}
