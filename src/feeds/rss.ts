import { Feed } from "feed";
import type { ElementCompact } from "xml-js";
import type { Article } from "../model/article.ts";
import type { Head } from "./head.ts";
import type { Item } from "./item.ts";
import { mediaType } from "./media.ts";
import { element, escapedHtml, plain, read, withAttributes, write } from "./xml.ts";

const END = "</channel></rss>";

const NAMESPACES = {
  version: "2.0",
  "xmlns:atom": "http://www.w3.org/2005/Atom",
  "xmlns:content": "http://purl.org/rss/1.0/modules/content/",
  "xmlns:dc": "http://purl.org/dc/elements/1.1/",
  "xmlns:media": "http://search.yahoo.com/mrss/",
};

/** An article as an RSS 2.0 `<item>`. `feed` writes link, guid and date; the rest it writes wrongly. */
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
      ...source(article),
    },
  });
}

/** RSS has room for one enclosure; media:content takes all. */
function attached(article: Article): ElementCompact {
  const attachments = article.attachments ?? [];
  const [first] = attachments;
  const image = article.image
    ? [withAttributes({ url: article.image, type: mediaType(article.image), medium: "image" })]
    : [];
  return {
    enclosure: first
      ? withAttributes({ url: first.url, length: String(first.size_in_bytes ?? 0), type: first.mime_type })
      : undefined,
    "media:content": [
      ...image,
      ...attachments.map((attachment) => ({
        ...withAttributes({
          url: attachment.url,
          type: attachment.mime_type,
          fileSize: attachment.size_in_bytes?.toString(),
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

/** An RSS 2.0 document of a head and items that {@link rssItem} made. */
export function rssDocument(head: Head, items: readonly string[]): string {
  const feed = new Feed({
    id: head.id,
    title: head.title,
    description: head.description,
    link: head.homepage,
    language: head.language,
    copyright: "",
    updated: new Date(head.updatedMs),
    generator: "Communiqué",
    feedLinks: { rss: `${head.address}.rss` },
    ...(head.logo ? { image: head.logo } : {}),
  });
  const tree = read(feed.rss2());
  const channel = tree.rss.channel as ElementCompact;
  tree.rss = {
    _attributes: NAMESPACES,
    channel: {
      ...channel,
      title: plain(head.title),
      description: plain(head.description),
      ...(head.logo
        ? { image: { ...channel.image, url: element(head.logo), title: plain(head.title) } }
        : {}),
    },
  };
  return write(tree).slice(0, -END.length) + items.join("\n") + END;
}
