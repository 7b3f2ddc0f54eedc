import { beforeAll, describe, expect, test } from "vitest";
import { answerOf, newArticles } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, json, newArticle, newOrganization, SITE } from "../../support/service.ts";

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

let slug: string;
let id: string;
let own: string;

beforeAll(async () => {
  slug = await newOrganization();
  ({ id } = await newArticle(slug, { tags: ["heritage"] }));
  await newArticles(slug, 51);
  await publish(slug);
  const { feeds } = await json<{ feeds: { rss: string } }>(
    api("POST", `/organizations/${slug}/readers`, {}),
    201,
  );
  own = feeds.rss.slice(SITE.length);
});

const filled = (text: string): string =>
  text
    .replace("{SLUG}", slug.toUpperCase())
    .replaceAll("{slug}", slug)
    .replace("{id}", id)
    .replace("{own}", own.replace("/feed.rss", ""));

/** What a client that follows redirects comes to. */
async function followed(path: string, init: RequestInit<RequestInitCfProperties> = {}) {
  const first = await answerOf(filled(path), init);
  const location = first.headers.get("location") ?? "";
  const target = new URL(location, SITE + filled(path));
  expect([path, first.status, target.origin]).toEqual([path, 308, SITE]);
  const second = await answerOf(target.pathname + target.search, init);
  return { first, second, at: target.pathname + target.search };
}

describe("an address that is typed or copied", () => {
  test.each([
    ["/{SLUG}", "text/html"],
    ["/{slug}/", "text/html"],
    ["/{slug}?fbclid=x", "text/html"],
    ["/articles/{id}/?utm_source=x", "text/html"],
    ["/{slug}/feed", "application/rss+xml"],
    ["/{slug}/feed/", "application/rss+xml"],
    ["/{SLUG}/Feed.RSS", "application/rss+xml"],
    ["/{slug}/index.xml", "application/rss+xml"],
    ["/{slug}/feed/atom", "application/atom+xml"],
    ["/{slug}/atom.xml", "application/atom+xml"],
    ["/{slug}.json", "application/feed+json"],
    ["/{slug}/feed.json/?v=1", "application/feed+json"],
    ["/{slug}/feed.atom?tag=heritage&_=1", "application/atom+xml"],
    ["/{slug}/archive/1.rss?gclid=x", "application/rss+xml"],
    ["/feed?organization={slug}", "application/rss+xml"],
    ["{own}/atom.xml", "application/atom+xml"],
    ["{own}/feed.json?mc_cid=1", "application/feed+json"],
  ])("%s leads to a %s", async (path, type) => {
    for (const method of ["GET", "HEAD"]) {
      const { second } = await followed(path, { method });
      expect([second.status, second.headers.get("content-type")?.split(";")[0]]).toEqual([200, type]);
    }
  });

  test("leads a browser at a feed to the page of that feed", async () => {
    const { second, at } = await followed("/{slug}/atom.xml?tag=heritage&ref=x", { headers: BROWSER });
    expect(at).toBe(`/${slug}/feed.atom?tag=heritage`);
    expect(await second.text()).toContain(`${SITE}${at}`);
  });

  test("can be followed by a script of another site", async () => {
    const { first } = await followed("/{slug}/feed", { headers: { origin: "https://reader.example" } });
    expect(first.headers.get("access-control-allow-origin")).toBe("*");
    for (const path of ["/{slug}/feed", "/{slug}/feed.rss?fbclid=x", "{own}/feed"]) {
      const preflight = await answerOf(filled(path), { method: "OPTIONS" });
      expect([path, preflight.status]).toEqual([path, 204]);
      expect(preflight.headers.get("access-control-allow-methods")).toContain("GET");
    }
  });

  test("keeps the key of a private address out of caches, search engines and referrers", async () => {
    const { first } = await followed("{own}/feed/");
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "cache-control": "private, no-store",
      "x-robots-tag": "noindex",
      "referrer-policy": "no-referrer",
    });
  });

  test("still refuses a filter that is misspelt, and says which", async () => {
    const { second } = await followed("/{slug}/feed?tags=heritage&utm_source=x");
    expect(second.status).toBe(400);
    expect(await second.json()).toMatchObject({ errors: [{ path: "tags" }] });
  });

  test("leads only requests that read", async () => {
    expect((await answerOf(filled("/{slug}/feed.rss?_=1"), { method: "POST" })).status).toBe(405);
    expect((await api("GET", "/articles/")).status).toBe(404);
  });
});
