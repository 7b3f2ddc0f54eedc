import { ParseError, parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { atomFeed } from "./atom.ts";
import { fromRoot } from "./document.ts";
import type { UpstreamFeed } from "./item.ts";
import { jsonFeed, prunedJson } from "./json.ts";
import { rssFeed } from "./rss.ts";
import { tidied } from "./tidy.ts";

const EMPTY: UpstreamFeed = {
  title: null,
  home: null,
  language: null,
  keptMinutes: 0,
  skipHours: [],
  next: null,
  movedTo: null,
  hub: null,
  self: null,
  items: [],
};

const ITEM = /<(?:[\w.-]+:)?(?:item|entry)[\s/>]/i;

/**
 * Reads a feed of any format: RSS 0.9x and 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0, JSON Feed. Null when it is none, or is
 * broken beyond reading.
 * @param address where it came from: relative addresses begin there
 */
export function readFeed(text: string, address: string): UpstreamFeed | null {
  if (/^\s*\{/.test(text))
    return attempted(() => jsonFeed(parseJsonFeed(prunedJson(JSON.parse(text))), address));
  const document = fromRoot(text);
  const tidy = document === null ? null : tidied(document, address);
  if (document === null || tidy === null) return null;
  const feed = attempted(() =>
    tidy.startsWith("<feed") ? atomFeed(parseAtomFeed(tidy), address) : rssFeed(parseRssFeed(tidy), address),
  );
  // Unclosed elements can swallow all items: that is no feed without news.
  return feed?.items.length === 0 && ITEM.test(document) ? null : feed;
}

function attempted(read: () => UpstreamFeed): UpstreamFeed | null {
  try {
    return read();
  } catch (error) {
    return error instanceof ParseError ? EMPTY : null; // a feed that says nothing; or no feed
  }
}
