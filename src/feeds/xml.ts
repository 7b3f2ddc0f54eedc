import type { ElementCompact } from "xml-js";
import { js2xml, xml2js } from "xml-js";

/**
 * xml-js un-escapes a literal `&amp;` in text before it escapes, and leaves `&` and `<` in attributes as they
 * are. Escaped once by us first, both come out right.
 */
const escaped = (text: string) => text.replaceAll("&", "&amp;");

/** What every XML document begins with. */
export const XML_DECLARATION: ElementCompact = {
  _declaration: { _attributes: { version: "1.0", encoding: "utf-8" } },
};

/** An element that holds text, and attributes if any are given. */
export function element(text: string, attributes?: Record<string, string | undefined>): ElementCompact {
  return { ...(attributes ? withAttributes(attributes) : {}), _text: escaped(text) };
}

/** An element without content. Attributes that are undefined are left out. */
export function withAttributes(attributes: Record<string, string | undefined>): ElementCompact {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return {
    _attributes: Object.fromEntries(given.map(([name, value]) => [name, attributeValue(value)])),
  };
}

/** XML 1.0 §3.3.3: a literal line break or tab in an attribute is read as a space; only a reference survives. */
function attributeValue(value: string): string {
  return escaped(value).replaceAll("<", "&lt;").replaceAll("\n", "&#10;").replaceAll("\t", "&#9;");
}

/**
 * Writes a tree of xml-js's compact form, without white space between the elements; undefined ones are left out.
 */
export function write(tree: ElementCompact): string {
  return js2xml(present(tree), { compact: true, textFn: numeric });
}

/**
 * The RSS Advisory Board's profile has `&` and `<` of plain text written as hexadecimal references, which tell
 * readers that look for HTML in titles that there is none. Only where there could seem to be some: a few parsers
 * know the five named references alone.
 */
function numeric(text: string, parent: string): string {
  if (!TEXT_ELEMENTS.has(parent) || !SEEMS_MARKUP.test(text)) return text;
  return text.replaceAll("&amp;", "&#x26;").replaceAll("&lt;", "&#x3C;");
}

const TEXT_ELEMENTS = new Set(
  "title subtitle description summary name category source dc:creator dc:source media:title".split(" "),
);
const SEEMS_MARKUP = /&amp;(#|\d|\w\w)|&lt;[/a-z]/i;

/** xml-js would write an element that is undefined as an empty one. */
function present(tree: ElementCompact): ElementCompact {
  const given = Object.entries(tree).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    given.map(([name, value]) => [name, name.startsWith("_") ? value : presentIn(value)]),
  );
}

const presentIn = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(presentIn);
  return isElement(value) ? present(value) : value;
};

const isElement = (value: unknown): value is ElementCompact =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads XML into xml-js's compact form, ready to be written again.
 * @throws when the text is not well-formed
 */
export function read(xml: string): ElementCompact {
  return xml2js(xml, { compact: true, textFn: escaped, attributeValueFn: attributeValue }) as ElementCompact;
}

/** Whether plain text holds what readers that take it for HTML would take for an element's end. */
export function looksLikeHtml(text: string): boolean {
  return /<\/\w/.test(text);
}

/** An element of plain text whose type cannot be told: where readers would guess HTML, it is HTML. */
export function plain(text: string): ElementCompact {
  return element(looksLikeHtml(text) ? escapedHtml(text) : text);
}

/** Plain text as the HTML that shows it. */
export function escapedHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The plain text of which {@link escapedHtml} made HTML. */
export function fromHtml(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
