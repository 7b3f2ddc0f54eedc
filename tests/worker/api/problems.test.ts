import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { News } from "../../../src/objects/directory/news.ts";
import { stopClock } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { watchLog } from "../../support/log.ts";
import {
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  type ShownProblem,
  send,
} from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The prototype of both KV bindings: what is mocked there, fails inside the Worker. */
const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;

describe("a problem", () => {
  test("is application/problem+json with type, title, status and detail, and is not kept by caches", async () => {
    const response = await api("GET", `/articles/${fresh("nothing")}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({
      type: "urn:communique:problem:not-found",
      title: "Not found",
      status: 404,
      detail: "There is nothing at this address.",
    });
  });

  test("lists the invalid fields", async () => {
    const problem = await json<ShownProblem>(api("POST", "/tokens", { organizations: 5 }), 422);
    expect(problem).toEqual({
      type: "urn:communique:problem:invalid",
      title: "Invalid fields",
      status: 422,
      detail: "Invalid fields: organizations.",
      errors: [{ path: "organizations", message: expect.any(String) }],
    });
  });

  test("returns only headers for HEAD", async () => {
    const response = await api("HEAD", `/articles/${fresh("nothing")}`);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
    expect(await response.text()).toBe("");
  });

  test.each(["/nothing-here", "/organizations/acme/nothing-here", "/articles/one/two", ""])(
    "returns 404 for /api/v1%s",
    async (path) => {
      const problem = await json<ShownProblem>(api("GET", path), 404);
      expect(problem.type).toBe("urn:communique:problem:not-found");
    },
  );

  test("needs no token outside /api/v1", async () => {
    expect(await json<ShownProblem>(get("/api/v2/articles"), 404)).toMatchObject({ status: 404 });
  });
});

describe("405 lists the allowed methods", () => {
  test.each([
    ["PATCH", "/organizations", "GET, HEAD"],
    ["POST", "/organizations/acme", "GET, HEAD, PUT, DELETE"],
    ["DELETE", "/articles", "GET, HEAD, POST"],
    ["GET", "/articles/batch", "POST"],
    ["HEAD", "/articles/batch", "POST"],
    ["POST", "/articles/one", "GET, HEAD, PUT, DELETE"],
    ["PUT", "/organizations/acme/webhooks", "GET, HEAD, POST"],
    ["POST", "/organizations/acme/webhooks/end_1", "GET, HEAD, PATCH, DELETE"],
    ["DELETE", "/organizations/acme/webhooks/end_1/deliveries", "GET, HEAD"],
    ["POST", "/organizations/acme/webhooks/end_1/deliveries/dlv_1", "GET, HEAD"],
    ["PUT", "/tokens", "GET, HEAD, POST"],
    ["GET", "/tokens/tok_1", "DELETE"],
    ["POST", "/problems", "GET, HEAD"],
  ])("%s %s: %s", async (method, path, allow) => {
    const response = await api(method, path);
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    expect(response.headers.get("content-type")).toBe("application/problem+json; charset=utf-8");
  });

  test.each([
    ["POST", "/", "GET, HEAD"],
    ["POST", "/health", "GET, HEAD"],
    ["PUT", "/acme", "GET, HEAD"],
    ["DELETE", "/articles/one", "GET, HEAD"],
    ["POST", "/acme/feed.rss", "GET, HEAD, OPTIONS"],
    ["DELETE", "/acme/feed.atom", "GET, HEAD, OPTIONS"],
    ["PATCH", "/acme/feed.json", "GET, HEAD, OPTIONS"],
  ])("%s %s: %s", async (method, path, allow) => {
    const response = await send(method, path);
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
  });
});

describe("when storage fails", () => {
  const CAUSE = "KV PUT failed: 500 secret-internal-detail";

  test("returns 503 with Retry-After and no internal details", async () => {
    const slug = await newOrganization();
    vi.spyOn(kv, "put").mockRejectedValue(new Error(CAUSE));
    const response = await api("POST", "/articles", { organizations: [slug], title: "Unlucky" });
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ type: "urn:communique:problem:unavailable", status: 503 });
    expect(text).not.toMatch(/secret-internal-detail|KV|Error|\.ts|\n\s+at /);
  });

  test("announces nothing that is not stored, and publishes once when it is sent again", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const fields = { organizations: [slug], title: "Unlucky" };
    vi.spyOn(kv, "put").mockRejectedValue(new Error(CAUSE));
    await json(api("PUT", `/articles/${id}`, fields), 503);
    vi.restoreAllMocks();
    expect(await titlesInFeed(slug)).toEqual([]);
    await json(api("PUT", `/articles/${id}`, fields), 201);
    expect(await titlesInFeed(slug)).toEqual(["Unlucky"]);
  });

  test("fails only the affected line of a batch", async () => {
    const [slug, unlucky] = [await newOrganization(), fresh("unlucky")];
    const real = kv.put as (...parameters: unknown[]) => Promise<void>;
    vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, ...parameters) {
      if (parameters[0] === `article:${unlucky}`) throw new Error(CAUSE);
      return real.apply(this, parameters);
    });
    const line = (id: string) => ({ id, organizations: [slug], title: id });
    const batch = api("POST", "/articles/batch", [line(fresh("first")), line(unlucky), line(fresh("last"))]);
    const { results } = await json<{ results: { status: number }[] }>(batch, 200);
    expect(results.map(({ status }) => status)).toEqual([201, 503, 201]);
  });

  test("returns problem+json from the API and a page elsewhere for reads", async () => {
    const { id } = await newArticle(await newOrganization());
    vi.spyOn(kv, "get").mockRejectedValue(new Error("KV GET failed: secret-internal-detail"));
    const problem = await api("GET", `/articles/${id}`);
    expect(problem.status).toBe(503);
    expect(await problem.text()).not.toContain("secret-internal-detail");
    const page = await get(`/articles/${id}`);
    expect([page.status, page.headers.get("content-type")]).toEqual([503, "text/html; charset=utf-8"]);
    expect(await page.text()).not.toContain("secret-internal-detail");
  });
});

test("GET /health", async () => {
  expect(await json(get("/health"), 200)).toEqual({ status: "ok" });
});

describe("the id of a request", () => {
  const failing = () => vi.spyOn(kv, "get").mockRejectedValue(new Error("KV GET failed"));

  test("stands in the answer, in the problem and in the log of a failure", async () => {
    const id = (await newArticle(await newOrganization())).id;
    const lines = watchLog("error");
    failing();
    const response = await api("GET", `/articles/${id}`);
    const requestId = response.headers.get("request-id");
    expect([response.status, requestId]).toEqual([503, expect.stringMatching(/^req_[0-9a-z]{26}$/)]);
    expect(await response.json()).toMatchObject({ instance: `urn:communique:request:${requestId}` });
    expect(lines).toEqual([expect.objectContaining({ event: "request", request_id: requestId })]);
  });

  test("is Cloudflare's own where there is one, and nothing else that a client sends", async () => {
    const idFor = async (ray: string) =>
      (await api("GET", "/tokens", undefined, { headers: { "cf-ray": ray } })).headers.get("request-id");
    expect(await idFor("8c1a2b3c4d5e6f70-FRA")).toBe("8c1a2b3c4d5e6f70-FRA");
    expect(await idFor("8c1a2b3c4d5e6f70-<b>")).toMatch(/^req_/);
  });

  test("stands in what the log says deeper down", async () => {
    const slug = await newOrganization();
    const lines = watchLog("error");
    vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed"));
    const response = await api("POST", "/articles", { organizations: [slug], title: "News" });
    expect(response.status).toBeGreaterThanOrEqual(500);
    expect(lines).toContainEqual(
      expect.objectContaining({ event: "article.store", request_id: response.headers.get("request-id") }),
    );
  });

  test("stands in what the log says of a page", async () => {
    const settings = env as Bindings;
    settings.SITE_FEED = "on";
    const lines = watchLog("warn");
    vi.spyOn(News.prototype, "latest").mockRejectedValue(new Error("no answer"));
    const response = await get("/", { "cf-ray": "8c1a2b3c4d5e6f70-FRA" });
    settings.SITE_FEED = "off";
    expect(response.status).toBe(200);
    expect(lines).toMatchObject([{ event: "home.headlines", request_id: "8c1a2b3c4d5e6f70-FRA" }]);
  });

  test("is on a page of a failure, and not on what caches keep", async () => {
    const response = await get("/");
    expect([response.status, response.headers.get("request-id")]).toEqual([200, null]);
    vi.spyOn(kv, "getWithMetadata").mockRejectedValue(new Error("KV GET failed"));
    watchLog("error");
    const failed = await get("/");
    expect([failed.status, failed.headers.get("request-id")]).toEqual([503, expect.stringMatching(/^req_/)]);
  });
});
