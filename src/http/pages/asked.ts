/** The languages that the pages' own words are in: the rows of the catalogue (words.ts), which need not be loaded to know them. */
export const LANGUAGES = ["en", "az", "tr", "ru", "ar", "fr"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What a language is written in: `az-Cyrl` and `az-Arab` are other words than `az`. */
const script = (locale: Intl.Locale): string | undefined => locale.maximize().script;

/** The catalogue's row for a language; null if it has none. */
export function rowOf(language: string | undefined): { row: Language; locale: Intl.Locale } | null {
  try {
    const locale = new Intl.Locale(language ?? "");
    const row = LANGUAGES.find((one) => one === locale.language);
    if (row === undefined || script(locale) !== script(new Intl.Locale(row))) return null;
    return { row, locale };
  } catch {
    return null; // no language tag
  }
}

/** The tag of the language of the catalogue that a browser asks for first (RFC 9110 §12.5.4); undefined for none. */
export function tagAsked(acceptLanguage: string | null | undefined): string | undefined {
  const asked = (acceptLanguage ?? "").slice(0, 200).split(",");
  const ranked = asked
    .map((part) => {
      const [tag = "", ...parameters] = part.trim().split(/\s*;\s*/);
      const quality = Number(parameters.find((one) => one.startsWith("q="))?.slice(2) ?? 1);
      return { tag, quality: Number.isNaN(quality) ? 0 : quality };
    })
    .filter(({ tag, quality }) => quality > 0 && rowOf(tag) !== null)
    .sort((a, b) => b.quality - a.quality);
  return ranked[0]?.tag;
}

/** The language of a page that is kept for others: for all regions of a language there is one page, so that it is the same for all. */
export const languageAsked = (acceptLanguage: string | null | undefined): Language =>
  rowOf(tagAsked(acceptLanguage))?.row ?? "en";
