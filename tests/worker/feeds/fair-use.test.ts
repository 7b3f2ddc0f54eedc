import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { stopClock } from "../../support/clock.ts";
import { answerOf, newArticles, tagsOf } from "../../support/feeds.ts";
import { limiter } from "../../support/limiter.ts";
import { publish } from "../../support/objects.ts";
import { newOrganization, type ShownProblem } from "../../support/service.ts";

let slug: string;
let tags: Record<string, string>;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  await newArticles(slug, 1);
  await publish(slug);
  tags = await tagsOf(slug);
  await newArticles(slug, 1, 2);
  await publish(slug);
});

/** What one client is answered under some settings. */
const ask = (
  path: string,
  settings: Partial<Bindings>,
  { method = "GET", ...headers }: Record<string, string> = {},
) => answerOf(path, { method, headers: { "cf-connecting-ip": "192.0.2.1", ...headers } }, settings);

describe("with FEED_LIMIT on", () => {
  test("a client that asks for more whole feeds than it may is told to wait, and how to do without", async () => {
    const settings = { FEED_LIMIT: "on", FEED_LIMITER: limiter(2) };
    for (const format of ["rss", "atom"]) {
      expect((await ask(`/${slug}/feed.${format}`, settings)).status).toBe(200);
    }
    const refused = await ask(`/${slug}/feed.json`, settings);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(refused.headers.get("cache-control")).toBe("no-store");
    expect(refused.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect((await refused.json<ShownProblem>()).detail).toContain("If-None-Match");
  });

  test("each client has its own share", async () => {
    const settings = { FEED_LIMIT: "on", FEED_LIMITER: limiter(1) };
    const statusFor = async (address: string) =>
      (await ask(`/${slug}/feed.rss`, settings, { "cf-connecting-ip": address })).status;
    expect(await statusFor("192.0.2.1")).toBe(200);
    expect(await statusFor("192.0.2.1")).toBe(429);
    expect(await statusFor("2001:db8::1")).toBe(200);
  });

  test("what was not modified, changed a little or has no body is not counted", async () => {
    const full = limiter(0);
    const settings = { FEED_LIMIT: "on", FEED_LIMITER: full };
    const { etag = "" } = Object.fromEntries(
      (await ask(`/${slug}/feed.atom`, settings, { method: "HEAD" })).headers,
    );
    const statuses = [
      (await ask(`/${slug}/feed.atom`, settings, { method: "HEAD" })).status,
      (await ask(`/${slug}/feed.atom`, settings, { "if-none-match": etag })).status,
      (await ask(`/${slug}/feed.atom`, settings, { "a-im": "feed", "if-none-match": tags.atom ?? "" }))
        .status,
      (await ask("/nobody/feed.atom", settings)).status,
    ];
    expect(statuses).toEqual([200, 304, 226, 404]);
    expect(full.asked).toEqual([]);
    expect((await ask(`/${slug}/feed.atom`, settings)).status).toBe(429);
  });

  test("filtered feeds and archives count, too", async () => {
    const counting = limiter(9);
    const settings = { FEED_LIMIT: "on", FEED_LIMITER: counting };
    expect((await ask(`/feed.rss?organization=${slug}`, settings)).status).toBe(200);
    expect((await ask(`/${slug}/archive/1.rss`, settings)).status).toBe(200);
    expect(counting.asked).toEqual(["192.0.2.1", "192.0.2.1"]);
  });
});

test.each(["off", ""])("with FEED_LIMIT %j nobody is counted", async (setting) => {
  const full = limiter(0);
  const settings = { FEED_LIMIT: setting, FEED_LIMITER: full };
  expect((await ask(`/${slug}/feed.rss`, settings)).status).toBe(200);
  expect(full.asked).toEqual([]);
});

test("the tests' own settings, as those of a local run, have it off", () => {
  expect(env.FEED_LIMIT).toBe("off");
});
