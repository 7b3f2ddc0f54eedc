/** A feed reader to which a link on a page takes a feed. */
export interface Reader {
  name: string;
  /** @param feed the address of the feed */
  link: (feed: string) => string;
}

const encoded = encodeURIComponent;

/** Readers on the web, by name, each with the address that it documents for links of this kind. A new one is a row. */
export const WEB_READERS: readonly Reader[] = [
  { name: "Feedbin", link: (feed) => `https://feedbin.com/?subscribe=${encoded(feed)}` },
  { name: "Feedly", link: (feed) => `https://feedly.com/i/subscription/feed%2F${encoded(feed)}` },
  { name: "Inoreader", link: (feed) => `https://www.inoreader.com/?add_feed=${encoded(feed)}` },
  { name: "NewsBlur", link: (feed) => `https://www.newsblur.com/?url=${encoded(feed)}` },
  { name: "The Old Reader", link: (feed) => `https://theoldreader.com/feeds/subscribe?url=${encoded(feed)}` },
];

/** The address that opens the reader of the device: NetNewsWire, Reeder, Thunderbird … register for `feed:`. */
export const appLink = (feed: string): string => `feed:${feed}`;
