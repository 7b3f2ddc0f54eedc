import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { COSTS } from "../../../src/http/costs.ts";
import { stopClock } from "../../support/clock.ts";
import { answerOf, newArticles, tagsOf } from "../../support/feeds.ts";
import { limiter } from "../../support/limiter.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import {
  ADMIN_TOKEN,
  api,
  json,
  newArticle,
  newOrganization,
  publishIndex,
  SITE,
} from "../../support/service.ts";

type Route = keyof typeof COSTS;

const FEED = "public, max-age=3600, stale-while-revalidate=3600, stale-if-error=86400";
const BUSY_FEED = "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400";
const PAGE = "public, max-age=60";
const STATIC = "public, max-age=86400";
const NONE = "no-store";

const VARIES = "Accept, A-IM, Accept-Encoding";
const TEXT = "Accept-Encoding";
const SPOKEN = "Accept-Language, Accept-Encoding";

interface Answer {
  status: number;
  cacheControl: string;
  vary: string | null;
}

/** An answer, and whether it names the request. */
interface Named extends Answer {
  isNamed: boolean;
}

const BROWSER = { accept: "text/html,application/xhtml+xml,*/*;q=0.8" };

let slug: string;
let busy: string;
let id: string;
let withdrawn: string;
let own: string;
let tag: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  busy = await newOrganization();
  ({ id } = await newArticle(slug, { tags: ["heritage"] }));
  ({ id: withdrawn } = await newArticle(slug));
  await api("DELETE", `/articles/${withdrawn}`);
  await newArticles(busy, 60);
  await publish(slug);
  await publish(busy);
  await publishIndex();
  tag = (await tagsOf(slug)).atom ?? "";
  const { feeds } = await json<{ feeds: { atom: string } }>(
    api("POST", `/organizations/${slug}/readers`, {}),
    201,
  );
  own = feeds.atom.slice(SITE.length);
});

type Row = [path: string, status: number, cacheControl: string, vary: string | null, init?: RequestInit];

