import { createHash } from "node:crypto";
import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonFeedItem } from "../../../src/feeds/json.ts";
import type { SafeHtml } from "../../../src/feeds/safe-html.ts";
import { articlePage } from "../../../src/http/pages/article.tsx";
import { homePage } from "../../../src/http/pages/home.tsx";
import { messagePage } from "../../../src/http/pages/message.tsx";
import { organizationPage } from "../../../src/http/pages/organization.tsx";
import { COPY_SCRIPT } from "../../../src/http/pages/script.ts";
import { SECURITY_HEADERS } from "../../../src/http/pages/security.ts";
import type { Article } from "../../../src/model/article.ts";
import { writable } from "../../../src/model/text.ts";
import { accepted } from "../../support/rendering.ts";

const publicUrl = "https://news.example";
const SITE = { publicUrl, tagAuthority: "news.example,2025" };

const icesco = { slug: "icesco", name: "ICESCO", description: "Education & culture.", language: "en" };

const article: Article = {
  id: "seminar",
  organizations: ["icesco", "oic"],
  title: "First seminar",
  summary: "What it was about.",
  content_html: '<p>Read <a href="/more">more</a>.</p><script>alert(1)</script>',
  language: "en",
  authors: [{ name: "Laman Ismayilova", url: "https://paper.example/laman" }, { name: "Another" }],
  tags: ["heritage"],
  source: { name: "Azernews" },
  attachments: [
    { url: "https://paper.example/a%20photo.jpg", mime_type: "image/jpeg", size_in_bytes: 1_234_567 },
    { url: "https://paper.example/r.pdf", mime_type: "application/pdf", title: "The report" },
  ],
  published_at: "2025-07-18T15:00:00Z",
  updated_at: "2025-07-18T15:00:00Z",
};

const item: JsonFeedItem = {
  id: "tag:news.example,2025:article/seminar",
  url: "https://news.example/articles/seminar",
  title: "First seminar",
  content_html: "<p>What it was about.</p>" as SafeHtml,
  date_published: "2025-07-18T15:00:00Z",
  date_modified: "2025-07-18T15:00:00Z",
  _communique: { article_id: "seminar" },
};

const pageOf = (changes: Partial<Article>) =>
  parsed(
    articlePage({ article: accepted({ ...article, ...changes }, SITE), organizations: [icesco], publicUrl }),
  );

const listOf = (changes: Partial<JsonFeedItem>) =>
  parsed(organizationPage({ organization: icesco, items: [{ ...item, ...changes }], publicUrl }));

/** A page as a strict XML parser reads it, which shares no code with ours. */
function parsed(page: string): Document {
  const onError = (_level: string, message: string) => {
    throw new Error(message);
  };
  expect(page.startsWith("<!doctype html>\n<html ")).toBe(true);
  return new DOMParser({ onError }).parseFromString(page.slice(16), "application/xhtml+xml");
}

const all = (page: Document, name: string): Element[] => [...page.getElementsByTagName(name)];
const texts = (page: Document, name: string) => all(page, name).map((element) => element.textContent);
const values = (page: Document, name: string, attribute: string) =>
  all(page, name).map((element) => element.getAttribute(attribute));
const classed = (page: Document, name: string) =>
  all(page, "*").filter((element) => element.getAttribute("class")?.split(" ").includes(name));
const facts = (page: Document) =>
  classed(page, "facts").map((list) => [...list.getElementsByTagName("li")].map((li) => li.textContent));

