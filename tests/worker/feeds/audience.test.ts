import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Aggregator } from "../../../src/model/aggregator.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { api, get, json, newOrganization, newToken, send } from "../../support/service.ts";

interface Audience {
  feeds: { feed: string; subscribers: number }[];
  aggregators: Aggregator[];
}

let slug: string;

beforeEach(async () => {
  stopClock();
  slug = await newOrganization();
});

const audience = () => json<Audience>(api("GET", `/organizations/${slug}/subscribers`), 200);

/** Has an agent ask for a feed, and waits until that was noted, which is after the answer. */
async function fetchAs(agent: string, subscribers: number, format = "atom"): Promise<void> {
  await (await get(`/${slug}/feed.${format}`, { "user-agent": agent })).body?.cancel();
  await vi.waitFor(async () => {
    const { aggregators } = await audience();
    expect(aggregators.filter((one) => one.feed === format).map((one) => one.subscribers)).toContain(
      subscribers,
    );
  });
}

describe("an aggregator that says for how many it asks is counted", () => {
  test.each([
    ["Feedbin", "Feedbin feed-id:1373711 - 122 subscribers", 122],
    [
      "Feedly",
      "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers; like FeedFetcher-Google)",
      16,
    ],
    ["NewsBlur", "NewsBlur Feed Fetcher - 5 subscribers - https://www.newsblur.com/site/1/example", 5],
    ["Inoreader", "Inoreader/1.0 (+http://www.inoreader.com/feed-fetcher; 3 subscribers; )", 3],
    ["theoldreader.com", "Mozilla/5.0 (compatible; theoldreader.com; 1 subscribers; feed-id=0719795c)", 1],
    ["BazQux", "Mozilla/5.0 (compatible; BazQux/2.4; +https://bazqux.com/fetcher; 1 subscriber)", 1],
    ["Feedpress", "Feedpress (2 readers)", 2],
  ])("%s", async (agent, header, subscribers) => {
    await fetchAs(header, subscribers);
    expect((await audience()).aggregators).toEqual([
      { agent, feed: "atom", subscribers, seen_at: "2040-01-01T00:00:00Z" },
    ]);
  });

  test("feed by feed, all aggregators together", async () => {
    await fetchAs("Feedbin feed-id:1 - 122 subscribers", 122, "rss");
    await fetchAs("Mozilla/5.0 (compatible; theoldreader.com; 7 subscribers)", 7, "rss");
    await fetchAs("Mozilla/5.0 (compatible; BazQux/2.4; 9 subscribers)", 9, "rss");
    await fetchAs("Feedbin feed-id:2 - 4 subscribers", 4, "json");
    const { feeds, aggregators } = await audience();
    expect(feeds).toEqual([
      { feed: "rss", subscribers: 138 },
      { feed: "atom", subscribers: 0 },
      { feed: "json", subscribers: 4 },
    ]);
    expect(aggregators.map(({ agent, subscribers }) => [agent, subscribers])).toEqual([
      ["Feedbin", 122],
      ["BazQux", 9],
      ["theoldreader.com", 7],
      ["Feedbin", 4],
    ]);
  });

  test("by its latest word, not by how often it asks", async () => {
    await fetchAs("Feedbin feed-id:1 - 5 subscribers", 5);
    wait(60_000);
    await fetchAs("Feedbin feed-id:1 - 3 subscribers", 3);
    expect((await audience()).aggregators).toEqual([
      { agent: "Feedbin", feed: "atom", subscribers: 3, seen_at: "2040-01-01T00:01:00Z" },
    ]);
  });

  test("also when nothing has changed", async () => {
    const etag = (await get(`/${slug}/feed.rss`)).headers.get("etag") ?? "";
    const headers = { "user-agent": "Inoreader/1.0 (3 subscribers)", "if-none-match": etag };
    expect((await get(`/${slug}/feed.rss`, headers)).status).toBe(304);
    await vi.waitFor(async () =>
      expect((await audience()).feeds[0]).toEqual({ feed: "rss", subscribers: 3 }),
    );
  });
});

test.each([
  "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
  "newsboat/2.42 (Linux x86_64)",
  "FreshRSS/1.27.1 (Linux; https://freshrss.org)",
  "Tiny Tiny RSS/25.11 (https://tt-rss.org/)",
  "curl/8.14.1",
  "subscribers",
  "99999999999 subscribers",
  "",
])("no object is called for %j", async (agent) => {
  const costs = await costsOf(async () => (await get(`/${slug}/feed.rss`, { "user-agent": agent })).text());
  expect(costs).toMatchObject({ kvReads: 1, objectCalls: [], sqlStatements: 0 });
});

test("no object is called for a feed that is not there", async () => {
  const headers = { "user-agent": "Feedbin feed-id:1 - 5 subscribers" };
  expect(await costsOf(() => get("/nobody/feed.rss", headers))).toMatchObject({ objectCalls: [] });
});

test("only who may act for the organization is told", async () => {
  const path = `/organizations/${slug}/subscribers`;
  expect((await send("GET", `/api/v1${path}`)).status).toBe(401);
  expect((await api("GET", path, undefined, { token: await newToken(await newOrganization()) })).status).toBe(
    403,
  );
  expect((await api("GET", path, undefined, { token: await newToken(slug) })).status).toBe(200);
});
