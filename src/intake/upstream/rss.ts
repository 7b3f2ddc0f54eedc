import type { RssFeed } from "feedsmith";
import { absolute } from "./address.ts";
import { imageOf, type Media, mediaAttachments, thumbnailsOf } from "./attachments.ts";
import { given, type UpstreamFeed, type UpstreamItem, type Words } from "./item.ts";
import { people } from "./people.ts";

type ParsedItem = RssFeed.Item<string>;
type Channel = RssFeed.Feed<string>;

/** The words of a text that RSS does not say how to read. */
const unknown = (value: string | undefined): Words | null =>
  value === undefined ? null : { value, type: "unknown" };

/** An RSS feed of any version: `tidied` has made 2.0 of 1.0. */
export function rssFeed(channel: Channel, address: string): UpstreamFeed {
  const { dc, dcterms, atom, itunes, xml } = channel;
  const base = absolute(xml?.base, address);
  const home = absolute(channel.link ?? linkOf(atom?.links), base ?? address);
  const authors = (dc?.creators ?? given(itunes?.author)).map((name) => ({ name, url: null }));
  const linkTo = (wanted: string) =>
    absolute(atom?.links?.find(({ rel }) => rel === wanted)?.href, base ?? address);
  return {
    title: channel.title ?? null,
    home,
    language: channel.language ?? dc?.languages?.[0] ?? dcterms?.languages?.[0] ?? xml?.lang ?? null,
    keptMinutes: Math.max(channel.ttl ?? 0, updateMinutes(channel.sy)),
    skipHours: channel.skipHours ?? [],
    next: linkTo("next"),
    movedTo: absolute(itunes?.newFeedUrl, base ?? address),
    hub: linkTo("hub"),
    self: linkTo("self"),
    items: (channel.items ?? []).map((item) => rssItem(item, base ?? home ?? address, authors)),
  };
}

function rssItem(item: ParsedItem, base: string, feedAuthors: UpstreamItem["authors"]): UpstreamItem {
  const { guid, media, dc, dcterms, atom, itunes, xml } = item;
  // RSS 2.0: a guid is an address unless it says that it is none.
  const permanent = guid?.isPermaLink === false || !/^https?:/i.test(guid?.value ?? "") ? null : guid?.value;
  const link = absolute(item.link ?? linkOf(atom?.links) ?? permanent, base);
  const enclosures = (item.enclosures ?? []).map(
    ({ url, type, length }): Media => ({
      url,
      type,
      bytes: length,
      title: undefined,
      seconds: itunes?.duration,
    }),
  );
  const authors = people(authorsOf(item));
  return {
    id: guid?.value ?? atom?.id ?? null,
    title: unknown(titleOf(item)),
    link,
    ...texts(item.description ?? dc?.descriptions?.[0], item.content?.encoded ?? atom?.content?.value, [
      atom?.summary?.value,
      itunes?.summary,
      dcterms?.abstracts?.[0],
      dcterms?.descriptions?.[0],
      media?.description?.value,
      media?.groups?.[0]?.description?.value,
      itunes?.subtitle,
    ]),
    base: absolute(xml?.base, base) ?? link ?? base,
    dates: datesOf(item),
    language: dc?.languages?.[0] ?? dcterms?.languages?.[0] ?? xml?.lang ?? null,
    authors: authors.length > 0 ? authors : feedAuthors,
    tags: tagsOf(item),
    ...imageOf([...enclosures, ...mediaAttachments(media)], [itunes?.image, ...thumbnailsOf(media)], base),
    source: item.source?.title ?? null,
  };
}

const titleOf = ({ title, dc, dcterms, media, itunes, atom }: ParsedItem): string | undefined =>
  title ??
  dc?.titles?.[0] ??
  dcterms?.titles?.[0] ??
  media?.title?.value ??
  itunes?.title ??
  atom?.title?.value;

const datesOf = ({ pubDate, dc, dcterms, atom }: ParsedItem): string[] =>
  given(
    pubDate,
    dc?.dates?.[0],
    dcterms?.issued?.[0],
    dcterms?.created?.[0],
    dcterms?.available?.[0],
    dcterms?.dates?.[0],
    atom?.published,
    atom?.updated,
    dcterms?.modified?.[0],
  );

/** What an item is filed under; keywords of podcasts and media where it has no categories. */
function tagsOf({ categories, dc, dcterms, atom, media, itunes }: ParsedItem): string[] {
  const tags = [
    ...(categories ?? []).flatMap(({ name }) => name ?? []),
    ...(dc?.subjects ?? []),
    ...(dcterms?.subjects ?? []),
    ...(atom?.categories ?? []).flatMap(({ label, term }) => label ?? term ?? []),
    ...(media?.categories ?? []).flatMap(({ label, name }) => label ?? name ?? []),
  ];
  return tags.length > 0 ? tags : [...(itunes?.keywords ?? []), ...(media?.keywords ?? [])];
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

/** Who wrote an item, by the first of its elements that says so. */
function authorsOf({
  authors,
  dc,
  dcterms,
  atom,
  itunes,
  podcast,
  media,
}: ParsedItem): UpstreamItem["authors"] {
  const named = (names: (string | undefined)[] | undefined) =>
    (names ?? []).flatMap((name) => (name ? [{ name, url: null }] : []));
  const credits = media?.credits?.filter(({ role }) => role?.toLowerCase() === "author");
  const all = [
    named(dc?.creators),
    named(dcterms?.creators),
    named(authors?.map(({ name, email }) => name ?? email)),
    (atom?.authors ?? []).map(({ name, email, uri }) => ({ name: name ?? email ?? "", url: uri ?? null })),
    named(given(itunes?.author)),
    (podcast?.persons ?? []).map(({ display, href }) => ({ name: display ?? "", url: href ?? null })),
    named(credits?.map(({ value }) => value)),
    named(dc?.contributors),
  ];
  return all.find((some) => some.length > 0) ?? [];
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
