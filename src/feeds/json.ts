import { Feed } from "feed";
import type { Article } from "../model/article.ts";
import { rfc3339 } from "../model/time.ts";
import type { Item } from "./item.ts";
import { type FeedMetadata, selfAddress } from "./metadata.ts";
import type { SafeHtml } from "./safe-html.ts";
import { type About, type ItemSubject, shownText } from "./subject.ts";

/** The service's extension of a JSON Feed item (JSON Feed 1.1, "Extensions"). */
export interface CommuniqueExtension {
  /** The article's id in the API. */
  article_id: string;
  /** The id of its latest event. */
  event?: string;
  published_precision?: Article["published_precision"];
  source?: Article["source"];
}

/** A JSON Feed 1.1 item. */
export interface JsonFeedItem {
  id: string;
  url: string;
  title: string;
  summary?: string;
  content_html?: SafeHtml;
  content_text?: string;
  image?: string;
  date_published: string;
  date_modified: string;
  authors?: { name: string; url?: string }[];
  tags?: string[];
  language?: string;
  attachments?: Article["attachments"];
  _communique: CommuniqueExtension;
}

/** A JSON Feed 1.1 document. */
export interface JsonFeed {
  version: "https://jsonfeed.org/version/1.1";
  title: string;
  home_page_url: string;
  feed_url: string;
  description: string;
  icon?: string;
  language: string;
  authors: { name: string; url: string }[];
  next_url?: string;
  hubs?: { type: string; url: string }[];
  _communique?:
    | {
        /** The organization's, by which its page tells times. */
        time_zone?: string;
        withdrawn: { id: string; withdrawn_at: string }[];
      }
    | undefined;
  items: JsonFeedItem[];
}

/** An article as the JSON of a JSON Feed 1.1 item. */
export function jsonItem({ article, id, link, html }: Item): string {
  const item: JsonFeedItem = {
    id,
    url: link,
    title: article.title,
    ...given("summary", article.summary || undefined),
    // JSON Feed 1.1: an item must have content_html or content_text.
    ...contents({ article, html }),
    ...given("image", article.image),
    date_published: article.published_at,
    date_modified: article.updated_at,
    ...given("authors", article.authors?.length ? article.authors : undefined),
    ...given("tags", article.tags?.length ? article.tags : undefined),
    ...given("language", article.language),
    ...given("attachments", article.attachments?.length ? article.attachments : undefined),
    _communique: {
      article_id: article.id,
      ...given("published_precision", article.published_precision),
      ...given("source", article.source),
    },
  };
  return JSON.stringify(item);
}

/** A longer plain text stands in an item once: twice it could pass the bound of an item. */
const TWICE_CHARACTERS = 100_000;

/**
 * JSON Feed 1.1: an item has content_html or content_text, or both. A plain text is both, because some readers show an
 * item without content_html blank.
 */
function contents({
  article,
  html,
}: Pick<Item, "article" | "html">): Pick<JsonFeedItem, "content_html" | "content_text"> {
  const { content_text, summary, title } = article;
  if (html && content_text === undefined) return { content_html: html };
  const text = { content_text: content_text || summary || title };
  return html && html.length <= TWICE_CHARACTERS ? { content_html: html, ...text } : text;
}

/** An item that {@link jsonItem} wrote, with the id of its latest event: each organization has its own. */
export const withEvent = (fragment: string, event: string): string =>
  fragment.replace(/\}\}$/, `,"event":"${event}"}}`); // the extension is its last field

/** An object with one field, or an empty one when there is no value. */
function given<K extends string, T>(name: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [P in K]?: T };
}

/** Writes the part of a JSON Feed 1.1 document before its items. */
export function jsonPreamble(metadata: FeedMetadata): string {
  const feed = new Feed({
    id: metadata.id,
    title: metadata.title,
    description: metadata.description,
    link: metadata.homepage,
    copyright: "",
    feedLinks: { json: selfAddress(metadata, "json") },
    ...(metadata.logo ? { image: metadata.logo } : {}),
  });
  const { version: _1, items: _none, ...rest } = JSON.parse(feed.json1());
  const preamble = JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    ...rest,
    ...given("next_url", metadata.previous && `${metadata.previous}.json${metadata.query ?? ""}`),
    ...given(
      "hubs",
      metadata.hubs?.length ? metadata.hubs.map((url) => ({ type: "WebSub", url })) : undefined,
    ),
    language: metadata.language,
    authors: [metadata.author],
    ...given("_communique", extensionOf(metadata)),
  });
  return `${preamble.slice(0, -1)},"items":[`;
}

function extensionOf({ timeZone, tombstones = [] }: FeedMetadata): JsonFeed["_communique"] {
  if (!timeZone && tombstones.length === 0) return undefined;
  return {
    ...given("time_zone", timeZone),
    withdrawn: tombstones.map(({ id, withdrawnMs }) => ({ id, withdrawn_at: rfc3339(withdrawnMs) })),
  };
}

/** Reads what filters look at from an item that {@link jsonItem} wrote. */
export function jsonSubject(fragment: string): ItemSubject {
  const item = JSON.parse(fragment) as JsonFeedItem;
  return {
    id: item.id,
    publishedMs: Date.parse(item.date_published),
    tags: item.tags ?? [],
    authors: (item.authors ?? []).map(({ name }) => name),
    language: item.language ?? null,
    get text() {
      return `${item.title} ${item.summary ?? ""} ${item.content_text ?? shownText(item.content_html ?? "")}`;
    },
  };
}

/** Reads a feed's title and language from the preamble of a JSON Feed. */
export function jsonAbout(preamble: string): About {
  const { title, language } = JSON.parse(`${preamble}]}`) as JsonFeed;
  return { title, language };
}
