import { env } from "cloudflare:workers";
import parse from "parse-prometheus-text-format";
import { beforeEach, describe, expect, test } from "vitest";
import { directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { takeTally } from "../../../src/store/tally.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { newTopic, runSubscription, subscribe, subscriber } from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { ADMIN_TOKEN, api, get, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { minute, minutes } from "../../support/sweeping.ts";
import { follower, publisher, rss, work } from "../../support/upstream.ts";

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  takeTally();
  watchLog("warn");
});

const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };

/** A sample of `GET /metrics` as an independent parser reads it: by its metric and the value of its label. */
async function metric(name: string, label = ""): Promise<number> {
  const response = await get("/metrics", OPERATOR);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  const family = parse(await response.text()).find((one) => one.name === `communique_${name}`);
  const found = family?.metrics.find(
    ({ labels = {} }) => label === "" || Object.values(labels).includes(label),
  );
  return Number(found?.value ?? found?.count ?? Number.NaN);
}

/** How many of a histogram took at most so many seconds. */
async function withinSeconds(name: string, bound: number): Promise<number> {
  const text = await (await get("/metrics", OPERATOR)).text();
  const [histogram] = parse(text).find((one) => one.name === `communique_${name}`)?.metrics ?? [];
  return Number(histogram?.buckets?.[bound]);
}

describe("GET /metrics", () => {
  test("is the operator's alone", async () => {
    const token = await newToken(await newOrganization());
    for (const headers of [{}, { authorization: `Bearer ${token}` }, { authorization: "Bearer x" }]) {
      expect((await get("/metrics", headers)).status).toBe(401);
    }
    expect((await get("/metrics", OPERATOR)).headers.get("cache-control")).toBe("no-store");
  });

  test("counts deliveries by outcome, retries, and how long an alert takes", async () => {
    let status = 500;
    receive(() => new Response(null, { status }));
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    status = 204;
    wait(3_600_000);
    await deliver(id);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    expect(await metric("deliveries_total", "delivered")).toBe(2);
    expect(await metric("retries_total")).toBe(1);
    expect(await metric("alert_seconds")).toBe(2);
  });

  test("counts deliveries that are given up", async () => {
    receive(() => new Response(null, { status: 400 }));
    const slug = await newOrganization();
    const { id } = await newWebhook(slug, { retry_seconds: [] });
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    expect(await metric("deliveries_total", "failed")).toBe(1);
  });

  test("measures how long an article takes to its feed", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticle(slug);
    await publish(slug);
    // The first feed of an organization is published at once.
    expect([await withinSeconds("feed_seconds", 2), await withinSeconds("feed_seconds", 5)]).toEqual([1, 2]);
  });

  test("counts calls of KV: what one article and one poll of its feed cost", async () => {
    const slug = await newOrganization();
    await publish(slug);
    const before = await metric("kv_operations_total", "write");
    const reads = await metric("kv_operations_total", "read");
    const { kvWrites } = await costsOf(async () => {
      await newArticle(slug);
      await publish(slug);
    });
    expect((await metric("kv_operations_total", "write")) - before).toBe(kvWrites);
    await get(`/${slug}/feed.rss`);
    expect((await metric("kv_operations_total", "read")) - reads).toBeGreaterThanOrEqual(1);
  });

  test("counts deliveries whose place a newer one takes, and those that a webhook cannot hold", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug, { quiet_seconds: 60 });
    const article = await newArticle(slug);
    await publish(slug);
    await api("PUT", `/articles/${article.id}`, { organizations: [slug], title: "Again" });
    await publish(slug);
    expect(await metric("deliveries_total", "superseded")).toBe(1);
    await rows(
      endpointOf(env, id),
      `WITH RECURSIVE n (n) AS (SELECT 10 UNION ALL SELECT n + 1 FROM n WHERE n < 5009)
        INSERT INTO deliveries (event_id, seq, type, article_id, at_ms, data, status, attempts, due_ms, created_ms)
        SELECT 'evt_' || n, n, 'article.published', 'a' || n, ?1, '{}', 'pending', 0, ?1, ?1 FROM n`,
      Date.now(),
    );
    await api("PATCH", `/organizations/${slug}/webhooks/${id}`, { paused: true });
    await newArticle(slug);
    await publish(slug);
    expect(await metric("deliveries_total", "failed")).toBe(2);
  });

  test("counts polls of followed feeds by outcome", async () => {
    const source = publisher(rss([{ id: "a" }]));
    const { id } = await follower(source);
    source.answer = () => new Response(null, { status: 500 });
    wait(7_200_000);
    await work(id);
    expect([await metric("polls_total", "read"), await metric("polls_total", "failed")]).toEqual([1, 1]);
  });

  test("counts what the hub sends, by outcome", async () => {
    const { slug, topic } = await newTopic();
    subscriber();
    await subscribe(topic);
    await newArticle(slug);
    await publish(slug);
    await runSubscription(topic);
    receive(() => new Response(null, { status: 500 }));
    await newArticle(slug);
    await publish(slug);
    await runSubscription(topic);
    expect([await metric("pushes_total", "delivered"), await metric("pushes_total", "failed")]).toEqual([
      1, 1,
    ]);
  });

  test("says when the last tick was", async () => {
    await minute();
    expect(await metric("last_tick_timestamp_seconds")).toBe(Date.now() / 1_000);
    expect(await metric("quota_used_up", "kv-writes")).toBe(0);
  });
});

describe("counting", () => {
  test("costs no KV write and, in a day of ticks, a row written for each ten minutes at most", async () => {
    const kept = async () => (await rows(directoryOf(env), "SELECT kept_ms FROM metrics"))[0]?.kept_ms;
    await minutes(2);
    const seen = new Set<unknown>();
    const { kvWrites } = await costsOf(async () => {
      for (let tick = 0; tick < 60; tick++) {
        await minute();
        seen.add(await kept());
      }
    });
    expect(kvWrites).toBe(0);
    expect(seen.size).toBeLessThanOrEqual(8);
  });

  test("reaches Analytics Engine where it is bound", async () => {
    const points: AnalyticsEngineDataPoint[] = [];
    const analytics = { writeDataPoint: (point: AnalyticsEngineDataPoint) => points.push(point) };
    Object.assign(env, { ANALYTICS: analytics });
    const slug = await newOrganization();
    await publish(slug);
    await metric("feed_seconds");
    Object.assign(env, { ANALYTICS: undefined });
    expect(points).toContainEqual({
      indexes: ["kv_operations"],
      blobs: ["kv_operations", "write"],
      doubles: [expect.any(Number)],
    });
    expect(points.length).toBeLessThanOrEqual(25);
  });

  test("is handed on by an isolate that only answers readers", async () => {
    takeTally();
    // A feed that is not there is looked for each time; one that is there would be kept.
    for (let poll = 0; poll < 1_000; poll++) await get("/nobody/feed.rss");
    const { objectCalls } = await costsOf(async () => void (await get("/nobody/feed.rss")));
    expect(objectCalls.filter((call) => call !== "add")).toEqual([]);
    expect(await metric("kv_operations_total", "read")).toBeGreaterThanOrEqual(1_000);
  });
});
