import fc from "fast-check";
import { describe, expect, test } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import { findOrganizations } from "../../../src/intake/find.ts";
import { NameIndex } from "../../../src/intake/names.ts";
import { anyText } from "../../support/arbitraries.ts";
import { DOCUMENTS } from "../../support/documents.ts";
import { parseText } from "../../support/publishers.ts";

const index = new NameIndex(seeds);

/** What a document says of publication, and whom it names. */
function gist(text: string) {
  const { article } = parseText(text);
  const {
    title = "",
    content_text: content = "",
    published_at,
    published_precision,
    authors,
    source,
  } = article;
  return {
    title,
    published: `${published_at ?? "-"} ${published_precision}`,
    authors: authors?.map(({ name }) => name).join() ?? "",
    source: source?.name,
    organizations: findOrganizations(index, { title, content }).attributions.map(
      ({ organization }) => organization,
    ),
  };
}

describe("the five first documents", () => {
  test.each<[keyof typeof DOCUMENTS, ReturnType<typeof gist>]>([
    [
      "communique",
      {
        title: "Baku communiqué on creative industries adopted within OIC festival",
        published: "2025-12-09 day",
        authors: "",
        source: "Trend News Agency",
        organizations: ["oic"],
      },
    ],
    [
      "seminar",
      {
        title: "ICESCO Regional Office in Baku holds first seminar on culture and science",
        published: "2025-07-18T19:00:00+04:00 time",
        authors: "Laman Ismayilova",
        source: "Azernews",
        organizations: [
          "icesco",
          "azerbaijan-culture-ministry",
          "oic",
          "islamic-development-bank",
          "puic",
          "icyf",
        ],
      },
    ],
    [
      "unaoc",
      {
        title: "Culture Minister and High Representative discuss prospects for cooperation",
        published: "2025-12-17T13:11:00+04:00 time",
        authors: "Laman Ismayilova",
        source: "Azernews",
        organizations: ["azerbaijan-culture-ministry", "unaoc"],
      },
    ],
    [
      "isesco",
      {
        title: "ISESCO",
        published: "- undated",
        authors: "",
        source: "Ministry of Culture of Azerbaijan",
        organizations: [
          "icesco",
          "azerbaijan-culture-ministry",
          "unesco",
          "unaoc",
          "un-tourism",
          "council-of-europe",
        ],
      },
    ],
    [
      "zomin",
      {
        title: "ICESCO Director-General meets president of Turkic Culture and Heritage Foundation",
        published: "2024-06-30T18:00:00+04:00 time",
        authors: "",
        source: "Azernews",
        organizations: [
          "icesco",
          "turkic-culture-heritage-foundation",
          "unesco",
          "organization-of-turkic-states",
          "turksoy",
          "turkic-academy",
          "oic",
          "islamic-development-bank",
          "puic",
          "icyf",
        ],
      },
    ],
  ])("%s: title, date, author, publisher and organizations, and no false one", (name, expected) => {
    expect(gist(DOCUMENTS[name])).toEqual(expected);
    expect(parseText(DOCUMENTS[name]).article.language).toBe("en");
  });

  test("keep their paragraphs and lose the page around them", () => {
    const { article, left_out } = parseText(DOCUMENTS.seminar);
    expect(article.content_text).toMatch(/^A first seminar on cooperation[\s\S]*28 July 2025\.$/);
    expect(article.content_text?.split("\n\n")).toHaveLength(4);
    expect(left_out.map(({ text }) => text)).toEqual([
      "Home > Culture",
      "Search",
      "Read more",
      "1 / 3",
      "Guests of the seminar in Baku",
      "Next",
      "---",
      expect.stringMatching(/^Here we are/),
      expect.stringMatching(/^Choose/),
      expect.stringMatching(/^By subscribing/),
      "Subscribe",
      expect.stringMatching(/^You can also follow/),
      "Thank you!",
      "Related News",
      "UNESCO and TURKSOY to hold exhibition in Paris",
      "12:40",
      "Council of Europe names new envoy",
      "Loading...",
    ]);
  });

  test("say where each thing was found", () => {
    expect(parseText(DOCUMENTS.unaoc).understood).toMatchObject({
      title: [{ line: 1 }],
      published_at: [{ line: 2, text: "17 December 2025 13:11 (UTC+04:00)" }],
      authors: [{ line: 4, text: "Laman Ismayilova" }],
      source: [{ line: 12 }],
      content_text: [{ line: 8 }, { line: 10 }],
    });
  });

  test("keep a list that the text announces", () => {
    expect(parseText(DOCUMENTS.communique).article.content_text).toContain(
      "includes:\nMYFORUM\nMYEXPO – Creative Village\n",
    );
  });

  test("say why there is no date", () => {
    expect(parseText(DOCUMENTS.isesco).doubts).toEqual([
      { field: "title", reason: '"ISESCO" is short for a headline' },
      {
        field: "published_at",
        reason: "no line of the page gives one; days that the text speaks of are not taken for it",
      },
    ]);
  });
});

