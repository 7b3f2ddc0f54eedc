/** Small words of languages in Latin letters; each stands in the list of one language only. */
const SMALL_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  en: new Set(["the", "of", "and", "to", "was", "for", "with", "that", "by", "is", "has", "its"]),
  fr: new Set(["le", "les", "des", "et", "du", "une", "est", "dans", "pour", "aux", "sur"]),
  es: new Set(["el", "los", "las", "y", "una", "con", "por", "para", "del", "es"]),
  de: new Set(["der", "das", "und", "den", "von", "mit", "ist", "auf", "eine", "für"]),
  az: new Set(["və", "ilə", "bu", "üçün", "olan", "ki", "edib", "olub"]),
  tr: new Set(["ve", "ile", "için", "bir", "olarak", "olan", "da", "ettiği"]),
};

const FEWEST = 3;

/** The language of a text, by its script and its small words; null where they do not decide. */
export function languageOf(text: string): string | null {
  const beginning = text.slice(0, 20_000);
  const letters = (script: RegExp) => beginning.match(script)?.length ?? 0;
  const [arabic, cyrillic, latin] = [/\p{sc=Arab}/gu, /\p{sc=Cyrl}/gu, /\p{sc=Latn}/gu].map(letters);
  const most = 0.6 * letters(/\p{L}/gu);
  if ((arabic ?? 0) > most) return /[پچژگٹڈںے]/u.test(beginning) ? null : "ar";
  if ((cyrillic ?? 0) > most) return /[іїєғқңөұүһәў]/iu.test(beginning) ? null : "ru";
  if ((latin ?? 0) <= most) return null;
  return /ə/iu.test(beginning) && count(beginning, "az") >= FEWEST ? "az" : latinLanguage(beginning);
}

function latinLanguage(text: string): string | null {
  const [first, second] = Object.keys(SMALL_WORDS)
    .map((language) => ({ language, times: count(text, language) }))
    .sort((a, b) => b.times - a.times);
  return first && first.times >= FEWEST && first.times >= 2 * (second?.times ?? 0) ? first.language : null;
}

function count(text: string, language: string): number {
  const words =
    text
      .slice(0, 20_000)
      .toLowerCase()
      .match(/\p{L}+/gu) ?? [];
  return words.filter((word) => SMALL_WORDS[language]?.has(word)).length;
}
