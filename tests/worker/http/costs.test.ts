import { beforeAll, describe, expect, test } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { app } from "../../../src/http/app.ts";
import { COSTS, type Cost } from "../../../src/http/costs.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { answerOf, newArticles, tagsOf } from "../../support/feeds.ts";
import { topicOf } from "../../support/hub.ts";
import { limiter } from "../../support/limiter.ts";
import { publish } from "../../support/objects.ts";
import {
  api,
  json,
  newArticle,
  newOrganization,
  newToken,
  publishIndex,
  SITE,
} from "../../support/service.ts";

type Route = keyof typeof COSTS;

interface Example {
  path: string;
  status: number;
  init?: RequestInit;
  settings?: Partial<Bindings>;
}

const CLIENT = { "cf-connecting-ip": "192.0.2.7" };
const NOBODY = Array.from({ length: 9 }, (_, index) => `nobody-${index}`);

let slugs: string[];
/** Requests of nobody in particular: at least one for each row of the table. */
let examples: Record<Route, Example[]>;

const form = (topic: string, callback: string): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams({
    "hub.mode": "subscribe",
    "hub.topic": topic,
    "hub.callback": callback,
  }).toString(),
});

/** A secret of the shape that tokens and keys had before they were marked. */
const UNMARKED = "0".repeat(26);

const FORGED = `__Host-communique=${"0".repeat(52)}-${UNMARKED}`;

/** A form of the console, from its own page. */
const signIn = (fields: Record<string, string>): RequestInit => ({
  method: "POST",
  headers: { origin: SITE, "content-type": "application/x-www-form-urlencoded" },
  body: new URLSearchParams(fields).toString(),
});

