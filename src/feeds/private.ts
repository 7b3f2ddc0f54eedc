import type { Site } from "../model/site.ts";
import type { Format, FormatName } from "./formats.ts";
import { itemId, pageUrl } from "./item.ts";
import type { JsonFeed } from "./json.ts";
import { assemble, disassemble } from "./layout.ts";

/** A reader's private feed. */
export interface PrivateFeed {
  organization: string;
  /** The part of the reader's addresses before `/feed.…`. It contains the reader's key. */
  address: string;
  site: Site;
}

/**
 * Writes a document for a reader with a private address. It replaces only addresses that this service wrote, in the
 * elements where it wrote them: the links of the feed to itself and its archive, and of its items to their pages here.
 * Every other address stays as it is. A third party's URL with a public address in its query would otherwise send the
 * reader's key to that party. Hubs are removed: they know only the public addresses.
 */
export function privateDocument(format: Format, body: string, feed: PrivateFeed): string {
  const { preamble, items } = disassemble(format.layout, body);
  const shape = SHAPES[format.name];
  return assemble(format.layout, {
    preamble: shape.preamble(preamble, (address) => ownDocument(address, feed)),
    items: items.map((item) => {
      const { id = "", link = "" } = shape.item.exec(item)?.groups ?? {};
      const page = ownPage(id, link, feed);
      return page === null ? item : item.replace(shape.link, () => page);
    }),
  });
}

/** The private address of one of the feed's own documents; any other address unchanged. */
function ownDocument(address: string, { organization, address: own, site }: PrivateFeed): string {
  const base = `${site.publicUrl}/${organization}/`;
  const path = address.startsWith(base) ? address.slice(base.length) : "";
  return /^(?:feed|archive\/\d+)\.(?:rss|atom|json)$/.test(path) ? `${own}/${path}` : address;
}

/** The private address of an item's page; null when the item links elsewhere. */
function ownPage(id: string, link: string, { address, site }: PrivateFeed): string | null {
  const article = id.slice(itemId(site, "").length);
  return id === itemId(site, article) && link === pageUrl(site, article)
    ? `${address}/articles/${article}`
    : null;
}

/** Where a format's writer puts the service's own addresses. Foreign text is escaped, so it never matches. */
interface Shape {
  /** The beginning of an item, with its id and link. */
  item: RegExp;
  /** The link in such an item. */
  link: RegExp;
  preamble: (preamble: string, own: (address: string) => string) => string;
}

const SHAPES: Readonly<Record<FormatName, Shape>> = {
  rss: {
    item: /^<item><title>[^<]*<\/title><link>(?<link>[^<]*)<\/link><guid[^>]*>(?<id>[^<]*)</,
    link: /(?<=^<item><title>[^<]*<\/title><link>)[^<]*/,
    preamble: xmlPreamble,
  },
  atom: {
    item: /^<entry(?: xml:lang="[^"]*")?><id>(?<id>[^<]*)<.*?<link rel="alternate" href="(?<link>[^"]*)"/s,
    link: /(?<=<link rel="alternate" href=")[^"]*/,
    preamble: xmlPreamble,
  },
  json: {
    item: /^\{"id":"(?<id>[^"\\]*)","url":"(?<link>[^"\\]*)"/,
    link: /(?<=^\{"id":"[^"\\]*","url":")[^"\\]*/,
    preamble: jsonPreamble,
  },
};

/** Replaces the addresses of links, and removes links to hubs. */
function xmlPreamble(preamble: string, own: (address: string) => string): string {
  return preamble.replace(/<(?:atom:)?link [^>]*>/g, (link) => {
    if (link.includes('rel="hub"')) return "";
    return link.replace(/(?<= href=")[^"]*/, own);
  });
}

function jsonPreamble(preamble: string, own: (address: string) => string): string {
  const { hubs: _, items: _none, ...feed } = JSON.parse(`${preamble}]}`) as JsonFeed & { next_url?: string };
  const addresses = {
    ...feed,
    feed_url: own(feed.feed_url),
    ...(feed.next_url ? { next_url: own(feed.next_url) } : {}),
  };
  return `${JSON.stringify(addresses).slice(0, -1)},"items":[`;
}
