import { beforeAll, describe, expect, test } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { publish } from "../../support/objects.ts";
import { fresh, get, newArticle, newOrganization, send } from "../../support/service.ts";

const FORMATS: [name: string, type: string][] = [
  ["rss", "application/rss+xml; charset=utf-8"],
  ["atom", "application/atom+xml; charset=utf-8"],
  ["json", "application/feed+json; charset=utf-8"],
];

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  await newArticle(slug, { title: "Caf\u00e9 \u{1F389}", content_html: "<p>Text</p>" });
  await publish(slug);
});

/** The headers of an answer as an object, without those that a server may add to any. */
function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries(response.headers);
}

describe.each(FORMATS)("GET feed.%s", (name, type) => {
  const path = () => `/${slug}/feed.${name}`;

  test("is 200 with its media type, validators, caching and CORS", async () => {
    const response = await get(path());
    expect(response.status).toBe(200);
    expect(headersOf(response)).toEqual({
      "content-type": type,
      etag: expect.stringMatching(/^"[0-9a-z]{26}"$/),
      "last-modified": expect.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/),
      // One article: nothing is known of how often there will be another.
      "cache-control": "public, max-age=3600, stale-while-revalidate=3600, stale-if-error=86400",
      vary: "Accept, A-IM, Accept-Encoding",
      link: expect.stringContaining(`<https://news.example${path()}>; rel="self"`),
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag, Last-Modified, Link",
      "strict-transport-security": "max-age=31536000",
      "x-content-type-options": "nosniff",
    });
    expect(await response.text()).toContain("Caf\u00e9 \u{1F389}");
  });

  test("HEAD has the headers of GET and no body", async () => {
    const [head, full] = [await send("HEAD", path()), await get(path())];
    expect(head.status).toBe(200);
    expect(headersOf(head)).toEqual(headersOf(full));
    expect(await head.text()).toBe("");
    await full.body?.cancel();
  });

  test.each([
    "application/rss+xml",
    "image/png",
    "*/*;q=0",
    "*/*, text/html",
    "application/atom+xml,application/rss+xml;q=0.9,text/html;q=0.5",
    "text/html, application/rss+xml, */*", // readers that look for feeds in pages, too
    "text/html,application/feed+json",
  ])("is served to a reader, whatever it accepts: %s", async (accept) => {
    expect((await get(path(), { accept })).headers.get("content-type")).toBe(type);
  });

  test("is not found for an organization that is not there, which a web page may learn too", async () => {
    const response = await get(`/${fresh("nobody")}/feed.${name}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("%s is 405", async (method) => {
    const response = await send(method, path());
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test("a browser's preflight is answered", async () => {
    const response = await send("OPTIONS", path(), {
      headers: {
        origin: "https://reader.example",
        "access-control-request-method": "GET",
        "access-control-request-headers": "if-none-match",
      },
    });
    expect(response.status).toBe(204);
    expect(headersOf(response)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": expect.stringContaining("If-None-Match"),
    });
  });
});

describe("an entity tag", () => {
  const tagOf = async (name: string) => (await get(`/${slug}/feed.${name}`)).headers.get("etag");

  test("is another for each format", async () => {
    expect(new Set([await tagOf("rss"), await tagOf("atom"), await tagOf("json")]).size).toBe(3);
  });

  test("stays while the bytes stay, and changes with them", async () => {
    const before = await tagOf("rss");
    await publish(slug);
    expect(await tagOf("rss")).toBe(before);
    await newArticle(slug, { title: "Another" });
    await publish(slug);
    expect(await tagOf("rss")).not.toBe(before);
  });

  test("comes with a later Last-Modified when the bytes have changed", async () => {
    const modified = async () =>
      Date.parse((await get(`/${slug}/feed.atom`)).headers.get("last-modified") ?? "");
    const before = await modified();
    await newArticle(slug, { title: "Yet another" });
    await publish(slug);
    expect(await modified()).toBeGreaterThan(before);
  });
});

describe("max-age and the hints in the feed agree with how often there is news", () => {
  const HOUR = 3_600_000;

  test.each([
    ["every hour", HOUR, 5, "12"],
    ["every day", 24 * HOUR, 15, "4"],
    ["every week", 7 * 24 * HOUR, 30, "2"],
    ["every month", 30 * 24 * HOUR, 60, "1"],
  ])("%s", async (_name, pause, minutes, frequency) => {
    const own = await newOrganization();
    for (let number = 0; number < 3; number++) {
      await newArticle(own);
      wait(pause);
    }
    await publish(own);
    const response = await get(`/${own}/feed.rss`);
    expect(response.headers.get("cache-control")).toMatch(new RegExp(`^public, max-age=${minutes * 60},`));
    const rss = await response.text();
    expect(rss).toContain(`<ttl>${minutes}</ttl>`);
    expect(rss).toContain("<sy:updatePeriod>hourly</sy:updatePeriod>");
    expect(rss).toContain(`<sy:updateFrequency>${frequency}</sy:updateFrequency>`);
  });
});

describe("what is no feed", () => {
  test.each(["/acme/news.rss", "/acme/sub/feed.rss"])("%s is 404", async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test("an address longer than any name is 404, not a failure", async () => {
    expect((await get(`/${"a".repeat(600)}/feed.rss`)).status).toBe(404);
  });
});
