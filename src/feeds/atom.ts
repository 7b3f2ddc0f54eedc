import { Feed } from "feed";
import type { ElementCompact } from "xml-js";
import type { Article } from "../model/article.ts";
import type { Head } from "./head.ts";
import type { Item } from "./item.ts";
import { element, escapedHtml, looksLikeHtml, plain, read, withAttributes, write } from "./xml.ts";

const END = "</feed>";

/** An article as an Atom 1.0 `<entry>`. `feed` writes the date; the rest it writes wrongly, or refuses. */
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
      ...(article.source && !article.source.url ? { "dc:source": plain(article.source.name) } : {}),
    },
  });
}

/** RFC 4287 §3.1: plain text, or HTML where validators would take it for HTML that was not declared. */
function textConstruct(text: string): ElementCompact {
  return looksLikeHtml(text) ? element(escapedHtml(text), { type: "html" }) : element(text);
}

/** A link's title has no type: what would be taken for markup is left out. */
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

/** An Atom 1.0 document of a head and entries that {@link atomEntry} made. */
export function atomDocument(head: Head, entries: readonly string[]): string {
  const feed = new Feed({
    id: head.id,
    title: head.title,
    link: head.homepage,
    copyright: "",
    updated: new Date(head.updatedMs),
    generator: "Communiqué",
    feedLinks: { atom: `${head.address}.atom` },
  });
  const tree = read(feed.atom1());
  tree.feed = {
    ...tree.feed,
    _attributes: {
      xmlns: "http://www.w3.org/2005/Atom",
      "xmlns:dc": "http://purl.org/dc/elements/1.1/",
      "xml:lang": head.language,
    },
    title: textConstruct(head.title),
    subtitle: textConstruct(head.description),
    author: { name: plain(head.author.name), uri: element(head.author.url) },
    ...(head.logo ? { logo: element(head.logo) } : {}),
  };
  return write(tree).slice(0, -END.length) + entries.join("\n") + END;
}
