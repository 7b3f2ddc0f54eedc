import { DOMParser, type Element } from "@xmldom/xmldom";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contentHtml, plainText, summaryText } from "../../../src/feeds/content.ts";
import { isSafe } from "../../../src/feeds/safe-html.ts";
import { safeHtml } from "../../../src/feeds/sanitize.ts";
import { escapedHtml } from "../../../src/feeds/xml.ts";
import { writable } from "../../../src/model/text.ts";
import { NO_LINKS, NOTHING_LEFT, ONLY_TEXT_LEFT, soup, TAMED } from "./attacks.ts";

const BASE = "https://n.example/a/1";

const clean = (content_html: string) => contentHtml({ content_html }, BASE);

const ELEMENTS = new Set(
  `a abbr audio b bdi bdo blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption
  figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p picture pre q rp rt ruby s samp section small source span
  strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var video wbr`.split(/\s+/),
);
const ATTRIBUTES = new Set(
  `abbr alt cite colspan controls datetime dir height href hreflang lang media open poster reversed rowspan scope
  sizes span src srcset start title type value width xmlns`.split(/\s+/),
);

function parsed(html: string, onError: (level: string, message: string) => void) {
  return new DOMParser({ onError }).parseFromString(`<div>${html}</div>`, "application/xhtml+xml");
}

/** What a strict XML parser, which shares no code with ours, finds in HTML that should not be there. */
function wrongIn(html: string): string[] {
  const wrong: string[] = [];
  const onError = (_level: string, message: string) => {
    // HTML's own short form of `open="open"`, and the only one that XML has not.
    if (!/attribute "(controls|open|reversed)" missed value/.test(message)) wrong.push(message);
  };
  for (const element of parsed(html, onError).getElementsByTagName("*")) wrong.push(...wrongWith(element));
  return wrong;
}

function wrongWith(element: Element): string[] {
  const wrong = ELEMENTS.has(element.tagName) ? [] : [element.tagName];
  for (const { name, value } of element.attributes) {
    if (!ATTRIBUTES.has(name)) wrong.push(name);
    const addresses = name === "srcset" ? value.split(", ") : [value];
    const isAddress = /^(href|src|srcset|cite|poster)$/.test(name);
    if (isAddress && !addresses.every((address) => /^(https?:\/\/|mailto:|tel:)/.test(address)))
      wrong.push(value);
  }
  return wrong;
}

