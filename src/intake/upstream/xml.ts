/** An attribute as written: character references in its value are not decoded. */
export interface Attribute {
  /** In small letters, with its prefix. */
  name: string;
  value: string;
}

/** Longer texts are not taken for addresses. */
export const ADDRESS_CHARACTERS = 4_000;
/** Attributes are read from so much of a tag. */
const TAG_CHARACTERS = 50_000;
/** Attributes read of one tag. */
const ATTRIBUTES = 250;

const ATTRIBUTE = /([^\s=>"'/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g;

/** The attributes of a tag, given the text between its name and its `>`. Attributes without a value are skipped. */
export function attributesIn(tag: string): Attribute[] {
  const attributes: Attribute[] = [];
  for (const [, name = "", double, single, bare] of tag.slice(0, TAG_CHARACTERS).matchAll(ATTRIBUTE)) {
    const value = double ?? single ?? bare;
    if (value === undefined) continue;
    attributes.push({ name: name.toLowerCase(), value });
    if (attributes.length === ATTRIBUTES) break;
  }
  return attributes;
}

const SECTIONS: readonly [string, string][] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];

/**
 * The index after the markup that begins at a `<`; -1 when it has no end. A `>` in quotes does not end a tag. If another
 * `<` comes first, its index: then the first one was text.
 */
export function endOfMarkup(text: string, start: number): number {
  for (const [open, close] of SECTIONS) {
    if (!text.startsWith(open, start)) continue;
    const end = text.indexOf(close, start + open.length);
    return end < 0 ? -1 : end + close.length;
  }
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x3e) return at + 1;
    if (code === 0x3c) return at;
    if (code !== 0x22 && code !== 0x27) continue;
    at = text.indexOf(text.charAt(at), at + 1);
    if (at < 0) return -1;
  }
  return -1;
}

/** Whether a `<` begins a tag, comment, section or instruction; otherwise it is text. */
function isMarkup(text: string, at: number): boolean {
  if (at + 1 >= text.length) return false;
  const code = text.charCodeAt(at + 1);
  const small = code | 0x20;
  // A letter of ASCII, one of other scripts, or one of `/!?:_`.
  return (small >= 0x61 && small <= 0x7a) || code >= 0x80 || "/!?:_".includes(text.charAt(at + 1));
}

/** A tag or other markup, and its position; `end` is -1 when it has no end. */
export interface Markup {
  start: number;
  end: number;
  kind: "start" | "empty" | "end" | "other";
}

/** The next markup in a text; null when there is none. */
export function markupFrom(text: string, from: number): Markup | null {
  let start = text.indexOf("<", from);
  let end = -1;
  while (start >= 0) {
    end = isMarkup(text, start) ? endOfMarkup(text, start) : start + 1;
    if (end < 0 || text.charAt(end - 1) === ">") break;
    start = text.indexOf("<", end);
  }
  if (start < 0) return null;
  const mark = text.charAt(start + 1);
  if (mark === "!" || mark === "?") return { start, end, kind: "other" };
  if (mark === "/") return { start, end, kind: "end" };
  return { start, end, kind: text.charAt(end - 2) === "/" ? "empty" : "start" };
}

/** The name of the tag that begins at a `<`, as written. */
export function nameAt(text: string, at: number): string {
  NAME.lastIndex = text.charAt(at + 1) === "/" ? at + 2 : at + 1;
  return NAME.exec(text)?.[0] ?? "";
}

const NAME = /[^\s<>/"'=]*/y;

/** Replaces CDATA sections by what `make` returns for their text, and removes comments. */
export function withoutSections(text: string, make: (text: string) => string): string {
  const parts: string[] = [];
  let from = 0;
  for (let at = text.indexOf("<!"); at >= 0; at = text.indexOf("<!", Math.max(from, at + 1))) {
    const cdata = text.startsWith("<![CDATA[", at);
    if (!cdata && !text.startsWith("<!--", at)) continue;
    const end = text.indexOf(cdata ? "]]>" : "-->", at + (cdata ? 9 : 4));
    if (end < 0) break;
    parts.push(text.slice(from, at), cdata ? make(text.slice(at + 9, end)) : "");
    from = end + 3;
  }
  return parts.join("") + text.slice(from);
}