describe("the home page", () => {
  test("shows each organization in its language, with its feeds", () => {
    const arabic = { slug: "isesco", name: "إيسيسكو", description: "منظمة", language: "ar" };
    const page = parsed(homePage({ organizations: [icesco, arabic], publicUrl }));
    expect(texts(page, "h2")).toEqual(["ICESCO", "إيسيسكو"]);
    expect(classed(page, "card").map((card) => card.getAttribute("dir"))).toEqual(["ltr", "rtl"]);
    expect(values(page, "a", "href")).toEqual([
      "#main",
      "/",
      "https://news.example/feeds.opml",
      "https://news.example/api/docs",
      "https://news.example/icesco",
      "https://news.example/icesco/feed.rss",
      "https://news.example/icesco/feed.atom",
      "https://news.example/icesco/feed.json",
      "https://news.example/isesco",
      "https://news.example/isesco/feed.rss",
      "https://news.example/isesco/feed.atom",
      "https://news.example/isesco/feed.json",
    ]);
  });
});

describe("an organization's page", () => {
  test("lets programs find its feeds", () => {
    const links = all(listOf({}), "link").filter((link) => link.getAttribute("rel") === "alternate");
    expect(links.map((link) => ["type", "title", "href"].map((name) => link.getAttribute(name)))).toEqual([
      ["application/rss+xml", "ICESCO (RSS)", "https://news.example/icesco/feed.rss"],
      ["application/atom+xml", "ICESCO (Atom)", "https://news.example/icesco/feed.atom"],
      ["application/feed+json", "ICESCO (JSON Feed)", "https://news.example/icesco/feed.json"],
    ]);
  });

  test("shows its articles: title, summary or beginning, date, author, source, and where it first stood", () => {
    const page = listOf({
      url: "https://www.paper.example/1",
      authors: [{ name: "Laman" }],
      _communique: { article_id: "seminar", published_precision: "day", source: { name: "Azernews" } },
    });
    expect(texts(page, "h3")).toEqual(["First seminar"]);
    expect(texts(page, "article")[0]).toContain("What it was about.");
    expect(facts(page)).toEqual([["18 July 2025", "Laman", "Azernews", "paper.example"]]);
    expect(values(page, "a", "href")).toContain("https://news.example/articles/seminar");
    expect(values(page, "a", "href")).toContain("https://www.paper.example/1");
  });

  test("shows an article in another language in its own direction", () => {
    expect(values(listOf({ language: "fa" }), "article", "dir")).toEqual(["rtl"]);
    expect(values(listOf({}), "article", "lang")).toEqual(["en"]);
  });
});

test("pages without anything to list say so", () => {
  expect(homePage({ organizations: [], publicUrl })).toContain("No organization publishes here yet.");
  expect(organizationPage({ organization: icesco, items: [], publicUrl })).toContain(
    "Nothing published yet.",
  );
});

describe("an article's page", () => {
  test("shows all of it", () => {
    const page = pageOf({});
    expect(texts(page, "h1")).toEqual(["First seminar"]);
    expect(facts(page)).toEqual([
      ["ICESCO"],
      ["18 July 2025, 15:00 UTC", "By Laman Ismayilova, Another", "Source: Azernews"],
    ]);
    expect(classed(page, "content").map(String)[0]).toContain('<a href="https://news.example/more">more</a>');
    expect(classed(page, "after").map((part) => part.textContent)).toEqual([
      "Attachmentsa photo.jpg image/jpeg, 1.2 MBThe report application/pdf",
      "heritage",
      expect.stringContaining("RSSAtomJSON Feed"),
    ]);
    expect(values(page, "a", "href")).toContain("https://news.example/icesco");
  });

  test("names the address where the article first stood as the one to know it by", () => {
    const page = pageOf({ url: "https://www.paper.example/1" });
    expect(values(page, "link", "href")[0]).toBe("https://www.paper.example/1");
    expect(texts(page, "footer")[0]).toContain("First published at paper.example");
    expect(values(pageOf({}), "link", "href")[0]).toBe("https://news.example/articles/seminar");
  });

  test.each([
    [undefined, "18 July 2025, 15:00 UTC", "2025-07-18T15:00:00Z"],
    ["time", "18 July 2025, 15:00 UTC", "2025-07-18T15:00:00Z"],
    ["day", "18 July 2025", "2025-07-18"],
    ["month", "July 2025", "2025-07"],
    ["year", "2025", "2025"],
    ["undated", "Undated", undefined],
  ] as const)(
    "says no more of a date known to the %s than is known",
    (published_precision, words, datetime) => {
      const page = pageOf(published_precision ? { published_precision } : {});
      expect(facts(page)[1]?.[0]).toBe(words);
      expect(values(page, "time", "datetime")).toEqual(datetime ? [datetime] : []);
    },
  );

  test.each<[language: string, dir: string]>([
    ["en", "ltr"],
    ["az", "ltr"],
    ["az-Arab", "rtl"],
    ["ku-Arab", "rtl"],
    ["ar-Latn", "ltr"],
    ...["ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb", "ar-MA"].map((tag): [string, string] => [
      tag,
      "rtl",
    ]),
  ])("in %s is written %s", (language, dir) => {
    expect(
      articlePage({ article: accepted({ ...article, language }, SITE), organizations: [], publicUrl }),
    ).toContain(`<html lang="${language}" dir="${dir}">`);
  });

  test("without a language leaves the direction to the text", () => {
    const { language: _, ...unknown } = article;
    const page = parsed(articlePage({ article: accepted(unknown, SITE), organizations: [], publicUrl }));
    expect([values(page, "article", "lang"), values(page, "article", "dir")]).toEqual([[""], ["auto"]]);
  });
});

