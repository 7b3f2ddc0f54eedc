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

/** Whether a text's first letter belongs to a script that runs from right to left. */
export const startsRightToLeft = (text: string): boolean =>
  /^[^\p{L}]*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(
    text,
  );
