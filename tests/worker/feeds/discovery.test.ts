import { parseOpml } from "feedsmith";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, linksIn, newArticles } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { readXml } from "../../support/reading.ts";
import { api, fresh, get, json, newOrganization, publishIndex, send } from "../../support/service.ts";

/** What browsers say that they accept when somebody follows a link or types an address. */
const FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const CHROME =
  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7";

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization({ name: "Acme & Sons", description: "Makers of <things>.", language: "fr" });
  await newArticles(slug, 101);
  await publish(slug);
});

describe.each(FORMAT_NAMES)("the Link header of feed.%s", (format) => {
  const path = () => `/${slug}/feed.${format}`;
  const address = (name: string) => `https://news.example/${slug}/feed.${name}`;

  test("names the feed itself, its hub, the other formats, and the archive, to GET, HEAD and who has it", async () => {
    const whole = await get(path());
    await whole.body?.cancel();
    const etag = whole.headers.get("etag") ?? "";
    const unchanged = await get(path(), { "if-none-match": etag });
    expect(unchanged.status).toBe(304);
    for (const response of [whole, await send("HEAD", path()), unchanged]) {
      expect(linksIn(response)).toEqual({
        self: [address(format)],
        hub: ["https://news.example/hub"],
        alternate: FORMAT_NAMES.filter((name) => name !== format).map(address),
        "prev-archive": [`https://news.example/${slug}/archive/2.${format}`],
      });
      expect(response.headers.get("access-control-expose-headers")).toContain("Link");
    }
  });

  test("says the type of each", async () => {
    const link = (await send("HEAD", path())).headers.get("link") ?? "";
    for (const [, target, type] of link.matchAll(/<[^>]*\/(feed\.\w+)>; rel="[^"]*"; type="([^"]*)"/g)) {
      const there = await send("HEAD", `/${slug}/${target}`);
      expect(there.headers.get("content-type")).toBe(`${type}; charset=utf-8`);
    }
    expect(link.match(/; type="application\//g)).toHaveLength(4);
  });
});

describe.each(FORMAT_NAMES)("a browser at feed.%s", (format) => {
  test.each([FIREFOX, CHROME, "text/html"])(
    "that accepts %s is told what it is, and how to subscribe",
    async (accept) => {
      const response = await get(`/${slug}/feed.${format}`, { accept });
      expect(response.status).toBe(200);
      expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
      expect(response.headers.get("vary")).toContain("Accept");
      expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
      const html = await response.text();
      expect(html).toContain("Ceci est l’adresse d’un flux");
      expect(html).toContain(`https://news.example/${slug}/feed.${format}`);
      expect(html).toContain("Acme &amp; Sons");
      expect(html).toContain("News 101");
      expect(html).toContain('rel="alternate"');
    },
  );

  test("finds nothing where there is no organization", async () => {
    const response = await get(`/${fresh("nobody")}/feed.${format}`, { accept: FIREFOX });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
  });

  test("has the feed when its script asks for it", async () => {
    const response = await get(`/${slug}/feed.${format}`, {
      accept: "*/*",
      origin: "https://reader.example",
    });
    expect(response.headers.get("content-type")).not.toContain("html");
    await response.body?.cancel();
  });
});

describe("/feeds.opml", () => {
  beforeEach(() => publishIndex());

  const outlines = async () => parseOpml(await (await get("/feeds.opml")).text()).body?.outlines ?? [];
  const slugs = async () => (await outlines()).map(({ xmlUrl }) => xmlUrl?.split("/").at(-2));

  test("has every organization once, with its words, its page and its feed", async () => {
    const other = await newOrganization();
    await publishIndex();
    const found = await slugs();
    expect(new Set(found).size).toBe(found.length);
    expect(found).toEqual(expect.arrayContaining([slug, other]));
    expect((await outlines()).find(({ xmlUrl }) => xmlUrl?.includes(slug))).toEqual({
      type: "rss",
      text: "Acme & Sons",
      title: "Acme & Sons",
      description: "Makers of <things>.",
      language: "fr",
      category: `/organizations/${slug}`,
      htmlUrl: `https://news.example/${slug}`,
      xmlUrl: `https://news.example/${slug}/feed.atom`,
    });
  });

  test("leads to feeds that are there", async () => {
    for (const { xmlUrl } of await outlines()) {
      expect((await send("HEAD", new URL(xmlUrl ?? "").pathname)).status).toBe(200);
    }
  });

  test("has neither one that is not listed nor one that was ended", async () => {
    const [unlisted, ended] = [await newOrganization({ unlisted: true }), await newOrganization()];
    await api("DELETE", `/organizations/${ended}`);
    await publishIndex();
    const found = await slugs();
    expect(found).toContain(slug);
    expect(found).not.toContain(unlisted);
    expect(found).not.toContain(ended);
  });

  test("says it when an organization has another name", async () => {
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme & Daughters" }), 200);
    await publishIndex();
    const text = await (await get("/feeds.opml")).text();
    expect(text).toContain("Acme &amp; Daughters");
    readXml(text);
  });

  test("is sent whole to who has it from before an organization was ended, whatever date it has", async () => {
    const ended = await newOrganization();
    await publishIndex();
    const had = await get("/feeds.opml");
    const since = had.headers.get("last-modified") ?? had.headers.get("date") ?? new Date().toUTCString();
    await had.body?.cancel();
    await api("DELETE", `/organizations/${ended}`);
    await publishIndex();
    const now = await get("/feeds.opml", { "if-modified-since": since });
    expect(now.status).toBe(200);
    expect(await now.text()).not.toContain(ended);
  });

  test("is revalidated as feeds are, and costs one KV read", async () => {
    const costs = await costsOf(async () => {
      const response = await get("/feeds.opml");
      expect(response.headers.get("content-type")).toMatch(/^text\/x-opml(\+xml)?; charset=utf-8$/);
      expect(response.headers.get("cache-control")).toMatch(/^public, max-age=\d+/);
      await response.text();
    });
    expect(costs).toMatchObject({ kvReads: 1, objectCalls: [] });
    const etag = (await send("HEAD", "/feeds.opml")).headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[0-9a-z]{26}"$/);
    const unchanged = await get("/feeds.opml", { "if-none-match": `W/${etag}` });
    expect([unchanged.status, unchanged.headers.get("etag"), unchanged.body]).toEqual([304, etag, null]);
  });
});

test("/robots.txt lets engines in, but to the API and to private feeds", async () => {
  const response = await get("/robots.txt");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  const lines = (await response.text()).trim().split("\n");
  expect(lines).toEqual(expect.arrayContaining(["User-agent: *", "Disallow: /api/", "Disallow: /private/"]));
  expect(lines).not.toContain("Disallow: /");
});
