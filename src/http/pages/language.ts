const RIGHT_TO_LEFT = new Set([
  "Adlm",
  "Arab",
  "Hebr",
  "Mand",
  "Mend",
  "Nkoo",
  "Rohg",
  "Samr",
  "Syrc",
  "Thaa",
]);

/**
 * The direction that a language is written in, by its script: the tag's own (`az-Arab`), or the one that CLDR
 * says is likely for it (`ckb` and `pa-PK` are written in Arabic letters). `auto`, as HTML means it, without a
 * language or when the tag is none.
 */
export function direction(language: string | undefined): "ltr" | "rtl" | "auto" {
  if (!language) return "auto";
  try {
    const { script } = new Intl.Locale(language).maximize();
    return script && RIGHT_TO_LEFT.has(script) ? "rtl" : "ltr";
  } catch {
    return "auto";
  }
}

/** `lang` and `dir` of an element that holds text in a language; an unknown one is the empty tag in HTML. */
export function written(language: string | undefined): { lang: string; dir: "ltr" | "rtl" | "auto" } {
  return { lang: language ?? "", dir: direction(language) };
}

/** `lang` and `dir` of the pages' own words. */
export const ENGLISH = { lang: "en", dir: "ltr" } as const;
