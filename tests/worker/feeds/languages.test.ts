import { beforeAll, describe, expect, test } from "vitest";
import PATTERNS from "../../../src/http/pages/dates.json" with { type: "json" };
import { WORDS } from "../../../src/http/pages/words.ts";
import { stopClock } from "../../support/clock.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, SITE } from "../../support/service.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

/** What a person reads or hears of a page: its text but for addresses, and the labels of its elements. */
async function heard(response: Response): Promise<string[]> {
  const texts: string[] = [];
  let skipped = 0;
  await new HTMLRewriter()
    .on("style, script, [translate=no]", {
      element: (element) => {
        skipped++;
        element.onEndTag(() => void skipped--);
      },
    })
    .on("*", {
      element: (element) => {
        for (const name of ["aria-label", "alt"]) texts.push(element.getAttribute(name) ?? "");
        if (element.tagName === "meta" && element.getAttribute("name") === "description") {
          texts.push(element.getAttribute("content") ?? "");
        }
      },
      text: (chunk) => {
        if (skipped === 0) texts.push(chunk.text);
      },
    })
    .transform(response)
    .text();
  return texts.map((text) => text.replace(/https?:\S+/g, "")).filter((text) => text.trim() !== "");
}

const wordsIn = (texts: readonly string[]): string[] =>
  texts.flatMap((text) => text.toLowerCase().match(/\p{L}+/gu) ?? []).filter((word) => word.length > 1);

/** Every word that the English catalogue can put on a page. */
function catalogued(value: unknown): string[] {
  if (typeof value === "string") return wordsIn([value]);
  if (typeof value === "function") return wordsIn([value("")]);
  return typeof value === "object" && value ? Object.values(value).flatMap(catalogued) : [];
}

const ENGLISH = new Set(catalogued(WORDS.en));
/** Of the service, of formats and units, of the scale of time, and of the test's own organization and zone. */
const NAMES = new Set("communiqué rss atom json feed utc asia riyadh baku pdf qr api websub".split(" "));
for (const name of [...NAMES, "kb", "mb", "gb", "tb"]) ENGLISH.delete(name);

const PLACES = [
  {
    language: "ar",
    time_zone: "Asia/Riyadh",
    name: "متحف السجاد",
    title: "أول ندوة",
    tag: "تراث",
    dir: "rtl",
  },
  {
    language: "az",
    time_zone: "Asia/Baku",
    name: "Xalça Muzeyi",
    title: "İlk seminar",
    tag: "irs",
    dir: "ltr",
  },
] as const;

