import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import worker from "../../../src/index.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { feedPath } from "../../../src/store/documents.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { answerOf } from "../../support/feeds.ts";
import { limiter } from "../../support/limiter.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import {
  api,
  get,
  json,
  newArticle,
  newOrganization,
  publishIndex,
  SITE,
  send,
} from "../../support/service.ts";

stopClockForEachTest();

const KEPT_MS = LIMITS.HOT_SECONDS * 1000;
let slug: string;
const feed = () => `/${slug}/feed.rss`;
const text = async (path = feed()) => (await get(path)).text();

/** Asks for a feed until it is hot; returns it. */
async function heat(path = feed()): Promise<string> {
  for (let time = 1; time < LIMITS.HOT_REQUESTS; time++) await text(path);
  return text(path);
}

beforeEach(async () => {
  slug = await newOrganization();
  await newArticle(slug, { title: "Before" });
  await publish(slug);
});

/** Writes a document as the publisher of another isolate does. */
async function writeElsewhere(body: string): Promise<void> {
  const key = feedPath(slug, "rss");
  const { metadata } = await env.DOCUMENTS.getWithMetadata<object>(key);
  await env.DOCUMENTS.put(key, body, { metadata: { ...metadata, etag: `"${body}"` } });
}

/** The answer of the Worker as it is called by the platform. */
async function answered(request: Request, settings: Partial<Bindings> = {}): Promise<Response> {
  const context = createExecutionContext();
  const response = await worker.fetch(
    request as Parameters<typeof worker.fetch>[0],
    { ...env, ...settings },
    context,
  );
  await waitOnExecutionContext(context);
  return response;
}

describe("a feed that is asked for often", () => {
  test.each(["rss", "atom", "json"])("costs no KV read for ten seconds, as %s", async (ending) => {
    const path = `/${slug}/feed.${ending}`;
    const body = await heat(path);
    const etag = (await get(path)).headers.get("etag") ?? "";
    wait(KEPT_MS - 1);
    const { kvReads } = await costsOf(async () => {
      expect(await text(path)).toBe(body);
      expect((await get(path, { "if-none-match": etag })).status).toBe(304);
      expect((await send("HEAD", path)).headers.get("etag")).toBe(etag);
    });
    expect(kvReads).toBe(0);
    wait(1);
    expect((await costsOf(() => text(path))).kvReads).toBe(1);
  });

  test("is read again after ten seconds, so that what another isolate published appears", async () => {
    const before = await heat();
    await writeElsewhere("<rss>new</rss>");
    expect(await text()).toBe(before);
    wait(KEPT_MS);
    expect(await text()).toBe("<rss>new</rss>");
  });

  test("is new at once when this isolate published it", async () => {
    expect(await heat()).toContain("Before");
    await newArticle(slug, { title: "After" });
    await publish(slug);
    expect(await text()).toContain("After");
  });

  test("is gone at once when this isolate closed the organization, and ten seconds later in another", async () => {
    const { value, metadata } = await env.DOCUMENTS.getWithMetadata<object>(feedPath(slug, "rss"), "text");
    await heat();
    await api("DELETE", `/organizations/${slug}`);
    expect((await get(feed())).status).toBe(410);

    wait(KEPT_MS);
    await env.DOCUMENTS.put(feedPath(slug, "rss"), `${value}`, { metadata });
    await heat();
    await env.DOCUMENTS.delete(feedPath(slug, "rss"));
    expect((await get(feed())).status).toBe(200);
    wait(KEPT_MS);
    expect((await get(feed())).status).toBe(404);
  });

  test("is not served any more once it is unlisted, and then not kept however often it is asked for", async () => {
    await heat();
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme", unlisted: true }), 200);
    await publish(slug);
    for (let time = 0; time <= LIMITS.HOT_REQUESTS; time++) {
      const { kvReads } = await costsOf(async () => expect((await get(feed())).status).toBe(404));
      expect(kvReads).toBe(1);
    }
  });

  test("is read each time when DOCUMENT_CACHE_SECONDS is 0", async () => {
    await heat();
    const settings = { DOCUMENT_CACHE_SECONDS: "0" };
    const ask = async () => (await answered(new Request(SITE + feed()), settings)).text();
    expect((await costsOf(async () => [await ask(), await ask()])).kvReads).toBe(2);
  });
});

describe("what else is asked for often costs no KV read and no object call for ten seconds", () => {
  let article: string;

  beforeEach(async () => {
    ({ id: article } = await newArticle(slug, { title: "Kept" }));
    await publish(slug);
    await publishIndex();
  });

  test.each<[string, () => string]>([
    ["an archive document", () => `/${slug}/archive/1.rss`],
    ["a filtered archive document", () => `/${slug}/archive/1.atom?q=kept`],
    ["a filtered feed", () => `${feed()}?q=kept`],
    ["an article's page", () => `/articles/${article}`],
    ["an organization's page", () => `/${slug}`],
    ["the home page", () => "/"],
  ])("%s", async (_name, pathOf) => {
    const path = pathOf();
    const before = await heat(path);
    const { headers } = await get(path);
    wait(KEPT_MS - 1);
    const costs = await costsOf(async () => {
      const again = await get(path);
      expect(Object.fromEntries(again.headers)).toEqual(Object.fromEntries(headers));
      expect(await again.text()).toBe(before);
      expect(await (await send("HEAD", path)).text()).toBe("");
    });
    expect(costs).toMatchObject({ kvReads: 0, objectCalls: [] });
    wait(1);
    expect((await costsOf(() => text(path))).kvReads).toBeGreaterThan(0);
  });

  test("but not the page of an article that is withdrawn later than that, or one that is not there", async () => {
    const path = `/articles/${article}`;
    await heat(path);
    await api("DELETE", `/articles/${article}`);
    wait(KEPT_MS);
    for (let time = 0; time <= LIMITS.HOT_REQUESTS; time++) {
      const { kvReads } = await costsOf(async () => expect((await get(path)).status).toBe(410));
      expect(kvReads).toBeGreaterThan(0);
    }
  });

  test("but not a page of an organization that this isolate has published anew", async () => {
    expect(await heat(`/${slug}`)).not.toContain("After");
    await newArticle(slug, { title: "After" });
    await publish(slug);
    expect(await text(`/${slug}`)).toContain("After");
    expect(await text(`/${slug}/archive/1.rss`)).toContain("After");
  });
});

