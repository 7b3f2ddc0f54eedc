import type { Root } from "hast";
import { attributeOf, elementsOf, textOf } from "./tree.ts";

/** What a tag of a page says, and which tag. */
export interface TagText {
  text: string;
  where: string;
}

/** The tags of a page that say something of its article. */
export interface Head {
  /** The contents of `meta` by name or property, in lower case and without "article:"; the first of each. */
  meta: Map<string, TagText>;
  canonical: TagText | null;
  language: TagText | null;
  title: TagText | null;
  headings: TagText[];
  /** Times that a tag says are of publication. */
  times: TagText[];
}

const MOST_CHARACTERS = 2_000;
const MOST_HEADINGS = 5;
const LONGEST_NAME = 60;

/** Reads the tags of a page. */
export function headOf(root: Root): Head {
  const head: Head = {
    meta: new Map(),
    canonical: null,
    language: null,
    title: null,
    headings: [],
    times: [],
  };
  for (const element of elementsOf(root)) {
    const attribute = (name: string) => attributeOf(element, name)?.slice(0, MOST_CHARACTERS).trim() ?? "";
    switch (element.tagName) {
      case "meta":
        enterMeta(head, attribute);
        break;
      case "link":
        if (/(?:^|\s)canonical(?:\s|$)/i.test(attribute("rel")))
          head.canonical ??= tagText(attribute("href"), 'link[rel="canonical"]');
        break;
      case "html":
        head.language ??= tagText(attribute("lang"), "html[lang]");
        break;
      case "title":
        head.title ??= tagText(textOf(element), "title");
        break;
      case "h1":
        if (head.headings.length < MOST_HEADINGS)
          head.headings.push(...listed(tagText(textOf(element), "h1")));
        break;
      case "time":
        if (element.properties.pubDate !== undefined || /datePublished/i.test(attribute("itemProp")))
          head.times.push(...listed(tagText(attribute("dateTime"), "time[datetime]")));
        break;
    }
  }
  return head;
}

const tagText = (text: string, where: string): TagText | null => {
  const line = text.slice(0, MOST_CHARACTERS).replace(/\s+/g, " ").trim();
  return line === "" ? null : { text: line, where };
};

const listed = (one: TagText | null): TagText[] => (one ? [one] : []);

function enterMeta(head: Head, attribute: (name: string) => string): void {
  const named = (["property", "name", "itemProp"] as const).find((name) => attribute(name) !== "");
  const key = named
    ? attribute(named)
        .toLowerCase()
        .replace(/^(?:og:)?article:/, "")
    : "";
  const one = named
    ? tagText(
        attribute("content"),
        `meta[${named.toLowerCase()}="${attribute(named).slice(0, LONGEST_NAME)}"]`,
      )
    : null;
  if (one && !head.meta.has(key)) head.meta.set(key, one);
}
