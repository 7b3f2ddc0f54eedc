import { describe, expect, test } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import { findOrganizations } from "../../../src/intake/find.ts";
import { NameIndex } from "../../../src/intake/names.ts";
import { LAYOUTS, SITES } from "../../support/pages.ts";
import { parseText } from "../../support/publishers.ts";

const NOW = { nowMs: Date.parse("2026-11-26T09:00:00Z") };
const index = new NameIndex(seeds);

/** Whom a page names, in its headline and its text. */
const organizations = (text: string): string[] => {
  const { title = "", content_text: content = "" } = parseText(text, NOW).article;
  return findOrganizations(index, { title, content }).attributions.map(({ organization }) => organization);
};

describe.each(SITES)("a page in $language", (site) => {
  test.each(Object.entries(LAYOUTS))("%s", (_name, layout) => {
    const text = layout.text(site);
    const { article, ambiguities } = parseText(text, NOW);
    const open = ambiguities.find(({ field }) => field === "title");
    if (open) expect(open.candidates).toContain(site.title);
    else expect(article.title).toBe(site.title);
    expect(article.published_at).toBe(layout.dated ? "2026-11-24" : undefined);
    expect(article.authors).toEqual(layout.signed ? [{ name: site.author }] : undefined);
    if (text.includes(site.rights)) expect(article.source).toEqual({ name: site.name });
    for (const paragraph of site.paragraphs) expect(article.content_text).toContain(paragraph);
    expect(organizations(text)).toEqual(["turksoy"]);
  });
});

test("few headlines are ambiguous", () => {
  const texts = SITES.flatMap((site) => Object.values(LAYOUTS).map((layout) => layout.text(site)));
  const open = texts.filter((text) =>
    parseText(text, NOW).ambiguities.some(({ field }) => field === "title"),
  );
  expect(open.length / texts.length).toBeLessThan(0.05);
});

const TITLE = "Seminar on digital archives held in the library";
const TEXT = [
  "A seminar on digital archives was held in the regional library with the support of TURKSOY, bringing together forty specialists from five countries.",
  "The participants adopted recommendations on formats and on the training of young archivists.",
];
const page = (head: string, foot = "") => [head, ...TEXT, foot].join("\n\n");
const DAY = "24 November 2026";

describe("the headline", () => {
  test.each([
    ["beneath the site's name", `Silk Road Courier | Culture\n\n${TITLE}\n${DAY}`],
    ["beneath a label", `FOR IMMEDIATE RELEASE\n\n${TITLE}\n${DAY}`],
    ["beneath the buttons of a banner", `We value your privacy\nACCEPT ALL\nREJECT ALL\n\n${TITLE}\n${DAY}`],
    ["beneath a glued breadcrumb", `partnersBack to projects\n\n${TITLE}`],
    [
      "beneath the weather and a choice of languages",
      `Baku +7\nUSD 1.70 EUR 1.96\nAZ EN RU\n${TITLE}\n${DAY}`,
    ],
    ["beneath other news", `Latest news\nUNESCO adds three sites\n25 November 2026\n\n${TITLE}\n${DAY}`],
    ["beside its photo's credit", `Photo: UNESCO\n${TITLE}\n${DAY}`],
    ["before the site's name", `${TITLE} | Silk Road Courier\n${DAY}`],
    [
      "with its own line beneath",
      `CULTURE AND HERITAGE\n${TITLE}\nForty specialists came from five countries\n${DAY}`,
    ],
  ])("is found %s", (_where, head) => {
    const { article } = parseText(page(head, "© Silk Road Courier 2026"), NOW);
    expect(article.title).toBe(TITLE);
  });

  test.each([
    "Who will keep the archives of the region?",
    "“We keep what others forget”: a talk with the archivist",
    "SEMINAR ON DIGITAL ARCHIVES HELD IN THE LIBRARY",
  ])("may be: %s", (title) => {
    expect(parseText(page(`${title}\n${DAY}`), NOW).article.title).toBe(title);
  });

  test("is not a person's name, nor what is glued to it", () => {
    const { article, doubts } = parseText(
      page("18 July 2026 19:00 (UTC+04:00)\n\nLeyla Aslanova Read more"),
      NOW,
    );
    expect(article).toMatchObject({
      published_at: "2026-07-18T19:00:00+04:00",
      authors: [{ name: "Leyla Aslanova" }],
    });
    expect(article).not.toHaveProperty("title");
    expect(doubts).toContainEqual({ field: "title", reason: "no line above the text reads as a headline" });
  });

  test("is an ambiguity where two lines are as likely", () => {
    const other = "Archivists of five countries adopt recommendations on formats";
    const { ambiguities, evidence } = parseText(page(`${TITLE}\n\n${other}`), NOW);
    expect(ambiguities).toEqual([
      expect.objectContaining({ field: "title", candidates: expect.arrayContaining([TITLE, other]) }),
    ]);
    expect(evidence.title?.sure).toBe("ambiguous");
  });
});

