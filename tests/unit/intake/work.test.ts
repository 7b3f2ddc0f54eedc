import { expect, test } from "vitest";
import { htmlText } from "../../../src/intake/html/charset.ts";
import { pageOf, publisherNames } from "../../../src/intake/html/page.ts";
import { parsePage } from "../../../src/intake/html/parse-page.ts";
import { linesOf } from "../../../src/intake/lines.ts";
import { parseLines } from "../../../src/intake/parse-lines.ts";
import { namesOf } from "../../../src/intake/publisher.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { cpuMs } from "../../support/cpu.ts";
import { PUBLISHERS } from "../../support/publishers.ts";

const MOST_CPU_MS = 500;
const ABOUT = { publishers: PUBLISHERS, nowMs: 0 };

/** A text as long as a request may be. */
const filled = (piece: string, bytes: number = LIMITS.BODY_BYTES): string =>
  piece.repeat(Math.ceil(bytes / piece.length)).slice(0, bytes);

const line = (piece: string, characters: number): string => `${filled(piece, characters)}\n`;

const TEXTS: Record<string, string> = {
  "short lines": "A 3b\n",
  "lines of one digit": "1\n",
  "date lines": "24 November 2026\n",
  "many dates in a line": line("1.1.2026 ", 150),
  "months without an end": line("may 1 ", 150),
  "times without an end": `${line("12:00 ", 140).trim()} 1.1.2026\n`,
  "short words": `${line("Aa ", 155).trim()} 1\n`,
  labels: "نشر في: 24 نوفمبر 2026 - 18:45\n",
  "dates in Chinese": "发布时间：2026年11月24日18:45 星期二\n",
  reporters: line("Azernews reports ", 300),
  sentences: "The text of the thing reports that it is so and so, Azernews reports, and it is.\n",
  bylines: "By Anna Smith, Bob Jones and Carl Fox\n",
  names: "Anna Smith Bob Jones Carl\n",
  "copyright lines": "© 2026 a | b | c | d. e\n",
  breadcrumbs: "a > b > c > d > e > f\n",
  "glued controls": "aaBccDeeFggHiiJkkLmm back to go Read more\n",
  banners: line("cookie ", 400),
  "rules and pleas": "---\nsubscribe to our news and be happy with it for a long time yes.\n",
  boxes: "Read also\nab\nThe text of the thing is that it is so and so, and more.\n",
  "loose lines": "ab\ncd\nThe text of the thing is that it is so and so, and more.\n",
  headlines: "The news of the silk road and more\n",
  "headlines above a text": `${line("The news of the silk road and more\n", 400_000)}The text of the thing is that it is so and so.`,
  "one line": "a",
  "one line of spaces": " ",
  "spaces between": `a${filled(" ", 400_000)}b`,
  "empty lines": "\n",
  quotes: `.${filled('"', 400_000)}x`,
  dots: ".",
  dashes: "a - ",
  brackets: "[(",
  marks: "a\u0301\u0302\u0303 ",
  "signs of Chinese": "使",
  capitals: "AB, CD, EF, GH Ij ",
  glue: "aBc",
};

test.each(Object.entries(TEXTS))("%s are read in time", (_name, piece) => {
  const text = filled(piece);
  const ms = cpuMs(() => {
    const lines = linesOf(text);
    namesOf(lines.lines);
    parseLines(lines, ABOUT);
  }, MOST_CPU_MS);
  expect(ms).toBeLessThan(MOST_CPU_MS);
});

const PAGES: Record<string, string> = {
  "elements in a row": "<div>a</div>",
  "elements in elements": "<div>",
  paragraphs: "<p>The text, of it, says so and so on.",
  "open formatting": "<b>x",
  links: "<a href=x>y</a>",
  "line ends": "a<br>",
  attributes: "<p a=1 b=2 c=3 d=4>",
  "tags of the head": "<meta name=a content=b>",
  "JSON-LD": '<script type="application/ld+json">{"@type":"Article","headline":"x"}</script>',
  headings: "<h1>a</h1>",
  tables: "<table><tr><td>a",
  "headings of others": "<li>Related news",
  signs: "<",
  references: "&amp;",
  words: "word ",
  "short lines": "<p>A 3b</p>",
  times: "<time pubdate datetime=2026-11-24>24 November 2026</time>",
  "paragraphs in elements": "<div><p>The text of it, says so and so on and so on.</p>",
  fonts: "<font><i><b><u>x",
  comments: "<!-- x -->",
  "hidden things": '<p style="display: none">x</p>',
  banners: "<p>cookie cookie cookie cookie</p>",
};

test.each(Object.entries(PAGES))("a page of %s is read in time, or refused", (_name, piece) => {
  for (const html of [filled(piece), `${filled("<div>", 5 * 60)}${filled(piece)}`]) {
    const ms = cpuMs(() => {
      try {
        const page = pageOf(html, "https://a.example/", null);
        publisherNames(page);
        parsePage(page, ABOUT);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    }, MOST_CPU_MS);
    expect(ms).toBeLessThan(MOST_CPU_MS);
  }
});

test("a page's charset is looked for at its beginning only", () => {
  const bytes = new TextEncoder().encode(`<meta ${filled("a", LIMITS.PAGE_BYTES)}`);
  expect(cpuMs(() => htmlText(bytes, "text/html"), MOST_CPU_MS)).toBeLessThan(MOST_CPU_MS);
});
