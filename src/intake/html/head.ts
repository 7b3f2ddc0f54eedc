import type { Root } from "hast";
import { attributeOf, elementsOf, textOf } from "./tree.ts";

/** What a tag of a page says, and which tag. */
export interface Said {
  text: string;
  where: string;
}

/** The tags of a page that say something of its article. */
export interface Head {
  /** The contents of `meta` by name or property, in lower case and without "article:"; the first of each. */
  meta: Map<string, Said>;
  canonical: Said | null;
  language: Said | null;
  title: Said | null;
  headings: Said[];
  /** Times that a tag says are of publication. */
  times: Said[];
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
          head.canonical ??= said(attribute("href"), 'link[rel="canonical"]');
        break;
      case "html":
        head.language ??= said(attribute("lang"), "html[lang]");
        break;
      case "title":
        head.title ??= said(textOf(element), "title");
        break;
      case "h1":
        if (head.headings.length < MOST_HEADINGS) head.headings.push(...listed(said(textOf(element), "h1")));
        break;
      case "time":
        if (element.properties.pubDate !== undefined || /datePublished/i.test(attribute("itemProp")))
          head.times.push(...listed(said(attribute("dateTime"), "time[datetime]")));
        break;
    }
  }
  return head;
}

const said = (text: string, where: string): Said | null => {
  const line = text.slice(0, MOST_CHARACTERS).replace(/\s+/g, " ").trim();
  return line === "" ? null : { text: line, where };
};

const listed = (one: Said | null): Said[] => (one ? [one] : []);

function enterMeta(head: Head, attribute: (name: string) => string): void {
  const named = (["property", "name", "itemProp"] as const).find((name) => attribute(name) !== "");
  const key = named
    ? attribute(named)
        .toLowerCase()
        .replace(/^(?:og:)?article:/, "")
    : "";
  const one = named
    ? said(attribute("content"), `meta[${named.toLowerCase()}="${attribute(named).slice(0, LONGEST_NAME)}"]`)
    : null;
  if (one && !head.meta.has(key)) head.meta.set(key, one);
}
