import jsqr from "jsqr";
import { beforeEach, describe, expect, test } from "vitest";
import { WORDS } from "../../../src/http/pages/words.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { newArticles } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, SITE } from "../../support/service.ts";

stopClockForEachTest();

let slug: string;

beforeEach(async () => {
  slug = await newOrganization({ name: "Acme" });
});

const pageAt = async (path: string): Promise<string> => {
  const answer = await get(path);
  expect(answer.status).toBe(200);
  return answer.text();
};

/** What a QR code says, read by another program from its picture. */
async function codeAt(path: string): Promise<string | undefined> {
  const svg = await pageAt(path);
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1]);
  const dark = new Set<string>();
  for (const [, x, y] of svg.matchAll(/M(\d+),(\d+)\s?h/g)) dark.add(`${x},${y}`);
  const pixels = new Uint8ClampedArray(size * size * 4).fill(255);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const unit = size / Math.round(size / 10);
      if (dark.has(`${x - (x % unit)},${y - (y % unit)}`))
        pixels.fill(0, (y * size + x) * 4, (y * size + x) * 4 + 3);
    }
  }
  return jsqr(pixels, size, size)?.data;
}

describe("the page of an organization", () => {
  beforeEach(() => publish(slug));

  test.each(["", "?tag=heritage", "/feed.rss"])(
    "says how to subscribe to what it shows: {slug}%s",
    async (path) => {
      const query = path.startsWith("?") ? path : "";
      const feed = `${SITE}/${slug}/feed.rss${query}`;
      const html = await (await get(`/${slug}${path}`, { accept: "text/html" })).text();
      expect(html).toContain("A feed is an address");
      expect(html).toContain(`data-copy="${feed}"`);
      for (const link of [
        `feed:${feed}`,
        `https://feedbin.com/?subscribe=${encodeURIComponent(feed)}`,
        `https://feedly.com/i/subscription/feed%2F${encodeURIComponent(feed)}`,
        `https://www.inoreader.com/?add_feed=${encodeURIComponent(feed)}`,
        `https://www.newsblur.com/?url=${encodeURIComponent(feed)}`,
        `https://theoldreader.com/feeds/subscribe?url=${encodeURIComponent(feed)}`,
        `${SITE}/${slug}/qr.svg${query}`,
        `${SITE}/hub`,
        `${SITE}/api/docs`,
      ]) {
        expect(html).toContain(`"${link}"`);
      }
      expect(/<details[^>]* open/.test(html)).toBe(path === "/feed.rss");
    },
  );

  test("lets its one script run, which copies, and no other", async () => {
    const answer = await get(`/${slug}`);
    const [, script = "", ...others] = (await answer.text()).split(/<script>([\s\S]*?)<\/script>/);
    expect(others.join("")).not.toContain("<script>");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
    const source = `'sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}'`;
    expect(answer.headers.get("content-security-policy")).toContain(`script-src ${source};`);
  });

  test("of a private feed takes the address to no other service", async () => {
    const hidden = await newOrganization({ unlisted: true });
    await publish(hidden);
    const { feeds } = await json<{ feeds: Record<string, string> }>(
      api("POST", `/organizations/${hidden}/readers`, {}),
      201,
    );
    const html = await (await get(new URL(feeds.rss ?? "").pathname, { accept: "text/html" })).text();
    expect(html).toContain(`data-copy="${feeds.rss}"`);
    expect(html).not.toMatch(/feedly|feedbin|qr\.svg/);
  });
});

test("the page of an article leads to the feeds of its organization", async () => {
  const { id } = await newArticle(slug);
  const html = await pageAt(`/articles/${id}`);
  expect(html).toContain(`data-copy="${SITE}/${slug}/feed.rss"`);
  expect(html).toContain(`href="${SITE}/${slug}/feed.atom"`);
});

