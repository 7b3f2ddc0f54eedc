import { ParseError, parseFeed } from "feedsmith";
import { LIMITS } from "../../model/limits.ts";
import { atomFeed } from "./atom.ts";
import { closes, fromRoot } from "./document.ts";
import type { UpstreamFeed } from "./item.ts";
import { jsonFeed } from "./json.ts";
import { rdfFeed, rssFeed } from "./rss.ts";

const EMPTY: UpstreamFeed = {
  title: null,
  home: null,
  language: null,
  keptMinutes: 0,
  skipHours: [],
  items: [],
};

const ITEM = /<(?:\w+:)?(?:item|entry)[\s>]/i;

/**
 * Reads a feed of any format: RSS 0.9x and 2.0, RSS 1.0 (RDF), Atom 0.3 and 1.0, JSON Feed. Null when it is none, or is
 * broken beyond reading.
 * @param address where it came from: relative addresses begin there
 */
export function readFeed(text: string, address: string): UpstreamFeed | null {
  if (/^\s*\{/.test(text)) return parsed(text, address);
  const document = fromRoot(text.trimStart());
  const feed = closes(document) ? parsed(document, address) : null;
  // Unclosed elements can swallow all items: that is no feed without news.
  return feed?.items.length === 0 && ITEM.test(document) ? null : feed;
}

function parsed(text: string, address: string): UpstreamFeed | null {
  try {
    const read = parseFeed(text, { maxItems: LIMITS.SOURCE_ITEMS });
    switch (read.format) {
      case "rss":
        return rssFeed(read.feed, address);
      case "rdf":
        return rdfFeed(read.feed, address);
      case "atom":
        return atomFeed(read.feed, address);
      case "json":
        return jsonFeed(read.feed, address);
    }
  } catch (error) {
    return error instanceof ParseError ? EMPTY : null; // a feed that says nothing; or no feed
  }
}