describe("no day of publication", () => {
  test.each([
    ["a day below the text", page(TITLE, "25 November 2026\nWeather: +7"), ["2026-11-25"]],
    ["today's day above the headline", page(`26 November 2026\n${TITLE}`), ["2026-11-26"]],
    ["a day with its weekday above the headline", page(`Tuesday, ${DAY}\n${TITLE}`), ["2026-11-24"]],
    ["a day beneath the site's name", page(`Silk Road Courier\n${DAY}\n\n${TITLE}`), ["2026-11-24"]],
    ["a day to come", page(`${TITLE}\n24 December 2031`), ["2031-12-24"]],
    ["a deadline to come", page(TITLE, "Deadline: 24 December 2031"), ["2031-12-24"]],
    [
      "the day of what is held somewhere",
      page(`${TITLE}\nDate: 12 November 2026\nVenue: Regional library`),
      ["2026-11-12"],
    ],
    ["two days that disagree", page(`${TITLE}\n${DAY}\n23 November 2026`), ["2026-11-24", "2026-11-23"]],
    ["a day that may be another", page(`${TITLE}\n05/11/2026`), ["2026-11-05", "2026-05-11"]],
  ])("is %s, but an ambiguity", (_what, text, candidates) => {
    const { article, ambiguities } = parseText(text, NOW);
    expect(article).not.toHaveProperty("published_at");
    expect(ambiguities).toEqual([expect.objectContaining({ field: "published_at", candidates })]);
  });

  test.each([
    ["a deadline that is over", page(`${TITLE}\nDeadline ${DAY}`)],
    ["the days of an event", page(`${TITLE}\n12-14 November 2026`)],
    ["the name of an event with its day", page(`${TITLE}\nBaku Book Festival, 12 November 2026`)],
    ["the day of printing", page(TITLE, `Printed on ${DAY} from silkroad.example`)],
    ["the day of a change", page(`${TITLE}\nОбновлено: 12 ноября 2026`)],
    ["the day of a comment", page(TITLE, `2 comments\nGuest\n${DAY} 10:03\nI was there.`)],
  ])("is %s", (_what, text) => {
    expect(parseText(text, NOW).article).not.toHaveProperty("published_at");
  });

  test("is today's, where another stands beside the headline", () => {
    const head = `Home News Sport Culture\nSearch\n26 November 2026\n\n${TITLE}\n24 November 2026 16:20 (UTC+05:00)`;
    expect(parseText(page(head), NOW).article.published_at).toBe("2026-11-24T16:20:00+05:00");
  });
});

