import type { JsonFeed } from "../../src/feeds/json.ts";
import { publish } from "./objects.ts";
import { all, readXml, texts, type XmlElement } from "./reading.ts";
import { get, json } from "./service.ts";

/** What every format says of an item, as a reader understands it; RSS's summary is HTML. */
interface ReadItem {
  id: string;
  title: string;
  summary: string | undefined;
  /** HTML. */
  content: string | undefined;
  link: string;
  tags: string[];
  authors: string[];
}

function rssItem(item: XmlElement): ReadItem {
  return {
    id: texts(item, "guid").join(),
    title: texts(item, "title").join(),
    summary: texts(item, "description")[0],
    content: texts(item, "content:encoded")[0],
    link: texts(item, "link").join(),
    tags: texts(item, "category"),
    authors: texts(item, "dc:creator"),
  };
}

function atomEntry(entry: XmlElement): ReadItem {
  const alternates = all(entry, "link").filter(({ attributes }) => attributes.rel === "alternate");
  return {
    id: texts(entry, "id").join(),
    title: all(entry, "title").map(plainText).join(),
    summary: all(entry, "summary").map(plainText)[0],
    content: texts(entry, "content")[0],
    link: alternates.map(({ attributes }) => attributes.href).join(),
    tags: all(entry, "category").map(({ attributes }) => attributes.term ?? ""),
    authors: all(entry, "author").flatMap((author) => texts(author, "name")),
  };
}

/** The words of an Atom text construct, whether it says that it is HTML or not (RFC 4287 §3.1). */
function plainText({ text, attributes }: XmlElement): string {
  if (attributes.type !== "html") return text;
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}

function jsonItem(item: JsonFeed["items"][number]): ReadItem {
  return {
    id: item.id,
    title: item.title,
    summary: item.summary,
    content: item.content_html,
    link: item.url,
    tags: item.tags ?? [],
    authors: item.authors?.map((author) => author.name) ?? [],
  };
}

/** The bytes of a feed as text. */
export async function feedText(slug: string, format: string): Promise<string> {
  return (await get(`/${slug}/feed.${format}`)).text();
}

/** The items of an organization's three feeds as independent parsers read them. */
export async function readItems(slug: string): Promise<Record<"rss" | "atom" | "json", ReadItem[]>> {
  const rss = readXml(await feedText(slug, "rss")).byXmldom;
  const atom = readXml(await feedText(slug, "atom")).byXmldom;
  const json = JSON.parse(await feedText(slug, "json")) as JsonFeed;
  return {
    rss: all(rss, "channel").flatMap((channel) => all(channel, "item").map(rssItem)),
    atom: all(atom, "entry").map(atomEntry),
    json: json.items.map(jsonItem),
  };
}

/** The titles in an organization's JSON feed, newest first, once it has published. Wants a stopped clock. */
export async function titlesInFeed(slug: string): Promise<string[]> {
  await publish(slug);
  const feed = await json<JsonFeed>(get(`/${slug}/feed.json`), 200);
  return feed.items.map((item) => item.title);
}
