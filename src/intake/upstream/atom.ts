import type { AtomFeed } from "feedsmith";
import { absolute } from "./address.ts";
import { imageOf, mediaAttachments } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";

type Entry = AtomFeed.Entry<string>;
type Link = NonNullable<Entry["links"]>[number];

/** An Atom 1.0 or 0.3 feed. */
export function atomFeed(feed: AtomFeed.Feed<string>, address: string): UpstreamFeed {
  const base = absolute(feed.xml?.base, address) ?? address;
  const title = wordsOf(feed.title)?.value ?? null;
  const authors = feed.authors ?? [];
  return {
    title,
    home: absolute(alternate(feed.links)?.href, base),
    language: feed.xml?.lang ?? null,
    keptMinutes: 0,
    skipHours: [],
    items: (feed.entries ?? []).map((entry) => atomItem(entry, base, authors)),
  };
}

function atomItem(entry: Entry, feedBase: string, feedAuthors: Entry["authors"]): UpstreamItem {
  const { content, links = [], media, dc, xml, source } = entry;
  const base = absolute(xml?.base, feedBase) ?? feedBase;
  const id = /^https?:/i.test(entry.id ?? "") ? entry.id : undefined; // often the only address there is
  const link = absolute(alternate(links)?.href ?? content?.src ?? id, base);
  const ownBase = content?.xml?.base ?? xml?.base;
  const enclosures = links
    .filter(({ rel }) => rel === "enclosure")
    .map(({ href, type, length, title }) => ({ url: href, type, bytes: length, title }));
  // RFC 4287 §4.2.1: an entry without an author has its source's, or its feed's.
  const people = [entry.authors, source?.authors, feedAuthors].find((some) => some && some.length > 0) ?? [];
  return {
    id: entry.id ?? null,
    title: wordsOf(entry.title),
    link,
    summary: wordsOf(entry.summary ?? media?.description ?? media?.groups?.[0]?.description),
    content: wordsOf(content),
    base: ownBase === undefined ? (link ?? base) : (absolute(ownBase, base) ?? base),
    dates: given(entry.published, entry.updated, dc?.dates?.[0]),
    language: content?.xml?.lang ?? xml?.lang ?? dc?.languages?.[0] ?? null,
    authors: people.map(({ name, email, uri }) => ({
      name: name ?? email ?? "",
      url: absolute(uri, base),
    })),
    tags: (entry.categories ?? []).flatMap(({ label, term }) => label ?? term ?? []),
    ...imageOf(
      [...enclosures, ...mediaAttachments(media)],
      [media?.thumbnails?.[0]?.url, media?.groups?.[0]?.thumbnails?.[0]?.url],
      base,
    ),
    source: wordsOf(source?.title)?.value ?? null,
  };
}

/** The page that an entry or feed is of: a web page, if there is one among several. */
function alternate(links: readonly Link[] | undefined): Link | undefined {
  const pages = (links ?? []).filter(({ rel }) => rel === undefined || rel === "alternate");
  return pages.find(({ type }) => type === "text/html") ?? pages[0];
}

/** A text construct (RFC 4287 §3.1), by its type; null for what is no text. Atom 0.3 has media types there. */
function wordsOf(text: { value?: string; type?: string } | undefined): Words | null {
  if (text?.value === undefined) return null;
  const type = text.type?.toLowerCase();
  if (type === undefined) return { value: text.value, type: "unknown" };
  if (/^(?:text\/)?x?html$|^application\/xhtml\+xml$/.test(type)) return { value: text.value, type: "html" };
  return /^text(?:\/plain)?$|^plain$/.test(type) ? { value: text.value, type: "text" } : null;
}
