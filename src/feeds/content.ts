import type { Element, Nodes, Root } from "hast";
import { fromParse5 } from "hast-util-from-parse5";
import { defaultSchema, type Schema, sanitize } from "hast-util-sanitize";
import { toHtml } from "hast-util-to-html";
import { defaultTreeAdapter, parseFragment } from "parse5";
import { SKIP, visit } from "unist-util-visit";
import type { Article } from "../model/article.ts";
import { LIMITS } from "../model/limits.ts";
import { writable } from "../model/text.ts";

const LINK = ["http", "https", "mailto", "tel"];
const WEB = ["http", "https"];
const SCHEMES = { href: LINK, src: WEB, poster: WEB, cite: WEB };

/** Blocks that mean nothing outside their own page, but keep paragraphs apart. */
const BLOCKS = new Set(
  words("address article aside center dialog fieldset footer form header hgroup legend main nav search"),
);

/** Elements inside a line of text: all others stand apart from the words around them. */
const PHRASING = new Set(
  words(`a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strike strong sub
    sup time tt u var wbr`),
);

const SCHEMA: Schema = {
  ...defaultSchema,
  tagNames: [
    ...(defaultSchema.tagNames ?? []).filter((name) => name !== "input"),
    ...words("abbr audio bdi bdo caption cite dfn figcaption figure mark small time u video wbr"),
  ],
  attributes: {
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
  },
  protocols: SCHEMES,
  required: { audio: { controls: true }, video: { controls: true } },
  clobber: [],
  strip:
    words(`script style iframe object embed applet frame frameset noembed noframes template title svg math
    canvas button select textarea datalist map`),
};

function words(list: string): string[] {
  return list.split(/\s+/);
}

/**
 * The safe HTML of an article's content; null when it has none. Links are left without `rel`: what an
 * organization links to is its own word, and nothing opens a new window.
 * @param base what relative addresses are relative to when the article has no `url` of its own
 * @throws when the markup nests or grows without bound
 */
export function contentHtml(
  article: Pick<Article, "content_html" | "content_text" | "url">,
  base: string,
): string | null {
  const { content_html, content_text } = article;
  const tree = content_html ? safeTree(content_html, article.url ?? base) : paragraphs(content_text ?? "");
  const html = toHtml(tree, { closeSelfClosing: true }).replace(START_TAG, escapedInside);
  return writable(html).trim() || null; // a character reference may stand for what the door would refuse
}

