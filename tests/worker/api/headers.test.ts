import { createExecutionContext, env } from "cloudflare:test";
import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { app } from "../../../src/http/app.ts";
import { stopClock } from "../../support/clock.ts";
import { answerOf } from "../../support/feeds.ts";
import { limiter } from "../../support/limiter.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import { ADMIN_TOKEN, api, json, newArticle, newOrganization, SITE, send } from "../../support/service.ts";

/** What every response has beside its Cache-Control. */
const FIXED = ["x-content-type-options", "strict-transport-security"];

let slug: string;
let id: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  ({ id } = await newArticle(slug));
  await publish(slug);
});

describe("every response", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  test.each<[method: string, path: string, status: number, init?: RequestInit]>([
    ["GET", "/", 200],
    ["GET", "/health", 200],
    ["GET", "/hub", 200],
    ["POST", "/hub", 415],
    ["POST", "/hub", 422, { headers: form, body: "hub.mode=subscribe" }],
    ["PUT", "/hub", 405],
    ["GET", "/robots.txt", 200],
    ["GET", "/webhooks/public-key", 404],
    ["GET", "/api/docs", 200],
    ["GET", "/api/v1/openapi.json", 200],
    ["GET", "/api/v1/articles", 401],
    ["GET", "/api/v2", 404],
    ["GET", "/nobody/feed.rss", 404],
    ["GET", "/nobody", 404],
    ["GET", "/a/b/c/d", 404],
    ["GET", "/{slug}", 200],
    ["GET", "/{slug}/feed.json", 200],
    ["HEAD", "/{slug}/feed.json", 200],
    ["OPTIONS", "/{slug}/feed.json", 204],
    ["POST", "/{slug}/feed.json", 405],
    ["GET", "/{slug}/feed.json?tag=none", 200],
    ["GET", "/feed.json", 400],
    ["GET", "/articles/{id}", 200],
    ["GET", `/private/key_${"0".repeat(26)}/{slug}/feed.rss`, 404],
  ])("to %s %s (%i) has nosniff, Cache-Control and, over https, HSTS", async (method, path, status, init) => {
    const response = await send(method, path.replace("{slug}", slug).replace("{id}", id), init);
    await response.text();
    expect(response.status).toBe(status);
    const headers = ["x-content-type-options", "strict-transport-security"].map((one) =>
      response.headers.get(one),
    );
    expect(headers).toEqual(["nosniff", "max-age=31536000"]);
    expect(response.headers.get("cache-control")).toMatch(status < 300 ? /./ : /^no-store$/);
  });

  test("of every route, to every method, with a token and without, has them, and no Referer tells a private address", async () => {
    const reader = await json<{ feeds: { rss: string } }>(
      api("POST", `/organizations/${slug}/readers`, {}),
      201,
    );
    const [, , key = ""] = new URL(reader.feeds.rss).pathname.split("/");
    const named: Record<string, string> = { organization: slug, slug, key, file: "1.rss" };
    const paths = new Set(app.routes.map(({ path }) => path).filter((path) => !path.includes("*")));
    expect(paths.size).toBeGreaterThan(50);
    const seen: Record<number, number> = {};
    for (const pattern of paths) {
      const path = pattern.replace(/:(\w+)/g, (_, name: string) => named[name] ?? id);
      const address = pattern.startsWith("/api/docs/") ? "/api/docs/index.css" : path;
      for (const method of ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]) {
        const isOperator = pattern.startsWith("/api/v1/") && method === "GET";
        for (const headers of [{}, ...(isOperator ? [{ authorization: `Bearer ${ADMIN_TOKEN}` }] : [])]) {
          const response = await send(method, address, { headers });
          await response.arrayBuffer();
          const given = Object.fromEntries(
            [...FIXED, "referrer-policy", "cache-control"].map((name) => [name, response.headers.get(name)]),
          );
          expect({ method, address, ...given }).toEqual({
            method,
            address,
            "x-content-type-options": "nosniff",
            "strict-transport-security": "max-age=31536000",
            "referrer-policy": pattern.startsWith("/private/")
              ? "no-referrer"
              : expect.toSatisfy((policy) => policy === null || policy === "no-referrer"),
            "cache-control": expect.stringMatching(
              response.status >= 400 ? /^no-store$/ : pattern.startsWith("/private/") ? /^private\b/ : /./,
            ),
          });
          seen[response.status] = (seen[response.status] ?? 0) + 1;
        }
      }
    }
    // Successes, missing tokens, what is not there and methods that are not allowed were all among them.
    for (const status of [200, 204, 401, 404, 405, 415]) expect(seen[status]).toBeGreaterThan(0);
  });

  test.each([304, 429, 503])("with %i has them, too", async (status) => {
    const settings: Partial<Bindings> = { FEED_LIMIT: "on", READ_LIMITER: limiter(status === 429 ? 0 : 9) };
    const { etag = "" } = Object.fromEntries((await send("HEAD", `/${slug}/feed.json`)).headers);
    const lines = watchLog("error");
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    if (status === 503) vi.spyOn(kv, "getWithMetadata").mockRejectedValue(new Error("KV GET failed"));
    const headers = { "if-none-match": etag, "cf-connecting-ip": "192.0.2.1" };
    const response = await answerOf(`/${slug}/feed.json`, { headers }, settings);
    vi.restoreAllMocks();
    expect(response.status).toBe(status);
    expect(FIXED.map((name) => response.headers.get(name))).toEqual(["nosniff", "max-age=31536000"]);
    expect(response.headers.get("cache-control")).toMatch(status === 304 ? /^public/ : /^no-store$/);
    expect(lines).toHaveLength(status === 503 ? 1 : 0);
  });

  test("of the API to a token is stored by no cache", async () => {
    for (const path of ["/articles", `/articles/${id}`, "/tokens", "/nothing"]) {
      expect((await api("GET", path)).headers.get("cache-control")).toBe("no-store");
    }
  });

  test("has no HSTS over plain HTTP", async () => {
    const setting = { ...env, PUBLIC_URL: "http://127.0.0.1:8787" };
    const response = await app.fetch(new Request(`${SITE}/health`), setting, createExecutionContext());
    expect(response.headers.get("strict-transport-security")).toBeNull();
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("a log line", () => {
  test("has the route of a failed request, not its path, which can hold a key", async () => {
    const reader = await json<{ feeds: { rss: string } }>(
      api("POST", `/organizations/${slug}/readers`, {}),
      201,
    );
    const lines = watchLog("error");
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    vi.spyOn(kv, "getWithMetadata").mockRejectedValue(new Error("KV GET failed"));
    const { pathname } = new URL(reader.feeds.rss);
    expect((await send("GET", pathname)).status).toBe(503);
    vi.restoreAllMocks();
    expect(lines).toMatchObject([{ event: "request", route: "/private/:key/:organization/feed.rss" }]);
    expect(JSON.stringify(lines)).not.toContain(pathname.split("/")[2]);
  });
});

describe("a body that is too large", () => {
  test("is rejected by the hub before it is read", async () => {
    let read = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        read += 1;
        if (read > 1_000) controller.close();
        else controller.enqueue(new Uint8Array(10_000));
      },
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const response = await send("POST", "/hub", { headers, body });
    expect([response.status, response.headers.get("content-type")]).toEqual([
      413,
      "text/plain; charset=utf-8",
    ]);
    expect(read).toBeLessThan(100);
  });
});