test("a feed that is asked for now and then is read each time", async () => {
  for (let time = 0; time < 1.5 * LIMITS.HOT_REQUESTS; time++) {
    expect((await costsOf(() => text())).kvReads).toBe(1);
    wait(KEPT_MS / (LIMITS.HOT_REQUESTS - 2));
  }
});

test("a feed that does not exist is looked for each time, so that a new organization's appears at once", async () => {
  for (let time = 0; time <= LIMITS.HOT_REQUESTS; time++) {
    expect((await costsOf(() => get("/nobody-yet/feed.rss"))).kvReads).toBe(1);
  }
});

describe("the Worker answers as the app does alone", () => {
  const gzip = { cf: { clientAcceptEncoding: "gzip" } } as RequestInit;
  const REQUESTS: [string, string, RequestInit, Partial<Bindings>][] = [
    ["a feed", "rss", {}, {}],
    ["a feed that is compressed", "atom", gzip, {}],
    ["HEAD", "json", { method: "HEAD" }, {}],
    ["a feed that the client has", "rss", { headers: { "if-none-match": "*" } }, {}],
    ["HEAD of a feed that the client has", "rss", { method: "HEAD", headers: { "if-none-match": "*" } }, {}],
    [
      "a date that the client has",
      "rss",
      { headers: { "if-modified-since": "Sat, 01 Jan 2050 00:00:00 GMT" } },
      {},
    ],
    ["a person", "rss", { headers: { accept: "text/html,application/xml" } }, {}],
    ["a filter", "rss?tag=heritage", {}, {}],
    ["an empty query", "rss?", {}, {}],
    ["a bad query", "rss?colour=red", {}, {}],
    ["another format", "txt", {}, {}],
    ["a preflight", "rss", { method: "OPTIONS" }, {}],
    ["a method that feeds do not have", "rss", { method: "POST" }, {}],
    [
      "too many requests",
      "rss",
      { headers: { "cf-connecting-ip": "192.0.2.1" } },
      { READ_LIMITER: limiter(0), FEED_LIMIT: "on" },
    ],
    [
      "HEAD of too many requests",
      "rss",
      { method: "HEAD", headers: { "cf-connecting-ip": "192.0.2.1" } },
      { READ_LIMITER: limiter(0), FEED_LIMIT: "on" },
    ],
    [
      "too many whole feeds",
      "rss",
      { headers: { "cf-connecting-ip": "192.0.2.1" } },
      { FEED_LIMITER: limiter(0), FEED_LIMIT: "on" },
    ],
    ["a service on plain HTTP", "rss", {}, { PUBLIC_URL: "http://127.0.0.1:8787" }],
  ];

  const shown = async (response: Response) => ({
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name !== "request-id")),
    body: await response.text(),
  });

  test.each(REQUESTS)("%s", async (_name, ending, init, settings) => {
    const path = `/${slug}/feed.${ending}`;
    const alone = await shown(await answerOf(path, init as RequestInit<RequestInitCfProperties>, settings));
    expect(await shown(await answered(new Request(SITE + path, init), settings))).toEqual(alone);
    expect(await shown(await answered(new Request(SITE + path, init), settings))).toEqual(alone);
  });

  test("a delta", async () => {
    const etag = (await get(feed())).headers.get("etag") ?? "";
    await newArticle(slug, { title: "After" });
    await publish(slug);
    const init = { headers: { "a-im": "feed", "if-none-match": etag } };
    const alone = await shown(await answerOf(feed(), init));
    expect(alone.status).toBe(226);
    expect(await shown(await answered(new Request(SITE + feed(), init)))).toEqual(alone);
  });

  test.each([
    "nobody/feed.rss",
    "api/feed.rss",
    "-/feed.rss",
    `${"a".repeat(65)}/feed.rss`,
    "nobody/news.rss",
  ])("%s, which does not exist", async (path) => {
    const alone = await shown(await answerOf(`/${path}`));
    expect(alone.status).toBe(404);
    expect(await shown(await answered(new Request(`${SITE}/${path}`)))).toEqual(alone);
  });

  test.each(["GET", "HEAD"])("%s while KV fails, and logs the route once", async (method) => {
    const lines = watchLog("error");
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    vi.spyOn(kv, "getWithMetadata").mockRejectedValue(new Error("KV GET failed"));
    const alone = await shown(await answerOf(feed(), { method }));
    const answer = await shown(await answered(new Request(SITE + feed(), { method })));
    expect(answer).toEqual(alone);
    expect(answer.status).toBe(503);
    expect(lines.map((line) => ({ ...line, request_id: "" }))).toEqual(
      [0, 1].map(() => ({ ...lines[0], request_id: "" })),
    );
  });
});