const START_TAG = /<[a-z][^"<>]*(?:"[^"]*"[^"<>]*)*>/g;

/** HTML and XML both want `<` and `>` escaped in attributes, lest one parser sees a tag where another sees none. */
function escapedInside(tag: string): string {
  return `<${tag.slice(1, -1).replaceAll("<", "&#x3C;").replaceAll(">", "&#x3E;")}>`;
}

/**
 * The text that HTML shows, in one line: white space folded, blocks set apart by a space.
 * @throws as {@link contentHtml}
 */
export function plainText(html: string): string {
  return folded(textOf(safeTree(html, "")));
}

/**
 * The text that HTML shows, its blocks apart by a blank line, so that no sentence goes on in the next block.
 * @throws as {@link contentHtml}
 */
export function blockText(html: string): string {
  return writable(textOf(safeTree(html, ""), "\n\n"))
    .replace(/\s*\n\s*/g, "\n\n")
    .trim();
}

/**
 * An article's summary; where it has none, the beginning of its content, cut between words with an ellipsis;
 * the empty text where it has no content either.
 * @param maxCharacters UTF-16 code units of a text that is cut, its ellipsis included
 * @throws as {@link contentHtml}
 */
export function summaryText(
  article: Pick<Article, "summary" | "content_html" | "content_text">,
  maxCharacters = 300,
): string {
  if (article.summary) return article.summary;
  const text = article.content_html ? plainText(article.content_html) : folded(article.content_text ?? "");
  return text.length <= maxCharacters ? text : `${beginning(text, maxCharacters - 1)}…`;
}

/** As many whole words as fit, or as many whole characters where not even one word does. */
function beginning(text: string, maxCharacters: number): string {
  const fitting = wholeSegments(text, maxCharacters, "word").replace(/[\s\p{Pd}\p{Ps}\p{Pi},;:]+$/u, "");
  return fitting || wholeSegments(text, maxCharacters, "grapheme");
}

function wholeSegments(text: string, maxCharacters: number, granularity: "word" | "grapheme"): string {
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter("en", { granularity }).segment(text)) {
    if (index + segment.length > maxCharacters) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

const folded = (text: string): string => writable(text).replace(/\s+/g, " ").trim();

function textOf(node: Nodes, between = " "): string {
  if (node.type === "text") return node.value.replace(/\s+/g, " ");
  if (!("children" in node)) return "";
  const text = node.children.map((child) => textOf(child, between)).join("");
  return node.type === "element" && !PHRASING.has(node.tagName) ? between + text + between : text;
}

/** Plain text as HTML: a blank line ends a paragraph, a line break is one. */
function paragraphs(text: string): Root {
  const paragraph = (lines: string[]): Element => element("p", lines.flatMap(brokenLine));
  const blocks = text.split(/\n[^\S\n]*\n\s*/).filter((block) => block.trim() !== "");
  return { type: "root", children: blocks.map((block) => paragraph(block.split("\n"))) };
}

function brokenLine(line: string, index: number): Element["children"] {
  const text = { type: "text", value: line } as const;
  return index === 0 ? [text] : [element("br", []), text];
}

function element(tagName: string, children: Element["children"]): Element {
  return { type: "element", tagName, properties: {}, children };
}

/** Parsed, addresses made absolute, then sanitized: the sanitizer has the last word. */
function safeTree(html: string, base: string): Root {
  const tree = parse(html);
  const ownBase = baseIn(tree, base);
  visit(tree, "element", (node, index, parent) => {
    if (BLOCKS.has(node.tagName)) node.tagName = "div";
    resolveAddresses(node, ownBase);
    if (node.tagName !== "img" || parent === undefined || index === undefined) return;
    if (node.properties.src && !isTrackingPixel(node)) return;
    parent.children.splice(index, 1);
    return [SKIP, index];
  });
  return sanitize(tree, SCHEMA) as Root; // a root stays a root
}

/** Where content begins with a `base` element, its addresses are relative to that (HTML, "The base element"). */
function baseIn({ children: [first] }: Root, base: string): string {
  const href = first?.type === "element" && first.tagName === "base" ? first.properties.href : undefined;
  return (href !== undefined && absolute(String(href), base, WEB)) || base;
}

/** The HTML standard's own parser, stopped where the tree outgrows its bounds. */
function parse(html: string): Root {
  let depth = 0;
  let markup = 0;
  const fragment = parseFragment(html, {
    scriptingEnabled: false, // what stands in <noscript> is for readers like ours
    treeAdapter: {
      ...defaultTreeAdapter,
      createElement(name, namespace, attributes) {
        markup += attributes.reduce((sum, { value }) => sum + value.length, 50);
        if (markup > LIMITS.HTML_MARKUP)
          throw new RangeError("its HTML has too many elements, or formatting left open");
        return defaultTreeAdapter.createElement(name, namespace, attributes);
      },
      onItemPush() {
        if (++depth > LIMITS.HTML_DEPTH)
          throw new RangeError(`its HTML has elements more than ${LIMITS.HTML_DEPTH} deep`);
      },
      onItemPop() {
        depth--;
      },
    },
  });
  return fromParse5(fragment) as Root; // of a fragment, always a root
}

function resolveAddresses({ properties }: Element, base: string): void {
  for (const [name, schemes] of Object.entries(SCHEMES)) {
    const value = properties[name];
    if (value !== undefined) properties[name] = absolute(String(value), base, schemes);
  }
  const { srcSet } = properties;
  if (srcSet !== undefined) properties.srcSet = absoluteCandidates(String(srcSet), base);
}

/** An address by the URL Standard; nothing when it is none, or of another scheme. */
function absolute(address: string, base: string, schemes: string[]): string | undefined {
  if (!URL.canParse(address, base || undefined)) return undefined;
  const url = new URL(address, base || undefined);
  return schemes.includes(url.protocol.slice(0, -1)) ? url.href : undefined;
}

/** The candidates of a `srcset` that have a web address and a proper descriptor (HTML, "srcset attributes"). */
function absoluteCandidates(candidates: string, base: string): string | undefined {
  const kept: string[] = [];
  for (const candidate of candidates.split(/(?<=\s[\d.]+[wx])\s*,|,\s+/)) {
    const [, address = "", descriptor = ""] = CANDIDATE.exec(candidate) ?? [];
    const url = absolute(address, base, WEB);
    if (address && url) kept.push(`${url} ${descriptor}`.trim());
  }
  return kept.join(", ") || undefined;
}

const CANDIDATE = /^\s*(\S+)(?:\s+([\d.]+[wx]))?\s*$/;

/** An image of one pixel or none, by its attributes or its style, shows nothing: it counts readers. */
function isTrackingPixel({ properties }: Element): boolean {
  const sides = [properties.width, properties.height].map((side) => String(side ?? "").trim());
  return sides.some((side) => /^[01](px)?$/.test(side)) || INVISIBLE.test(String(properties.style ?? ""));
}

const INVISIBLE = /(?:^|[;\s])(?:(?:width|height)\s*:\s*[01](?:px)?|display\s*:\s*none)\s*(?:;|!|$)/i;
