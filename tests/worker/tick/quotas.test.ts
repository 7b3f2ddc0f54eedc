import { reset, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS } from "../../../src/model/time.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { takeTally, tallyAll } from "../../../src/store/tally.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minute, minutes, putRecord } from "../../support/sweeping.ts";

stopClockForEachTest();
let lines: LogLine[];
let errors: LogLine[];
beforeEach(async () => {
  await reset();
  takeTally(); // what other tests have counted
  errors = watchLog("error");
  lines = watchLog("warn");
});

const MESSAGES = ["KV PUT failed: 429 Too Many Requests", "KV put() limit exceeded for the day."];

/** Has KV refuse calls of a kind, as when the day's quota is used up. */
function usedUp(method: "get" | "put" | "list", message = MESSAGES[0]): void {
  const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
  vi.spyOn(kv, method).mockRejectedValue(new Error(message));
}

interface Shown {
  status: string;
  last_tick_at?: string;
  quotas_used_up?: string[];
}

async function health(status: number): Promise<Shown> {
  return json<Shown>(get("/health"), status);
}

/** How often an object's alarm goes off in an hour. */
async function alarmsInAnHour(stub: DurableObjectStub): Promise<number> {
  const end = Date.now() + 3_600_000;
  for (let alarms = 0; ; alarms++) {
    const due = await alarmIn(stub);
    if (due === null || Date.now() + due > end) return alarms;
    wait(Math.max(due, 0));
    await runDurableObjectAlarm(stub);
  }
}

/** An organization with an article that could not be published. */
async function unpublished(message?: string): Promise<string> {
  const slug = await newOrganization();
  await publish(slug);
  await newArticle(slug, { title: "Late" });
  usedUp("put", message);
  await publish(slug);
  return slug;
}

describe("while the quota of KV writes is used up", () => {
  test.each(MESSAGES)("GET /health says so: %s", async (message) => {
    await unpublished(message);
    expect(await health(503)).toMatchObject({ status: "degraded", quotas_used_up: ["kv-writes"] });
    // One failure, one line: the channel's own.
    expect([...errors, ...lines]).toEqual([
      expect.objectContaining({ event: "channel.documents", error: `Error: ${message}` }),
    ]);
  });

  test("webhooks are delivered, and the feed follows when there is quota again", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    await publish(slug);
    const { id } = await newWebhook(slug);
    await newArticle(slug, { title: "Late" });
    usedUp("put");
    await publish(slug);
    await deliver(id);
    expect(received).toHaveLength(1);
    expect(await titlesIn(slug)).toEqual([]);
    vi.restoreAllMocks();
    wait(3_600_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(await titlesIn(slug)).toEqual(["Late"]);
  });

  test("a channel asks ever less often", async () => {
    const slug = await unpublished();
    expect(await alarmsInAnHour(channelOf(env, slug))).toBeLessThanOrEqual(12);
  });

  test("the directory asks ever less often, and GET /health says so", async () => {
    await newOrganization(); // of the first one, the lists are published at once
    await newOrganization();
    usedUp("put");
    const alarms = await alarmsInAnHour(directoryOf(env));
    expect(alarms).toBeGreaterThanOrEqual(5);
    expect(alarms).toBeLessThanOrEqual(24);
    expect(await health(503)).toMatchObject({ quotas_used_up: ["kv-writes"] });
  });

  test("the directory says so in one line, however many pages of its list wait", async () => {
    await newOrganization();
    const pages = "INSERT OR IGNORE INTO list_pages (number, changes) VALUES (1, 1), (2, 1), (3, 1)";
    await rows(directoryOf(env), pages);
    await newOrganization();
    usedUp("put", MESSAGES[1]);
    wait(10_000);
    await runDurableObjectAlarm(directoryOf(env));
    expect([...errors, ...lines]).toEqual([
      expect.objectContaining({ event: "directory.publish-lists", quota: "kv-writes" }),
    ]);
  });

  test("an article is refused with 503, and GET /health says why", async () => {
    const slug = await newOrganization();
    usedUp("put");
    const refused = await api("POST", "/articles", { organizations: [slug], title: "News" });
    expect(refused.status).toBe(503);
    expect(await health(503)).toMatchObject({ quotas_used_up: ["kv-writes"] });
  });

  test("a batch of articles reports it once", async () => {
    const slug = await newOrganization();
    usedUp("put");
    const batch = Array.from({ length: 20 }, () => ({ organizations: [slug], title: "News" }));
    await api("POST", "/articles/batch", batch);
    expect([...errors, ...lines]).toEqual([
      expect.objectContaining({ event: "article.store", articles: 20, error: `Error: ${MESSAGES[0]}` }),
    ]);
  });

  test("GET /health is well again the next day, and an hour after the last refusal", async () => {
    const slug = await unpublished();
    vi.setSystemTime(Date.parse("2040-01-01T02:00:00Z"));
    expect(await health(200)).toEqual({ status: "ok" });
    vi.setSystemTime(Date.parse("2040-01-01T23:59:00Z"));
    await runDurableObjectAlarm(channelOf(env, slug));
    await health(503);
    wait(60_000);
    await health(200);
  });
});

