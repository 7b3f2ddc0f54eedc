import { createContext, useContext } from "hono/jsx";
import { direction } from "../../model/language.ts";
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

/** What the words of the catalogue are written in: `az-Cyrl` and `az-Arab` are other words than `az`. */
const script = (locale: Intl.Locale): string | undefined => locale.maximize().script;

/** The catalogue's row for a language; null if it has none. */
function rowOf(language: string | undefined): { row: keyof typeof WORDS; locale: Intl.Locale } | null {
  try {
    const locale = new Intl.Locale(language ?? "");
    const row = locale.language;
    if (!Object.hasOwn(WORDS, row) || script(locale) !== script(new Intl.Locale(row))) return null;
    return { row: row as keyof typeof WORDS, locale };
  } catch {
    return null; // no language tag
  }
}

/** How the pages of an organization speak. */
export function localeOf(of: { language?: string | undefined; time_zone?: string | undefined }): Locale {
  const timeZone = of.time_zone ?? ENGLISH.timeZone;
  const found = rowOf(of.language);
  if (!found) return { ...ENGLISH, timeZone };
  const { row, locale } = found;
  const tag = locale.baseName === "en" ? ENGLISH.tag : locale.baseName;
  return { words: WORDS[row], own: { lang: row, dir: direction(row) }, tag, timeZone };
}

/** The language of the catalogue that a browser asks for first (RFC 9110 §12.5.4); English for none. */
export function localeAsked(acceptLanguage: string | undefined): Locale {
  const asked = (acceptLanguage ?? "").slice(0, 200).split(",");
  const ranked = asked
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(/\s*;\s*/);
      const quality = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
      return { tag, quality: Number.isNaN(quality) ? 0 : quality };
    })
    .filter(({ tag, quality }) => quality > 0 && rowOf(tag) !== null)
    .sort((a, b) => b.quality - a.quality);
  return localeOf({ language: ranked[0]?.tag });
}

/** The locale of the page that is being written. */
export const PageLocale = createContext<Locale>(ENGLISH);

/** The locale of the page in which a component stands. */
export const useLocale = (): Locale => useContext(PageLocale);
