import type { JsonFeed } from "feedsmith";
import { absolute } from "./address.ts";
import { imageOf } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";

const words = (value: string | undefined, type: Words["type"]): Words | null =>
  value === undefined ? null : { value, type };

/** A JSON Feed, of version 1 or 1.1. */
export function jsonFeed(feed: JsonFeed.Feed<string>, address: string): UpstreamFeed {
  const home = absolute(feed.home_page_url, address);
  return {
    title: feed.title ?? null,
    home,
    language: feed.language ?? null,
    keptMinutes: 0,
    skipHours: [],
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
    authors: (item.authors ?? feedAuthors).map(({ name, url }) => ({
      name: name ?? url ?? "",
      url: absolute(url, base),
    })),
    tags: item.tags ?? [],
    ...imageOf(
      (item.attachments ?? []).map(({ url, mime_type, size_in_bytes, title }) => ({
        url,
        type: mime_type,
        bytes: size_in_bytes,
        title,
      })),
      [item.image, item.banner_image],
      base,
    ),
    source: null,
  };
}
