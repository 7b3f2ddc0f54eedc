import { createContext, useContext } from "hono/jsx";
import { direction } from "../../model/language.ts";
import { rowOf, tagAsked } from "./asked.ts";
import { WORDS, type Words } from "./words.ts";

/** How a page speaks: in an organization's language if the catalogue has it, else in English. */
export interface Locale {
  words: Words;
  /** `lang` and `dir` of the page's own words. */
  own: { lang: string; dir: "ltr" | "rtl" | "auto" };
  /** The tag by which `Intl` writes dates and numbers. */
  tag: string;
  /** The IANA time zone of its times. */
  timeZone: string;
}

/** The pages' own language where no organization's is known. */
export const ENGLISH: Locale = {
  words: WORDS.en,
  own: { lang: "en", dir: "ltr" },
  tag: "en-GB",
  timeZone: "UTC",
};

/** How the pages of an organization speak. */
export function localeOf(of: { language?: string | undefined; time_zone?: string | undefined }): Locale {
  const timeZone = of.time_zone ?? ENGLISH.timeZone;
  const found = rowOf(of.language);
  if (!found) return { ...ENGLISH, timeZone };
  const { row, locale } = found;
  const tag = locale.baseName === "en" ? ENGLISH.tag : locale.baseName;
  return { words: WORDS[row], own: { lang: row, dir: direction(row) }, tag, timeZone };
}

/** How a page speaks to a browser that asks for languages: in the one of the catalogue that it asks for first, else in English. */
export const localeAsked = (acceptLanguage: string | undefined): Locale =>
  localeOf({ language: tagAsked(acceptLanguage) });

/** The locale of the page that is being written. */
export const PageLocale = createContext<Locale>(ENGLISH);

/** The locale of the page in which a component stands. */
export const useLocale = (): Locale => useContext(PageLocale);