const PROSE = "The members of the council met for two days in the old town and agreed on a plan of work.";
const page = (...lines: string[]) => parseText([...lines, PROSE, PROSE.replace("two", "three")].join("\n"));
const reasons = (field: string, ...lines: string[]) =>
  page(...lines).doubts.flatMap((doubt) => (doubt.field === field ? [doubt.reason] : []));

describe("a date line", () => {
  test.each<[string, string, string]>([
    ["18 July 2025 19:00 (UTC+04:00)", "2025-07-18T19:00:00+04:00", "time"],
    ["18 July 2025 19:00 (UTC +4)", "2025-07-18T19:00:00+04:00", "time"],
    ["Friday, July 18, 2025, 7:00 PM GMT", "2025-07-18T19:00:00Z", "time"],
    ["Society Materials 9 December 2025 15:48 (UTC+04:00)", "2025-12-09T15:48:00+04:00", "time"],
    ["2025-07-18T19:00:00+04:00", "2025-07-18T19:00:00+04:00", "time"],
    ["2025-07-18 19:00 +04:00", "2025-07-18T19:00:00+04:00", "time"],
    ["Published: 9 December 2025", "2025-12-09", "day"],
    ["Baku, December 9, 2025", "2025-12-09", "day"],
    ["9 Dec. 2025", "2025-12-09", "day"],
    ["9th December 2025", "2025-12-09", "day"],
    ["2025-12-09", "2025-12-09", "day"],
    ["09.12.2025", "2025-12-09", "day"],
    ["12/30/2025", "2025-12-30", "day"],
    ["9 dekabr 2025", "2025-12-09", "day"],
    ["9 декабря 2025", "2025-12-09", "day"],
    ["9 Aralık 2025", "2025-12-09", "day"],
    ["9 décembre 2025", "2025-12-09", "day"],
    ["9 ديسمبر 2025", "2025-12-09", "day"],
    ["December 2025", "2025-12-01", "month"],
  ])("%s", (line, published_at, published_precision) => {
    expect(page("Council agrees on plan of work", line).article).toMatchObject({
      published_at,
      published_precision,
    });
  });

  test.each([
    "5-11 December 2025",
    "5–11 December 2025",
    "31 February 2025",
    "The festival of 9 December 2025 is over",
    "Article 12 of 2025",
    "Baku Creative Week 2025",
  ])("%s is none", (line) => {
    expect(page("Council agrees on plan of work", line).article).not.toHaveProperty("published_at");
  });

  test.each<[string, string[], string]>([
    [
      "without an offset",
      ["9 December 2025 13:11"],
      "the time 13:11 has no offset from UTC, so only the day is taken",
    ],
    ["with strokes", ["9/12/2025"], '"9/12/2025" may be read with day or month first'],
    [
      "and another",
      ["9 December 2025", "10 December 2025"],
      'the page has more than one date line, and they disagree: "9 December 2025" and "10 December 2025"',
    ],
    [
      "of a change",
      ["Updated: 9 December 2025"],
      "the page says when it was changed, and not when it was published",
    ],
  ])("%s leaves something open", (_what, lines, reason) => {
    expect(reasons("published_at", "Council agrees on plan of work", ...lines)).toEqual([reason]);
  });

  test("that says it is of publication goes before others; a precise one before a vague one", () => {
    const title = "Council agrees on plan of work";
    const published = (...lines: string[]) => page(title, ...lines).article.published_at;
    expect(published("Published: 9 December 2025", "10 December 2025")).toBe("2025-12-09");
    expect(published("9 December 2025", "Updated: 10 December 2025")).toBe("2025-12-09");
    expect(published("9 December 2025", "9 December 2025 13:11 (UTC+04:00)")).toBe(
      "2025-12-09T13:11:00+04:00",
    );
  });

  test("far above the headline is the page's own day", () => {
    const above = ["Sunday, 22 November 2026", "Home", "Menu", "Search"];
    expect(page(...above, "Council agrees on plan of work", "9 December 2025").article.published_at).toBe(
      "2025-12-09",
    );
  });

  test("in the text without a year is said to have none", () => {
    const text = `Council agrees on plan of work\nBAKU, Azerbaijan, December 9. ${PROSE}`;
    expect(parseText(text).doubts).toContainEqual({
      field: "published_at",
      reason: 'the text begins with "December 9", without a year',
    });
  });
});

