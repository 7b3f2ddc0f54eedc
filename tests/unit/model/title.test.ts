import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { titleOf } from "../../../src/model/title.ts";

describe("titleOf", () => {
  test.each([
    [{ content_text: "Doors open at nine. Bring a coat." }, "Doors open at nine"],
    [{ summary: "Is it open? Yes." }, "Is it open?"],
    [{ content_html: "<script>x</script><h2>First &amp; best</h2><p>Second</p>" }, "First & best"],
    [{ content_text: "word ".repeat(60) }, `${"word ".repeat(19)}word…`],
    [{ content_html: "<img src=a>", attachments: [{ url: "https://a.example/b.mp3", title: "B" }] }, "B"],
    [{ content_html: "<img src=a>", url: "https://a.example/" }, "https://a.example/"],
  ])("returns the first words of %j", (article, title) => {
    expect(titleOf(article)).toBe(title);
  });

  test("returns a line that is neither empty nor too long", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (content_text) => {
        const title = titleOf({ content_text });
        expect(title).not.toBe("");
        expect(title.length).toBeLessThanOrEqual(100);
        expect(title).not.toMatch(/\n/);
        expect(title.isWellFormed()).toBe(content_text.isWellFormed() || title.isWellFormed());
      }),
    );
  });
});
