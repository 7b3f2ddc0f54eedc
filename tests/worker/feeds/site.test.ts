import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { UNIT_COSTS } from "../../../src/model/costs.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, newArticles, readDocumentText } from "../../support/feeds.ts";
import { watchLog } from "../../support/log.ts";
import { publish as publishDocuments } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization, publishIndex, SITE } from "../../support/service.ts";

const settings = env as Bindings;

stopClockForEachTest();
beforeEach(async () => {
  settings.SITE_FEED = "on";
  await reset();
});
afterEach(() => {
  settings.SITE_FEED = "off";
});

/** Publishes an organization's documents, then hands its headlines over. */
async function publish(slug: string): Promise<void> {
  await publishDocuments(slug);
  await publishDocuments(slug);
}

const feed = async (format: string) => readDocumentText(format, await (await get(`/feed.${format}`)).text());

describe("the feed of the service", () => {
  test.each(FORMAT_NAMES)(
    "has the newest articles of every listed organization, each once: %s",
    async (format) => {
      const [one, two, hidden] = [
        await newOrganization({ name: "One" }),
        await newOrganization({ name: "Two" }),
        await newOrganization({ name: "Hidden", unlisted: true }),
      ];
      await newArticle(one, { title: "First", content_html: "<p>All of it</p>" });
      wait(1_000);
      await newArticle(hidden, { title: "Nobody's" });
      await newArticle([one, two], { title: "Both", summary: "In short" });
      wait(1_000);
      const { id } = await newArticle(two, { title: "Last" });
      for (const slug of [one, two, hidden]) await publish(slug);
      const found = await feed(format);
      expect(found.titles).toEqual(["Last", "Both", "First"]);
      expect(found.links.self ?? found.links.feed_url).toBe(`${SITE}/feed.${format}`);
      const own = readDocumentText(format, await (await get(`/${two}/feed.${format}`)).text());
      expect(found.ids[0]).toBe(own.ids[0]);
      expect(found.ids[0]).toContain(id);
    },
  );

  test("follows edits, withdrawals, and organizations that are unlisted, listed again and deleted", async () => {
    const slug = await newOrganization({ name: "One" });
    const titles = async () => {
      await publish(slug);
      return (await feed("json")).titles;
    };
    const { id } = await newArticle(slug, { title: "Before" });
    await newArticle(slug, { title: "Stays" });
    expect((await titles()).sort()).toEqual(["Before", "Stays"]);
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "After" }), 200);
    expect((await titles()).sort()).toEqual(["After", "Stays"]);
    await api("DELETE", `/articles/${id}`);
    expect(await titles()).toEqual(["Stays"]);
    await json(api("PUT", `/organizations/${slug}`, { name: "One", unlisted: true }), 200);
    expect(await titles()).toEqual([]);
    await json(api("PUT", `/organizations/${slug}`, { name: "One" }), 200);
    expect(await titles()).toEqual(["Stays"]);
    await api("DELETE", `/organizations/${slug}`);
    expect(await titles()).toEqual([]);
  });

  test("has the fifty newest of all, whoever published them", async () => {
    const slugs = await Promise.all(
      Array.from({ length: 4 }, (_, at) => newOrganization({ name: `Org ${at}` })),
    );
    for (const [at, slug] of slugs.entries()) {
      await newArticles(slug, 30, 1 + at * 30);
      await publish(slug);
    }
    const { titles } = await feed("atom");
    expect(titles).toEqual(Array.from({ length: 50 }, (_, at) => `News ${120 - at}`));
  });

  test("is shown with dates as one region writes them, also to others while the page is hot", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    const dates = async (language: string) =>
      (await (await get("/", { "accept-language": language })).text()).match(/<time [^>]*>[^<]*<\/time>/g);
    const before = await dates("en-GB");
    expect(before).toHaveLength(1);
    for (let asked = 0; asked < LIMITS.HOT_REQUESTS + 10; asked++) await dates("en-US");
    expect(await dates("en-GB")).toEqual(before);
  });

  test("costs one object call for a publication, and one for a poll, which a 304 can answer", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticles(slug, 3);
    const costs = await costsOf(() => publish(slug));
    expect(costs.objectCalls).toEqual(["put"]);
    const first = await get("/feed.rss");
    expect(first.headers.get("cache-control")).toBe(
      "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400",
    );
    const polled = await costsOf(async () => {
      const again = await get("/feed.rss", { "if-none-match": first.headers.get("etag") ?? "" });
      expect(again.status).toBe(304);
    });
    expect([polled.objectCalls, polled.kvReads, polled.kvWrites]).toEqual([["latest"], 0, 0]);
  });

  test("costs a publication no more than is stated", async () => {
    const costs = async (setting: string) => {
      settings.SITE_FEED = setting;
      const slug = await newOrganization();
      await newArticles(slug, 3);
      await publish(slug);
      await newArticle(slug);
      return costsOf(() => publish(slug));
    };
    const [without, with_] = [await costs("off"), await costs("on")];
    const { objectRequests, rowsRead, rowsWritten } = UNIT_COSTS.headlines;
    expect(with_.objectCalls.length - without.objectCalls.length).toBe(objectRequests);
    const alarms = with_.alarmsSet - without.alarmsSet;
    expect(with_.sqlRowsWritten - without.sqlRowsWritten + alarms).toBeLessThanOrEqual(rowsWritten);
    expect(with_.sqlRowsRead - without.sqlRowsRead).toBeLessThanOrEqual(rowsRead);
    expect([with_.kvReads, with_.kvWrites]).toEqual([without.kvReads, without.kvWrites]);
  });

  test("reads a row for each organization that has a part in it, and one more", async () => {
    for (let at = 0; at < 5; at++) {
      const slug = await newOrganization();
      await newArticles(slug, 50, 1 + at * 50);
      await publish(slug);
    }
    const costs = await costsOf(() => directoryOf(env).news.latest());
    expect(costs.sqlRowsRead).toBeLessThanOrEqual(4); // two rows, and their places in the index
  });

  test("is not there if it is turned off", async () => {
    settings.SITE_FEED = "off";
    expect((await get("/feed.rss")).status).toBe(400);
  });
});

