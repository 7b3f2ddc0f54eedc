import { beforeAll, describe, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../../src/http/api/openapi.ts";
import { OPERATIONS } from "../../../src/http/api/routes.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { signedIn } from "../../support/console.ts";
import { asDocumented, checker, type Documented, documented } from "../../support/documented.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import { subscribe, subscriber, subscriptionsOf, topicOf } from "../../support/hub.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { ADMIN_TOKEN, api, get, json, SITE, scopedToken, send } from "../../support/service.ts";
import { newSharedWebhook, relay } from "../../support/shared.ts";

const document: OpenApi = JSON.parse(JSON.stringify(openApi(OPERATIONS)));
const faults = checker(document);
const operations = documented(document);
const named = operations.map((one) => [one.operation.operationId, one] as const);

stopClockForEachTest();

/** What the examples speak of: an organization with an article, and those who were told of it. */
async function world(): Promise<Record<string, string>> {
  await reset();
  subscriber();
  await json(api("PUT", "/organizations/acme", { name: "Acme Museum", aliases: ["Acme"] }), 201);
  const webhook = await newWebhook("acme");
  const shared = await newSharedWebhook("all");
  await api("PUT", "/articles/museum-opens-archive", { organizations: ["acme"], title: "A museum opens" });
  await publish("acme");
  await deliver(webhook.id);
  await relay([], shared);
  const deliveryOf = async (address: string) => {
    const { deliveries } = await json<{ deliveries: { id: string }[] }>(api("GET", address), 200);
    return deliveries[0]?.id ?? "";
  };
  await subscribe(topicOf("acme"));
  const [subscription] = await subscriptionsOf("acme");
  const reader = await json<{ id: string }>(api("POST", "/organizations/acme/readers", {}), 201);
  const draft = await json<{ id: string }>(api("POST", "/organizations/acme/drafts", {}), 201);
  const source = await json<{ id: string }>(api("POST", "/sources", { url: "https://n.example/feed" }), 201);
  const token = await scopedToken("acme", "read");
  return {
    organizations: "acme",
    articles: "museum-opens-archive",
    webhooks: webhook.id,
    "shared webhooks": shared.id,
    deliveries: await deliveryOf(`/organizations/acme/webhooks/${webhook.id}/deliveries`),
    "shared deliveries": await deliveryOf(`/webhooks/${shared.id}/deliveries`),
    readers: reader.id,
    drafts: draft.id,
    subscriptions: subscription?.id ?? "",
    sources: source.id,
    tokens: token.slice(0, "tok_".length + 26),
    sessions: await newSession(),
    versions: "1",
  };
}

/** A session of the operator. */
async function newSession(): Promise<string> {
  await signedIn(ADMIN_TOKEN);
  const { sessions } = await json<{ sessions: { id: string }[] }>(api("GET", "/me/sessions"), 200);
  return sessions[0]?.id ?? "";
}

/** The address of an operation's example, in a world. */
function addressIn(there: Record<string, string>, { path, operation }: Documented): string {
  const query = (operation.parameters ?? []).filter((one) => one.in === "query" && one.example !== undefined);
  const said = new URLSearchParams(query.map(({ name, example = "" }) => [name, example]));
  const kind = path.startsWith("/webhooks") ? "shared " : "";
  const filled = path.replace(/(\w+)\/\{\w+\}/g, (_, before: string) => `${before}/${there[kind + before]}`);
  return query.length > 0 ? `${filled}?${said}` : filled;
}

function request(address: string, { method }: Documented, type?: string, example?: unknown) {
  const body = typeof example === "string" ? example : JSON.stringify(example);
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, ...(type ? { "content-type": type } : {}) };
  return send(method, `/api/v1${address}`, { headers, ...(type ? { body } : {}) });
}

/** That an answer is what the document says of its status. */
async function expectDocumented({ operation }: Documented, response: Response): Promise<void> {
  const said = operation.responses[response.status];
  expect(said, `${response.status} is documented`).toBeDefined();
  const [type] = (response.headers.get("content-type") ?? "").split(";");
  const text = await response.text();
  const content = said?.content?.[type ?? ""];
  if (!content) expect(text).toBe("");
  else expect(faults(content.schema, type === "application/x-ndjson" ? text : JSON.parse(text))).toEqual([]);
}

describe("the OpenAPI document", () => {
  test("is public, cacheable and revalidated by ETag", async () => {
    const response = await get("/api/v1/openapi.json");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("cache-control")).toBe("public, max-age=60");
    expect(await response.json()).toEqual(document);
    const etag = response.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"\w{26}"$/);
    const again = await get("/api/v1/openapi.json", { "if-none-match": etag });
    expect([again.status, again.headers.get("etag"), await again.text()]).toEqual([304, etag, ""]);
    expect((await send("HEAD", "/api/v1/openapi.json")).headers.get("etag")).toBe(etag);
    expect((await send("POST", "/api/v1/openapi.json")).status).toBe(405);
  });
});

describe("the documentation page", () => {
  test("is public and revalidated by ETag", async () => {
    const response = await get("/api/docs");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("connect-src 'self'");
    expect(await response.text()).toContain('url: "/api/v1/openapi.json"');
    const etag = response.headers.get("etag") ?? "";
    expect((await get("/api/docs", { "if-none-match": etag })).status).toBe(304);
    expect((await send("POST", "/api/docs")).status).toBe(405);
  });
});