/** Every route that anybody may ask, with what it answers: its status, how long it may be kept, and what it varies on. */
const ANSWERS: Record<Route, readonly Row[]> = {
  "GET /feed.{format} of all": [
    // What it answers where it is on: tests/worker/feeds/site.test.ts.
    ["/feed.atom", 400, NONE, null],
  ],
  "GET /feed.{format}": [
    ["/feed.atom?organization={slug}", 200, FEED, VARIES],
    ["/feed.atom?organization={slug}", 200, PAGE, VARIES, { headers: BROWSER }],
    ["/feed.atom", 400, NONE, null],
  ],
  "GET /:organization/feed.{format}": [
    ["/{slug}/feed.atom", 200, FEED, VARIES],
    ["/{busy}/feed.atom", 200, BUSY_FEED, VARIES],
    ["/{slug}/feed.atom", 304, FEED, VARIES, { headers: { "if-none-match": "{tag}" } }],
    ["/{slug}/feed.atom", 200, FEED, VARIES, { method: "HEAD" }],
    ["/{slug}/feed.atom", 200, PAGE, VARIES, { headers: BROWSER }],
    ["/nobody/feed.atom", 404, NONE, null],
    ["/{slug}/feed.atom", 204, NONE, null, { method: "OPTIONS" }],
    ["/{slug}/feed.atom", 405, NONE, null, { method: "POST" }],
  ],
  "GET /:organization/feed.{format}?": [
    ["/{slug}/feed.json?tag=heritage", 200, FEED, VARIES],
    ["/{slug}/feed.json?tag=heritage", 200, PAGE, VARIES, { headers: BROWSER }],
    ["/{slug}/feed.json?wrong=1", 400, NONE, null],
  ],
  "GET /:organization/feed.{format} for subscribers": [
    ["/{slug}/feed.rss", 200, FEED, VARIES, { headers: { "user-agent": "Any - 5 subscribers" } }],
  ],
  "GET /:organization/archive/:file": [
    [
      "/{busy}/archive/1.atom",
      200,
      STATIC.concat(", stale-while-revalidate=86400, stale-if-error=86400"),
      VARIES,
    ],
    ["/{slug}/archive/9.atom", 404, NONE, null],
  ],
  "GET /private/:key/:organization/feed.{format}": [
    ["{own}", 200, "private, max-age=3600", VARIES],
    ["{own}", 304, "private, max-age=3600", VARIES, { headers: { "if-none-match": "{tag}" } }],
    ["{own}", 200, "private, no-store", VARIES, { headers: BROWSER }],
    ["/private/key_0/{slug}/feed.atom", 404, NONE, null],
  ],
  "GET /private/:key/:organization/archive/:file": [
    ["{own-archive}", 200, "private, no-cache", TEXT],
    ["{own-archive}x", 404, NONE, null],
  ],
  "GET /private/:key/:organization/articles/:id": [
    ["{own-page}", 200, "private, no-store", TEXT],
    ["{own-page}x", 404, NONE, TEXT],
  ],
  "GET of another form": [
    ["/{slug}/", 308, STATIC, null],
    ["/{slug}/feed?utm_source=x", 308, STATIC, null],
    ["{own}?_=1", 308, "private, no-store", null],
  ],
  "GET /admin": [["/admin", 401, NONE, null]],
  "POST /admin/sign-in": [["/admin/sign-in", 415, NONE, null, { method: "POST", body: "x" }]],
  "GET /admin/sign-in/:link": [["/admin/sign-in/x", 404, NONE, null]],
  "POST /admin/sign-in/:link": [["/admin/sign-in/x", 415, NONE, null, { method: "POST", body: "x" }]],
  "GET /admin/:file": [["/admin/console.js", 200, STATIC, null]],
  "GET /hub": [["/hub", 200, NONE, null]],
  "POST /hub": [["/hub", 415, NONE, null, { method: "POST" }]],
  "GET /websub/:token": [["/websub/nobody", 404, NONE, null]],
  "POST /websub/:token": [["/websub/nobody", 404, NONE, null, { method: "POST", body: "x" }]],
  "GET /qr.svg": [["/qr.svg?organization=acme", 200, STATIC, TEXT]],
  "GET /:organization/qr.svg": [["/acme/qr.svg", 200, STATIC, TEXT]],
  "GET /feeds.opml": [
    ["/feeds.opml", 200, "public, max-age=60, stale-while-revalidate=60, stale-if-error=86400", TEXT],
  ],
  "GET /sitemap.xml": [["/sitemap.xml", 200, "public, max-age=60", TEXT]],
  "GET /:organization/sitemap.xml": [
    ["/{slug}/sitemap.xml", 200, "public, max-age=60", TEXT],
    ["/nobody/sitemap.xml", 404, NONE, TEXT],
  ],
  "GET /robots.txt": [["/robots.txt", 200, STATIC, TEXT]],
  "GET /favicon.svg": [["/favicon.svg", 200, STATIC, TEXT]],
  "GET /favicon.ico": [["/favicon.ico", 200, STATIC, null]],
  "GET /apple-touch-icon.png": [["/apple-touch-icon.png", 200, STATIC, null]],
  "GET /icons/:file": [
    ["/icons/41.svg", 200, STATIC, TEXT],
    ["/icons/other.svg", 404, NONE, TEXT],
  ],
  "GET /api/docs": [["/api/docs", 200, PAGE, TEXT]],
  "GET /api/docs/:file": [
    ["/api/docs/index.css", 200, STATIC, TEXT],
    ["/api/docs/other.css", 404, NONE, null],
  ],
  "GET /api/v1/openapi.json": [
    ["/api/v1/openapi.json", 200, PAGE, TEXT],
    ["/api/v1/openapi.json?x=1", 400, NONE, null],
  ],
  "/api/v1": [
    ["/api/v1/articles", 401, NONE, null],
    ["/api/v1/articles/{id}", 200, NONE, null, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }],
  ],
  "GET /webhooks/public-key": [["/webhooks/public-key", 404, NONE, null]],
  "GET /health": [["/health", 200, NONE, null]],
  "GET /metrics": [
    ["/metrics", 401, NONE, null],
    ["/metrics", 200, NONE, null, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }],
  ],
  "GET /": [["/", 200, PAGE, SPOKEN]],
  "GET /organizations": [
    ["/organizations", 200, PAGE, SPOKEN],
    ["/organizations?page=9", 404, NONE, TEXT],
  ],
  "GET /articles/:id": [
    ["/articles/{id}", 200, PAGE, TEXT],
    ["/articles/{withdrawn}", 410, NONE, TEXT],
    ["/articles/nothing", 404, NONE, TEXT],
  ],
  "GET /:organization?": [["/{slug}?tag=heritage", 200, PAGE, TEXT]],
  "GET /:organization": [
    ["/{slug}", 200, PAGE, TEXT],
    ["/nobody", 404, NONE, TEXT],
  ],
};