describe("who wrote and who published it", () => {
  const authors = (...lines: string[]) => page("Council agrees on plan of work", ...lines).article.authors;

  test("a byline names its authors", () => {
    expect(authors("By Laman Ismayilova and Salim bin Mohammed AlMalik")).toEqual([
      { name: "Laman Ismayilova" },
      { name: "Salim bin Mohammed AlMalik" },
    ]);
    expect(authors("By Laman Ismayilova 18 July 2025 19:00 (UTC+04:00)")).toEqual([
      { name: "Laman Ismayilova" },
    ]);
  });

  test("a name beside the date may be one, and is not taken for it", () => {
    const lines = ["Laman Ismayilova", "9 December 2025"];
    expect(authors(...lines)).toBeUndefined();
    expect(reasons("authors", "Council agrees on plan of work", ...lines)).toEqual([
      '"Laman Ismayilova" may be the author, but nothing says so',
    ]);
  });

  const source = (...lines: string[]) => page("Council agrees on plan of work", ...lines).article.source;

  test("the page says who published it", () => {
    expect(source("Source: Silk Road Review")).toEqual({ name: "Silk Road Review" });
    expect(source("© 2025 Silk Road Review. All rights reserved.")).toEqual({ name: "Silk Road Review" });
    expect(source("https://www.azernews.az/culture/1.html")).toEqual({ name: "Azernews" });
    expect(source(`${PROSE.slice(0, -1)}, Trend reports.`)).toEqual({ name: "Trend News Agency" });
  });

  test("what is reported by others, or by two, says nothing", () => {
    expect(source(`${PROSE.slice(0, -1)}, UNESCO reports.`)).toBeUndefined();
    expect(reasons("source", "Council agrees on plan of work")).toEqual(["no line says who published it"]);
    expect(reasons("source", "Council agrees on plan of work", "AZERNEWS", "Trend News Agency")).toEqual([
      "the page names more than one: Azernews, Trend News Agency",
    ]);
  });
});

test.each<[string, string | undefined]>([
  [
    "Şuranın üzvləri iki gün ərzində görüşüb və bu ilin planı üçün razılığa gəlib, ki bu da yeni olan bir işdir.",
    "az",
  ],
  ["Члены совета встречались два дня в старом городе и приняли план работы на весь будущий год.", "ru"],
  ["اجتمع أعضاء المجلس لمدة يومين في المدينة القديمة واتفقوا على خطة العمل للسنة القادمة كلها.", "ar"],
  [
    "Les membres du conseil se sont vus pour deux jours dans la ville et une liste des travaux est prête.",
    "fr",
  ],
  [
    "Lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore.",
    undefined,
  ],
])("%s", (prose, language) => {
  expect(parseText(prose).article.language).toBe(language);
});

test("nothing is made of nothing", () => {
  expect(parseText(" \n\n")).toEqual({
    article: { published_precision: "undated" },
    understood: {},
    evidence: {},
    ambiguities: [],
    doubts: [
      { field: "title", reason: "no line above the text reads as a headline" },
      expect.objectContaining({ field: "published_at" }),
      expect.objectContaining({ field: "source" }),
      { field: "content_text", reason: "no line reads as a paragraph" },
      { field: "language", reason: "the words do not decide for one language" },
    ],
    left_out: [],
  });
});

test("whatever the text, every line is understood once or left out, and no word is made up", () => {
  const lines = fc.constantFrom(...Object.values(DOCUMENTS).flatMap((text) => text.split("\n")));
  const documents = fc.array(fc.oneof(lines, lines, anyText), { maxLength: 30 }).map((all) => all.join("\n"));
  fc.assert(
    fc.property(documents, (text) => {
      const { article, understood, left_out } = parseText(text);
      const folded = text.replace(/\s+/g, " ");
      for (const line of article.content_text?.split(/\n+/) ?? []) {
        expect(folded.includes(line) || /[\p{Cc}\p{Cs}\uFFFD\uFFFE\u{1FFFF}]/u.test(text)).toBe(true);
      }
      const placed = [...(understood.content_text ?? []), ...left_out].map(({ line }) => line);
      expect(new Set(placed).size).toBe(placed.length);
    }),
  );
});

test("a page of a hundred thousand short lines is understood in time", () => {
  const text = Array.from({ length: 100_000 }, (_, line) => `A ${line % 7}b`).join("\n");
  const startMs = performance.now();
  parseText(text);
  expect(performance.now() - startMs).toBeLessThan(5_000);
});