describe.each(PLACES)("pages of an organization in $language", ({ name, title, tag, dir, ...fields }) => {
  const { language, time_zone } = fields;
  let slug: string;
  let id: string;
  let withdrawn: string;
  let own: string;
  let page: string;

  beforeAll(async () => {
    stopClock();
    slug = await newOrganization({ ...fields, name, homepage: "https://muzey.example/" });
    ({ id } = await newArticle(slug, {
      title,
      language,
      summary: title,
      url: "https://muzey.example/1",
      published_at: "2025-11-18T21:30:00Z",
      tags: [tag],
      authors: [{ name, url: "https://muzey.example/" }],
      source: { name },
      attachments: [
        { url: "https://muzey.example/1", title, mime_type: "application/pdf", size_in_bytes: 1_234_567 },
        { url: "https://muzey.example/2", title, mime_type: "application/pdf", size_in_bytes: 12 },
      ],
    }));
    await newArticle(slug, { title, language, published_precision: "undated" });
    ({ id: withdrawn } = await newArticle(slug, { title, language }));
    await api("DELETE", `/articles/${withdrawn}`);
    await publish(slug);
    const closed = await newOrganization({ ...fields, name, unlisted: true });
    const article = await newArticle(closed, { title, language });
    await publish(closed);
    const { feeds } = await json<{ feeds: { atom: string } }>(
      api("POST", `/organizations/${closed}/readers`, {}),
      201,
    );
    own = feeds.atom.slice(SITE.length);
    page = own.replace(/feed\.atom$/, `articles/${article.id}`);
  });

  const paths: [string, () => string, number][] = [
    ["the organization's", () => `/${slug}`, 200],
    ["an article's", () => `/articles/${id}`, 200],
    ["at a feed's address", () => `/${slug}/feed.atom`, 200],
    ["of a tag", () => `/${slug}?tag=${encodeURIComponent(tag)}`, 200],
    ["at the address of a combined feed", () => `/feed.rss?organization=${slug}`, 200],
    ["at a private address", () => own, 200],
    ["of a private article", () => page, 200],
    ["of a withdrawn article", () => `/articles/${withdrawn}`, 410],
    ["of nothing", () => `/${slug}-nothing`, 404],
    ["of a wrong filter", () => `/${slug}/feed.atom?language=!`, 400],
  ];

  test.each(paths)("have no word of English but names: the page %s", async (_, path, status) => {
    const asking = { ...BROWSER, "accept-language": `${language};q=0.9, en;q=0.5` };
    const response = await get(path(), asking);
    expect(response.status).toBe(status);
    const html = await response.clone().text();
    expect(html).toContain(`<html lang="${language}" dir="${dir}">`);
    const own = new Set([...slug.split("-"), "muzey", "example", "application", "language"]);
    const words = wordsIn(await heard(response)).filter((word) => !own.has(word));
    expect(words.filter((word) => ENGLISH.has(word))).toEqual([]);
    if (language === "ar") {
      const latin = words.filter((word) => /\p{Script=Latin}/u.test(word) && !NAMES.has(word));
      expect(latin.filter((word) => !/^(org|\w*\d\w*)$/.test(word))).toEqual([]);
    }
  });

  test("tell times by its time zone, and days as they are", async () => {
    const text = (await heard(await get(`/articles/${id}`))).join("\n");
    const told = { ar: /^19 نوفمبر 2025، 12:30\sص UTC\+3$/m, az: /^19 noyabr 2025, 01:30 UTC\+4$/m };
    expect(text).toMatch(told[language]);
    expect(text).toContain(time_zone);
    const day = await newArticle(slug, { title, published_at: "2025-11-18", published_precision: "day" });
    const days = { ar: "18 نوفمبر 2025", az: "18 noyabr 2025" };
    expect(await heard(await get(`/articles/${day.id}`))).toContain(days[language]);
  });

  test("isolate the direction of titles", async () => {
    const html = await (await get(`/${slug}`)).text();
    expect(html).toContain(`<bdi>${title}</bdi></a></h3>`);
  });
});

describe("the platform's dates", () => {
  test.each(Object.keys(WORDS))("have names of months in %s, or our table has them", (language) => {
    const patterns: Record<string, unknown> = PATTERNS;
    const options = { month: "long", timeZone: "UTC" } as const;
    const month = new Intl.DateTimeFormat(language, options).format(Date.UTC(2025, 10, 18));
    expect(Object.hasOwn(patterns, language)).toBe(/\d/.test(month));
  });
});

describe("an organization's time zone", () => {
  test.each(["Asia/Baku", "UTC", "Europe/Paris", "America/Argentina/Buenos_Aires"])(
    "is kept: %s",
    async (time_zone) => {
      const slug = await newOrganization({ time_zone });
      expect(await json(api("GET", `/organizations/${slug}`), 200)).toMatchObject({ time_zone });
    },
  );

  test.each(["Mars/Olympus", "+04:00", "", "Asia/Baku ", "UTC+4"])("is refused: %j", async (time_zone) => {
    const answer = await api("PUT", "/organizations/zoned", { name: "Zoned", time_zone });
    expect(answer.status).toBe(422);
    const { errors } = (await answer.json()) as { errors: { path: string; message: string }[] };
    expect(errors).toEqual([
      { path: "time_zone", message: "must be a time zone of the IANA database, such as Asia/Baku" },
    ]);
  });

  test("moves no time when it has none", async () => {
    const slug = await newOrganization({});
    const { id } = await newArticle(slug, { published_at: "2025-07-18T15:00:00Z" });
    expect(await heard(await get(`/articles/${id}`))).toContain("18 July 2025, 15:00 UTC");
  });
});

describe("an error page", () => {
  test.each([
    ["fr-CH, fr;q=0.9, en;q=0.8", "Introuvable"],
    ["de, ru;q=0.4", "Не найдено"],
    ["az-Cyrl", "Not found"],
    ["zh", "Not found"],
    ["*", "Not found"],
    ["en;q=0.1, tr", "Bulunamadı"],
    [";;;q=x,,", "Not found"],
  ])("speaks the language that a browser asks for: %s", async (header, title) => {
    expect(await heard(await get("/nobody", { "accept-language": header }))).toContain(title);
  });
});
