import { ELEMENT_MARKUP } from "../model/html.ts";
import { LIMITS } from "../model/limits.ts";
import { block } from "../model/text.ts";

/** HTML that is safe to show: the output of `safeHtml`, or HTML that passes {@link isSafe}. */
export type SafeHtml = string & { readonly [SAFE]: true };
declare const SAFE: unique symbol;

/** The elements of safe HTML: text, tables and media. */
export const ELEMENTS: readonly string[] =
  `a abbr audio b bdi bdo blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3
  h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp section small source span strike strong sub
  summary sup table tbody td tfoot th thead time tr tt u ul var video wbr`.split(/\s+/);

/** The attributes of each element, and of all (`*`). */
export const ATTRIBUTES = {
  "*": ["dir", "lang", "title"],
  a: ["href", "hrefLang"],
  audio: ["src"],
  blockquote: ["cite"],
  del: ["cite", "dateTime"],
  details: ["open"],
  img: ["src", "srcSet", "sizes", "alt", "width", "height"],
  ins: ["cite", "dateTime"],
  li: ["value"],
  ol: ["start", "reversed", "type"],
  q: ["cite"],
  source: ["src", "srcSet", "sizes", "media", "type", "width", "height"],
  td: ["colSpan", "rowSpan"],
  th: ["colSpan", "rowSpan", "scope", "abbr"],
  time: ["dateTime"],
  video: ["src", "poster", "width", "height"],
};

/** Media elements, which always have `controls`. */
const PLAYED: ReadonlySet<string> = new Set(["audio", "video"]);

/** Void elements. */
const VOID: ReadonlySet<string> = new Set(["br", "hr", "img", "source", "wbr"]);

/** The allowed attributes of each element, by their names in HTML. */
const ALLOWED: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  ELEMENTS.map((element) => {
    const own = Object.entries(ATTRIBUTES).find(([name]) => name === element)?.[1] ?? [];
    const names = [...ATTRIBUTES["*"], ...own, ...(PLAYED.has(element) ? ["controls"] : [])];
    return [element, new Set(names.map((name) => name.toLowerCase()))];
  }),
);

/**
 * Returns true for HTML in the exact form that the sanitizer writes, without anything it would remove. Stored HTML is
 * checked by this when it is read, so that no writer of the store has to be trusted and sanitized HTML is not parsed
 * again. Takes linear time.
 */
export function isSafe(html: string): html is SafeHtml {
  if (block(html) !== html || OTHER_REFERENCE.test(html)) return false;
  const nesting = new Nesting();
  let end = 0;
  for (const { 0: part, index, groups = {} } of html.matchAll(PART)) {
    if (index !== end || !nesting.takes(groups)) return false;
    end += part.length;
  }
  return end === html.length && nesting.isClosed();
}

/** The open elements. */
class Nesting {
  readonly #open: string[] = [];
  #elements = 0;

  /** Returns true when a tag is allowed here. Text is always allowed. */
  takes({ slash, name = "", attributes = "", closed }: Record<string, string | undefined>): boolean {
    if (name === "") return true;
    if (slash) return this.#open.pop() === name && attributes === "";
    if (!isSafeTag(name, attributes, closed !== undefined)) return false;
    if (++this.#elements > LIMITS.HTML_MARKUP / ELEMENT_MARKUP) return false;
    return VOID.has(name) || this.#open.push(name) <= LIMITS.HTML_DEPTH;
  }

  isClosed(): boolean {
    return this.#open.length === 0;
  }
}

/** A tag with double-quoted attributes, or text. */
const PART =
  /<(?<slash>\/)?(?<name>[a-z][a-z0-9]*)(?<attributes>(?: [a-z]+(?:="[^"<>]*")?)*)(?<closed> \/)?>|[^<]+/g;
const ATTRIBUTE = / ([a-z]+)(?:="([^"]*)")?/g;
/** A reference of a kind that the sanitizer does not write. */
const OTHER_REFERENCE = /&(?!#x[0-9A-F]{1,6};)/;

function isSafeTag(name: string, attributes: string, closed: boolean): boolean {
  const allowed = ALLOWED.get(name);
  if (!allowed || closed !== VOID.has(name)) return false;
  if (PLAYED.has(name) && !attributes.includes(" controls")) return false;
  const given = [...attributes.matchAll(ATTRIBUTE)].map(([, attribute = "", value]) => ({
    attribute,
    value,
  }));
  if (name === "img" && !given.some(({ attribute }) => attribute === "src")) return false;
  return given.every(({ attribute, value }) => {
    if (value === undefined) return allowed.has(attribute) && BOOLEAN.has(attribute);
    return allowed.has(attribute) && (VALUES[attribute]?.(value) ?? true) && !isPixel(name, attribute, value);
  });
}

const BOOLEAN: ReadonlySet<string> = new Set(["controls", "open", "reversed"]);

/** Returns true for a normalized URL with one of these schemes. */
const isAddress =
  (schemes: RegExp) =>
  (value: string): boolean => {
    const address = value.replaceAll("&#x26;", "&");
    return schemes.test(address) && URL.parse(address)?.href === address;
  };
const isWeb = isAddress(/^https?:/);

/** The checks of attributes with URLs. */
const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
  href: isAddress(/^(?:https?|mailto|tel):/),
  src: isWeb,
  poster: isWeb,
  cite: isWeb,
  srcset: (value) =>
    value.split(", ").every((candidate) => /^https?:\/\/\S+(?: [\d.]+[wx])?$/.test(candidate)),
};

/** An image of one pixel or none is a tracking pixel. */
const isPixel = (name: string, attribute: string, value: string): boolean =>
  name === "img" && /^(?:width|height)$/.test(attribute) && /^\s*[01](?:px)?\s*$/.test(value);