describe("a QR code", () => {
  test.each([
    ["/acme/qr.svg", "/acme/feed.rss"],
    ["/acme/qr.svg?tag=b,a", "/acme/feed.rss?tag=a,b"],
    ["/qr.svg?organization=acme,unesco", "/feed.rss?organization=acme,unesco"],
  ])("%s says %s", async (path, feed) => {
    expect(await codeAt(path)).toBe(SITE + feed);
  });

  test.each([
    ["/acme/qr.svg?colour=red", 400],
    ["/qr.svg", 400],
    ["/-/qr.svg", 404],
  ])("says nothing else: %s", async (path, status) => {
    expect((await get(path)).status).toBe(status);
  });
});

describe("older articles", () => {
  const hrefs = async (path: string, rel: string) => {
    const html = await pageAt(path);
    return [...html.matchAll(/<a href="([^"]*)"(?: rel="(\w+)")?>/g)].flatMap(([, href = "", of]) =>
      of === rel ? [href.replaceAll("&amp;", "&").slice(SITE.length)] : [],
    );
  };
  const titles = async (path: string) =>
    [...(await pageAt(path)).matchAll(/<h3>.*?<bdi>(.*?)<\/bdi>/g)].map(([, title]) => title);

  test.each(["", "?tag=heritage"])("are reached by links, each article once: {slug}%s", async (query) => {
    await newArticles(slug, 130, 1, { tags: ["heritage"] });
    await publish(slug);
    const seen: (string | undefined)[] = [];
    let path: string | undefined = `/${slug}${query}`;
    for (let page = 0; path !== undefined && page < 5; page++) {
      seen.push(...(await titles(path)));
      [path] = await hrefs(path, "next");
    }
    expect(path).toBeUndefined();
    expect(new Set(seen).size).toBe(130);
  });

  test("lead back to the latest, and say what they are", async () => {
    await newArticles(slug, 60);
    await publish(slug);
    const [older = ""] = await hrefs(`/${slug}`, "next");
    expect(older).toBe(`/${slug}?archive=1`);
    const html = await pageAt(older);
    expect(html).toContain(`<title>Acme: ${WORDS.en.older} · Communiqué</title>`);
    expect(html).toContain(`<a href="${SITE}/${slug}">${WORDS.en.latest}</a>`);
    expect(html).toContain(`<link rel="canonical" href="${SITE}/${slug}?archive=1"/>`);
  });

  test.each(["9", "999999999"])("returns 404 for an archive that is not there: %s", async (number) => {
    await publish(slug);
    expect((await get(`/${slug}?archive=${number}`)).status).toBe(404);
  });
});

describe("a search on the page of an organization", () => {
  const form = async (path: string) => {
    const html = await pageAt(path);
    const [, action = "", rest = ""] = /<form action="([^"]*)"([\s\S]*?)<\/form>/.exec(html) ?? [];
    return { html, action, value: /value="([^"]*)"/.exec(rest)?.[1] };
  };

  test("finds articles by their words, in the archive too", async () => {
    await newArticle(slug, { id: "rare", title: "Çarpaz relics", published_at: "2020-01-01T00:00:00Z" });
    await newArticles(slug, 60);
    await publish(slug);
    const { action, value } = await form(`/${slug}`);
    expect([action, value]).toEqual([`${SITE}/${slug}`, ""]);
    const found = await form(`/${slug}?q=RELICS`);
    expect(found.html).toContain("<bdi>Çarpaz relics</bdi>");
    expect(found.html).not.toContain("<bdi>News 1</bdi>");
    expect(found.value).toBe("RELICS");
  });

  test("says that nothing was found, and shows everything for no word", async () => {
    await newArticles(slug, 3);
    await publish(slug);
    expect((await form(`/${slug}?q=nothing-like-it`)).html).toContain(WORDS.en.search.nothing);
    expect((await form(`/${slug}?q=`)).html).toContain("<bdi>News 1</bdi>");
  });
});
