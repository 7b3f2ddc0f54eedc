import { ar } from "./words/ar.ts";
import { az } from "./words/az.ts";
import { en } from "./words/en.ts";
import { fr } from "./words/fr.ts";
import { ru } from "./words/ru.ts";
import { tr } from "./words/tr.ts";

/** The same texts in another language: strings, and functions that put values into sentences. */
type Translated<T> = {
  [K in keyof T]: T[K] extends (...values: infer V) => string
    ? (...values: V) => string
    : T[K] extends string
      ? string
      : Translated<T[K]>;
};

/** The console's own words in one language. */
export type ConsoleWords = Translated<typeof en>;

/** The languages of the console: one file and one row for each. A word that is missing does not compile. */
export const CONSOLE_WORDS: Record<string, ConsoleWords> = { en, az, tr, ru, ar, fr };