describe("returns a documented answer for the example of", () => {
  let there: Record<string, string> | null = null;

  test.each(named)("%s", async (_id, one) => {
    const bodies = Object.entries(one.operation.requestBody?.content ?? { "": undefined });
    for (const [type, content] of bodies) {
      there ??= await world();
      if (content) expect(faults(content.schema, content.example)).toEqual([]);
      const response = await request(addressIn(there, one), one, type, content?.example);
      if (one.method === "DELETE") there = null; // what it spoke of is gone
      expect(response.status).toBeLessThan(300);
      await expectDocumented(one, response);
    }
  });

  test("a published import and a new article", async () => {
    await world();
    const find = (id: string) =>
      operations.find(({ operation }) => operation.operationId === id) as Documented;
    const imported = find("importArticle");
    const text = imported.operation.requestBody?.content["text/plain"]?.example;
    const published = await request("/articles/import?publish=true", imported, "text/plain", text);
    expect(published.status).toBe(201);
    await expectDocumented(imported, published);
    const put = find("putArticle");
    const example = put.operation.requestBody?.content["application/json"]?.example;
    const made = await request("/articles/another", put, "application/json", example);
    expect(made.status).toBe(201);
    await expectDocumented(put, made);
  });

  test("an alert", async () => {
    const { received } = receive();
    await json(api("PUT", "/organizations/acme", { name: "Acme Museum" }), 200);
    const webhook = await newWebhook("acme");
    await api("POST", "/articles", { organizations: ["acme"], title: "News" });
    await withoutFirstTry(() => publish("acme"));
    await deliver(webhook.id);
    expect(received).toHaveLength(1);
    const schema = { $ref: "#/components/schemas/Alert" };
    expect(faults(schema, JSON.parse(received[0]?.body ?? ""))).toEqual([]);
  });
});

describe("returns documented errors for", () => {
  const guarded = named.filter(([, { operation }]) => operation.security?.length !== 0);

  beforeAll(() => api("PUT", "/organizations/acme", { name: "Acme Museum" }));

  test.each(guarded)("%s", async (_id, one) => {
    const there = {
      organizations: "nobody",
      articles: "none",
      webhooks: "x",
      deliveries: "x",
      readers: "x",
      drafts: "x",
      subscriptions: "x",
      tokens: "x",
    };
    const address = addressIn(there, one);
    const unknown = await send(one.method, `/api/v1${address}`);
    expect(unknown.status).toBe(401);
    await expectDocumented(one, unknown);
    if (one.operation["x-scope"] === "token") return; // every token may
    const lacking = await api(one.method, address, undefined, {
      token: await scopedToken("acme", one.operation["x-scope"] === "read" ? "webhooks" : "read"),
    });
    expect(lacking.status).toBe(403);
    await expectDocumented(one, lacking);
    if (!one.operation.requestBody) return expectDocumented(one, await request(address, one));
    for (const [type, body] of [
      ["application/json", "{"],
      ["application/json", '{"surprise":true}'],
      ["application/json", '"text"'],
      ["image/png", "x"],
      ["text/plain", "\u0000"],
    ]) {
      await expectDocumented(one, await request(address, one, type, body));
    }
  });
});

describe("the comparison of every answer with the document", () => {
  const asked = (path: string, method = "GET") => new Request(`${SITE}/api/v1${path}`, { method });
  const problem = { type: "urn:communique:problem:not-found", title: "", status: 404, detail: "" };
  const headers = { "content-type": "application/problem+json" };

  test("accepts what it describes", async () => {
    const response = Response.json(problem, { status: 404, headers });
    expect(await (await asDocumented(asked("/articles/one"), response)).json()).toEqual(problem);
    expect(
      (await asDocumented(asked("/articles/batch"), Response.json(problem, { status: 405, headers }))).status,
    ).toBe(405);
    expect(
      (await asDocumented(asked("/articles/one", "DELETE"), new Response(null, { status: 204 }))).status,
    ).toBe(204);
  });

  test.each([
    ["a status", "/articles/one", Response.json(problem, { status: 418, headers })],
    ["a status of an unknown path", "/nothing", Response.json(problem, { status: 422, headers })],
    ["a media type", "/articles/one", new Response("none", { status: 404 })],
    ["a field", "/articles/one", Response.json({ ...problem, more: 1 }, { status: 404, headers })],
    ["a body", "/openapi.json", new Response("{}", { status: 200, headers: { ...headers, etag: '"1"' } })],
    [
      "a header",
      "/articles/one",
      Response.json(problem, { status: 404, headers: { ...headers, link: "</>" } }),
    ],
    [
      "the lack of a header",
      "/articles/one",
      Response.json({ ...problem, status: 503 }, { status: 503, headers }),
    ],
  ])("rejects %s that it does not describe", async (_what, path, response) => {
    await expect(asDocumented(asked(path), response)).rejects.toThrow("the OpenAPI document");
  });
});

describe("the schema checker", () => {
  const organization = { $ref: "#/components/schemas/Organization" };
  const whole = { slug: "acme", name: "A", description: "", language: "en", aliases: [], sources: [] };

  test("accepts a valid value", () => expect(faults(organization, whole)).toEqual([]));

  test.each([
    { ...whole, slug: 1 },
    { ...whole, aliases: undefined },
    { ...whole, secret: "more than is documented" },
  ])("rejects %j", (value) => {
    expect(faults(organization, JSON.parse(JSON.stringify(value)))).not.toEqual([]);
  });
});
