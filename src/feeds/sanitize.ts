import type { Element, Root } from "hast";
import { defaultSchema, type Schema, sanitize } from "hast-util-sanitize";
import { toHtml } from "hast-util-to-html";
import { SKIP, visit } from "unist-util-visit";
import { htmlTree } from "../model/html.ts";
import { LIMITS } from "../model/limits.ts";
import { block } from "../model/text.ts";
import { embedLink } from "./embed.ts";
import { ATTRIBUTES, ELEMENTS, isSafe, type SafeHtml } from "./safe-html.ts";

const LINK = ["http", "https", "mailto", "tel"];
const WEB = ["http", "https"];
const SCHEMES = { href: LINK, src: WEB, poster: WEB, cite: WEB };

/** Blocks that mean nothing outside their own page, but keep paragraphs apart. */
const BLOCKS = new Set(
  words("address article aside center dialog fieldset footer form header hgroup legend main nav search"),
);

/**
 * The attributes that matter, by their names in HTML. Others are dropped while parsing, since one tag can have a hundred
 * thousand. `style` and `hidden` reveal a tracking pixel; `encoding` decides how MathML is parsed.
 */
const LOOKED_AT: ReadonlySet<string> = new Set([
  ...Object.values(ATTRIBUTES).flatMap((names) => names.map((name) => name.toLowerCase())),
  "style",
  "encoding",
  "hidden",
  "data",
  "data-src",
]);

const SCHEMA: Schema = {
  ...defaultSchema,
  tagNames: [...ELEMENTS],
  attributes: ATTRIBUTES,
  protocols: SCHEMES,
  required: { audio: { controls: true }, video: { controls: true } },
  clobber: [],
  strip:
    words(`script style iframe object embed applet frame frameset noembed noframes template title svg math
    canvas button select textarea datalist map`),
};

/** Embedded content, and the attributes with its address; `data-src` is that of frames which load late. */
const EMBEDDED: Readonly<Record<string, readonly string[]>> = {
  iframe: ["src", "dataSrc"],
  embed: ["src"],
  object: ["data"],
};

function words(list: string): string[] {
  return list.split(/\s+/);
}

/**
 * Sanitizes HTML: keeps only known elements and attributes, makes URLs absolute, and writes well-formed HTML and XML.
 * Returns null when nothing is left. Links get no `rel`: an organization chooses its links, and none opens a new window.
 * HTML that is safe already is returned unchanged.
 * @param base the base of relative URLs; empty to remove them
 * @throws when the markup exceeds its limits
 */
export function safeHtml(html: string, base: string): SafeHtml | null {
  if (isSafe(html)) return html;
  const written = toHtml(safeTree(html, base), { closeSelfClosing: true }).replace(START_TAG, escapedInside);
  // A character reference may stand for what the door would refuse, or change.
  return (block(written) || null) as SafeHtml | null;
}

const START_TAG = /<[a-z][^"<>]*(?:"[^"]*"[^"<>]*)*>/g;

/** HTML and XML both want `<` and `>` escaped in attributes, lest one parser sees a tag where another sees none. */
function escapedInside(tag: string): string {
  return `<${tag.slice(1, -1).replaceAll("<", "&#x3C;").replaceAll(">", "&#x3E;")}>`;
}

/** Parsed, addresses made absolute, then sanitized: the sanitizer has the last word. */
function safeTree(html: string, base: string): Root {
  const tree = htmlTree(html, "fragment", (attribute) => LOOKED_AT.has(attribute));
  const ownBase = baseIn(tree, base);
  visit(tree, "element", (node, index, parent) => {
    if (BLOCKS.has(node.tagName)) node.tagName = "div";
    const kept = EMBEDDED[node.tagName] ? linkInstead(node, ownBase) : resolved(node, ownBase);
    if (kept === node || parent === undefined || index === undefined) return;
    const instead = kept && isParagraph(parent) ? kept.children : kept ? [kept] : [];
    parent.children.splice(index, 1, ...(instead as Element[]));
    return [SKIP, index + instead.length];
  });
  return sanitize(tree, SCHEMA) as Root; // a root stays a root
}

/** Where content begins with a `base` element, its addresses are relative to that (HTML, "The base element"). */
function baseIn({ children: [first] }: Root, base: string): string {
  const href = first?.type === "element" && first.tagName === "base" ? first.properties.href : undefined;
  return (href !== undefined && absolute(String(href), base, WEB)) || base;
}

const isParagraph = (node: Element | Root): boolean => node.type === "element" && node.tagName === "p";

/** Embedded content as a paragraph with a link; null for what shows nothing. */
function linkInstead(node: Element, base: string): Element | null {
  const value = EMBEDDED[node.tagName]?.map((name) => node.properties[name]).find(Boolean);
  return embedLink(node, value === undefined ? undefined : absolute(String(value), base, WEB));
}

/** The element with absolute addresses; null for an image that shows nothing. */
function resolved(node: Element, base: string): Element | null {
  resolveAddresses(node, base);
  return node.tagName !== "img" || (node.properties.src && !isTrackingPixel(node)) ? node : null;
}

function resolveAddresses({ properties }: Element, base: string): void {
  for (const [name, schemes] of Object.entries(SCHEMES)) {
    const value = properties[name];
    if (value !== undefined) properties[name] = absolute(String(value), base, schemes);
  }
  const { srcSet } = properties;
  if (srcSet !== undefined) properties.srcSet = absoluteCandidates(String(srcSet), base);
}

/** A normalized URL; undefined when it is invalid, too long, or has another scheme. */
function absolute(written: string, base: string, schemes: string[]): string | undefined {
  // Without a base, an address without its scheme is still a whole one.
  const address = base === "" && /^\s*\/\//.test(written) ? `https:${written.trim()}` : written;
  if (address.length > LIMITS.URL_CHARACTERS || !URL.canParse(address, base || undefined)) return undefined;
  const url = new URL(address, base || undefined);
  return schemes.includes(url.protocol.slice(0, -1)) ? url.href : undefined;
}

/** The candidates of a `srcset` that have a web address and a proper descriptor (HTML, "srcset attributes"). */
function absoluteCandidates(candidates: string, base: string): string | undefined {
  const kept: string[] = [];
  for (const candidate of candidates.split(BETWEEN_CANDIDATES, LIMITS.SRCSET_CANDIDATES)) {
    const [, address = "", descriptor = ""] = CANDIDATE.exec(candidate) ?? [];
    const url = absolute(address, base, WEB);
    if (address && url) kept.push(`${url} ${descriptor}`.trim());
  }
  return kept.join(", ") || undefined;
}

const BETWEEN_CANDIDATES = /(?<=\s[\d.]+[wx])\s*,|,\s+/;
const CANDIDATE = /^\s*(\S+)(?:\s+([\d.]+[wx]))?\s*$/;

/** An image of one pixel or none, by its attributes or its style, shows nothing: it counts readers. */
function isTrackingPixel({ properties }: Element): boolean {
  const sides = [properties.width, properties.height].map((side) => String(side ?? "").trim());
  return sides.some((side) => /^[01](px)?$/.test(side)) || INVISIBLE.test(String(properties.style ?? ""));
}

const INVISIBLE = /(?:^|[;\s])(?:(?:width|height)\s*:\s*[01](?:px)?|display\s*:\s*none)\s*(?:;|!|$)/i;
