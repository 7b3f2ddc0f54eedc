import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { FORMAT_NAMES, newArticles } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { all, readXml, texts } from "../../support/reading.ts";
import {
  api,
  get,
  json,
  newArticle,
  newOrganization,
  publishIndex,
  type ShownProblem,
  SITE,
} from "../../support/service.ts";

stopClockForEachTest();

let slug: string;

beforeEach(async () => {
  slug = await newOrganization({ name: "Acme & Sons" });
});

describe("/feeds.opml in a format", () => {
  test.each(FORMAT_NAMES)("has the feeds of %s", async (format) => {
    await publishIndex();
    const opml = await (await get(`/feeds.opml?format=${format}`)).text();
    expect(opml).toContain(`xmlUrl="${SITE}/${slug}/feed.${format}"`);
  });

  test("rejects a format that there is not", async () => {
    const { errors } = await json<ShownProblem>(get("/feeds.opml?format=xml"), 400);
    expect(errors).toEqual([{ path: "format", message: "is no format of feeds; there are rss, atom, json" }]);
  });
});

describe("a sitemap", () => {
  const locations = async (path: string): Promise<string[]> => {
    const answer = await get(path);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      200,
      "application/xml; charset=utf-8",
    ]);
    const { byXmldom, byFastXmlParser } = readXml(await answer.text());
    expect(byFastXmlParser).toEqual(byXmldom);
    return [...all(byXmldom, "url"), ...all(byXmldom, "sitemap")].flatMap((one) => texts(one, "loc"));
  };

  test("of the service leads to those of its organizations, but not of those that are not listed, and robots.txt names it", async () => {
    const hidden = await newOrganization({ unlisted: true });
    await publishIndex();
    const found = await locations("/sitemap.xml");
    expect(found).toContain(`${SITE}/${slug}/sitemap.xml`);
    expect(found.join()).not.toContain(hidden);
    expect(await (await get("/robots.txt")).text()).toContain(`Sitemap: ${SITE}/sitemap.xml\n`);
  });

  test("of an organization has its pages, and those of articles that first stood here", async () => {
    await newArticles(slug, 60);
    const { id } = await newArticle(slug, { title: "Fresh & <new>" });
    const { id: elsewhere } = await newArticle(slug, { url: "https://paper.example/1" });
    await publish(slug);
    const found = await locations(`/${slug}/sitemap.xml`);
    expect(found.slice(0, 2)).toEqual([`${SITE}/${slug}`, `${SITE}/${slug}?archive=1`]);
    expect(found).toContain(`${SITE}/articles/${id}`);
    expect(found).not.toContain(`${SITE}/articles/${elsewhere}`);
    for (const address of found.slice(0, 3)) {
      expect((await get(address.slice(SITE.length))).status).toBe(200);
    }
  });

  test("of an organization says what is news for two days", async () => {
    await newArticle(slug, { title: "Fresh & <new>" });
    await newArticle(slug, { title: "Old", published_at: "2020-01-01T00:00:00Z" });
    await publish(slug);
    const { byXmldom } = readXml(await (await get(`/${slug}/sitemap.xml`)).text());
    const news = all(byXmldom, "url").flatMap((url) => all(url, "news:news"));
    expect(news.map((one) => texts(one, "news:title"))).toEqual([["Fresh & <new>"]]);
    expect(news.flatMap((one) => all(one, "news:publication")).map((one) => texts(one, "news:name"))).toEqual(
      [["Acme & Sons"]],
    );
  });

  test("of an organization that is not there: 404, and 410 once it is deleted", async () => {
    expect((await get("/nobody/sitemap.xml")).status).toBe(404);
    await publish(slug);
    await api("DELETE", `/organizations/${slug}`);
    await publish(slug);
    expect((await get(`/${slug}/sitemap.xml`)).status).toBe(410);
  });
});
