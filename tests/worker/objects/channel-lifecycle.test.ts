import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { channelOf, directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, countRows, deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;

const MANY = 300;

/** Gives an organization webhooks in numbers that the API would take minutes for; nothing is behind them. */
const addWebhooks = (slug: string, count: number) =>
  rows(
    channelOf(env, slug),
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      INSERT INTO webhooks (endpoint_id, webhook)
        SELECT printf('end_%05d', n), '{"events":["article.published"]}' FROM numbers`,
    count,
  );

stopClockForEachTest();
beforeEach(() => {
  watchLog("error");
});

/** Makes objects of a namespace unreachable, some or all, until mocks are restored. */
function unreachable(
  namespace: DurableObjectNamespace<never> | DurableObjectNamespace,
  ...ids: string[]
): void {
  const spaces = [env.ENDPOINT, env.DIRECTORY, env.CHANNEL] as DurableObjectNamespace[];
  const prototype = Object.getPrototypeOf(namespace) as DurableObjectNamespace;
  const names = new Set(ids.map((id) => namespace.idFromName(id).toString()));
  const find = prototype.get;
  vi.spyOn(prototype, "get").mockImplementation(function (this: DurableObjectNamespace, id, ...rest) {
    const isMeant = names.size > 0 ? names.has(id.toString()) : this === namespace;
    if (isMeant && spaces.includes(this)) throw new Error("unreachable");
    return Reflect.apply(find, this, [id, ...rest]);
  });
}

/** Runs a channel's alarm until nothing is due at once. */
async function settle(slug: string): Promise<void> {
  for (wait(5_000); (await alarmIn(channelOf(env, slug))) !== null; wait(5_000)) {
    await runDurableObjectAlarm(channelOf(env, slug));
  }
}

const isWatched = async (id: string): Promise<boolean> =>
  (await rows(directoryOf(env), "SELECT 1 FROM watched WHERE name = ?", id)).length > 0;

describe("a webhook whose endpoint cannot be reached", () => {
  test("is registered, and later receives every event since its registration", async () => {
    const receiver = receive();
    const slug = await newOrganization();
    await newArticle(slug, { title: "Old" });
    unreachable(env.ENDPOINT);
    const webhook = await newWebhook(slug, { secret: SECRET, backfill: { last: 1 } });
    await newArticle(slug, { title: "New" });
    await publish(slug);
    vi.restoreAllMocks();
    const after = receive();
    await settle(slug);
    await deliver(webhook.id);
    const titles = [...receiver.received, ...after.received].map(
      (request) => (verified(SECRET, request).data as { article: { title: string } }).article.title,
    );
    expect(titles).toEqual(["Old", "New"]);
    expect(await isWatched(webhook.id)).toBe(true);
  });

  test("gets its new secret and headers in one configuration before the next event", async () => {
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const path = `/organizations/${slug}/webhooks/${webhook.id}`;
    unreachable(env.ENDPOINT, webhook.id);
    const rotated = await json<{ secret: string }>(
      api("POST", `${path}/rotate-secret`, { secret: SECRET }),
      200,
    );
    expect(rotated.secret).toBe(SECRET);
    await api("PATCH", path, { headers: { "x-key": "k" }, description: "Ours" });
    await newArticle(slug, { title: "One" });
    vi.restoreAllMocks();
    const receiver = receive();
    await settle(slug);
    await deliver(webhook.id);
    const [request] = receiver.received;
    expect(request?.headers["x-key"]).toBe("k");
    expect(request && verified(SECRET, request)).toBeTruthy();
    expect(request && verified(webhook.secret, request)).toBeTruthy();
    expect(await json(api("GET", path), 200)).toMatchObject({ description: "Ours", header_names: ["x-key"] });
  });

  test("stays paused through other changes", async () => {
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const path = `/organizations/${slug}/webhooks/${webhook.id}`;
    unreachable(env.ENDPOINT, webhook.id);
    await api("PATCH", path, { paused: true });
    await api("PATCH", path, { description: "Later" });
    vi.restoreAllMocks();
    await settle(slug);
    expect(await json(api("GET", path), 200)).toMatchObject({
      description: "Later",
      health: { state: "paused" },
    });
    await json(api("POST", `${path}/enable`), 200);
    await json(api("PATCH", path, { description: "Still on" }), 200);
    expect(await json(api("GET", path), 200)).toMatchObject({ health: { state: "active" } });
  });

  test("is deleted, and then sends nothing", async () => {
    receive(() => new Response(null, { status: 500 }));
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    unreachable(env.ENDPOINT, id);
    expect((await api("DELETE", `/organizations/${slug}/webhooks/${id}`)).status).toBe(204);
    expect((await api("GET", `/organizations/${slug}/webhooks/${id}`)).status).toBe(404);
    vi.restoreAllMocks();
    const after = receive();
    await settle(slug);
    await deliver(id);
    expect(after.received).toEqual([]);
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(0);
    expect(await isWatched(id)).toBe(false);
  });

  test("is added to the watchdog later if the Directory cannot be reached", async () => {
    const slug = await newOrganization();
    unreachable(env.DIRECTORY);
    const webhook = { id: "end_watched-later", organization: slug, url: "https://hooks.example.com/" };
    const outcome = await channelOf(env, slug).webhooks.add(
      {
        ...webhook,
        events: ["article.published"],
        format: "standard",
        description: "",
        created_at: "2040-01-01T00:00:00Z",
      },
      { secret: SECRET },
    );
    expect(outcome).toBe("added");
    vi.restoreAllMocks();
    expect(await isWatched(webhook.id)).toBe(false);
    await settle(slug);
    expect(await isWatched(webhook.id)).toBe(true);
  });
});

describe("a webhook of a store of 6b9472a, whose secret only its endpoint has", () => {
  test("keeps the secret through a change, and replaces it in a rotation", async () => {
    const receiver = receive();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { headers: { "x-key": "k" } });
    const path = `/organizations/${slug}/webhooks/${webhook.id}`;
    await rows(channelOf(env, slug), "UPDATE webhooks SET secrets = NULL, version = 0");
    await rows(endpointOf(env, webhook.id), "UPDATE endpoint SET version = 0");
    await json(api("PATCH", path, { description: "Ours" }), 200);
    await json(api("POST", `${path}/rotate-secret`, { secret: SECRET, overlap_seconds: 60 }), 200);
    await newArticle(slug);
    await publish(slug);
    await deliver(webhook.id);
    const [request] = receiver.received;
    expect(request?.headers["x-key"]).toBe("k");
    for (const secret of [SECRET, webhook.secret]) expect(request && verified(secret, request)).toBeTruthy();
  });
});

describe("an organization that is deleted", () => {
  test("is fully closed by a second request if an endpoint could not be reached", async () => {
    receive(() => new Response(null, { status: 500 }));
    const slug = await newOrganization();
    const webhooks = [await newWebhook(slug), await newWebhook(slug), await newWebhook(slug)];
    await newArticle(slug);
    await publish(slug);
    for (const { id } of webhooks) await deliver(id);
    unreachable(env.ENDPOINT, webhooks[1]?.id ?? "");
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect(await channelOf(env, slug).organization.state()).toBe("closing");
    vi.restoreAllMocks();
    const after = receive();
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect(await channelOf(env, slug).organization.state()).toBe("closed");
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(404);
    wait(600_000);
    for (const { id } of webhooks) await deliver(id);
    expect(after.received).toHaveLength(0);
    for (const { id } of webhooks) expect(await countRows(endpointOf(env, id), "endpoint")).toBe(0);
  });

  test("deletes an endpoint that could not be reached from its alarm", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    unreachable(env.ENDPOINT, id);
    await api("DELETE", `/organizations/${slug}`);
    vi.restoreAllMocks();
    await settle(slug);
    expect(await countRows(endpointOf(env, id), "endpoint")).toBe(0);
    expect(await isWatched(id)).toBe(false);
    expect(await channelOf(env, slug).organization.state()).toBe("closed");
  });

  test("removes its webhooks from the watchdog later if the Directory could not be reached", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    unreachable(env.DIRECTORY);
    expect(await channelOf(env, slug).organization.close()).toBe("closing");
    vi.restoreAllMocks();
    await settle(slug);
    expect(await channelOf(env, slug).organization.state()).toBe("closed");
    expect(await isWatched(id)).toBe(false);
  });

  test("deletes its feeds later if KV failed", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    const { put } = kv;
    vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
      if (key.startsWith(`${slug}/`)) return Promise.reject(new Error("KV PUT failed: 429"));
      return Reflect.apply(put, this, [key, ...rest]);
    } as KVNamespace["put"]);
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect(await channelOf(env, slug).organization.state()).toBe("closing");
    expect(await alarmIn(channelOf(env, slug))).toBe(5_000);
    vi.restoreAllMocks();
    await settle(slug);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(410);
    expect(await channelOf(env, slug).organization.state()).toBe("closed");
  });

  test("deletes many webhooks in bounded steps", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await addWebhooks(slug, 10_000);
    const deleted = await costsOf(() => api("DELETE", `/organizations/${slug}`));
    expect(deleted.objectCalls.filter((call) => call === "remove").length).toBeLessThanOrEqual(45);
    expect(deleted.sqlStatements).toBeLessThan(2_000); // those of the endpoints that are called
    expect(await countRows(channel, "webhooks")).toBe(0);
    expect(await alarmIn(channel)).toBe(0);
    const step = await costsOf(() => runDurableObjectAlarm(channel));
    expect(step.objectCalls.length).toBeLessThanOrEqual(45);
    expect(step.objectCalls.filter((call) => call === "remove").length).toBeGreaterThanOrEqual(44);
  });

  test("is gone once the last of hundreds of endpoints has deleted what it stores", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    const webhooks = [await newWebhook(slug), await newWebhook(slug)];
    await addWebhooks(slug, MANY);
    const told: string[] = [];
    const step = async (of: () => Promise<unknown>) => {
      const { objectCalls } = await costsOf(of);
      expect(objectCalls.length).toBeLessThanOrEqual(50); // the free plan's calls for an invocation
      told.push(...objectCalls);
    };
    await step(() => api("DELETE", `/organizations/${slug}`));
    while ((await countRows(channel, "relay_entries")) > 0) await step(() => runDurableObjectAlarm(channel));
    expect(told.filter((call) => call === "remove")).toHaveLength(MANY + webhooks.length);
    for (const { id } of webhooks) expect(await countRows(endpointOf(env, id), "endpoint")).toBe(0);
    wait(60_000); // the Directory asks again
    await runDurableObjectAlarm(directoryOf(env));
    expect((await api("GET", `/organizations/${slug}`)).status).toBe(404);
  });

  test("is waited for, longer each time, and no error is logged or shown until something fails", async () => {
    await reset();
    const logged = watchLog("error");
    const slug = await newOrganization();
    await addWebhooks(slug, MANY);
    const waits = () => rows(directoryOf(env), "SELECT failures, retry_ms FROM relay_failures");
    await api("DELETE", `/organizations/${slug}`);
    expect(await waits()).toEqual([{ failures: 1, retry_ms: Date.now() + 5_000 }]);
    wait(5_000);
    await runDurableObjectAlarm(directoryOf(env));
    expect(await waits()).toEqual([{ failures: 2, retry_ms: Date.now() + 10_000 }]);
    expect(await json(api("GET", `/organizations/${slug}`), 200)).toMatchObject({ state: "closing" });
    watchLog("warn"); // the watchdog tells of alarms that a stopped clock held back
    await minutes(2);
    expect(await json(get("/health"), 200)).not.toHaveProperty("objects_with_errors");
    expect(logged).toEqual([]);

    unreachable(env.CHANNEL, slug);
    await runDurableObjectAlarm(directoryOf(env));
    expect(logged).toMatchObject([{ event: "directory.relay", target: `channel:${slug}`, failures: 3 }]);
  });

  test("has its feeds and repeats no alert if it is reopened before all is removed", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug, { title: "One" });
    await publish(slug);
    unreachable(env.ENDPOINT, id);
    const remove = kv.delete;
    vi.spyOn(kv, "delete").mockImplementation(function (this: KVNamespace, key: string) {
      if (!key.endsWith(".rss")) return Promise.reject(new Error("KV DELETE failed: 429"));
      return Reflect.apply(remove, this, [key]); // some are removed, some are not
    } as KVNamespace["delete"]);
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    vi.restoreAllMocks();
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 201);
    expect(await channelOf(env, slug).organization.state()).toBe("open");
    await settle(slug);
    expect(await titlesIn(slug)).toEqual(["One"]);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(200);
    expect(await rows(channelOf(env, slug), "SELECT seq FROM events")).toEqual([{ seq: 1 }]);
    expect(await countRows(endpointOf(env, id), "endpoint")).toBe(0);
  });
});