describe("contentHtml", () => {
  test.each(NOTHING_LEFT)("leaves nothing of %s", (attack) => {
    expect(clean(attack)).toBeNull();
  });

  test.each(ONLY_TEXT_LEFT)("leaves only the text of %s", (attack) => {
    expect(clean(attack)).toBe("x");
  });

  test.each(NO_LINKS)("links nowhere for %j", (address) => {
    expect(clean(`<a href="${address}">x</a>`)).toBe("<a>x</a>");
  });

  test.each(TAMED)("tames %j", (attack, left) => {
    expect(clean(attack)).toBe(left);
    expect(wrongIn(left)).toEqual([]);
  });

  test("lets nothing unsafe or ill-formed out, whatever comes in, and again when that comes in", () => {
    fc.assert(
      fc.property(soup, (html) => {
        const once = clean(html) ?? "";
        expect(wrongIn(once)).toEqual([]);
        expect(wrongIn(clean(once) ?? "")).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("changes nothing of what it has made", () => {
    fc.assert(
      fc.property(soup, (html) => {
        const once = safeHtml(html, BASE) ?? "";
        expect(isSafe(once)).toBe(true);
        expect(safeHtml(once, BASE) ?? "").toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  test("shows plain text as it is, whatever its characters", () => {
    const inked = (text: string) => text.replace(/\s/g, "");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }).map(writable), (content_text) => {
        const shown = parsed(contentHtml({ content_text }, BASE) ?? "", () => {}).documentElement
          ?.textContent;
        expect(inked(shown ?? "")).toBe(inked(content_text));
      }),
    );
  });

  test.each([
    ["/photo.jpg", "https://n.example/photo.jpg"],
    ["photo.jpg", "https://n.example/a/photo.jpg"],
    ["../up/p.jpg?a=1&b=2", "https://n.example/up/p.jpg?a=1&#x26;b=2"],
    ["//cdn.example/p.jpg", "https://cdn.example/p.jpg"],
    ["HTTPS://CDN.example/P.jpg", "https://cdn.example/P.jpg"],
    ["#note", "https://n.example/a/1#note"],
    ["mailto:press@n.example", "mailto:press@n.example"],
    ["tel:+994125550100", "tel:+994125550100"],
  ])("makes the link %s absolute", (address, absolute) => {
    expect(clean(`<a href="${address}">x</a>`)).toBe(`<a href="${absolute}">x</a>`);
  });

  test("resolves against the article's own address before the page's", () => {
    const article = { content_html: "<img src=p.jpg alt=''>", url: "https://paper.example/2025/story" };
    expect(contentHtml(article, BASE)).toBe('<img src="https://paper.example/2025/p.jpg" alt="" />');
  });

  test("makes each candidate of a srcset absolute", () => {
    expect(clean('<img src=/a srcset="/a,1.jpg 1x,/b.jpg 1.5x, /c.jpg 640w 2x, /d.jpg">')).toBe(
      '<img src="https://n.example/a" ' +
        'srcset="https://n.example/a,1.jpg 1x, https://n.example/b.jpg 1.5x, https://n.example/d.jpg" />',
    );
  });

  test.each([
    '<p dir="rtl" lang="ar">قال «\u2067Baku 2025\u2069»: نعم\u200f.</p>',
    '<p lang="az">Azərbaycan <bdi>عربي</bdi> — İstanbul 👩🏽‍🎨</p>',
    '<figure><img src="https://n.example/p" alt="q" width="600" /><figcaption>c</figcaption></figure>',
    '<table><caption>c</caption><tbody><tr><th scope="row">a</th><td colspan="2">b</td></tr></tbody></table>',
    '<ol start="3" reversed><li value="7">x</li></ol><dl><dt>a</dt><dd>b</dd></dl>',
    '<details><summary>s</summary><p>t</p></details><blockquote cite="https://q.example/">q</blockquote>',
    '<picture><source srcset="https://n.example/p 2x" type="image/avif" /><img src="https://n.example/p" /></picture>',
    '<video src="https://n.example/v" controls></video><audio src="https://n.example/a" controls></audio>',
  ])("leaves alone what is good: %s", (html) => {
    expect(clean(html)).toBe(html);
  });

  test("makes paragraphs and line breaks of plain text, and nothing of markup in it", () => {
    const content_text = "One <b>&\ntwo\n \n\nthree";
    expect(contentHtml({ content_text }, BASE)).toBe("<p>One &#x3C;b>&#x26;<br />two</p><p>three</p>");
    expect(contentHtml({}, BASE)).toBeNull();
  });

  test("removes what no XML can carry, in whatever spelling", () => {
    expect(clean('<p title="a&#1;">b&#xFFFE;&#x8;c</p>')).toBe('<p title="a">bc</p>');
  });

  test.each([
    ["elements in elements", "<div>".repeat(1_000), /deep/],
    [
      "formatting opened anew in each paragraph",
      `<p>${fonts(200)}</p>${"<p>x</p>".repeat(2_000)}`,
      /too many/,
    ],
    [
      "a long attribute opened anew",
      `<p><b title="${"x".repeat(100_000)}"></p>${"<p>x".repeat(5_000)}`,
      /too many/,
    ],
    ["more elements than fit", "<i>x</i>".repeat(50_000), /too many/],
  ])("refuses %s", (_, html, reason) => {
    expect(() => clean(html)).toThrow(reason);
  });

  test("takes a very long article", () => {
    const html = '<p>A paragraph with <a href="https://n.example/">a link</a>.</p>'.repeat(5_000);
    expect(clean(html)).toBe(html);
  });
});

describe("plainText", () => {
  test.each([
    ["<h1>A</h1><p>b<br>c <b>d</b>e</p>f", "A b c de f"],
    ["<ul><li>a<li>b</ul><table><tr><td>c<td>d</table>", "a b c d"],
    ["a&nbsp;&amp;\n\t b<script>x</script>", "a & b"],
    ["a&#1;b", "ab"],
    ["", ""],
  ])("of %j is %j", (html, text) => {
    expect(plainText(html)).toBe(text);
  });
});

describe("summaryText", () => {
  test("is the summary where there is one, however long", () => {
    expect(summaryText({ summary: "Said so.", content_text: "More" }, 5)).toBe("Said so.");
  });

  test.each([
    [{}, ""],
    [{ content_text: "Short enough" }, "Short enough"],
    [{ content_html: safeHtml("<p>One</p><p>two, three</p>", "") }, "One two…"],
    [{ content_text: "One two (three)" }, "One two…"],
    [{ content_text: "Donaudampfschifffahrt" }, "Donaudampfs…"],
    [{ content_text: "👨‍👩‍👧👨‍👩‍👧" }, "👨‍👩‍👧…"],
    [{ content_text: "نص عربي طويل جدا" }, "نص عربي…"],
  ])("of %j is %j in 12 characters", (article, summary) => {
    expect(summaryText(article as Parameters<typeof summaryText>[0], 12)).toBe(summary);
  });

  test("never outgrows its length, nor ends within a character", () => {
    const characters = (text: string) =>
      [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 80 }),
        fc.integer({ min: 1, max: 60 }),
        (text, most) => {
          const summary = summaryText({ content_text: text }, most);
          expect(summary.length).toBeLessThanOrEqual(most);
          if (summary.length < text.length && summary.endsWith("…")) {
            const kept = characters(summary.slice(0, -1));
            expect(kept).toEqual(characters(plainText(escapedHtml(text))).slice(0, kept.length));
          }
        },
      ),
    );
  });
});

function fonts(count: number): string {
  return Array.from({ length: count }, (_, index) => `<font size=${index}>`).join("");
}
