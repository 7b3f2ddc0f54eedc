import type { RdfFeed, RssFeed } from "feedsmith";
import { absolute } from "./address.ts";
import { imageOf, type Media, mediaAttachments } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";

type Item = RssFeed.Item<string>;
type Channel = RssFeed.Feed<string>;

/** The words of a text that RSS does not say how to read. */
const unknown = (value: string | undefined): Words | null =>
  value === undefined ? null : { value, type: "unknown" };

/** An RSS 0.9x or 2.0 feed. */
export function rssFeed(channel: Channel, address: string): UpstreamFeed {
  const home = absolute(channel.link ?? linkOf(channel.atom?.links), address);
  return {
    title: channel.title ?? null,
    home,
    language: channel.language ?? channel.dc?.languages?.[0] ?? null,
    keptMinutes: Math.max(channel.ttl ?? 0, updateMinutes(channel.sy)),
    skipHours: channel.skipHours ?? [],
    items: (channel.items ?? []).map((item) => rssItem(item, home ?? address)),
  };
}

function rssItem(item: Item, base: string): UpstreamItem {
  const { guid, media, dc, dcterms, atom, itunes } = item;
  // RSS 2.0: a guid is an address unless it says that it is none.
  const permanent = guid?.isPermaLink === false || !/^https?:/i.test(guid?.value ?? "") ? null : guid?.value;
  const link = absolute(item.link ?? linkOf(atom?.links) ?? permanent, base);
  const enclosures = (item.enclosures ?? []).map(
    ({ url, type, length }): Media => ({ url, type, bytes: length, title: undefined }),
  );
  const attached = [...enclosures, ...mediaAttachments(media)];
  return {
    id: guid?.value ?? atom?.id ?? null,
    title: unknown(item.title ?? dc?.titles?.[0] ?? media?.title?.value ?? itunes?.title),
    link,
    ...texts(item.description ?? dc?.descriptions?.[0], item.content?.encoded, [
      atom?.summary?.value,
      itunes?.summary,
      media?.description?.value,
    ]),
    base: absolute(item.xml?.base, base) ?? link ?? base,
    dates: given(item.pubDate, dc?.dates?.[0], dcterms?.created?.[0], atom?.published, atom?.updated),
    language: item.xml?.lang ?? dc?.languages?.[0] ?? null,
    authors: authorsOf(item),
    tags: [...(item.categories ?? []).flatMap(({ name }) => name ?? []), ...(dc?.subjects ?? [])],
    ...imageOf(
      attached,
      [itunes?.image, media?.thumbnails?.[0]?.url, media?.groups?.[0]?.thumbnails?.[0]?.url],
      base,
    ),
    source: item.source?.title ?? null,
  };
}

/** An RSS 1.0 feed. */
export function rdfFeed(channel: RdfFeed.Feed<string>, address: string): UpstreamFeed {
  const home = absolute(channel.link, address);
  return {
    title: channel.title ?? null,
    home,
    language: channel.dc?.languages?.[0] ?? channel.xml?.lang ?? null,
    keptMinutes: updateMinutes(channel.sy),
    skipHours: [],
    items: (channel.items ?? []).map((item) => ({
      ...rssItem(item, home ?? address),
      id: item.rdf?.about ?? item.link ?? null,
    })),
  };
}

/** `content:encoded` is the content where it is there; the description is its summary then. */
function texts(
  description: string | undefined,
  encoded: string | undefined,
  others: (string | undefined)[],
): Pick<UpstreamItem, "summary" | "content"> {
  const [other] = given(...others);
  if (!encoded) return { summary: null, content: unknown(description ?? other) };
  return {
    summary: description === encoded ? null : unknown(description),
    content: { value: encoded, type: "html" },
  };
}

function authorsOf({ authors, dc, atom, itunes }: Item): UpstreamItem["authors"] {
  const people = (atom?.authors ?? []).map(({ name, uri }) => ({ name: name ?? "", url: uri ?? null }));
  const names = dc?.creators ?? (authors ?? []).map(({ name, email }) => name ?? email ?? "");
  const named = names.map((name) => ({ name, url: null }));
  if (named.length > 0 || people.length > 0) return named.length > 0 ? named : people;
  return itunes?.author ? [{ name: itunes.author, url: null }] : [];
}

function linkOf(links: { href?: string; rel?: string }[] | undefined): string | undefined {
  return links?.find(({ rel }) => rel === undefined || rel === "alternate")?.href;
}

const MINUTES: Readonly<Record<string, number>> = {
  hourly: 60,
  daily: 1_440,
  weekly: 10_080,
  monthly: 43_200,
  yearly: 525_600,
};

/** The syndication module: so often in such a period. */
function updateMinutes(sy: Channel["sy"]): number {
  const period = MINUTES[sy?.updatePeriod?.toLowerCase() ?? ""] ?? 0;
  return Math.round(period / Math.max(sy?.updateFrequency ?? 1, 1));
}
