import { direction } from "../../model/language.ts";

/** `lang` and `dir` of an element with text in a language. In HTML an unknown language is the empty tag. */
export function written(language: string | undefined): { lang: string; dir: "ltr" | "rtl" | "auto" } {
  return { lang: language ?? "", dir: direction(language) };
}