describe("whom a page names", () => {
  test.each([
    [
      "in comments",
      "2 comments\nGuest\nI hope that the Organization of Turkic States will help the next seminar.",
    ],
    [
      "in comments without a heading",
      "Guest\n25 November 2026 10:03\nI hope that the Organization of Turkic States will help.",
    ],
    [
      "in teasers",
      "Related news\nUNESCO adds three sites\nThe agency UNESCO has added three sites to its list, it said.\nCouncil of Europe opens a school",
    ],
    [
      "in teasers without a heading",
      "UNESCO adds three sites to its list\nCouncil of Europe opens a school\n\nThe OIC will meet in the old town next week.",
    ],
    ["in a line of teasers", "Read also: UNESCO adds three sites to its list"],
    ["in tags", "Tags: UNESCO, OIC"],
    [
      "in what an organization says of itself",
      "About UNESCO\nUNESCO is the agency of the United Nations for education, science and culture.",
    ],
    [
      "in the foot",
      "The Silk Road Courier is published with the support of UNESCO and of its readers.\n© 2026 Silk Road Courier LLC",
    ],
    [
      "behind the copyright line",
      "© 2026 Silk Road Courier\nThe Courier is supported by UNESCO and by the Council of Europe, and by readers.",
    ],
    [
      "in a letter to subscribe to",
      "Subscribe to our newsletter\nThe best of UNESCO and of the OIC in your inbox each week, for free.",
    ],
  ])("%s is not named by the article", (_where, foot) => {
    expect(organizations(page(`${TITLE}\nBy Leyla Aslanova\n${DAY}`, foot))).toEqual(["turksoy"]);
  });

  test("in what is said of its author is not either", () => {
    const foot = "Leyla Aslanova is a reporter of the Courier. She has worked for UNESCO in Paris.";
    expect(organizations(page(`${TITLE}\nBy Leyla Aslanova\n${DAY}`, foot))).toEqual(["turksoy"]);
  });

  test("below a box in the text is, and in the box is not", () => {
    const box = "Read also\nUNESCO adds three sites to its list";
    const more = [
      "The library was built a hundred years ago, and keeps forty thousand books and papers of the town.",
      "The Turkic Academy will print the recommendations of the seminar in the coming year, its president said.",
    ];
    expect(organizations([`${TITLE}\n${DAY}`, TEXT[0], box, TEXT[1], ...more].join("\n\n"))).toEqual([
      "turksoy",
      "turkic-academy",
    ]);
  });
});

test.each([
  ["© 2026 Silk Road Courier. Terms of use. Privacy.", "Silk Road Courier"],
  ["Copyright © 2020–2026 Silk Road Courier LLC | Contact", "Silk Road Courier LLC"],
  ["© Silk Road Courier, 2026. All rights reserved", "Silk Road Courier"],
  ["All rights reserved © Silk Road Courier", "Silk Road Courier"],
  ["© 2026. Все права защищены. Вестник", "Вестник"],
  ["版权所有 © 2026 丝路信使", "丝路信使"],
  ["Mənbə: AZƏRTAC", "AZERTAC"],
  ["Источник: Вестник", "Вестник"],
])("%s names its publisher", (line, name) => {
  expect(parseText(page(`${TITLE}\n${DAY}`, line), NOW).article.source).toEqual({ name });
});

test.each([
  ["By Leyla Aslanova", ["Leyla Aslanova"]],
  ["Автор: Ирина Смирнова", ["Ирина Смирнова"]],
  ["Müəllif: Leyla Aslanova və Nigar Hüseynli", ["Leyla Aslanova", "Nigar Hüseynli"]],
  ["Par Nadia Benali et Luc Martin", ["Nadia Benali", "Luc Martin"]],
  ["Von Jana Vogel, Berlin", ["Jana Vogel"]],
  ["بقلم: نغار حسين", ["نغار حسين"]],
  ["作者：王丽", ["王丽"]],
])("%s", (line, names) => {
  expect(parseText(page(`${TITLE}\n${line}\n${DAY}`), NOW).article.authors).toEqual(
    names.map((name) => ({ name })),
  );
});

test("every field says where it was found, and how sure that is", () => {
  const { evidence } = parseText(
    page(`${TITLE}\nBy Leyla Aslanova\n${DAY}`, "© 2026 Silk Road Courier"),
    NOW,
  );
  expect(evidence).toEqual({
    title: { from: "lines", where: ["line 1"], sure: "certain" },
    authors: { from: "lines", where: ["line 2"], sure: "certain" },
    published_at: { from: "lines", where: ["line 3"], sure: "certain" },
    content_text: { from: "lines", where: ["line 5", "line 7"], sure: "likely" },
    source: { from: "lines", where: ["line 9"], sure: "certain" },
    language: { from: "words", where: [], sure: "likely" },
  });
});

test("a page of many lines is read to its bound, and says so", () => {
  const { article, doubts } = parseText(page(`${TITLE}\n${DAY}`, "Line of the page\n".repeat(3_000)), NOW);
  expect(article.title).toBe(TITLE);
  expect(doubts).toContainEqual({
    field: "content_text",
    reason: "the page has more than 2000 lines, and the others are not read",
  });
});
