/// <reference path="./jsdom-parser.d.ts" />
import { Readability } from "@mozilla/readability";
import JSDOMParser from "@mozilla/readability/JSDOMParser.js";
import type { Element, Nodes, Root, RootContent } from "hast";
import { toHtml } from "hast-util-to-html";
import { LIMITS } from "../../model/limits.ts";
import { boilerplateIn } from "../boilerplate.ts";
import { plainWords } from "../phrases.ts";
import { publisherIn } from "../publisher.ts";
import { childrenOf, elementsOf, textOf, treeOf, withoutFrame } from "./tree.ts";

const FEWEST_CHARACTERS = 140;
const BEGINNING_CHARACTERS = 30;
/** What relative addresses are relative to in a page that does not say where it is: they lead nowhere. */
const NOWHERE = "https://page.invalid/";

/**
 * The part of a page that is its article, as HTML; null when none is found. Readability finds it, on the small DOM that
 * comes with it: that wants well-formed markup, which our parser's tree is written as.
 * @param text the text of the article, as copying the page would give it: beneath it, headings end the article
 */
export function readablePart(page: Root, address: string | null, text: string | null): string | null {
  const tree = withoutFrame(page);
  if (text !== null) new Cut(text.slice(0, BEGINNING_CHARACTERS)).in(tree);
  const markup = isWithinBounds(tree) ? toHtml(wellFormed(tree), { closeSelfClosing: true }) : "";
  if (markup === "" || markup.length > LIMITS.HTML_MARKUP) return mainPart(tree);
  const document = new JSDOMParser().parse(markup, address && URL.canParse(address) ? address : NOWHERE);
  const found = new Readability(document, { charThreshold: FEWEST_CHARACTERS, disableJSONLD: true }).parse();
  const shown = found?.textContent?.trim() ?? "";
  return found?.content && shown !== "" ? withoutAsides(found.content) : mainPart(tree);
}

/** Readability reads the text of each element again for those around it. */
function isWithinBounds(tree: Root): boolean {
  let elements = 0;
  let read = 0;
  const count = (node: Nodes, depth: number): void => {
    if (node.type === "element") elements++;
    if (node.type === "text") read += node.value.length * depth;
    for (const child of childrenOf(node)) count(child, depth + 1);
  };
  count(tree, 0);
  return elements <= LIMITS.PAGE_ELEMENTS && read <= LIMITS.PAGE_READ_CHARACTERS;
}

/** Names of elements and attributes that XML takes too. */
const NAME = /^[a-z][\w-]*$/i;

function wellFormed(tree: Root): Root {
  const clean = <T extends RootContent>(nodes: readonly T[]): T[] =>
    nodes.flatMap((node) => {
      if (node.type !== "element") return node.type === "text" ? [node] : [];
      if (!NAME.test(node.tagName)) return [];
      const properties = Object.fromEntries(
        Object.entries(node.properties).filter(([name]) => NAME.test(name)),
      );
      return [{ ...node, properties, children: clean(node.children) }];
    });
  return { type: "root", children: clean(tree.children) };
}

/** What the page itself marks as its main part. */
function mainPart(tree: Root): string | null {
  const elements = [...elementsOf(tree)];
  const main = ["article", "main"]
    .map((name) => elements.find(({ tagName }) => tagName === name))
    .find((one) => one);
  return main ? withoutAsides(toHtml(main)) : null;
}

const LONGEST_HEADING = 120;
const ENDING: ReadonlySet<string | null> = new Set(["aside", "comments", "foot"]);

/** Without what stands from a heading of other things on: "Related news", "3 comments". */
function withoutAsides(html: string): string {
  const tree = treeOf(html);
  new Cut(null).in(tree);
  const elements = [...elementsOf(tree)];
  for (const { properties } of elements) {
    for (const name of ["href", "src"]) {
      if (String(properties[name] ?? "").startsWith(NOWHERE)) delete properties[name];
    }
  }
  return toHtml(elements.find(({ tagName }) => tagName === "body")?.children ?? tree.children);
}

/** Cuts a tree at the first heading of other things below a text. */
class Cut {
  /** What the text begins with; null once it has begun. */
  #awaited: string | null;

  constructor(awaited: string | null) {
    this.#awaited = awaited;
  }

  /** Whether the end was met: what follows it is taken out of the tree. */
  in(node: Root | Element): boolean {
    for (const [index, child] of childrenOf(node).entries()) {
      if (this.#awaited !== null && child.type === "text" && folded(child.value).includes(this.#awaited))
        this.#awaited = null;
      if (child.type !== "element") continue;
      const ends = this.#awaited === null && isEnding(child);
      if (!ends && !this.in(child)) continue;
      node.children.splice(ends ? index : index + 1);
      return true;
    }
    return false;
  }
}

const folded = (text: string): string => text.replace(/\s+/g, " ");

function isEnding(element: Element): boolean {
  if (/^(?:html|head|body|main|article)$/.test(element.tagName)) return false;
  const text = textOf(element, 4 * LONGEST_HEADING);
  if (text === "" || text.length > LONGEST_HEADING) return false;
  return ENDING.has(boilerplateIn(text, plainWords(text))) || publisherIn(text)?.stated === true;
}