const filled = (text: string): string =>
  text
    .replace("{slug}", slug)
    .replace("{busy}", busy)
    .replace("{id}", id)
    .replace("{withdrawn}", withdrawn)
    .replace("{tag}", tag)
    .replace("{own-archive}", own.replace("feed.atom", "archive/1.atom"))
    .replace("{own-page}", own.replace("feed.atom", `articles/${id}`))
    .replace("{own}", own);

async function answered(path: string, init: RequestInit = {}, settings = {}): Promise<Named> {
  const headers = Object.fromEntries(
    Object.entries((init.headers as Record<string, string> | undefined) ?? {}).map(([name, value]) => [
      name,
      filled(value),
    ]),
  );
  const request = { ...init, headers } as RequestInit<RequestInitCfProperties>;
  const response = await answerOf(filled(path), request, settings);
  await response.body?.cancel();
  const named = (name: string) => response.headers.get(name);
  const [cacheControl, vary] = [named("cache-control") ?? "", named("vary")];
  return { status: response.status, cacheControl, vary, isNamed: named("request-id") !== null };
}

describe("how long, for whom and for which requests an answer may be kept", () => {
  const rows = Object.values(ANSWERS).flat();
  test.each<Row>(rows)(
    "%s is answered %i with %s, varying on %s",
    async (path, status, cacheControl, vary, init) => {
      // Caches would show the id of one client's request to another.
      const isNamed = cacheControl === NONE && path.startsWith("/api/v1/");
      expect(await answered(path, init)).toEqual({ status, cacheControl, vary, isNamed });
    },
  );

  test.each([
    [404, 404],
    [500, 503],
  ])(
    "a file of the documentation that cannot be read (%i) is kept by nobody",
    async (status, answeredWith) => {
      watchLog("error");
      const ASSETS = { fetch: async () => new Response("not here", { status }) };
      expect(await answered("/api/docs/index.css", {}, { ASSETS })).toMatchObject({
        status: answeredWith,
        cacheControl: NONE,
      });
    },
  );

  test("a delta is for nobody else", async () => {
    await newArticle(slug);
    await publish(slug);
    const delta = await answered("/{slug}/feed.atom", {
      headers: { "a-im": "feed", "if-none-match": "{tag}" },
    });
    expect([delta.status, delta.cacheControl]).toEqual([226, NONE]);
  });

  test.each<Row>(rows.filter(([path]) => !path.startsWith("/api/docs")))(
    "%s is kept by nobody when the client has sent too many requests or the service fails",
    async (path, _status, _cacheControl, _vary, init) => {
      const full = {
        FEED_LIMIT: "on",
        FEED_LIMITER: limiter(0),
        READ_LIMITER: limiter(0),
        WORK_LIMITER: limiter(0),
      };
      const from = { "cf-connecting-ip": "192.0.2.9", ...(init?.headers as Record<string, string>) };
      const limited = await answered(path, { ...init, headers: from }, full);
      if (limited.status === 429) expect(limited.cacheControl).toBe(NONE);
      watchLog("error");
      const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
      vi.spyOn(kv, "getWithMetadata").mockRejectedValue(new Error("KV GET failed"));
      const failed = await answered(path, init);
      vi.restoreAllMocks();
      if (failed.status >= 400) expect(failed.cacheControl).toBe(NONE);
    },
  );
});
