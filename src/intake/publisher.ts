import type { Line } from "./lines.ts";
import { type FoundFields, notFound, type PageContext } from "./parsed-page.ts";
import { beginsWith, endsWith, isWholly, plainWords } from "./phrases.ts";
import { publisherForm } from "./publisher-form.ts";
import { wordsOf } from "./words.ts";

/** A publisher that a line names: in so many words (`stated`), or by an address. */
export interface PublisherFound {
  name: string;
  stated: boolean;
}

const SOURCE_CHARACTERS = 140;
const COPYRIGHT = /©|\(c\)(?!\p{L})|\bcopyright\b/iu;
const PIECES = /\s[|–—·•-]\s|[|·•,;]|(?<=[^\s.]{3})\.(?=\s|$)|\s{2,}/u;
const YEARS = /\d{4}(?:\s*[-–—]\s*(?:\d{4}|\d{2}))?/g;
const STAFF =
  /(?<!\p{L})(\p{Lu}\p{L}{3,19})['’]s? staff (?:journalist|writer|reporter)|\bfollow @?(\p{L}{4,20})(?!\p{L})/u;
const LONGEST_MASTHEAD = 100;
const LONGEST_NAME_WORDS = 4;

/** The publisher that a line of a page names in so many words, or the host of an address; null when it names none. */
export function publisherIn(line: string): PublisherFound | null {
  if (line.length > SOURCE_CHARACTERS) return null;
  const said = sourceIn(line) ?? holderIn(line);
  if (said) return { name: said, stated: true };
  const address = /^https?:\/\/\S+$/i.test(line) && URL.canParse(line);
  return address ? { name: new URL(line).host, stated: false } : null;
}

/** "Source: …". */
function sourceIn(line: string): string | null {
  const [, label = "", name = ""] = /^([^:：]{2,30})[:：]\s*(\S.{1,99})$/u.exec(line) ?? [];
  return name && isWholly("source", plainWords(label)) ? name.replace(/[.\s]+$/, "") : null;
}

/** Whose the copyright is: what stands in its line besides the sign, years, and what pages put behind a name. */
function holderIn(line: string): string | null {
  const sign = COPYRIGHT.exec(line);
  if (!sign) return null;
  const after = line.slice(sign.index + sign[0].length);
  return holderAmong(after) ?? holderAmong(line.slice(0, sign.index));
}

function holderAmong(text: string): string | null {
  const pieces = text
    .replace(YEARS, " | ")
    .replace(/©|\(c\)/giu, " | ")
    .split(PIECES);
  for (const piece of pieces) {
    const name = withoutRights(piece.replace(/^[\s\p{P}]+|[\s:]+$/gu, "").replace(/^by\s+/i, ""));
    if (/\p{L}{2}/u.test(name)) return name;
  }
  return null;
}

/** A name without "All rights reserved" and the like before or behind it, in any of the languages. */
function withoutRights(piece: string): string {
  const all = plainWords(piece);
  const [first, last] = [beginsWith("rights", all), endsWith("rights", all)];
  if (first === 0 && last === 0) return piece;
  const forms = [...piece.matchAll(/\p{sc=Han}|[[\p{L}\p{M}]--\p{sc=Han}]+(?:['’ʻ][\p{L}\p{M}]+)*/gv)];
  if (forms.length !== all.length) return first === all.length ? "" : piece;
  const kept = forms.slice(first, all.length - (first === all.length ? 0 : last));
  const end = kept.at(-1);
  return kept[0] && end ? piece.slice(kept[0].index, end.index + end[0].length) : "";
}

const FIRST_LINES = 40;
const LAST_LINES = 20;
const MOST_NAMES = 200;

/** The lines where a page says whose it is. */
const edges = (lines: readonly Line[]): readonly Line[] =>
  lines.length <= FIRST_LINES + LAST_LINES
    ? lines
    : [...lines.slice(0, FIRST_LINES), ...lines.slice(-LAST_LINES)];

/** The names in a page that are its publisher's if they are any publisher's. */
export function namesOf(lines: readonly Line[]): string[] {
  const names = edges(lines).flatMap((line) => [wholeName(line), tabName(line.text), ...passingNames(line)]);
  const byForm = new Map(
    names.flatMap((name) => (name === null ? [] : [[publisherForm(name), name] as const])),
  );
  return [...byForm].flatMap(([form, name]) => (form === "" ? [] : [name])).slice(0, MOST_NAMES);
}

/** What a line is called that may be nothing but a name. */
const wholeName = ({ text, publisher, date, authors }: Line): string | null => {
  if (publisher) return publisher.name;
  return text.length <= LONGEST_MASTHEAD && !date && authors.length === 0 ? text : null;
};

/** Whether a line is nothing but the name or address of a publisher on the operator's list. */
export const isMasthead = (line: Line, publishers: PageContext["publishers"]): boolean =>
  publishers?.get(publisherForm(wholeName(line) ?? ""))?.listed === true;

/** The end of a headline, as browsers' tabs have it. */
const tabName = (text: string): string | null =>
  /\s[-|–—]\s([^-|–—]{3,60})$/u.exec(text.slice(-100))?.[1] ?? null;

/** Names beside a word that says that somebody reports, or writes for somebody. */
function passingNames({ text }: Line): string[] {
  const [, staff, follow] = STAFF.exec(text.slice(0, 300)) ?? [];
  return [staff, follow, ...reporters(text.slice(0, 600))].flatMap((name) => name ?? []);
}

function reporters(text: string): string[] {
  const words = wordsOf(text);
  const forms = words.map(({ folded }) => folded);
  const names: string[] = [];
  for (let at = 0; at < forms.length; at++) {
    const length = beginsWith("reports", forms.slice(at, at + LONGEST_NAME_WORDS));
    if (length === 0) continue;
    for (let size = 1; size <= LONGEST_NAME_WORDS; size++) {
      for (const from of [at - size, at + length]) {
        const [first, last] = [words[from], words[from + size - 1]];
        if (first && last) names.push(text.slice(first.at, last.end));
      }
    }
  }
  return names;
}

/** A line that names a publisher, and how surely: 2 where it is about that alone, 1 where it says so in passing. */
interface Named {
  line: Line;
  name: string;
  certainty: 1 | 2;
}

/** The publisher: of a line that is about nothing else, or of one that says "… reports". */
export function sourceOf(
  lines: readonly Line[],
  title: Line | null,
  publishers: PageContext["publishers"],
): FoundFields {
  const stated = lines.flatMap((line): Named[] => {
    if (!line.publisher?.stated) return [];
    const { name } = line.publisher;
    return [{ line, name: publishers?.get(publisherForm(name))?.name ?? name, certainty: 2 }];
  });
  const known = edges(lines).flatMap((line) => knownIn(line, title, publishers) ?? []);
  const sure = [...stated, ...known.filter(({ certainty }) => certainty === 2)];
  const found = sure.length > 0 ? sure : known;
  const names = [...new Set(found.map(({ name }) => name))];
  const [name] = names;
  if (name && names.length === 1) {
    const from = found.map(({ line }) => line).sort((a, b) => a.index - b.index);
    return {
      ...notFound(),
      article: { source: { name } },
      lines: from,
      sure: sure.length > 0 ? "certain" : "likely",
    };
  }
  const reason = name ? `the page names more than one: ${names.join(", ")}` : "no line says who published it";
  return notFound({ field: "source", reason });
}

/** A known publisher that a line names. An organization's name alone counts above the headline only: below, it is a tag. */
function knownIn(line: Line, title: Line | null, publishers: PageContext["publishers"]): Named | null {
  if (line.publisher?.stated) return null;
  const whole = publishers?.get(publisherForm(wholeName(line) ?? ""));
  const masthead = line.publisher !== null || (title !== null && line.index < title.index);
  if (whole && (whole.listed || masthead)) return { line, name: whole.name, certainty: 2 };
  const names = [tabName(line.text), ...passingNames(line)];
  const passing = names
    .map((name) => publishers?.get(publisherForm(name ?? "")))
    .find((found) => found?.listed);
  return passing ? { line, name: passing.name, certainty: 1 } : null;
}

/** A headline without the publisher behind it, as the title of a browser's tab ends. */
export function withoutPublisher(headline: string, publishers: PageContext["publishers"]): string {
  const at = headline.search(/\s[-|–—]\s[^-|–—]*$/u);
  return at > 0 && publishers?.has(publisherForm(headline.slice(at + 3))) ? headline.slice(0, at) : headline;
}