describe("the home page", () => {
  test("has the newest headlines, the feed of the service, OPML and the documentation", async () => {
    const slug = await newOrganization({ name: "Xalça Muzeyi", language: "az" });
    await newArticles(slug, 12);
    await publish(slug);
    await publishIndex();
    const html = await (await get("/")).text();
    const titles = [...html.matchAll(/<bdi>(News \d+)<\/bdi>/g)].map(([, title]) => title);
    expect(titles).toEqual(Array.from({ length: 8 }, (_, at) => `News ${12 - at}`));
    for (const format of FORMAT_NAMES) {
      expect(html).toMatch(
        new RegExp(`<link rel="alternate" type="[^"]+" title="[^"]+" href="${SITE}/feed.${format}"`),
      );
    }
    expect(html).toContain(`href="${SITE}/feeds.opml"`);
    expect(html).toContain(`href="${SITE}/api/docs"`);
    expect(html).toContain("Xalça Muzeyi");
  });

  test("is there without headlines if the Directory does not answer", async () => {
    const slug = await newOrganization({ name: "Xalça Muzeyi" });
    await publish(slug);
    await publishIndex();
    const log = watchLog("warn");
    vi.spyOn(Object.getPrototypeOf(env.DIRECTORY), "get").mockImplementation(() => {
      throw new Error("overloaded");
    });
    const html = await (await get("/")).text();
    vi.restoreAllMocks();
    expect(html).toContain("Xalça Muzeyi");
    expect(log).toContainEqual(expect.objectContaining({ event: "home.headlines" }));
  });

  test("is what a browser gets at the feed of the service", async () => {
    const answer = await get("/feed.rss", { accept: "text/html" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(answer.headers.get("vary")).toContain("Accept");
  });
});
