import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { documentOf, FORMATS, type Format } from "../../../src/feeds/formats.ts";
import { assemble, disassemble } from "../../../src/feeds/layout.ts";
import { type FeedMetadata, feedMetadata } from "../../../src/feeds/metadata.ts";
import type { Article } from "../../../src/model/article.ts";
import { anyArticle, anyOrganization } from "../../support/arbitraries.ts";
import { rendered } from "../../support/rendering.ts";

const SITE = { publicUrl: "https://news.example", tagAuthority: "news.example,2025" };

/** What only some articles have, and what looks like the borders of items. */
const trap = fc.constantFrom("\n<item>", "\n<entry", "\n</feed>", "\n]}", ",\n{", "\n</channel></rss>", "{");
const anyTrickyArticle: fc.Arbitrary<Article> = fc
  .tuple(anyArticle, trap)
  .map(([{ content_html: _html, ...article }, text]) => ({
    ...article,
    title: text + article.title,
    summary: text,
    content_text: text,
  }));
const articles = fc.array(fc.oneof(anyArticle, anyTrickyArticle), { maxLength: 4 });

const anyHead: fc.Arbitrary<FeedMetadata> = fc
  .tuple(anyOrganization, fc.boolean())
  .map(([organization, full]) => ({
    ...feedMetadata(organization, SITE, 1_765_962_660_000),
    ...(full
      ? {
          pollMinutes: 15,
          previous: "https://news.example/icesco/archive/3",
          current: "https://news.example/icesco/feed",
          tombstones: [{ id: "tag:news.example,2025:article/gone", withdrawnMs: 1_765_962_660_000 }],
        }
      : {}),
  }));

function itemsOf(format: Format, some: readonly Article[]): string[] {
  return some.flatMap((article) => {
    const fragments = rendered(article, SITE);
    return fragments.ok ? [fragments.value[format.name]] : [];
  });
}

describe.each(FORMATS)("a $title document", (format) => {
  test("taken apart is the preamble and the items that it was put together of", () => {
    fc.assert(
      fc.property(anyHead, articles, (head, some) => {
        const items = itemsOf(format, some);
        const document = documentOf(format, head, items);
        const parts = disassemble(format.layout, document);
        expect(parts).toEqual({ preamble: format.preamble(head), items });
        expect(assemble(format.layout, parts)).toBe(document);
      }),
    );
  });

  test("without items is its preamble alone", () => {
    const [head] = fc.sample(anyHead, 1);
    if (!head) throw new Error("there is no head");
    const parts = disassemble(format.layout, documentOf(format, head, []));
    expect(parts).toEqual({ preamble: format.preamble(head), items: [] });
  });
});