test("a message says what is the matter and is kept by no search engine", () => {
  const page = parsed(messagePage({ status: 410, title: "Withdrawn <b>", detail: "It was taken back." }));
  expect(texts(page, "h1")).toEqual(["Withdrawn <b>"]);
  expect(texts(page, "main")[0]).toContain("410");
  expect(values(page, "meta", "content")).toContain("noindex");
});

test("whatever an article says, its pages stay well-formed and hold no script and no address but the web's", () => {
  const text = fc
    .oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("</title><script>alert(1)</script>", '"><img onerror=a()>'),
    )
    .map(writable);
  const address = fc.constantFrom(
    "javascript:alert(1)",
    "data:text/html,x",
    "https://ok.example/",
    '" onclick="a()',
  );
  fc.assert(
    fc.property(text, address, (words, url) => {
      const named = { name: words, url };
      const hostile = {
        title: words,
        summary: words,
        url,
        image: url,
        authors: [named],
        tags: [words],
        language: words,
      };
      const pages = [
        pageOf({ ...hostile, source: named, attachments: [{ url, mime_type: words, title: words }] }),
        listOf({ ...hostile, _communique: { article_id: "seminar", source: named } }),
      ];
      for (const page of pages) {
        const scripts = all(page, "script").filter(
          (script) => script.getAttribute("type") !== "application/ld+json",
        );
        expect(scripts.map(({ textContent }) => textContent)).toEqual([COPY_SCRIPT]);
        expect(
          all(page, "*").flatMap((element) => [...element.attributes].filter(({ name }) => /^on/.test(name))),
        ).toEqual([]);
        const addresses = [
          ...values(page, "a", "href"),
          ...values(page, "img", "src"),
          ...values(page, "link", "href"),
        ];
        expect(addresses.filter((found) => !/^((feed:)?https:\/\/|\/$|#main$)/.test(found ?? "/"))).toEqual(
          [],
        );
      }
    }),
  );
});

test("the policy allows exactly the style sheet and the script that pages carry", () => {
  const [style = ""] = texts(pageOf({}), "style");
  const hash = createHash("sha256")
    .update(style ?? "")
    .digest("base64");
  const copying = createHash("sha256").update(COPY_SCRIPT).digest("base64");
  expect(SECURITY_HEADERS["content-security-policy"]).toBe(
    "default-src 'none'; img-src https: http:; media-src https: http:; " +
      `style-src 'sha256-${hash}'; script-src 'sha256-${copying}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  );
});
