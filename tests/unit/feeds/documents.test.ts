import fc from "fast-check";
import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { describe, expect, test } from "vitest";
import { documentOf, FORMATS } from "../../../src/feeds/formats.ts";
import type { Fragments } from "../../../src/feeds/fragments.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import type { Article } from "../../../src/model/article.ts";
import type { Organization } from "../../../src/model/organization.ts";
import { anyOrganization } from "../../support/arbitraries.ts";
import { all, readXml, shownTexts, texts, type XmlElement } from "../../support/reading.ts";
import { rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const UPDATED = 1_765_962_660_000;
const ICESCO: Organization = {
  slug: "icesco",
  name: "ICESCO & friends",
  description: "Education, science <and> culture",
  language: "en",
  aliases: [],
  sources: [],
};

const article = (number: number, more: Partial<Article> = {}): Article => ({
  id: `a${number}`,
  organizations: ["icesco"],
  title: `News ${number} & more`,
  published_at: `2025-12-0${number}T09:11:00Z`,
  updated_at: `2025-12-0${number}T09:11:00Z`,
  ...more,
});

function fragmentsOf(one: Article): Fragments {
  const fragments = rendered(one, SITE);
  if (!fragments.ok) throw new Error(JSON.stringify(fragments.failure));
  return fragments.value;
}

/** An organization's documents with these articles. */
function documentsOf(organization: Organization, articles: readonly Article[]): Fragments {
  const head = feedMetadata(organization, SITE, UPDATED);
  const fragments = articles.map(fragmentsOf);
  return Object.fromEntries(
    FORMATS.map((format) => [
      format.name,
      documentOf(
        format,
        head,
        fragments.map((one) => one[format.name]),
      ),
    ]),
  ) as Fragments;
}

/** The root of a document on which both XML parsers agree. */
function root(xml: string): XmlElement {
  const { byXmldom, byFastXmlParser } = readXml(xml);
  expect(byFastXmlParser).toEqual(byXmldom);
  return byXmldom;
}

const channelOf = (rss: string): XmlElement => all(root(rss), "channel")[0] ?? root(rss);

describe("whatever an organization is called, it comes out as it went in", () => {
  const page = "https://news.example/icesco";

  test("of RSS", () => {
    fc.assert(
      fc.property(anyOrganization, (organization) => {
        const channel = channelOf(documentsOf(organization, []).rss);
        expect(shownTexts(channel, "title")).toEqual([organization.name]);
        expect(shownTexts(channel, "description")).toEqual([
          organization.description || `News of ${organization.name}`,
        ]);
        expect(texts(channel, "link")).toEqual([page]);
        expect(texts(channel, "language")).toEqual([organization.language]);
        expect(all(channel, "image").flatMap((image) => texts(image, "url"))).toEqual(
          organization.logo ? [organization.logo] : [],
        );
        expect(all(channel, "image").flatMap((image) => shownTexts(image, "title"))).toEqual(
          organization.logo ? [organization.name] : [],
        );
      }),
    );
  });

  test("of Atom", () => {
    fc.assert(
      fc.property(anyOrganization, (organization) => {
        const feed = root(documentsOf(organization, []).atom);
        const [author] = all(feed, "author");
        expect(feed.attributes["xml:lang"]).toBe(organization.language);
        expect(texts(feed, "id")).toEqual(["tag:news.example,2025:organization/icesco"]);
        expect(shownTexts(feed, "title")).toEqual([organization.name]);
        expect(shownTexts(feed, "subtitle")).toEqual([
          organization.description || `News of ${organization.name}`,
        ]);
        expect(author && shownTexts(author, "name")).toEqual([organization.name]);
        expect(author && texts(author, "uri")).toEqual([organization.homepage ?? page]);
        expect(texts(feed, "logo")).toEqual(organization.logo ? [organization.logo] : []);
      }),
    );
  });

  test("of JSON Feed", () => {
    fc.assert(
      fc.property(anyOrganization, (organization) => {
        expect(JSON.parse(documentsOf(organization, []).json)).toMatchObject({
          version: "https://jsonfeed.org/version/1.1",
          title: organization.name,
          home_page_url: page,
          feed_url: "https://news.example/icesco/feed.json",
          description: organization.description || `News of ${organization.name}`,
          language: organization.language,
          authors: [{ name: organization.name, url: organization.homepage ?? page }],
          items: [],
        });
      }),
    );
  });
});

describe("a feed reader", () => {
  const articles = [article(3, { url: "https://example.org/3?a=1&b=2" }), article(2), article(1)];
  const { rss, atom, json } = documentsOf(ICESCO, articles);
  const ids = ["a3", "a2", "a1"].map((id) => `tag:news.example,2025:article/${id}`);
  const titles = ["News 3 & more", "News 2 & more", "News 1 & more"];
  const links = [
    "https://example.org/3?a=1&b=2",
    "https://news.example/articles/a2",
    "https://news.example/articles/a1",
  ];

  test("finds the same items in RSS", () => {
    const feed = parseRssFeed(rss);
    expect(feed.title).toBe("ICESCO & friends");
    expect(feed.items?.map((item) => item.guid?.value)).toEqual(ids);
    expect(feed.items?.map((item) => item.title)).toEqual(titles);
    expect(feed.items?.map((item) => item.link)).toEqual(links);
    expect(feed.items?.map((item) => item.guid?.isPermaLink)).toEqual([false, false, false]);
    expect(feed.atom?.links).toEqual([
      { href: "https://news.example/icesco/feed.rss", rel: "self", type: "application/rss+xml" },
      { href: "https://news.example/hub", rel: "hub" },
    ]);
  });

  test("in Atom", () => {
    const feed = parseAtomFeed(atom);
    expect(feed.title?.value).toBe("ICESCO & friends");
    expect(feed.entries?.map((entry) => entry.id)).toEqual(ids);
    expect(feed.entries?.map((entry) => entry.title?.value)).toEqual(titles);
    expect(feed.entries?.map((entry) => entry.links?.[0]?.href)).toEqual(links);
    expect(feed.links?.find(({ rel }) => rel === "self")?.href).toBe("https://news.example/icesco/feed.atom");
  });

  test("and in JSON Feed", () => {
    const feed = parseJsonFeed(json);
    expect(feed.title).toBe("ICESCO & friends");
    expect(feed.items?.map((item) => item.id)).toEqual(ids);
    expect(feed.items?.map((item) => item.title)).toEqual(titles);
    expect(feed.items?.map((item) => item.url)).toEqual(links);
  });
});

describe("a document", () => {
  test("without articles is a feed, too", () => {
    const { rss, atom, json } = documentsOf(ICESCO, []);
    expect(parseRssFeed(rss)).toMatchObject({
      title: "ICESCO & friends",
      link: "https://news.example/icesco",
    });
    expect(parseAtomFeed(atom)).toMatchObject({ title: { value: "ICESCO & friends" } });
    expect(JSON.parse(json)).toMatchObject({ title: "ICESCO & friends", items: [] });
  });

  test("is the same bytes every time: without a change there is no new ETag", () => {
    expect(documentsOf(ICESCO, [article(1)])).toEqual(documentsOf(ICESCO, [article(1)]));
  });

  test("dates itself by its last change, not by the clock", () => {
    const { rss, atom } = documentsOf(ICESCO, []);
    expect(texts(channelOf(rss), "lastBuildDate")).toEqual(["Wed, 17 Dec 2025 09:11:00 GMT"]);
    expect(texts(root(atom), "updated")).toEqual(["2025-12-17T09:11:00.000Z"]);
  });

  test("holds its items in the order in which they were given", () => {
    const { rss } = documentsOf(ICESCO, [article(1), article(3), article(2)]);
    expect(all(channelOf(rss), "item").flatMap((item) => texts(item, "title"))).toEqual([
      "News 1 & more",
      "News 3 & more",
      "News 2 & more",
    ]);
  });
});
