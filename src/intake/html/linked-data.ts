import type { Root } from "hast";
import { attributeOf, elementsOf, textOf } from "./tree.ts";

/** What JSON-LD says of the article of a page. */
export interface LinkedArticle {
  headline: string | null;
  datePublished: string | null;
  authors: string[];
  publisher: string | null;
  language: string | null;
  image: string | null;
  description: string | null;
}

type Json = Record<string, unknown>;

const ARTICLE = /^(?:\w*Article|BlogPosting|LiveBlogPosting|Report|PressRelease)$/;
const MOST_SCRIPTS = 10;
const MOST_CHARACTERS = 200_000;
const MOST_NODES = 500;

/** The article that the JSON-LD of a page describes (schema.org); null when none does. */
export function linkedArticle(root: Root): LinkedArticle | null {
  const nodes = [...elementsOf(root)]
    .filter(
      (element) =>
        element.tagName === "script" && /^application\/ld\+json/i.test(attributeOf(element, "type") ?? ""),
    )
    .slice(0, MOST_SCRIPTS)
    .flatMap((element) => nodesIn(textOf(element)));
  const article = nodes.find((node) => typesOf(node).some((type) => ARTICLE.test(type)));
  return article ? articleOf(article, nodes) : null;
}

function nodesIn(text: string): Json[] {
  if (text.length > MOST_CHARACTERS) return [];
  try {
    return flattened(JSON.parse(text)).slice(0, MOST_NODES);
  } catch {
    return [];
  }
}

/** The objects of a document: itself, those of a list, and those of its graph. */
function flattened(value: unknown): Json[] {
  const all = Array.isArray(value) ? value : [value];
  return all
    .filter(isObject)
    .flatMap((node) => [node, ...(Array.isArray(node["@graph"]) ? node["@graph"].filter(isObject) : [])]);
}

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): unknown[] =>
  Array.isArray(value) ? value : value === undefined ? [] : [value];
const typesOf = (node: Json): string[] => listOf(node["@type"]).map(String);

function articleOf(node: Json, nodes: readonly Json[]): LinkedArticle {
  /** A thing by its text, or its name; one that is only referred to is looked up. */
  const nameOf = (value: unknown): string | null => {
    if (typeof value === "string") return filled(value);
    if (!isObject(value)) return null;
    const other = nodes.find((one) => one["@id"] === value["@id"] && one.name !== undefined);
    return filled(value.name ?? other?.name);
  };
  return {
    headline: filled(node.headline) ?? filled(node.name),
    datePublished: filled(node.datePublished),
    authors: listOf(node.author).flatMap((one) => nameOf(one) ?? []),
    publisher: nameOf(listOf(node.publisher)[0]),
    language: filled(node.inLanguage),
    image: imageOf(listOf(node.image)[0]),
    description: filled(node.description),
  };
}

const imageOf = (value: unknown): string | null =>
  filled(isObject(value) ? (value.url ?? value.contentUrl) : value);

/** A text that says something. JSON-LD often holds HTML's references. */
function filled(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value
    .slice(0, 2_000)
    .replace(/&(amp|quot|apos|#0?39|lt|gt|nbsp);/g, (_, name: string) => REFERENCES[name] ?? " ")
    .replace(/\s+/g, " ")
    .trim();
  return text === "" ? null : text;
}

const REFERENCES: Readonly<Record<string, string>> = {
  ...{ amp: "&", quot: '"', apos: "'", "#39": "'", "#039": "'", lt: "<", gt: ">", nbsp: " " },
};
