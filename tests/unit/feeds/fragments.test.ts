import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentHtml, summaryText } from "../../../src/feeds/content.ts";
import { documentOf, FORMATS } from "../../../src/feeds/formats.ts";
import { type Fragments, renderingOf } from "../../../src/feeds/fragments.ts";
import type { JsonFeed } from "../../../src/feeds/json.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import type { Article } from "../../../src/model/article.ts";
import { direction, startsRightToLeft } from "../../../src/model/language.ts";
import { anyArticle } from "../../support/arbitraries.ts";
import { all, readXml, shownByHtml, shownTexts, texts, type XmlElement } from "../../support/reading.ts";
import { accepted, rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const HEAD = feedMetadata(
  { slug: "icesco", name: "ICESCO", description: "", language: "en", aliases: [], sources: [] },
  SITE,
  1_765_962_660_000,
);
const ARTICLE: Article = {
  id: "a1",
  organizations: ["icesco"],
  title: "Opening",
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};

function fragmentsOf(article: Article): Fragments {
  const fragments = rendered(article, SITE);
  if (!fragments.ok) throw new Error(JSON.stringify(fragments.failure));
  return fragments.value;
}

/** The document of one format that holds an article alone. */
function documentWith(article: Article, name: keyof Fragments): string {
  const format = FORMATS.find((one) => one.name === name);
  return format ? documentOf(format, HEAD, [fragmentsOf(article)[name]]) : "";
}

/** An article's RSS item or Atom entry, on which both XML parsers agree. */
function itemRead(article: Article, name: "rss" | "atom"): XmlElement {
  const { byXmldom, byFastXmlParser } = readXml(documentWith(article, name));
  expect(byFastXmlParser).toEqual(byXmldom);
  const [item] = all(name === "rss" ? (all(byXmldom, "channel")[0] ?? byXmldom) : byXmldom, NODE[name]);
  if (!item) throw new Error("there is no item");
  return item;
}

const NODE = { rss: "item", atom: "entry" };
const given = (text: string | undefined): string[] => (text ? [text] : []);
const linkOf = (article: Article): string => article.url ?? "https://news.example/articles/a1";
/** XML 1.0 §2.11: a carriage return is read as a line feed, and HTML's parser reads it as one too. */
const html = (article: Article): string[] => given(shown(article)?.replace(/\r\n?/g, "\n"));
/** The content as feeds have it: with its direction, if that is from right to left. */
function shown(article: Article): string | null {
  const content = contentHtml(article, linkOf(article));
  const { language, title } = article;
  const isRightToLeft = language ? direction(language) === "rtl" : startsRightToLeft(title);
  return content && isRightToLeft ? `<div dir="rtl">${content}</div>` : content;
}
/** What stands for a summary: the article's own, or the beginning of its content, or its title. */
const description = (article: Article): string => summaryText(accepted(article, SITE)) || article.title;
/** A link's title has no type, so what could be taken for markup is left out. */
const linkTitle = (title: string | undefined): string => (title && !/[<&]/.test(title) ? title : "");
/** Those of an article's fields that it has. */
const had = (article: Article, ...names: (keyof Article)[]) =>
  Object.fromEntries(names.flatMap((name) => (name in article ? [[name, article[name]]] : [])));

describe("whatever an article says, it comes out as it went in", () => {
  test("of RSS", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const item = itemRead(article, "rss");
        expect(shownTexts(item, "title")).toEqual([article.title]);
        expect(texts(item, "link")).toEqual([linkOf(article)]);
        expect(texts(item, "guid")).toEqual(["tag:news.example,2025:article/a1"]);
        expect(texts(item, "pubDate")).toEqual([new Date(article.published_at).toUTCString()]);
        expect(texts(item, "description").map(shownByHtml)).toEqual([description(article)]);
        expect(texts(item, "content:encoded")).toEqual(html(article));
        expect(shownTexts(item, "category")).toEqual(article.tags ?? []);
        expect(shownTexts(item, "dc:creator")).toEqual((article.authors ?? []).map(({ name }) => name));
        expect(texts(item, "dc:language")).toEqual(given(article.language));
        expect([...shownTexts(item, "source"), ...shownTexts(item, "dc:source")]).toEqual(
          given(article.source?.name),
        );
        expect(all(item, "source").map(({ attributes }) => attributes.url)).toEqual(
          given(article.source?.url),
        );
        expect(all(item, "media:content").map(({ attributes }) => attributes.url)).toEqual([
          ...given(article.image),
          ...(article.attachments ?? []).map(({ url }) => url),
        ]);
        expect(all(item, "media:content").flatMap((media) => shownTexts(media, "media:title"))).toEqual(
          (article.attachments ?? []).flatMap(({ title }) => given(title)),
        );
      }),
      { numRuns: 200 },
    );
  });

  test("of Atom", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const entry = itemRead(article, "atom");
        const links = (rel: string) =>
          all(entry, "link").flatMap(({ attributes }) => (attributes.rel === rel ? [attributes] : []));
        expect(texts(entry, "id")).toEqual(["tag:news.example,2025:article/a1"]);
        expect(shownTexts(entry, "title")).toEqual([article.title]);
        expect(shownTexts(entry, "summary")).toEqual([description(article)]);
        expect(texts(entry, "content")).toEqual(html(article));
        expect(texts(entry, "published")).toEqual([new Date(article.published_at).toISOString()]);
        expect(texts(entry, "updated")[0]?.slice(0, 19)).toBe(article.updated_at.slice(0, 19));
        expect(entry.attributes["xml:lang"]).toBe(article.language);
        expect(all(entry, "category").map(({ attributes }) => attributes.term)).toEqual(article.tags ?? []);
        expect(
          all(entry, "author").map((author) => [shownTexts(author, "name")[0], texts(author, "uri")[0]]),
        ).toEqual((article.authors ?? []).map(({ name, url }) => [name, url]));
        expect(links("alternate").map(({ href }) => href)).toEqual([linkOf(article)]);
        expect(links("enclosure").map(({ href, type, title }) => [href, type, title ?? ""])).toEqual(
          (article.attachments ?? []).map(({ url, mime_type, title }) => [url, mime_type, linkTitle(title)]),
        );
        expect(links("via").map(({ href, title }) => [href, title ?? ""])).toEqual(
          article.source?.url ? [[article.source.url, linkTitle(article.source.name)]] : [],
        );
      }),
      { numRuns: 200 },
    );
  });

  test("of JSON Feed", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const [item] = (JSON.parse(documentWith(article, "json")) as JsonFeed).items;
        const content = shown(article);
        const { title, summary, content_text, tags = [], attachments = [], authors = [] } = article;
        expect({ summary: "", tags: [], attachments: [], authors: [], ...item }).toEqual({
          id: "tag:news.example,2025:article/a1",
          url: linkOf(article),
          title,
          summary: summary ?? "",
          ...(content ? { content_html: content } : {}),
          ...(content && content_text === undefined
            ? {}
            : { content_text: content_text || summary || title }),
          ...had(article, "language", "image"),
          date_published: article.published_at,
          date_modified: article.updated_at,
          tags,
          attachments,
          authors,
          _communique: { article_id: "a1", ...had(article, "published_precision", "source") },
        });
      }),
      { numRuns: 200 },
    );
  });
});

describe("renderFragments", () => {
  test("gives the same bytes for the same article", () => {
    expect(fragmentsOf(ARTICLE)).toEqual(fragmentsOf({ ...ARTICLE }));
  });

  test("refuses, as a value, an article too large for a feed", () => {
    const content_text = "<".repeat(400_000); // five bytes each in XML, ten in HTML within XML
    expect(rendered({ ...ARTICLE, content_text }, SITE)).toMatchObject({
      ok: false,
      failure: { tag: "unrenderable", detail: expect.stringContaining("at most 450000 are possible") },
    });
  });

  test("refuses, as a value, markup without bounds", () => {
    expect(rendered({ ...ARTICLE, content_html: "<b>".repeat(1_000) }, SITE)).toMatchObject({
      ok: false,
      failure: { tag: "unrenderable" },
    });
  });
});

test("a rendering is named by all that its addresses and ids are made of", () => {
  const names = [
    renderingOf(SITE),
    renderingOf({ ...SITE, publicUrl: "https://other.example" }),
    renderingOf({ ...SITE, tagAuthority: "other.example,2025" }),
  ];
  expect(new Set(names).size).toBe(3);
});
