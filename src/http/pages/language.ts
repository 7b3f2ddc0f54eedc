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
 * The direction of a language, by its script: that of the tag (`az-Arab`), or the likely one according to CLDR (`ckb` and
 * `pa-PK` use Arabic letters). `auto` without a language or for an invalid tag.
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

/** `lang` and `dir` of an element with text in a language. In HTML an unknown language is the empty tag. */
export function written(language: string | undefined): { lang: string; dir: "ltr" | "rtl" | "auto" } {
  return { lang: language ?? "", dir: direction(language) };
}

/** `lang` and `dir` of the pages' own text. */
export const ENGLISH = { lang: "en", dir: "ltr" } as const;
