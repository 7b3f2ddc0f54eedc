import type { FilterInput } from "../model/filter.ts";
import { fromHtml, looksLikeHtml } from "./xml.ts";

/** What can be asked of an item in a document: by what filters choose, and by what feeds are merged. */
export interface ItemSubject extends Omit<FilterInput, "organizations" | "language"> {
  /** The item's id, equal in every format. */
  id: string;
  publishedMs: number;
  /** Null where the item says none: its feed's language then holds. */
  language: string | null;
}

/** What a document says of its feed. */
export interface About {
  title: string;
  language: string;
}

const NAMED: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

const LAST_CHARACTER = 0x10ffff;

/** Text whose references are resolved: the numeric ones, and those that our own writers use. */
export function unescaped(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|(\w{1,8}));/gi, (reference, hex, decimal, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? reference;
    const character = Number.parseInt(hex ?? decimal, hex ? 16 : 10);
    return character <= LAST_CHARACTER ? String.fromCodePoint(character) : reference;
  });
}

/** The text of HTML that our own sanitizer wrote: in it, what looks like a tag is one. */
export function shownText(html: string): string {
  return unescaped(html.replace(/<[^<>]*>/g, " "));
}

/**
 * The texts of all elements of a name in XML that our own writers wrote: in it, `<` is nowhere but in tags. Far
 * cheaper than a parser, and a filter looks at hundreds of items.
 */
export function textsOf(fragment: string, name: string): string[] {
  return [...elementsIn(fragment, name)].map(unescaped);
}

/** The text of the first such element; empty when there is none. */
export function textOf(fragment: string, name: string): string {
  const { value } = elementsIn(fragment, name).next();
  return value ? unescaped(value) : "";
}

function* elementsIn(fragment: string, name: string): Generator<string, undefined> {
  const end = `</${name}>`;
  for (let at = fragment.indexOf(`<${name}`); at >= 0; at = fragment.indexOf(`<${name}`, at + 1)) {
    const next = fragment[at + name.length + 1];
    const to = next === ">" || next === " " ? fragment.indexOf("<", at + 1) : -1;
    if (to >= 0 && fragment.startsWith(end, to)) {
      yield fragment.slice(next === ">" ? at + name.length + 2 : fragment.indexOf('">', at) + 2, to);
    }
  }
  return undefined;
}

/** As {@link textsOf}, of elements that hold plain text, also where it was written as HTML lest readers guess it. */
export function plainTextsOf(fragment: string, name: string): string[] {
  return textsOf(fragment, name).map((text) => (looksLikeHtml(fromHtml(text)) ? fromHtml(text) : text));
}

/** The first such text; empty when there is none. */
export const plainTextOf = (fragment: string, name: string): string => plainTextsOf(fragment, name)[0] ?? "";