test("another failure of KV is no used-up quota", async () => {
  await unpublished("KV PUT failed: 500 Internal Server Error");
  await health(200);
});

test("while the quota of KV lists is used up, objects are still checked, and GET /health says so", async () => {
  const slug = await newOrganization();
  await publish(slug);
  usedUp("list", "KV LIST failed: 429 Too Many Requests");
  await newArticle(slug);
  await runInDurableObject(channelOf(env, slug), (_object, { storage }) => storage.deleteAlarm());
  await minutes(10);
  expect(await alarmIn(channelOf(env, slug))).not.toBe(null);
  expect(await health(503)).toMatchObject({ quotas_used_up: ["kv-lists"], last_tick_at: expect.any(String) });
});

test("while KV does not answer, objects are still checked, and ticks come", async () => {
  const slug = await newOrganization();
  await publish(slug);
  usedUp("list", "KV LIST failed: 500 Internal Server Error");
  await newArticle(slug);
  await runInDurableObject(channelOf(env, slug), (_object, { storage }) => storage.deleteAlarm());
  for (let passed = 0; passed < 5; passed++) await expect(minute()).rejects.toThrow("KV LIST failed: 500");
  expect(await alarmIn(channelOf(env, slug))).not.toBe(null);
  expect(await health(200)).toMatchObject({ last_tick_at: "2040-01-01T00:05:05Z" });
});

test("while the quota of KV reads is used up, objects are still checked, and GET /health says so", async () => {
  const slug = await newOrganization();
  await publish(slug);
  await putRecord("article:a1", { organizations: [slug], title: "Late" });
  usedUp("get", "KV get() limit exceeded for the day.");
  await newArticle(slug, { title: "News" });
  await runInDurableObject(channelOf(env, slug), (_object, { storage }) => storage.deleteAlarm());
  await minutes(10);
  expect(await alarmIn(channelOf(env, slug))).not.toBe(null);
  expect(await health(503)).toMatchObject({ quotas_used_up: ["kv-reads"], last_tick_at: expect.any(String) });
  vi.restoreAllMocks();
  watchLog("warn");
  await minutes(65);
  await publish(slug);
  expect((await titlesIn(slug)).sort()).toEqual(["Late", "News"]);
});

test.each([
  ["list", "KV list() limit exceeded for the day."],
  ["get", "KV get() limit exceeded for the day."],
] as const)("the sweep asks a few times until there is quota again: %s", async (method, message) => {
  const slug = await newOrganization();
  await publish(slug);
  await putRecord("article:a1", { organizations: [slug], title: "Late" });
  const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
  const asked = vi.spyOn(kv, method).mockRejectedValue(new Error(message));
  await minutes(181);
  expect(asked.mock.calls.length).toBeGreaterThanOrEqual(3);
  expect(asked.mock.calls.length).toBeLessThanOrEqual(5);
});

test("a page of articles is refused with 503 when the quota of KV lists is used up, not its cursor", async () => {
  usedUp("list", MESSAGES[1]?.replace("put", "list"));
  expect((await api("GET", "/articles")).status).toBe(503);
  expect((await api("GET", "/articles?cursor=abc")).status).toBe(503);
});

describe("GET /health", () => {
  test("shows when the last tick was, and that it is late", async () => {
    expect(await health(200)).toEqual({ status: "ok" });
    await minute();
    const last_tick_at = `${new Date(Date.now()).toISOString().slice(0, 19)}Z`;
    wait(300_000);
    expect(await health(200)).toEqual({ status: "ok", last_tick_at });
    wait(1_000);
    expect(await health(503)).toEqual({ status: "degraded", last_tick_at });
  });

  test("costs one object call, and no KV", async () => {
    const costs = await costsOf(() => get("/health"));
    expect(costs).toMatchObject({ objectCalls: ["get"], kvReads: 0, kvWrites: 0, kvLists: 0 });
  });
});

describe("a quota that another isolate has found used up", () => {
  const REFUSED = { "quota_refusals:kv-writes": 1 };
  // What this isolate has found itself was on another day.
  beforeEach(() => {
    wait(10 * DAY_MS);
    takeTally();
  });

  test("is handed on by an isolate that has only heard of it, on that day", () => {
    tallyAll(REFUSED);
    expect(takeTally()).toEqual(REFUSED);
    tallyAll(REFUSED);
    wait(DAY_MS);
    expect(takeTally()).toEqual({});
  });

  test("is shown by GET /health and counted by GET /metrics", async () => {
    await directoryOf(env).sweep.tick(REFUSED);
    const response = await get("/health");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ quotas_used_up: ["kv-writes"] });
    expect(await directoryOf(env).metrics.get()).toMatchObject(REFUSED);
  });
});
