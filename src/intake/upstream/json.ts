import type { JsonFeed } from "feedsmith";
import { LIMITS } from "../../model/limits.ts";
import { absolute } from "./address.ts";
import { imageOf } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";
import { people } from "./people.ts";

const words = (value: string | undefined, type: Words["type"]): Words | null =>
  value === undefined ? null : { value, type };

/** The keys of an object that we use, and the shapes of their values. */
interface Shape {
  [key: string]: Shape | null;
}

const keys = (list: string): Shape => Object.fromEntries(list.split(" ").map((key) => [key, null]));
const PERSON = keys("name url");
const ITEM: Shape = {
  ...keys(
    "id url external_url title content_html content_text summary image banner_image date_published date_modified tags language",
  ),
  author: PERSON,
  authors: PERSON,
  attachments: keys("url mime_type title size_in_bytes duration_in_seconds"),
};
const FEED: Shape = {
  ...keys("version title home_page_url feed_url next_url language"),
  author: PERSON,
  authors: PERSON,
  items: ITEM,
  hubs: keys("type url"),
};

/** Entries read of one list. */
const MOST_OF_A_LIST = 100;

/**
 * Reduces a JSON Feed to the keys that we use. `feedsmith` scans all keys of an object for each one that is missing,
 * which is slow for objects with many keys.
 */
export function prunedJson(value: unknown, shape: Shape | null = FEED, most = MOST_OF_A_LIST): unknown {
  if (Array.isArray(value)) return value.slice(0, most).map((one) => prunedJson(one, shape));
  if (value === null || typeof value !== "object") return value;
  if (shape === null) return undefined;
  const pruned: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value)) {
    const name = Object.hasOwn(shape, key) ? key : key.toLowerCase();
    if (!Object.hasOwn(shape, name) || (Object.hasOwn(pruned, name) && name !== key)) continue;
    pruned[name] = prunedJson(one, shape[name], name === "items" ? LIMITS.SOURCE_ITEMS : MOST_OF_A_LIST);
  }
  return pruned;
}

/** A JSON Feed, of version 1 or 1.1. */
export function jsonFeed(feed: JsonFeed.Feed<string>, address: string): UpstreamFeed {
  const home = absolute(feed.home_page_url, address);
  return {
    title: feed.title ?? null,
    home,
    language: feed.language ?? null,
    keptMinutes: 0,
    skipHours: [],
    next: absolute(feed.next_url, address),
    movedTo: null,
    hub: absolute(feed.hubs?.find(({ type }) => /websub|pubsubhubbub/i.test(type ?? ""))?.url, address),
    self: absolute(feed.feed_url, address),
    items: (feed.items ?? []).map((item) => jsonItem(item, home ?? address, feed.authors)),
  };
}

function jsonItem(
  item: NonNullable<JsonFeed.Feed<string>["items"]>[number],
  base: string,
  feedAuthors: JsonFeed.Author[] = [],
): UpstreamItem {
  const link = absolute(item.url ?? item.external_url, base);
  return {
    id: item.id ?? null,
    title: words(item.title, "text"),
    link,
    summary: words(item.summary, "text"),
    content: words(item.content_html, "html") ?? words(item.content_text, "text"),
    base: link ?? base,
    dates: given(item.date_published, item.date_modified),
    language: item.language ?? null,
    authors: people(
      (item.authors ?? feedAuthors).map(({ name, url }) => ({
        name: name ?? url ?? "",
        url: absolute(url, base),
      })),
    ),
    tags: item.tags ?? [],
    ...imageOf(
      (item.attachments ?? []).map(({ url, mime_type, size_in_bytes, duration_in_seconds, title }) => ({
        url,
        type: mime_type,
        bytes: size_in_bytes,
        title,
        seconds: duration_in_seconds,
      })),
      [item.image, item.banner_image],
      base,
    ),
    source: null,
  };
}
