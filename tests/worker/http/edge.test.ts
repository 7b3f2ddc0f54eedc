import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { canonical, isCacheable, tagsAt } from "../../../src/http/edge.ts";
import worker from "../../../src/index.ts";
import { organizationTag } from "../../../src/model/cache-tag.ts";
import { stopClock } from "../../support/clock.ts";
import { tagsOf } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, json, newArticle, newOrganization, publishIndex, SITE } from "../../support/service.ts";

const BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8";

let slug: string;
let id: string;
let own: string;
let tag: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  await newArticle(slug);
  await publish(slug);
  tag = (await tagsOf(slug)).atom ?? "";
  ({ id } = await newArticle(slug, { tags: ["heritage"] }));
  await publish(slug);
  await publishIndex();
  const { feeds } = await json<{ feeds: { atom: string } }>(
    api("POST", `/organizations/${slug}/readers`, {}),
    201,
  );
  own = feeds.atom.slice(SITE.length);
});
afterEach(() => vi.restoreAllMocks());

const requestOf = (path: string, headers: Record<string, string> = {}, accepted?: string): Request =>
  new Request(`${SITE}${path.replace("{slug}", slug).replace("{id}", id).replace("{own}", own)}`, {
    headers,
    cf: { clientAcceptEncoding: accepted } as RequestInitCfProperties,
  });

/** What is decompressed already when it comes from another entrypoint, and not when it does not. */
async function textOf(bytes: ArrayBuffer): Promise<string> {
  if (new Uint8Array(bytes)[0] !== 0x1f) return new TextDecoder().decode(bytes);
  return new Response(new Response(bytes).body?.pipeThrough(new DecompressionStream("gzip")) ?? null).text();
}

/** An answer of the Worker, with the Workers Cache in front of what may be shared or without. */
async function answer(request: Request, WORKERS_CACHE: string) {
  const context = createExecutionContext();
  const response = await worker.fetch(request, { ...env, WORKERS_CACHE }, context);
  const text = await textOf(await response.arrayBuffer());
  await waitOnExecutionContext(context);
  const headers = Object.fromEntries(response.headers);
  const edge = [headers["cloudflare-cdn-cache-control"], headers["cache-tag"]];
  for (const name of ["cloudflare-cdn-cache-control", "cache-tag", "request-id"]) delete headers[name];
  return { status: response.status, headers, text, edge };
}

const EDGE = "max-age=30, stale-while-revalidate=30, stale-if-error=86400";

describe("through the Workers Cache", () => {
  test.each<[path: string, isTagged: boolean, headers?: Record<string, string>, accepted?: string]>([
    ["/{slug}/feed.rss", true],
    ["/{slug}/feed.atom", true, {}, "gzip, br"],
    ["/{slug}/feed.json", true, {}, "gzip;q=0"],
    ["/{slug}/feed.json?tag=heritage", true, {}, "gzip"],
    ["/{slug}/feed.rss", true, { accept: BROWSER }],
    ["/{slug}/feed.rss", true, { accept: "application/rss+xml, */*" }],
    ["/feed.atom?organization={slug}", true],
    ["/{slug}/archive/1.atom", true],
    ["/{slug}", true],
    ["/", true],
    ["/", true, { "accept-language": "de, tr;q=0.8, en;q=0.5" }],
    ["/organizations", true, { "accept-language": "en;q=0.2, ar-EG" }],
    ["/", true, { "accept-language": "en-US" }],
    ["/articles/{id}", true],
    ["/api/v1/openapi.json", true],
    ["/nobody/feed.rss", false],
    ["/articles/nothing", false],
    ["/{slug}/feed.atom", false, { "a-im": "feed", "if-none-match": "{tag}" }],
    ["{own}", false, {}, "gzip"],
    ["/health", false],
    ["/api/v1/articles", false],
  ])(
    "%s is answered the same, with a lifetime of its own there: %s",
    async (path, isTagged, headers = {}, accepted) => {
      const given = Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, value.replace("{tag}", tag)]),
      );
      const through = await answer(requestOf(path, given, accepted), "on");
      const without = await answer(requestOf(path, given, accepted), "off");
      expect({ ...through, edge: null }).toEqual({ ...without, edge: null });
      expect(without.edge).toEqual([undefined, undefined]);
      expect(through.edge[0]).toBe(isTagged ? EDGE : undefined);
    },
  );

  test("a feed that is unchanged is answered 304", async () => {
    const { status } = await answer(
      requestOf("/{slug}/feed.atom", { "if-none-match": (await tagsOf(slug)).atom ?? "" }),
      "on",
    );
    expect(status).toBe(304);
  });
});

describe("a request in canonical form", () => {
  test("has two values of each header that selects an answer, whatever the client sends", () => {
    const accepts = [undefined, "*/*", "application/rss+xml", BROWSER, "text/html", "text/html;q=0.9, */*"];
    const encodings = [undefined, "gzip", "gzip, br", "br", "identity", "gzip;q=0"];
    const seen = new Set<string>();
    for (const accept of accepts) {
      for (const accepted of encodings) {
        const request = canonical(requestOf("/{slug}/feed.rss", accept ? { accept } : {}, accepted));
        seen.add([request.headers.get("accept"), request.headers.get("accept-encoding")].join(" "));
      }
    }
    expect([...seen].sort()).toEqual(["*/* gzip", "*/* identity", "text/html gzip", "text/html identity"]);
  });

  test("has one language of the home page, the one that is spoken to the client", () => {
    const languages = [
      "de, fr-CA;q=0.8, en;q=0.5",
      "en;q=0.1, TR",
      "az-Cyrl, ru",
      "de",
      "*",
      "",
      "x".repeat(500),
    ];
    const seen = languages.map((asked) =>
      canonical(requestOf("/", { "accept-language": asked })).headers.get("accept-language"),
    );
    expect(seen).toEqual(["fr", "tr", "ru", "en", "en", "en", "en"]);
  });

  test("goes past the cache if it is for one client alone, or must be counted", () => {
    const past: [string, Record<string, string>][] = [
      ["/{slug}/feed.rss", { authorization: "Bearer x" }],
      ["/{slug}/feed.rss", { "a-im": "feed" }],
      ["/{slug}/feed.rss", { "user-agent": "Feedbin - 12 subscribers" }],
      ["{own}", {}],
      ["/health", {}],
      ["/metrics", {}],
      ["/hub", {}],
      ["/api/v1/articles", {}],
    ];
    for (const [path, headers] of past)
      expect([path, isCacheable(requestOf(path, headers))]).toEqual([path, false]);
    expect(isCacheable(new Request(`${SITE}/${slug}/feed.rss`, { method: "POST" }))).toBe(false);
    expect(isCacheable(requestOf("/{slug}/feed.rss", { "user-agent": "curl" }))).toBe(true);
  });

  test.each([
    ["/icesco", ["icesco"]],
    ["/icesco/feed.rss?tag=x", ["icesco"]],
    ["/icesco/archive/3.json", ["icesco"]],
    ["/feed.atom?organization=icesco,oic", ["icesco", "oic"]],
    ["/feed.atom?organization=icesco&tag=x&organization=oic", ["icesco", "oic"]],
    ["/feed.atom?organization=ICESCO,%20oic%20,icesco", ["icesco", "oic"]],
    ["/", []],
    ["/articles/x", []],
    ["/No%20Slug", []],
  ])("%s has the tags of %j", (path, slugs) => {
    expect(tagsAt(`${SITE}${path}`)).toEqual(slugs.map(organizationTag));
  });
});
