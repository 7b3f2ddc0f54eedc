import { beforeAll, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { answerOf } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { newArticle, newOrganization, publishIndex } from "../../support/service.ts";

stopClockForEachTest();

beforeAll(async () => {
  const slug = await newOrganization();
  await newArticle(slug);
  await publish(slug);
  await publishIndex();
});

const pageIn = async (path: string, language: string) =>
  (await answerOf(path, { headers: { "accept-language": language } }, { SITE_FEED: "on" })).text();

test.each([
  ["az", 'lang="az" dir="ltr"', "Son xəbərlər"],
  ["ar-MA,en;q=0.5", 'lang="ar" dir="rtl"', "آخر الأخبار"],
  ["de, fr;q=0.8, en;q=0.5", 'lang="fr" dir="ltr"', "Dernières nouvelles"],
  ["de", 'lang="en" dir="ltr"', "Latest news"],
])("speaks the language that the browser asks for: %s", async (asked, attributes, words) => {
  const html = await pageIn("/", asked);
  expect(html).toContain(`<html ${attributes}`);
  expect(html).toContain(words);
});

test.each(["/feed.rss", "/feed.atom", "/feed.json"])(
  "tells caches that the page at %s depends on the language, too",
  async (path) => {
    const headers = { accept: "text/html", "accept-language": "tr" };
    const response = await answerOf(path, { headers }, { SITE_FEED: "on" });
    expect(await response.text()).toContain('<html lang="tr"');
    expect(response.headers.get("vary")).toBe("Accept, A-IM, Accept-Encoding, Accept-Language");
  },
);

test("keeps a page that is asked for often for each language", async () => {
  for (let asked = 0; asked < 120; asked++) await pageIn("/organizations", "ru");
  expect(await pageIn("/organizations", "ru")).toContain("Организации");
  expect(await pageIn("/organizations", "tr")).toContain("Kuruluşlar");
});
