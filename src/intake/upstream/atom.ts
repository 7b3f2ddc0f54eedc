import type { AtomFeed } from "feedsmith";
import { absolute } from "./address.ts";
import { imageOf, mediaAttachments, thumbnailsOf } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";
import { people } from "./people.ts";

type Entry = AtomFeed.Entry<string>;
type Person = NonNullable<Entry["authors"]>[number];
type Link = NonNullable<Entry["links"]>[number];

/** An Atom 1.0 or 0.3 feed. */
export function atomFeed(feed: AtomFeed.Feed<string>, address: string): UpstreamFeed {
  const base = absolute(feed.xml?.base, address) ?? address;
  const title = wordsOf(feed.title)?.value ?? null;
  const authors = feed.authors ?? [];
  const linkTo = (wanted: string) => absolute(feed.links?.find(({ rel }) => rel === wanted)?.href, base);
  return {
    title,
    home: absolute(alternate(feed.links)?.href, base),
    language: feed.xml?.lang ?? feed.dc?.languages?.[0] ?? null,
    keptMinutes: 0,
    skipHours: [],
    next: linkTo("next"),
    movedTo: absolute(feed.itunes?.newFeedUrl, base),
    hub: linkTo("hub"),
    self: linkTo("self"),
    items: (feed.entries ?? []).map((entry) => atomItem(entry, base, authors)),
  };
}

function atomItem(entry: Entry, feedBase: string, feedAuthors: Entry["authors"]): UpstreamItem {
  const { content, links = [], media, dc, dcterms, itunes, xml, source } = entry;
  const base = absolute(xml?.base, feedBase) ?? feedBase;
  const id = /^https?:/i.test(entry.id ?? "") ? entry.id : undefined; // often the only address there is
  const link = absolute(alternate(links)?.href ?? content?.src ?? id, base);
  const enclosures = links
    .filter(({ rel }) => rel === "enclosure")
    .map(({ href, type, length, title }) => ({ url: href, type, bytes: length, title }));
  return {
    id: entry.id ?? null,
    title: wordsOf(entry.title) ?? mediaWords(media?.title),
    link,
    summary: wordsOf(entry.summary) ?? mediaWords(media?.description ?? media?.groups?.[0]?.description),
    content: wordsOf(content),
    base: textBase(entry, base) ?? link ?? base,
    dates: given(entry.published, dcterms?.issued?.[0], dc?.dates?.[0], entry.updated),
    language: content?.xml?.lang ?? xml?.lang ?? dc?.languages?.[0] ?? null,
    authors: people(authorsOf(entry, base, feedAuthors)),
    tags: [
      ...(entry.categories ?? []).flatMap(({ label, term }) => label ?? term ?? []),
      ...(dc?.subjects ?? []),
    ],
    ...imageOf([...enclosures, ...mediaAttachments(media)], [itunes?.image, ...thumbnailsOf(media)], base),
    source: wordsOf(source?.title)?.value ?? null,
  };
}

/** What addresses in an entry's texts are relative to, where it says so; `tidied` has made it absolute. */
const textBase = ({ content, summary, xml }: Entry, base: string): string | null =>
  absolute(content?.xml?.base ?? summary?.xml?.base ?? xml?.base, base);

/** RFC 4287 §4.2.1: an entry without an author has its source's, or its feed's. Dublin Core may name it, too. */
function authorsOf(
  { authors = [], source, dc, itunes }: Entry,
  base: string,
  feedAuthors: Entry["authors"] = [],
): UpstreamItem["authors"] {
  const creators = (dc?.creators ?? given(itunes?.author)).map((name) => ({ name }));
  const all = [authors, source?.authors ?? [], creators, feedAuthors];
  return (all.find((some) => some.length > 0) ?? []).map(({ name, email, uri }: Person) => ({
    name: name ?? email ?? "",
    url: absolute(uri, base),
  }));
}

/** The page that an entry or feed is of: a web page, if there is one among several. */
function alternate(links: readonly Link[] | undefined): Link | undefined {
  const pages = (links ?? []).filter(({ rel }) => rel === undefined || rel === "alternate");
  return pages.find(({ type }) => type === "text/html") ?? pages[0];
}

/** A text construct (RFC 4287 §3.1), by its type; null for what is no text. Atom 0.3 has media types there. */
function wordsOf(text: { value?: string; type?: string } | undefined): Words | null {
  if (text?.value === undefined) return null;
  const type = text.type?.split(";")[0]?.trim().toLowerCase() ?? "text";
  if (/^(?:text\/)?x?html$|^application\/xhtml\+xml$/.test(type)) return { value: text.value, type: "html" };
  return /^text(?:\/(?!xml$).*)?$|^(?:plain|escaped)$/.test(type)
    ? { value: text.value, type: "text" }
    : null;
}

/** Media RSS has text too, and says so as Atom does; without a type it is as it looks. */
const mediaWords = (text: { value?: string; type?: string } | undefined): Words | null =>
  text?.type ? wordsOf(text) : text?.value === undefined ? null : { value: text.value, type: "unknown" };
