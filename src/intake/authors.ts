import { LIMITS } from "../model/limits.ts";
import type { Line } from "./lines.ts";
import { type FoundFields, notFound, type OpenQuestion } from "./parsed-page.ts";
import { beginsWith, plainWords } from "./phrases.ts";

const NAME =
  "\\p{Lu}[\\p{L}\\p{M}.'’-]*(?: (?:al-|bin |bint |ibn |de |van |von )?\\p{Lu}[\\p{L}\\p{M}.'’-]+){1,3}";
const PERSON = new RegExp(`^${NAME}$`, "u");
// Scripts without capitals show no name: only its length does.
const PERSON_WITHOUT_CAPITALS =
  /^(?:\p{Lo}[\p{Lo}\p{M}'’-]{1,15}(?: \p{Lo}[\p{Lo}\p{M}'’-]{1,15}){1,3}|\p{sc=Han}[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}· ]{1,7})$/u;
const MOST_CHARACTERS = 200;
const BETWEEN = /,\s+|、|;\s*| & |\s(?:and|və|ve|va|ва|и|і|й|және|жана|we|et|und|y|e|و|ו|和)\s/u;
const TAIL = /\s*(?:[|–—·•/]|\s-\s|,(?=[^,]*$)).{0,60}$/u;

/** Whether a line may be a person's name and nothing else. */
export const isPerson = (text: string): boolean =>
  text.length <= 60 && PERSON.test(text) && !/\p{Lu}{2}/u.test(text);

/** The authors in a byline: "By Laman Ismayilova", "Автор: Ирина Смирнова". */
export function authorsIn(line: string): string[] {
  if (line.length > MOST_CHARACTERS) return [];
  const words = beginsWith("by", plainWords(line));
  if (words === 0) return [];
  const label = [...line.matchAll(/\p{sc=Han}|[[\p{L}\p{M}]--\p{sc=Han}]+/gv)][words - 1];
  const after = line.slice((label?.index ?? 0) + (label?.[0].length ?? 0));
  const marked = /^\s*[:：/]/u.test(after);
  const names = after.replace(/^[\s:：/]+/u, "").trim();
  return namesIn(names, marked) ?? namesIn(names.replace(TAIL, ""), marked) ?? [];
}

function namesIn(text: string, marked: boolean): string[] | null {
  const names = text.split(BETWEEN).map((name) => name.trim());
  const isName = (name: string) =>
    PERSON.test(name) || ((marked || names.length === 1) && PERSON_WITHOUT_CAPITALS.test(name));
  return names.length <= 5 && names.every(isName) ? names : null;
}

/** The authors: of a byline, of a name beside "Read more", or of a name that the page repeats. */
export function authorsOf(
  lines: readonly Line[],
  head: readonly Line[],
  counts: ReadonlyMap<string, number>,
): FoundFields {
  const introduced = new Set(
    lines.flatMap(({ role, text }) =>
      role === "boilerplate" ? (/^(.{3,60}?) is /.exec(text)?.[1] ?? []) : [],
    ),
  );
  const names = head.filter((line) => line.role === "text" && isPerson(line.prose));
  const signed = names.filter(
    ({ prose, index, control }) =>
      control ||
      introduced.has(prose) ||
      (counts.get(prose) ?? 0) > 1 ||
      lines[index + 1]?.role === "control",
  );
  const found = [...head.filter(({ authors }) => authors.length > 0), ...signed];
  const all = [...new Set(found.flatMap(({ authors, prose }) => (authors.length > 0 ? authors : [prose])))];
  if (all.length > 0) {
    const authors = all.slice(0, LIMITS.AUTHORS).map((name) => ({ name }));
    const sure = signed.length > 0 ? "likely" : "certain";
    return { article: { authors }, lines: found, openQuestions: [], ambiguities: [], sure };
  }
  const beside = names.filter(({ index }) => [-1, 1].some((step) => lines[index + step]?.role === "date"));
  return notFound(
    ...beside.map(
      ({ prose }): OpenQuestion => ({
        field: "authors",
        reason: `"${prose}" may be the author, but nothing says so`,
      }),
    ),
  );
}
