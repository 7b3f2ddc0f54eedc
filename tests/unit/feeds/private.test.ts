import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, FORMATS, type Format } from "../../../src/feeds/formats.ts";
import { feedMetadata } from "../../../src/feeds/metadata.ts";
import { privateDocument } from "../../../src/feeds/private.ts";
import type { Article } from "../../../src/model/article.ts";
import { anyArticle, anyOrganization } from "../../support/arbitraries.ts";
import { rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };
const KEY = `key_${"0".repeat(26)}`;
const OWN = `${SITE.publicUrl}/private/${KEY}/acme`;
const PAGE = `${SITE.publicUrl}/articles/a1`;

const ACME = { slug: "acme", name: "Acme", description: "", language: "en", aliases: [], sources: [] };
const ARTICLE: Article = {
  id: "a1",
  organizations: ["acme"],
  title: "Opening",
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};

function publicDocument(format: Format, articles: readonly Article[], organization = ACME): string {
  const head = {
    ...feedMetadata(organization, SITE, 0),
    previous: `${SITE.publicUrl}/acme/archive/3`,
    current: `${SITE.publicUrl}/acme/feed`,
  };
  const items = articles.flatMap((article) => {
    const fragments = rendered(article, SITE);
    return fragments.ok ? [fragments.value[format.name]] : [];
  });
  return documentOf(format, head, items);
}

const privately = (format: Format, body: string): string =>
  privateDocument(format, body, { organization: "acme", address: OWN, site: SITE });

/** Every address with the reader's key in it. */
const secrets = (text: string): string[] =>
  [...text.matchAll(/https:\/\/news\.example\/private\/[^"<\\\s]*/g)].map(([address]) => address);

describe.each(FORMATS.map((format) => [format.title, format] as const))("%s for one reader", (_, format) => {
  test("has its own addresses, its archive's and its items' pages, and no hub", () => {
    const text = privately(format, publicDocument(format, [ARTICLE]));
    const archive = `${OWN}/archive/3.${format.name}`;
    const feed = `${OWN}/feed.${format.name}`;
    expect(new Set(secrets(text))).toEqual(new Set([feed, archive, `${OWN}/articles/a1`]));
    expect(text).not.toContain("/hub");
    expect(text).not.toContain(PAGE);
  });

  const hostile: Partial<Article>[] = [
    { content_html: `<img src="https://evil.example/p.gif?u=${PAGE}"><a href="${PAGE}">x</a>` },
    { content_html: `<a href="https://evil.example/?${SITE.publicUrl}/acme/feed.${format.name}">x</a>` },
    { content_text: `<link rel="alternate" href="${PAGE}"/> <link>${PAGE}</link> "url":"${PAGE}"` },
    { title: `</title><link>${PAGE}</link>` },
    { title: `","url":"${PAGE}` },
    { authors: [{ name: `<link rel="alternate" href="${PAGE}"`, url: PAGE }] },
    { url: "https://paper.example/", image: PAGE, source: { name: "S", url: PAGE } },
    { url: `https://evil.example/?u=${PAGE}` },
    { url: `${SITE.publicUrl}/articles/another` },
    { url: `${PAGE}?x=1` },
    { url: `${PAGE}/../a1x` },
    { attachments: [{ url: PAGE, mime_type: "image/png" }] },
    { tags: [PAGE, `${SITE.publicUrl}/acme/feed.rss`] },
  ];
  test.each(hostile)("gives the key to nobody in %j", (fields) => {
    const text = privately(format, publicDocument(format, [{ ...ARTICLE, ...fields }]));
    const links = secrets(text).filter((address) => address.includes("/articles/"));
    expect(links).toEqual("url" in fields ? [] : [`${OWN}/articles/a1`]);
    expect(secrets(text)).toHaveLength(links.length + (format.name === "json" ? 2 : 3));
  });

  test("of a feed whose description imitates links changes nothing in it", () => {
    const description = `<link rel="self" href="${SITE.publicUrl}/acme/feed.rss"/> "feed_url":"${PAGE}"`;
    const text = privately(format, publicDocument(format, [], { ...ACME, description }));
    expect(secrets(text)).toHaveLength(format.name === "json" ? 2 : 3);
  });

  test("is otherwise the public document", () => {
    const organization = anyOrganization.map((one) => ({ ...one, slug: "acme" }));
    fc.assert(
      fc.property(fc.array(anyArticle, { maxLength: 3 }), organization, (articles, one) => {
        const body = publicDocument(format, articles, one as typeof ACME);
        const back = privately(format, body)
          .replaceAll(`${OWN}/articles/`, `${SITE.publicUrl}/articles/`)
          .replaceAll(`${OWN}/`, `${SITE.publicUrl}/acme/`);
        expect(back).toBe(body.replace(/<(?:atom:)?link [^>]*rel="hub"[^>]*>|"hubs":\[[^\]]*\],/g, ""));
      }),
    );
  });
});
