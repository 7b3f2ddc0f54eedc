import { absolute } from "./address.ts";
import { names } from "./shapes.ts";
import {
  ADDRESS_CHARACTERS,
  type Attribute,
  attributesIn,
  endOfMarkup,
  nameAt,
  withoutSections,
} from "./xml.ts";

const WORDS_CHARACTERS = 20_000;
const ADDRESSES = names("link guid id atom:id uri url atom:uri atom:url itunes:new-feed-url");
const PROSE = names(
  "description content:encoded summary content atom:summary atom:content itunes:summary media:description dc:description dcterms:description dcterms:abstract",
);
/** Text constructs (RFC 4287 §3.1). */
const TYPED = names("title summary content atom:title atom:summary atom:content");
/** Elements with content, whose `xml:base` applies to the addresses inside it. */
export const CONTENTS = names("description content:encoded summary content atom:summary atom:content");
const KEPT = names(
  "href rel type url length filesize medium isdefault term label ispermalink role title src text xml:lang",
);
const LINKED = names("href url src");

/** Rewrites an element whose children are not used. Empty when it cannot be used. */
export function rewritten(
  name: string,
  attributes: readonly Attribute[],
  inner: string,
  outer: { base: string | null; address: string; isAtom: boolean },
): string {
  // Some RSS feeds carry their content as inline XHTML.
  if (name.startsWith("xhtml:"))
    return `<content:encoded>${section(asHtml(withoutSections(inner, escaped)))}</content:encoded>`;
  const base = baseIn(attributes, outer.base, outer.address);
  const ownBase = valueIn(attributes, "xml:base") === null ? null : base;
  const typed = TYPED.has(name) && (outer.isAtom || name.startsWith("atom:"));
  const { as, text, start } = typed
    ? construct(name, attributes, inner, base, ownBase)
    : plainly(name, attributes, inner, base);
  if (text === null) return "";
  return text === "" ? `<${as}${start}/>` : `<${as}${start}>${text}</${as}>`;
}

/** A rewritten element: its name, text and attributes. It is dropped when the text is null. */
interface Written {
  as: string;
  text: string | null;
  start: string;
}

