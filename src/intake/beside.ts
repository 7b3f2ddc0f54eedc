import { calendarForm, isHour, isJoining } from "./calendar.ts";
import { beginsWith, endsWith, plainWords } from "./phrases.ts";

/** What a date line says the date is of; `other` for the day of an event, a deadline, or whatever else it names. */
export type DateLabel = "published" | "dated" | "updated" | "other" | null;

/** A text without the signs that part it from what stands beside it. */
export const trimmed = (text: string): string => text.replace(/^[\s|·•,،;/–—-]+|[\s|·•,،;/–—-]+$/gu, "");

/** What the words beside a date say it is of. */
export function labelOf(text: string): DateLabel {
  const all = plainWords(text);
  if (all.length === 0) return null;
  for (const kind of ["published", "updated"] as const) {
    if (Math.max(beginsWith(kind, all), endsWith(kind, all)) > 0) return kind;
  }
  if (beginsWith("event", all) > 0 || endsWith("event", all) === all.length) return "other";
  const length = beginsWith("dated", all);
  if (length > 0 && all.length <= length + 1) return "dated";
  const by = beginsWith("by", all) + beginsWith("source", all);
  return /[:：]$/u.test(text) && by === 0 ? "other" : null;
}

/** The words beside a date without the label. */
export function restOf(text: string, label: DateLabel): string {
  if (label === null || label === "other") return withoutIdle(text);
  const all = plainWords(text);
  const first = beginsWith(label, all);
  const length = first || endsWith(label, all);
  const forms = [...text.matchAll(WORD)];
  if (length >= forms.length) return "";
  const kept = first
    ? text.slice(forms[length]?.index ?? text.length)
    : text.slice(0, forms[forms.length - length]?.index ?? 0);
  return withoutIdle(kept.replace(/^[:：\s]+|[:：\s]+$/gu, ""));
}

// As `words.ts` parts them.
const WORD = /\p{sc=Han}|[[\p{L}\p{M}]--\p{sc=Han}]+/gv;

/** Words that lead to a date: those that CLDR has, and articles and prepositions of languages that set one. */
const LEADING: ReadonlySet<string> = new Set([
  "on",
  "dated",
  "le",
  "du",
  "den",
  "dem",
  "am",
  "el",
  "il",
  "em",
  "в",
  "от",
]);

/** Without words that only join, beside the date; those inside of what stands there are left. */
function withoutIdle(text: string): string {
  const all = text.split(" ");
  const idle = (word: string | undefined): boolean => {
    if (word === undefined || /^\p{Lu}/u.test(word))
      return /^(?:Le|Am|El|Il|On)$/.test(word ?? "") && all.length === 1;
    const form = calendarForm(word);
    return form === "" || isJoining(form) || isHour(form) || LEADING.has(form);
  };
  while (all.length > 0 && idle(all.at(-1))) all.pop();
  while (all.length > 0 && idle(all[0])) all.shift();
  return trimmed(all.join(" "));
}

const MOST_WORDS_BESIDE = 4;
const MOST_PARTS_BESIDE = 4;
export const MOST_LABEL_CHARACTERS = 60;
const MOST_HAN_BESIDE = 8;

/** A few words with capitals, as a place, a section or a byline has; "By" and counts are let through. */
export const isBeside = (rest: string): boolean => {
  if (rest === "") return true;
  if (/[.!?。؟]$/u.test(rest)) return false;
  const parts = rest.split(/[|·•,،;:()（）/]|\s[–—-]\s/u).map((part) => withoutIdle(part.trim()));
  const told = parts.filter((part) => part !== "");
  return told.length <= MOST_PARTS_BESIDE && told.every(isPartBeside);
};

function isPartBeside(part: string): boolean {
  if (part.length <= MOST_LABEL_CHARACTERS && beginsWith("by", plainWords(part)) > 0) return true;
  if (/^\d[\d.,]*(?:\s?\p{L}{1,12}){0,2}$/u.test(part)) return true; // a count of views, comments, minutes
  if (/^[\p{P}\p{S}]+$/u.test(part)) return true;
  if (/^\d{1,2} [\p{Lo}\p{M} ]{2,25} 1[34]\d\d(?: ?هـ?)?$/u.test(part)) return true; // the day by another calendar
  if (/^[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}]+$/u.test(part)) return part.length <= MOST_HAN_BESIDE;
  const all = part.split(" ");
  // Scripts without capitals do not show a name: there only a word or two may stand beside a date.
  const most = /\p{Lo}/u.test(part) ? 2 : MOST_WORDS_BESIDE;
  return (
    all.length <= most &&
    all.every((word) => /^(?:[\p{Lu}\p{Lo}]|\d+$|views?$|by$)/u.test(word) || isJoining(calendarForm(word)))
  );
}

const MOST_WORDS_OF_A_PLACE = 2;

/** Whether so much stands beside a date that it may as well be the name of an event. */
export const isTitled = (rest: string): boolean =>
  rest.split(/[|·•,،;:()/]/u).some((part) => {
    const capitals = part
      .trim()
      .split(" ")
      .filter((word) => /^\p{Lu}/u.test(word));
    return capitals.length > MOST_WORDS_OF_A_PLACE && beginsWith("by", plainWords(part)) === 0;
  });
