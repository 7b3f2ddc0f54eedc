import { Feed } from "feed";
import type { ElementCompact } from "xml-js";
import type { Article } from "../model/article.ts";
import type { Item } from "./item.ts";
import { mediaType } from "./media.ts";
import { type FeedMetadata, selfAddress } from "./metadata.ts";
import { enclosed, episode, PODCAST_NAMESPACES, show } from "./podcast.ts";
import { SERVED } from "./served.ts";
import { type About, type ItemSubject, plainTextOf, plainTextsOf, shownText, textOf } from "./subject.ts";
import { element, escapedHtml, plain, read, withAttributes, write, XML_DECLARATION } from "./xml.ts";

const NAMESPACES = {
  version: "2.0",
  "xmlns:atom": "http://www.w3.org/2005/Atom",
  "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
  "xmlns:dc": "http://purl.org/dc/elements/1.1/",
  "xmlns:fh": "http://purl.org/syndication/history/1.0",
  ...PODCAST_NAMESPACES,
  "xmlns:media": "http://search.yahoo.com/mrss/",
  "xmlns:sy": "http://purl.org/rss/1.0/modules/syndication/",
};

/** Writes an article as an RSS 2.0 `<item>`. The package `feed` writes link, guid and date; it gets the rest wrong. */
export function rssItem({ article, id, link: address, html, description }: Item): string {
  const feed = new Feed({ title: "", id: "", copyright: "", link: address });
  feed.addItem({
    title: "", // of two `]]>` in one text it would escape the first only
    link: address,
    guid: id,
    date: new Date(article.published_at),
  });
  const { link, guid, pubDate } = read(feed.rss2()).rss.channel.item as ElementCompact;
  return write({
    item: {
      title: plain(article.title),
      link,
      guid,
      pubDate,
      description: element(escapedHtml(description)),
      ...(html ? { "content:encoded": element(html) } : {}),
      // RSS 2.0's author must be an e-mail address; dc:creator is a name.
      "dc:creator": article.authors?.map((author) => plain(author.name)),
      "dc:language": article.language ? element(article.language) : undefined,
      category: article.tags?.map(plain),
      ...attached(article),
      ...episode(article),
      ...source(article),
    },
  });
}

/** RSS allows one enclosure; media:content has all attachments. Readers show the thumbnail in lists. */
function attached(article: Article): ElementCompact {
  const attachments = article.attachments ?? [];
  const first = enclosed(article);
  const image = article.image
    ? [withAttributes({ url: article.image, type: mediaType(article.image), medium: "image" })]
    : [];
  return {
    enclosure: first
      ? withAttributes({ url: first.url, length: String(first.size_in_bytes ?? 0), type: first.mime_type })
      : undefined,
    "media:thumbnail": article.image ? withAttributes({ url: article.image }) : undefined,
    "media:content": [
      ...image,
      ...attachments.map((attachment) => ({
        ...withAttributes({
          url: attachment.url,
          type: attachment.mime_type,
          fileSize: attachment.size_in_bytes?.toString(),
          duration: attachment.duration_in_seconds?.toString(),
        }),
        ...(attachment.title ? { "media:title": plain(attachment.title) } : {}),
      })),
    ],
  };
}

/** RSS's source must have an address; a publisher without one is a dc:source. */
function source(article: Article): ElementCompact {
  if (!article.source) return {};
  const { name, url } = article.source;
  return url ? { source: { ...plain(name), ...withAttributes({ url }) } } : { "dc:source": plain(name) };
}

/** Writes the part of an RSS 2.0 document before its items. */
export function rssPreamble(metadata: FeedMetadata): string {
  const { pollMinutes } = metadata;
  const title = plain(metadata.title);
  const link = element(metadata.homepage);
  const channel = {
    title,
    link,
    description: plain(metadata.description),
    lastBuildDate: element(new Date(metadata.updatedMs).toUTCString()),
    docs: element("https://www.rssboard.org/rss-specification"),
    generator: element("Communiqué"),
    language: element(metadata.language),
    ttl: pollMinutes ? element(String(pollMinutes)) : undefined,
    image: metadata.logo ? { url: element(metadata.logo), title, link } : undefined,
    "sy:updatePeriod": pollMinutes ? element("hourly") : undefined,
    "sy:updateFrequency": pollMinutes ? element(String(60 / pollMinutes)) : undefined,
    ...show(metadata),
    "fh:archive": metadata.current ? {} : undefined,
    "atom:link": [
      linkTo("self", selfAddress(metadata, "rss")),
      ...(metadata.hubs ?? []).map((href) => withAttributes({ href, rel: "hub" })),
      ...archiveLinks(metadata),
    ],
  };
  const tree = { ...XML_DECLARATION, rss: { _attributes: NAMESPACES, channel } };
  return write(tree).slice(0, -SERVED.rss.layout.end.length);
}

/** RFC 5005 §4: from the feed to its archive, from each archive document to the one before, and back to the feed. */
function archiveLinks(metadata: FeedMetadata): ElementCompact[] {
  return [
    ...(metadata.current ? [linkTo("current", `${metadata.current}.rss${metadata.query ?? ""}`)] : []),
    ...(metadata.previous ? [linkTo("prev-archive", `${metadata.previous}.rss${metadata.query ?? ""}`)] : []),
  ];
}

const linkTo = (rel: string, href: string): ElementCompact =>
  withAttributes({ href, rel, type: "application/rss+xml" });

/** Reads what filters look at from an item that {@link rssItem} wrote. */
export function rssSubject(item: string): ItemSubject {
  return {
    id: textOf(item, "guid"),
    publishedMs: Date.parse(textOf(item, "pubDate")),
    tags: plainTextsOf(item, "category"),
    authors: plainTextsOf(item, "dc:creator"),
    language: textOf(item, "dc:language") || null,
    // Read only when a filter searches for words: it costs most.
    get text() {
      const html = `${textOf(item, "description")} ${textOf(item, "content:encoded")}`;
      return `${plainTextOf(item, "title")} ${shownText(html)}`;
    },
  };
}

/** Reads a feed's title and language from the preamble of an RSS document. */
export const rssAbout = (preamble: string): About => ({
  title: plainTextOf(preamble, "title"),
  language: textOf(preamble, "language"),
});