function plainly(
  name: string,
  attributes: readonly Attribute[],
  inner: string,
  base: string | null,
): Written {
  const start = attributes.length > 0 ? ` ${written(attributes, base)}` : "";
  if (ADDRESSES.has(name)) {
    if (inner.length > ADDRESS_CHARACTERS) return { as: name, text: null, start };
    const address = base && name !== "guid" && !name.endsWith("id") ? absolute(bare(inner), base) : null;
    return { as: name, text: address ?? textIn(inner), start }; // still escaped
  }
  const person = name === "author" ? /<(?:[\w.-]+:)?name[^<>]*>([^<]*)</.exec(inner)?.[1] : undefined;
  const text = person ?? textIn(PROSE.has(name) ? inner : shortened(inner));
  // `feedsmith` parses a person in quadratic time: anything complex goes to `people.ts` as a creator.
  const tangled = name === "author" && (text.length > 200 || text.split(/[<([&]/, 12).length > 10);
  return { as: tangled ? "dc:creator" : name, text, start };
}

/** Rewrites a text construct with an explicit type: `text` is the default (RFC 4287 §3.1.1). */
function construct(
  name: string,
  attributes: readonly Attribute[],
  inner: string,
  base: string | null,
  said: string | null,
): Written {
  const type = (valueIn(attributes, "type") ?? "text").trim().toLowerCase();
  const language = valueIn(attributes, "xml:lang");
  const src = valueIn(attributes, "src");
  const link = src && src.length <= ADDRESS_CHARACTERS ? written([{ name: "src", value: src }], base) : "";
  if (!/^(?:xhtml|application\/xhtml\+xml)$/.test(type)) {
    const start = ` type="${escaped(type)}"${link}${scope(said ? base : null, language)}`;
    return { as: name, text: textIn(PROSE.has(name) ? inner : shortened(inner)), start };
  }
  const { html, attributes: div } = contentOfDiv(inner);
  const own = baseIn(div, base, base ?? "");
  const start = ` type="html"${link}${scope(own ?? (said ? base : null), valueIn(div, "xml:lang") ?? language)}`;
  return { as: name, text: section(html), start };
}

/** The content of the `div` that wraps XHTML (RFC 4287 §3.1.1.3), as HTML. */
function contentOfDiv(inner: string): { html: string; attributes: Attribute[] } {
  const text = withoutSections(inner, escaped).trim();
  const name = text.startsWith("<") ? nameAt(text, 0) : "";
  const end = /^(?:[\w.-]+:)?div$/i.test(name) ? endOfMarkup(text, 0) : -1;
  const close = text.lastIndexOf("</");
  if (end < 0 || nameAt(text, Math.max(close, 0)) !== name || close < end)
    return { html: asHtml(text), attributes: [] };
  const attributes = attributesIn(text.slice(1 + name.length, end - 1));
  const colon = name.indexOf(":");
  const html = text.slice(end, close);
  if (colon < 0) return { html: asHtml(html), attributes };
  const [start, finish] = [`<${name.slice(0, colon)}:`, `</${name.slice(0, colon)}:`];
  return { html: asHtml(html.replaceAll(start, "<").replaceAll(finish, "</")), attributes };
}

const EMPTY = /<([a-z][\w.-]*)(?=[\s/])([^<>]*)\/>/gi;
const VOID = names("area base br col embed hr img input link meta param source track wbr");

/** XHTML as HTML: HTML has no self-closing tags but those of void elements. */
const asHtml = (xhtml: string): string =>
  xhtml.replace(EMPTY, (tag, name: string, rest: string) =>
    VOID.has(name.toLowerCase()) ? tag : `<${name}${rest}></${name}>`,
  );

/** Text for `feedsmith`: inline elements are HTML that the feed failed to escape. */
function textIn(inner: string): string {
  const hasElements = withoutSections(inner, () => "").includes("<");
  return hasElements ? section(withoutSections(inner, (text) => text)) : inner;
}

const section = (text: string): string => `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;

/** Text with its CDATA sections escaped. */
const bare = (text: string): string => withoutSections(text, escaped).trim();

/** Cuts text that is too long, and closes a CDATA section that was cut. */
function shortened(text: string): string {
  if (text.length <= WORDS_CHARACTERS) return text;
  const cut = text.slice(0, WORDS_CHARACTERS);
  return cut.lastIndexOf("<![CDATA[") > cut.lastIndexOf("]]>") ? `${cut}]]>` : cut;
}

/** The attributes that we use, with absolute addresses where there is a base. */
export function written(attributes: readonly Attribute[], base: string | null): string {
  return attributes
    .flatMap(({ name, value }) => {
      if (!KEPT.has(name) || value.length > ADDRESS_CHARACTERS) return [];
      const address = base && LINKED.has(name) ? absolute(value, base) : null;
      return ` ${name}="${(address ?? value).replaceAll('"', "&quot;")}"`;
    })
    .join("");
}

/** `xml:base` and `xml:lang`, where given. */
export const scope = (base: string | null, language: string | null): string =>
  `${base === null ? "" : ` xml:base="${escaped(base)}"`}${language === null ? "" : ` xml:lang="${escaped(language)}"`}`;

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

export const valueIn = (attributes: readonly Attribute[], name: string): string | null =>
  attributes.find((one) => one.name === name)?.value ?? null;

/** The base address in an element with these attributes (XML Base). */
export function baseIn(
  attributes: readonly Attribute[],
  outer: string | null,
  address: string,
): string | null {
  const said = valueIn(attributes, "xml:base");
  return said === null || said.length > ADDRESS_CHARACTERS
    ? outer
    : (absolute(said.replaceAll("&amp;", "&"), outer ?? address) ?? outer);
}
