/** Text of a feed, and how it is to be read; RSS does not say, so `unknown` is HTML where it looks like it. */
export interface Words {
  value: string;
  type: "html" | "text" | "unknown";
}

/** One item of somebody else's feed, whatever its format. Addresses are absolute, nothing else is checked. */
export interface UpstreamItem {
  /** What its publisher calls it. */
  id: string | null;
  title: Words | null;
  link: string | null;
  summary: Words | null;
  content: Words | null;
  /** What relative addresses in its texts are relative to. */
  base: string;
  /** As written, the most trustworthy first. */
  dates: string[];
  language: string | null;
  authors: { name: string; url: string | null }[];
  tags: string[];
  image: string | null;
  attachments: {
    url: string;
    type: string;
    bytes: number | null;
    title: string | null;
    seconds: number | null;
  }[];
  /** The feed that it was taken from, where it names another. */
  source: string | null;
}

/** Somebody else's feed. */
export interface UpstreamFeed {
  title: string | null;
  /** The page that it is the feed of. */
  home: string | null;
  language: string | null;
  /** How long it may be kept without asking again, by its own word (`ttl`, or `sy:updatePeriod`); 0 when it has none. */
  keptMinutes: number;
  /** Hours of the day (UTC) in which it asks not to be asked (RSS `skipHours`). */
  skipHours: number[];
  /** Where its older items are, in a document of their own. */
  next: string | null;
  /** Where it says that it is from now on (`itunes:new-feed-url`). */
  movedTo: string | null;
  /** The hub that it names (WebSub §4). */
  hub: string | null;
  /** The address that it calls its own. */
  self: string | null;
  items: UpstreamItem[];
}

/** Those values that an item has. */
export const given = <T>(...values: (T | undefined)[]): T[] => values.filter((value) => value !== undefined);
