import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText, summaryText } from "../../../src/feeds/content.ts";
import { documentOf, FORMATS, type Format } from "../../../src/feeds/formats.ts";
import type { Fragments } from "../../../src/feeds/fragments.ts";
import { shownHtml } from "../../../src/feeds/item.ts";
import { disassemble } from "../../../src/feeds/layout.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import type { Article } from "../../../src/model/article.ts";
import { anyArticle, anyOrganization } from "../../support/arbitraries.ts";
import { all, readXml, texts, type XmlElement } from "../../support/reading.ts";
import { accepted, rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };

function fragmentsOf(article: Article): Fragments {
  const fragments = rendered(article, SITE);
  if (!fragments.ok) throw new Error(JSON.stringify(fragments.failure));
  return fragments.value;
}

/** The words of a text, in their order. */
const words = (text: string): string[] => text.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];

/** The words that readers are shown of an article. */
function shownWords(article: Article): string[] {
  const safe = accepted(article, SITE);
  const html = shownHtml(safe);
  return words(`${article.title} ${summaryText(safe) || article.title} ${html ? plainText(html) : ""}`);
}

describe.each(FORMATS)("of a fragment of $title", (format: Format) => {
  const subjectOf = (article: Article) => format.subject(fragmentsOf(article)[format.name]);

  test("its id, date, tags, authors and language are those of the article", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        fc.pre(article.published_at >= "0100"); // RFC 822: of a year below 100 the century is guessed
        expect(subjectOf(article)).toMatchObject({
          id: "tag:news.example,2025:article/a1",
          publishedMs: Date.parse(article.published_at),
          tags: article.tags ?? [],
          authors: (article.authors ?? []).map(({ name }) => name),
          language: article.language ?? null,
        });
      }),
    );
  });

  test("its words are those that readers are shown", () => {
    const article: Article = {
      id: "a1",
      organizations: ["icesco"],
      title: "Tea &amp; cake < coffee",
      summary: "Short & sweet",
      content_html: '<h1>One</h1>two<br>three <b>four</b> &lt;five&gt; &amp;amp; <a href="/six">seven</a>',
      published_at: "2025-12-17T09:11:00Z",
      updated_at: "2025-12-17T09:11:00Z",
    };
    expect(words(subjectOf(article).text)).toEqual(shownWords(article));
  });

  test("all words of a plain article can be found, and no others", () => {
    fc.assert(
      fc.property(anyArticle, ({ content_html: _, ...article }) => {
        const shown = new Set(shownWords(article));
        const found = new Set(words(subjectOf(article).text));
        expect([...found].filter((word) => !shown.has(word))).toEqual([]);
        expect([...shown].filter((word) => !found.has(word))).toEqual([]);
      }),
    );
  });
});

describe("as independent parsers read them", () => {
  const parsed = (article: Article, name: "rss" | "atom"): XmlElement => {
    const format = FORMATS.find((one) => one.name === name);
    if (!format) throw new Error("there is no such format");
    const organization = { slug: "o", name: "O", description: "", language: "en", aliases: [], sources: [] };
    const head = feedMetadata(organization, SITE, 0);
    const { byXmldom, byFastXmlParser } = readXml(documentOf(format, head, [fragmentsOf(article)[name]]));
    expect(byFastXmlParser).toEqual(byXmldom);
    const [item] =
      name === "atom" ? all(byXmldom, "entry") : all(all(byXmldom, "channel")[0] ?? byXmldom, "item");
    if (!item) throw new Error("there is no item");
    return item;
  };
  const subjectOf = (article: Article, name: "rss" | "atom") =>
    FORMATS.find((one) => one.name === name)?.subject(fragmentsOf(article)[name]);

  test("RSS", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const item = parsed(article, "rss");
        expect(subjectOf(article, "rss")).toMatchObject({
          id: texts(item, "guid").join(),
          publishedMs: Date.parse(texts(item, "pubDate").join()),
          language: texts(item, "dc:language")[0] ?? null,
        });
      }),
    );
  });

  test("Atom", () => {
    fc.assert(
      fc.property(anyArticle, (article) => {
        const entry = parsed(article, "atom");
        expect(subjectOf(article, "atom")).toMatchObject({
          id: texts(entry, "id").join(),
          publishedMs: Date.parse(texts(entry, "published").join()),
          tags: all(entry, "category").map(({ attributes }) => attributes.term),
          language: entry.attributes["xml:lang"] ?? null,
        });
      }),
    );
  });
});

describe.each(FORMATS)("of the preamble of a $title document", (format) => {
  test("its title and language are those of the organization", () => {
    fc.assert(
      fc.property(anyOrganization, (organization) => {
        const document = documentOf(format, feedMetadata(organization, SITE, 0), []);
        expect(format.about(disassemble(format.layout, document).preamble)).toEqual({
          title: organization.name,
          language: organization.language,
        });
      }),
    );
  });
});
