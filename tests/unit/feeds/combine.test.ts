import { parseAtomFeed, parseRssFeed } from "feedsmith";
import { describe, expect, test } from "vitest";
import { chosenFrom, filteredDocument, type PublishedFeed } from "../../../src/feeds/combine.ts";
import { documentOf, FORMATS, type Format } from "../../../src/feeds/formats.ts";
import type { JsonFeed } from "../../../src/feeds/json.ts";
import { listingFrom, listingOf } from "../../../src/feeds/listing.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import type { Article } from "../../../src/model/article.ts";
import { type Filter, parseFilter } from "../../../src/model/filter.ts";
import { readXml } from "../../support/reading.ts";
import { rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const UPDATED = 1_765_962_660_000;

const article = (id: string, day: string, more: Partial<Article> = {}): Article => ({
  id,
  organizations: ["a"],
  title: `Title ${id}`,
  published_at: `2025-12-${day}T09:11:00Z`,
  updated_at: `2025-12-${day}T09:11:00Z`,
  ...more,
});

/** The document of an organization as its channel publishes it. */
function sourceOf(
  format: Format,
  slug: string,
  articles: readonly Article[],
  language = "en",
): PublishedFeed {
  const organization = { slug, name: `Name ${slug}`, description: "", language, aliases: [], sources: [] };
  const items = articles.map((one) => {
    const fragments = rendered(one, SITE);
    if (!fragments.ok) throw new Error(JSON.stringify(fragments.failure));
    const fields = {
      id: one.id,
      publishedMs: Date.parse(one.published_at),
      changedMs: Date.parse(one.updated_at),
      organizations: one.organizations,
      tags: one.tags ?? [],
      authors: (one.authors ?? []).map(({ name }) => name),
      language: one.language ?? null,
    };
    return { fields, fragment: fragments.value[format.name] };
  });
  const head = feedMetadata(organization, SITE, UPDATED);
  const body = documentOf(
    format,
    head,
    items.map(({ fragment }) => fragment),
  );
  return {
    organization: slug,
    body: new TextEncoder().encode(body),
    listing: listingOf(format, head, 0, body, items),
  };
}

const textIn = (feed: PublishedFeed): string => new TextDecoder().decode(feed.body);

/** The filtered document of sources. */
function documentFrom(
  format: Format,
  sources: readonly PublishedFeed[],
  filter: Filter,
  path = "/feed",
): string {
  const items = chosenFrom(format, sources, filter);
  return new TextDecoder().decode(filteredDocument(format, sources, filter, items, { site: SITE, path }));
}

const shared = article("shared", "05", { organizations: ["a", "b"] });
const A = [article("a2", "06", { tags: ["Sport"] }), shared, article("a1", "02", { language: "ar" })];
const ofB = { organizations: ["b"] };
const B = [article("b2", "07", { authors: [{ name: "Laman" }], ...ofB }), shared, article("b1", "01", ofB)];

/** The combined document of both, or of those named, in a format. */
function combined(format: Format, query: string, path = "/feed"): string {
  const filter = parseFilter(new URLSearchParams(query));
  if (!filter.ok) throw new Error(JSON.stringify(filter.failure));
  const sources = [sourceOf(format, "a", A), sourceOf(format, "b", B, "fr")];
  return documentFrom(format, sources, filter.value, path);
}

/** The ids of articles in a document, in their order. */
const idsIn = (body: string): string[] =>
  [...body.matchAll(/(?:<guid[^>]*>|<id>|"id":")tag:news\.example,2025:article\/(\w+)/g)].map(
    ([, id]) => id ?? "",
  );

describe.each(FORMATS)("feeds put together as $title", (format) => {
  test.each([
    ["organization=a,b", "b2 a2 shared a1 b1"],
    ["organization=a", "a2 shared a1"],
    ["organization=a,b&tag=sport", "a2"],
    ["organization=a,b&author=laman", "b2"],
    ["organization=a,b&language=ar", "a1"],
    ["organization=a,b&language=fr", "b2 b1"], // that is what their feed is in; the shared one stood in a's first
    ["organization=a,b&q=title+shared", "shared"],
    ["organization=a,b&exclude=organization:b", "a2 a1"],
    ["organization=a,b&exclude=tag:sport,author:laman,shared", "a1 b1"],
    ["organization=a,b&tag=nothing", ""],
  ])("%s: %s", (query, ids) => {
    expect(idsIn(combined(format, query)).join(" ")).toBe(ids);
  });

  test("hold items that are the same bytes as where they came from", () => {
    const item = format.layout.opening;
    const of = (body: string) =>
      body.split(`\n`).find((line) => line.startsWith(item) && line.includes("article/a2"));
    expect(of(combined(format, "organization=a,b"))?.replace(/,$/, "")).toBe(
      of(textIn(sourceOf(format, "a", A)))?.replace(/,$/, ""),
    );
  });

  test("are fifty at most, the newest", () => {
    const many = Array.from({ length: 40 }, (_, index) => index + 10);
    const at = (prefix: string) =>
      many.map((minute) =>
        article(`${prefix}${minute}`, "01", { published_at: `2025-12-01T09:${minute}:00Z` }),
      );
    const sources = [sourceOf(format, "a", at("a")), sourceOf(format, "b", at("b"))];
    const filter = { include: { organization: ["a", "b"] }, exclude: {} };
    const body = documentFrom(format, sources, filter);
    const ids = idsIn(body);
    expect(ids).toHaveLength(50);
    expect(ids.slice(0, 4)).toEqual(["b49", "a49", "b48", "a48"]);
  });

  test("are the same whatever the order in which their sources come, but for their title", () => {
    const sources = [sourceOf(format, "a", A), sourceOf(format, "b", B)];
    const filter = { include: { organization: ["a", "b"] }, exclude: {} };
    const of = (some: PublishedFeed[]) => idsIn(documentFrom(format, some, filter));
    expect(of(sources)).toEqual(of([...sources].reverse()));
  });
});

describe.each(FORMATS)("a document of $title that was published without a listing", (format) => {
  test("is filtered as one with a listing", () => {
    const sources = [sourceOf(format, "a", A), sourceOf(format, "b", B, "fr")];
    const former = sources.map((source) => ({ ...source, listing: listingFrom(format, textIn(source), 0) }));
    for (const query of [
      "organization=a,b",
      "tag=sport",
      "author=laman",
      "language=fr",
      "q=title+shared",
      "exclude=a1",
    ]) {
      const filter = parseFilter(new URLSearchParams(query));
      if (!filter.ok) throw new Error(query);
      expect(documentFrom(format, former, filter.value)).toBe(documentFrom(format, sources, filter.value));
    }
  });
});

describe("a filtered feed without items", () => {
  test("is dated by the site's first day, so that it stays the same bytes while others publish", () => {
    const filter = { include: { tag: ["nothing"] }, exclude: {} };
    const atom = documentFrom(formatOf("atom"), [sourceOf(formatOf("atom"), "a", A)], filter, "/a/feed");
    expect(parseAtomFeed(atom).updated).toBe("2025-01-01T00:00:00.000Z");
    expect(documentFrom(formatOf("atom"), [sourceOf(formatOf("atom"), "a", B)], filter, "/a/feed")).toBe(
      atom,
    );
  });
});

const formatOf = (name: string): Format => FORMATS.find((one) => one.name === name) ?? (FORMATS[0] as Format);

describe("the head of a combined feed", () => {
  const query = "tag=x%20y,sport&organization=b,a&exclude=tag:Other";
  const written = "organization=a,b&tag=sport,x%20y&exclude=tag:other";

  test("of Atom has its own address, filter and all, as self link and id", () => {
    const atom = combined(formatOf("atom"), query);
    readXml(atom);
    const feed = parseAtomFeed(atom);
    expect(feed.id).toBe(`https://news.example/feed.atom?${written}`);
    expect(feed.links?.find(({ rel }) => rel === "self")?.href).toBe(
      `https://news.example/feed.atom?${written}`,
    );
    expect(feed.title?.value).toBe("Name a · Name b: sport, x y, −tag:other");
    expect(feed.updated).toBe("2025-12-06T09:11:00.000Z"); // of the one item
  });

  test("of RSS, too", () => {
    const rss = combined(formatOf("rss"), query);
    readXml(rss);
    const feed = parseRssFeed(rss);
    expect(feed.atom?.links?.map(({ rel, href }) => [rel, href])).toEqual([
      ["self", `https://news.example/feed.rss?${written}`],
      ["hub", "https://news.example/hub"],
    ]);
    expect(feed.link).toBe("https://news.example/");
  });

  test("of JSON Feed, too", () => {
    const feed = JSON.parse(combined(formatOf("json"), query)) as JsonFeed;
    expect(feed).toMatchObject({
      feed_url: `https://news.example/feed.json?${written}`,
      home_page_url: "https://news.example/",
      title: "Name a · Name b: sport, x y, −tag:other",
    });
  });

  test("of a part of one organization's feed leads to that organization", () => {
    const sources = [sourceOf(formatOf("json"), "a", A)];
    const filter = { include: { tag: ["sport"] }, exclude: {} };
    expect(JSON.parse(documentFrom(formatOf("json"), sources, filter, "/a/feed"))).toMatchObject({
      title: "Name a: sport",
      home_page_url: "https://news.example/a",
      feed_url: "https://news.example/a/feed.json?tag=sport",
    });
  });

  test("has no organization speak for another, nor names one that is left out", () => {
    const both = JSON.parse(combined(formatOf("json"), "organization=a,b")) as JsonFeed;
    expect(both.authors).toEqual([{ name: "Name a · Name b", url: "https://news.example/" }]);
    const one = JSON.parse(combined(formatOf("json"), "organization=a&exclude=organization:b")) as JsonFeed;
    expect(one).toMatchObject({ title: "Name a", authors: [{ name: "Name a" }] });
    expect(one.description).not.toContain("Name b");
  });
});
