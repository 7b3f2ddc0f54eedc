import type { Site } from "../model/site.ts";
import type { Format, FormatName } from "./formats.ts";
import { itemId, pageUrl } from "./item.ts";
import type { JsonFeed } from "./json.ts";
import { assemble, disassemble } from "./layout.ts";

/** Whose feed is read privately, and at which address. */
export interface PrivateFeed {
  organization: string;
  /** What stands before `/feed.…` in the reader's own addresses: it has the reader's key in it. */
  address: string;
  site: Site;
}

/**
 * A document for a reader with addresses of their own. Only what our own writers put there is changed, in the places
 * where they put it: the links of the feed to itself and to its archive, and those of its items to their pages here.
 * Every other address stays as it is, also one that has a public address in its query: whoever is behind it would be
 * sent the reader's key. Hubs are left out: they know the public addresses only.
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

/** The reader's address of a document of the feed's own; any other address as it is. */
function ownDocument(address: string, { organization, address: own, site }: PrivateFeed): string {
  const base = `${site.publicUrl}/${organization}/`;
  const path = address.startsWith(base) ? address.slice(base.length) : "";
  return /^(?:feed|archive\/\d+)\.(?:rss|atom|json)$/.test(path) ? `${own}/${path}` : address;
}

/** The reader's address of an item's page; null for an item that leads elsewhere. */
function ownPage(id: string, link: string, { address, site }: PrivateFeed): string | null {
  const article = id.slice(itemId(site, "").length);
  return id === itemId(site, article) && link === pageUrl(site, article)
    ? `${address}/articles/${article}`
    : null;
}

/** Where a format's writer puts addresses of ours. Foreign text is escaped there, and so never looks like these. */
interface Shape {
  /** An item's beginning, with its id and its link. */
  item: RegExp;
  /** Of an item that begins so, the link alone. */
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

/** The links of a document, of which those to hubs are left out. */
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
