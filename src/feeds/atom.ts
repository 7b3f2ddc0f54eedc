import { Feed } from "feed";
import type { ElementCompact } from "xml-js";
import type { Article } from "../model/article.ts";
import type { Item } from "./item.ts";
import { type FeedMetadata, selfAddress } from "./metadata.ts";
import { SERVED } from "./served.ts";
import {
  type About,
  type ItemSubject,
  plainTextOf,
  plainTextsOf,
  shownText,
  textOf,
  unescaped,
} from "./subject.ts";
import {
  element,
  escapedHtml,
  looksLikeHtml,
  plain,
  read,
  withAttributes,
  write,
  XML_DECLARATION,
} from "./xml.ts";

const NAMESPACES = {
  xmlns: "http://www.w3.org/2005/Atom",
  "xmlns:dc": "http://purl.org/dc/elements/1.1/",
  "xmlns:fh": "http://purl.org/syndication/history/1.0",
  "xmlns:media": "http://search.yahoo.com/mrss/",
};

/** The namespace of RFC 6721, declared only when it is used: validators do not know it. */
const TOMBSTONES = { "xmlns:at": "http://purl.org/atompub/tombstones/1.0" };

/** Writes an article as an Atom 1.0 `<entry>`. The package `feed` writes the date; it gets the rest wrong. */
export function atomEntry({ article, id, link, html, description, updated }: Item): string {
  const feed = new Feed({ title: "", id: "", copyright: "" });
  feed.addItem({
    title: "", // of two `]]>` in one text it would escape the first only
    link,
    date: new Date(article.updated_at),
    published: new Date(article.published_at),
  });
  const { published } = read(feed.atom1()).feed.entry as ElementCompact;
  return write({
    entry: {
      ...(article.language ? withAttributes({ "xml:lang": article.language }) : {}),
      id: element(id),
      title: textConstruct(article.title),
      updated: element(updated),
      published,
      author: article.authors?.map((author) => ({
        name: plain(author.name),
        ...(author.url ? { uri: element(author.url) } : {}),
      })),
      link: links(article, link),
      category: article.tags?.map((tag) => withAttributes({ term: tag })),
      summary: textConstruct(description),
      ...(html ? { content: element(html, { type: "html" }) } : {}),
      "media:thumbnail": article.image ? withAttributes({ url: article.image }) : undefined,
      ...(article.source && !article.source.url ? { "dc:source": plain(article.source.name) } : {}),
    },
  });
}

/** RFC 4287 §3.1: plain text, or HTML when validators would mistake the text for undeclared HTML. */
function textConstruct(text: string): ElementCompact {
  return looksLikeHtml(text) ? element(escapedHtml(text), { type: "html" }) : element(text);
}

/** A link's title has no type, so a title that looks like markup is left out. */
function linkTitle(title: string | undefined): string | undefined {
  return title && !/[<&]/.test(title) ? title : undefined;
}

function links(article: Article, link: string): ElementCompact[] {
  const attachments = (article.attachments ?? []).map((attachment) =>
    withAttributes({
      rel: "enclosure",
      href: attachment.url,
      type: attachment.mime_type,
      length: attachment.size_in_bytes?.toString(),
      title: linkTitle(attachment.title),
    }),
  );
  // RFC 4287 §4.2.7.2: "via" is the source of the information in the entry.
  const via = article.source?.url
    ? [withAttributes({ rel: "via", href: article.source.url, title: linkTitle(article.source.name) })]
    : [];
  return [withAttributes({ rel: "alternate", href: link }), ...attachments, ...via];
}

/** Writes the part of an Atom 1.0 document before its entries. */
export function atomPreamble(metadata: FeedMetadata): string {
  const link = (rel: string, href: string) => withAttributes({ rel, href });
  const feed = {
    _attributes: {
      ...NAMESPACES,
      ...(metadata.tombstones?.length ? TOMBSTONES : {}),
      "xml:lang": metadata.language,
    },
    id: element(metadata.id),
    title: textConstruct(metadata.title),
    updated: element(new Date(metadata.updatedMs).toISOString()),
    generator: element("Communiqué"),
    link: [
      link("alternate", metadata.homepage),
      link("self", selfAddress(metadata, "atom")),
      ...(metadata.hubs ?? []).map((hub) => link("hub", hub)),
      ...archiveLinks(metadata),
    ],
    subtitle: textConstruct(metadata.description),
    author: { name: plain(metadata.author.name), uri: element(metadata.author.url) },
    icon: metadata.logo ? element(metadata.logo) : undefined,
    logo: metadata.logo ? element(metadata.logo) : undefined,
    "fh:archive": metadata.current ? {} : undefined,
    // RFC 6721: what left, and when, so that readers can forget it too.
    "at:deleted-entry": metadata.tombstones?.map(({ id, withdrawnMs }) =>
      withAttributes({ ref: id, when: new Date(withdrawnMs).toISOString() }),
    ),
  };
  return write({ ...XML_DECLARATION, feed }).slice(0, -SERVED.atom.layout.end.length);
}

/** RFC 5005 §4: from the feed to its archive, from each archive document to the one before, and back to the feed. */
function archiveLinks(metadata: FeedMetadata): ElementCompact[] {
  const link = (rel: string, address: string) =>
    withAttributes({ rel, href: `${address}.atom${metadata.query ?? ""}` });
  return [
    ...(metadata.current ? [link("current", metadata.current)] : []),
    ...(metadata.previous ? [link("prev-archive", metadata.previous)] : []),
  ];
}

/** Reads what filters look at from an entry that {@link atomEntry} wrote. */
export function atomSubject(entry: string): ItemSubject {
  return {
    id: textOf(entry, "id"),
    publishedMs: Date.parse(textOf(entry, "published")),
    tags: [...entry.matchAll(/<category term="([^"]*)"/g)].map(([, term]) => unescaped(term ?? "")),
    authors: plainTextsOf(entry, "name"),
    language: /^<entry xml:lang="([^"]*)"/.exec(entry)?.[1] ?? null,
    // Read only when a filter searches for words: it costs most.
    get text() {
      const html = textOf(entry, "content");
      return `${plainTextOf(entry, "title")} ${plainTextOf(entry, "summary")} ${shownText(html)}`;
    },
  };
}

/** Reads a feed's title and language from the preamble of an Atom document. */
export const atomAbout = (preamble: string): About => ({
  title: plainTextOf(preamble, "title"),
  language: /xml:lang="([^"]*)"/.exec(preamble)?.[1] ?? "",
});