beforeAll(async () => {
  stopClock();
  slugs = await Promise.all(Array.from({ length: 10 }, () => newOrganization()));
  const other = await newOrganization();
  const archived = await newOrganization();
  await newArticles(archived, 51);
  const { id } = await newArticle(slugs, { tags: ["heritage"] });
  for (const slug of [...slugs, other, archived]) await publish(slug);
  const deleted = await newOrganization();
  const { id: orphan } = await newArticle(deleted);
  await publish(deleted);
  await api("DELETE", `/organizations/${deleted}`);
  await publish(deleted);
  await publishIndex();
  const slug = slugs[0] ?? "";
  const source = await json<{ id: string }>(
    api("POST", "/sources", { url: "https://up.example.org/feed" }),
    201,
  );
  const callback = `/websub/${source.id.slice("src_".length)}_${UNMARKED}`;
  const question = "hub.mode=subscribe&hub.topic=x&hub.challenge=x";
  const { atom = "" } = await tagsOf(slug);
  const { feeds } = await json<{ feeds: { atom: string } }>(
    api("POST", `/organizations/${slug}/readers`, {}),
    201,
  );
  const own = feeds.atom.slice(SITE.length);
  const page = `${own.replace("feed.atom", "articles")}/${id}`;
  const combined = `/feed.atom?organization=${slugs.join(",")}`;
  const revalidation = { headers: { "if-none-match": atom } };
  examples = {
    "GET /feed.{format} of all": [{ path: "/feed.rss", status: 200, settings: { SITE_FEED: "on" } }],
    "GET /feed.{format}": [
      { path: combined, status: 200 },
      { path: `/feed.json?organization=${[slug, ...NOBODY].join(",")}`, status: 400 },
    ],
    "GET /:organization/feed.{format}": [
      { path: `/${slug}/feed.atom`, status: 200 },
      { path: `/${slug}/feed.atom`, status: 304, init: revalidation },
      { path: "/nobody/feed.rss", status: 404 },
    ],
    "GET /:organization/feed.{format}?": [
      { path: `/${slug}/feed.rss?tag=heritage`, status: 200 },
      {
        path: `/${other}/feed.rss?exclude=${slugs.map((one) => `organization:${one}`).join(",")}`,
        status: 200,
      },
      { path: `/${archived}/feed.rss?tag=heritage`, status: 200 },
      { path: "/nobody/feed.rss?tag=heritage", status: 404 },
    ],
    "GET /:organization/feed.{format} for subscribers": [
      {
        path: `/${slug}/feed.rss`,
        status: 200,
        init: { headers: { "user-agent": "Costly - 5 subscribers" } },
      },
    ],
    "GET /:organization/archive/:file": [
      { path: `/${slug}/archive/1.atom`, status: 200 },
      { path: `/${slug}/archive/9.atom`, status: 404 },
      { path: "/nobody/archive/1.atom", status: 404 },
    ],
    "GET /private/:key/:organization/feed.{format}": [
      { path: own, status: 200 },
      { path: own, status: 304, init: revalidation },
      { path: `/private/key_${UNMARKED}/${slug}/feed.atom`, status: 404 },
    ],
    "GET /private/:key/:organization/archive/:file": [
      { path: own.replace("feed.atom", "archive/1.atom"), status: 200 },
      { path: own.replace("feed.atom", "archive/9.atom"), status: 404 },
    ],
    "GET /private/:key/:organization/articles/:id": [
      { path: page, status: 200 },
      { path: `${page}x`, status: 404 },
    ],
    "GET of another form": [
      { path: `/${slug.toUpperCase()}`, status: 308 },
      { path: `/${slug}/feed/`, status: 308 },
      { path: `/${slug}/feed.rss?fbclid=x`, status: 308 },
      { path: `/${slug}/archive/1.atom?_=1`, status: 308 },
      { path: `${own}/`, status: 308 },
    ],
    "GET /hub": [{ path: "/hub", status: 200 }],
    "POST /hub": [
      { path: "/hub", status: 202, init: form(topicOf(slug), "https://reader.example/push") },
      {
        path: "/hub",
        status: 202,
        init: form(
          `${SITE}/feed.atom?organization=${[...slugs].sort().join(",")}`,
          "https://reader.example/all",
        ),
      },
      { path: "/hub", status: 422, init: form(topicOf("nobody"), "https://reader.example/push") },
    ],
    "GET /websub/:token": [
      { path: `${callback}?${question}`, status: 404 },
      { path: `/websub/nobody_x?${question}`, status: 404 },
      { path: callback, status: 404 },
    ],
    "POST /websub/:token": [
      { path: callback, status: 404, init: { method: "POST", body: "pushed" } },
      { path: "/websub/nobody_x", status: 404, init: { method: "POST", body: "pushed" } },
    ],
    "GET /qr.svg": [{ path: `/qr.svg?organization=${slugs.join(",")}`, status: 200 }],
    "GET /:organization/qr.svg": [{ path: `/${slug}/qr.svg`, status: 200 }],
    "GET /feeds.opml": [{ path: "/feeds.opml", status: 200 }],
    "GET /sitemap.xml": [{ path: "/sitemap.xml", status: 200 }],
    "GET /:organization/sitemap.xml": [
      { path: `/${slug}/sitemap.xml`, status: 200 },
      { path: "/nobody/sitemap.xml", status: 404 },
    ],
    "GET /robots.txt": [{ path: "/robots.txt", status: 200 }],
    "GET /favicon.svg": [{ path: "/favicon.svg", status: 200 }],
    "GET /favicon.ico": [{ path: "/favicon.ico", status: 200 }],
    "GET /apple-touch-icon.png": [{ path: "/apple-touch-icon.png", status: 200 }],
    "GET /icons/:file": [{ path: "/icons/41.svg", status: 200 }],
    "GET /api/docs": [{ path: "/api/docs", status: 200 }],
    "GET /api/docs/:file": [{ path: "/api/docs/swagger-ui.css", status: 200 }],
    "GET /api/v1/openapi.json": [{ path: "/api/v1/openapi.json", status: 200 }],
    "/api/v1": [
      {
        path: "/api/v1/articles",
        status: 401,
        init: { headers: { authorization: `Bearer tok_${UNMARKED}_${UNMARKED}` } },
      },
    ],
    "GET /admin": [
      { path: "/admin", status: 401 },
      { path: "/admin/articles", status: 401, init: { headers: { cookie: FORGED } } },
      { path: "/admin/articles", status: 401, init: signIn({ title: "x" }) },
    ],
    "POST /admin/sign-in": [
      { path: "/admin/sign-in", status: 401, init: signIn({ token: `tok_${UNMARKED}_${UNMARKED}` }) },
    ],
    "GET /admin/sign-in/:link": [{ path: "/admin/sign-in/x", status: 404 }],
    "POST /admin/sign-in/:link": [{ path: "/admin/sign-in/x", status: 404, init: signIn({}) }],
    "GET /admin/:file": [{ path: "/admin/console.css", status: 200 }],
    "GET /webhooks/public-key": [{ path: "/webhooks/public-key", status: 404 }],
    "GET /health": [{ path: "/health", status: 200 }],
    "GET /metrics": [{ path: "/metrics", status: 401 }],
    "GET /": [{ path: "/", status: 200, settings: { SITE_FEED: "on" } }],
    "GET /organizations": [
      { path: "/organizations", status: 200 },
      { path: "/organizations?page=9", status: 404 },
    ],
    "GET /articles/:id": [
      { path: `/articles/${id}`, status: 200 },
      { path: "/articles/nothing", status: 404 },
      { path: `/articles/${orphan}`, status: 410 },
    ],
    "GET /:organization?": [
      { path: `/${archived}?tag=heritage`, status: 200 },
      { path: `/${archived}?archive=1`, status: 200 },
      { path: `/${other}?exclude=${slugs.map((one) => `organization:${one}`).join(",")}`, status: 200 },
    ],
    "GET /:organization": [
      { path: `/${slug}`, status: 200 },
      { path: "/nobody", status: 404 },
    ],
  };
});

/** Sends a request as a client, and returns what it cost. */
async function costOf(
  { path, init, settings: own }: Example,
  settings: Partial<Bindings> = {},
): Promise<Cost & { status: number }> {
  let status = 0;
  const headers = { ...CLIENT, ...(init?.headers as Record<string, string> | undefined) };
  const { kvReads, objectCalls } = await costsOf(async () => {
    const response = await answerOf(path, { ...init, headers } as RequestInit<RequestInitCfProperties>, {
      ...settings,
      ...own,
    });
    await response.arrayBuffer();
    ({ status } = response);
  });
  return { status, kvReads, objectCalls: objectCalls.length };
}

const routes = Object.keys(COSTS) as Route[];

test("every route without a token has a row", () => {
  const served = app.routes
    .filter(({ method, path }) => method !== "ALL" && method !== "OPTIONS" && !path.startsWith("/api/v1/"))
    .map(({ method, path }) => `${method} ${path.replace(/\.(rss|atom|json)$/, ".{format}")}`);
  expect(served.filter((route) => !(route in COSTS))).toEqual([]);
});

describe("without a token, nobody can cause more than the table says", () => {
  test.each(routes)("%s", async (route) => {
    const { kvReads, objectCalls } = COSTS[route];
    let most: Cost = { kvReads: 0, objectCalls: 0 };
    for (const example of examples[route]) {
      const cost = await costOf(example);
      expect([example.path, cost.status]).toEqual([example.path, example.status]);
      expect(cost.kvReads).toBeLessThanOrEqual(kvReads);
      expect(cost.objectCalls).toBeLessThanOrEqual(objectCalls);
      most = {
        kvReads: Math.max(most.kvReads, cost.kvReads),
        objectCalls: Math.max(most.objectCalls, cost.objectCalls),
      };
    }
    // The table does not exaggerate either.
    expect(most).toEqual({ kvReads, objectCalls });
  });
});

describe("with FEED_LIMIT on, a client that is beyond its limit", () => {
  const full = () => ({
    FEED_LIMIT: "on",
    FEED_LIMITER: limiter(9),
    READ_LIMITER: limiter(0),
    WORK_LIMITER: limiter(0),
  });

  test.each(routes.filter((route) => COSTS[route].kvReads + COSTS[route].objectCalls > 0))(
    "causes nothing at %s, and is told to wait",
    async (route) => {
      for (const example of examples[route]) {
        expect(await costOf(example, full())).toEqual({ status: 429, kvReads: 0, objectCalls: 0 });
      }
      const [{ path, init } = { path: "" }] = examples[route];
      const headers = { ...CLIENT, ...(init?.headers as Record<string, string> | undefined) };
      const refused = await answerOf(
        path,
        { ...init, headers } as RequestInit<RequestInitCfProperties>,
        full(),
      );
      expect(refused.headers.get("retry-after")).toBe("60");
      expect(refused.headers.get("cache-control")).toBe("no-store");
    },
  );

  test.each(routes.filter((route) => COSTS[route].kvReads + COSTS[route].objectCalls === 0))(
    "is still answered at %s, which costs nothing",
    async (route) => {
      for (const example of examples[route]) {
        expect((await costOf(example, full())).status).toBe(example.status);
      }
    },
  );

  test("does not limit another client, but all addresses of its IPv6 network", async () => {
    const settings = { FEED_LIMIT: "on", READ_LIMITER: limiter(1) };
    const statusFor = async (address: string) =>
      (await answerOf("/nobody", { headers: { "cf-connecting-ip": address } }, settings)).status;
    expect(await statusFor("192.0.2.1")).toBe(404);
    expect(await statusFor("192.0.2.1")).toBe(429);
    expect(await statusFor("192.0.2.2")).toBe(404);
    expect(await statusFor("2001:db8:0:1::1")).toBe(404);
    expect(await statusFor("2001:db8:0:1:ffff::2")).toBe(429);
    expect(await statusFor("2001:db8:0:2::1")).toBe(404);
  });

  test("may use a token, but not one that was made before tokens were marked", async () => {
    const token = await newToken(slugs[0] ?? "");
    const statusFor = async (bearer: string) =>
      (
        await costOf(
          { path: "/api/v1/articles", status: 0, init: { headers: { authorization: `Bearer ${bearer}` } } },
          full(),
        )
      ).status;
    expect(await statusFor(token)).toBe(200);
    expect(await statusFor(`tok_${UNMARKED}_${UNMARKED}`)).toBe(429);
  });
});

describe("a query that cannot be answered", () => {
  test.each([
    ["names no slug", () => [...slugs.slice(0, 9), "No One"], 0],
    ["names nobody first", () => ["nobody", ...slugs.slice(0, 9)].sort(), 1],
  ])("that %s costs few reads", async (_what, names, reads) => {
    const cost = await costOf({
      path: `/feed.rss?organization=${names().map(encodeURIComponent).join(",")}`,
      status: 400,
    });
    expect(cost).toEqual({ status: 400, kvReads: reads, objectCalls: 0 });
  });
});
