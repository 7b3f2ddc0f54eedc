import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Delivery, DeliveryLog } from "../../../src/model/delivery.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, shownWebhook, switchable, titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import {
  alarmIn,
  countRows,
  deliver,
  deliveriesOf,
  newWebhook,
  publish,
  rows,
} from "../../support/objects.ts";
import { verified } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

describe("POST …/deliveries/{delivery}/retry", () => {
  test("sends a delivery again at once with the same id, and restarts its schedule", async () => {
    const { receiver, answer } = switchable(500);
    const { webhook } = await alertsFor(["One"], { retry_seconds: [5] });
    await deliver(webhook.id);
    wait(10_000);
    await deliver(webhook.id);
    const [failed] = await deliveriesOf(webhook);
    expect(failed).toMatchObject({ status: "failed", attempt_count: 2 });
    const path = `${addressOf(webhook)}/deliveries/${failed?.id}`;
    expect(await json(api("POST", `${path}/retry`), 202)).toMatchObject({
      id: failed?.id,
      status: "pending",
    });
    await deliver(webhook.id);
    expect(await json(api("GET", path), 200)).toMatchObject({ status: "pending", attempt_count: 3 });
    answer.status = 204;
    wait(10_000);
    await deliver(webhook.id);
    expect(await json(api("GET", path), 200)).toMatchObject({ status: "delivered", attempt_count: 4 });
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });

  test("also retries a delivered one, and returns 404 for an unknown one", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    const [delivered] = await deliveriesOf(webhook);
    await json(api("POST", `${addressOf(webhook)}/deliveries/${delivered?.id}/retry`), 202);
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One", "One"]);
    expect((await api("POST", `${addressOf(webhook)}/deliveries/dlv_none/retry`)).status).toBe(404);
  });
});

describe("POST …/replay", () => {
  /** Three alerts a minute apart, of which the second has failed. */
  async function threeAlerts() {
    const { receiver, answer } = switchable(204);
    const { slug, webhook } = await alertsFor([], { retry_seconds: [] });
    for (const [index, title] of ["One", "Two", "Three"].entries()) {
      answer.status = index === 1 ? 500 : 204;
      await newArticle(slug, { title });
      await publish(slug);
      await deliver(webhook.id);
      wait(55_000);
    }
    answer.status = 204;
    return { webhook, replayed: () => titlesOf(receiver.received.slice(3)) };
  }

  test.each([
    [{ status: "failed" }, ["Two"]],
    [{ since: "2040-01-01T00:01:00Z" }, ["Two", "Three"]],
    [{ since: "2040-01-01" }, ["One", "Two", "Three"]],
    [{ since: "2040-01-01T00:02:00Z", status: "failed" }, []],
  ])("%j sends again %j", async (body, titles) => {
    const { webhook, replayed } = await threeAlerts();
    expect(await json(api("POST", `${addressOf(webhook)}/replay`, body), 202)).toEqual({
      replayed: titles.length,
    });
    await deliver(webhook.id);
    expect(replayed()).toEqual(titles);
  });

  test("is rejected without a selection, or with another status", async () => {
    const { webhook } = await alertsFor([]);
    for (const body of [{}, { status: "delivered" }, { since: "yesterday" }]) {
      expect((await api("POST", `${addressOf(webhook)}/replay`, body)).status).toBe(422);
    }
  });
});

describe("backfill", () => {
  async function withThree() {
    const slug = await newOrganization();
    for (const day of [1, 2, 3]) {
      await newArticle(slug, { title: `Day ${day}`, published_at: `2039-05-0${day}`, tags: [`t${day % 2}`] });
    }
    const gone = await newArticle(slug, { title: "Gone", published_at: "2039-05-04" });
    await api("DELETE", `/articles/${gone.id}`);
    await publish(slug);
    return slug;
  }

  test.each([
    [{ last: 2 }, ["Day 2", "Day 3"]],
    [{ last: 500 }, ["Day 1", "Day 2", "Day 3"]],
    [{ since: "2039-05-02" }, ["Day 2", "Day 3"]],
  ])("%j sends %j to the new webhook only, oldest first", async (backfill, titles) => {
    const { receiver } = switchable(204);
    const slug = await withThree();
    const before = await newWebhook(slug);
    const webhook = await newWebhook(slug, { backfill });
    await publish(slug);
    for (const { id } of [before, webhook]) await deliver(id);
    expect(titlesOf(receiver.received)).toEqual(titles);
    expect(receiver.received[0] && verified(webhook.secret, receiver.received[0]).type).toBe(
      "article.published",
    );
    expect(await shownWebhook(webhook)).not.toHaveProperty("backfill");
  });

  test("applies the filter", async () => {
    const { receiver } = switchable(204);
    const slug = await withThree();
    const { id } = await newWebhook(slug, { backfill: { last: 3 }, filter: "tag=t1" });
    await publish(slug);
    await deliver(id);
    expect(titlesOf(receiver.received)).toEqual(["Day 1", "Day 3"]);
  });

  test.each([{}, { last: 0 }, { last: 501 }, { last: 1, since: "2039-01-01" }, { since: "once" }])(
    "rejects %j",
    async (backfill) => {
      const slug = await newOrganization();
      const body = { url: "https://hooks.example.com/", backfill };
      const { errors } = await json<{ errors: { path: string }[] }>(
        api("POST", `/organizations/${slug}/webhooks`, body),
        422,
      );
      expect(errors.map(({ path }) => path.split(".")[0])).toContain("backfill");
    },
  );
});

describe("POST …/test", () => {
  test("sends a signed, logged test, even while the webhook is paused", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One"]);
    await api("PATCH", addressOf(webhook), { paused: true });
    const response = await api("POST", `${addressOf(webhook)}/test`);
    expect(response.status).toBe(202);
    const { delivery_id, event_id } = await response.json<{ delivery_id: string; event_id: string }>();
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(1);
    const [request] = receiver.received;
    expect(request?.headers["webhook-id"]).toBe(event_id);
    expect(request && verified(webhook.secret, request)).toEqual({
      type: "webhook.test",
      timestamp: "2040-01-01T00:00:05Z",
      sequence: 2,
      data: {
        organization: { slug, name: "Acme", page_url: `https://news.example/${slug}` },
        webhook: { id: webhook.id, description: "", origin: "https://hooks.example.com" },
      },
    });
    const location = response.headers.get("location") ?? "";
    expect(await json(api("GET", location.replace("/api/v1", "")), 200)).toMatchObject({
      id: delivery_id,
      event_type: "webhook.test",
      article_id: null,
      status: "delivered",
    });
  });

  test("is attempted once, and does not change the webhook's health", async () => {
    switchable(500);
    const { slug, webhook } = await alertsFor([]);
    await api("POST", `${addressOf(webhook)}/test`);
    await publish(slug);
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "failed", attempt_count: 1 });
    expect((await shownWebhook(webhook)).health.state).toBe("active");
  });
});

test("filters the log by status, article and type", async () => {
  switchable(204);
  const { slug, webhook, articles } = await alertsFor(["One", "Two"]);
  await deliver(webhook.id);
  await api("DELETE", `/articles/${articles[0]?.id}`);
  await withoutFirstTry(() => publish(slug));
  const listed = async (query: string) => {
    const path = `${addressOf(webhook)}/deliveries?${query}`;
    const { deliveries } = await json<{ deliveries: Delivery[] }>(api("GET", path), 200);
    return deliveries.map(({ event_type, article_id }) => [event_type, article_id]);
  };
  const [one, two] = articles.map(({ id }) => id);
  expect(await listed(`article=${one}`)).toEqual([
    ["article.withdrawn", one],
    ["article.published", one],
  ]);
  expect(await listed("type=article.published")).toEqual([
    ["article.published", two],
    ["article.published", one],
  ]);
  expect(await listed(`status=pending&article=${one}`)).toEqual([["article.withdrawn", one]]);
});

test("keeps the newest five thousand deliveries while nothing can be sent, and logs the dropped ones", async () => {
  const { slug, webhook } = await alertsFor(["First"]);
  await api("PATCH", addressOf(webhook), { paused: true });
  const endpoint = endpointOf(env, webhook.id);
  await rows(
    endpoint,
    `WITH RECURSIVE numbers (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      INSERT INTO deliveries (event_id, seq, type, article_id, at_ms, data, status, attempts, due_ms, created_ms)
        SELECT 'evt_' || n, n, 'article.published', 'a' || n, 0, '{}', 'pending', 0, 0, 0 FROM numbers`,
    LIMITS.HELD_DELIVERIES,
  );
  await rows(channelOf(env, slug), "UPDATE channel SET seq = ?", LIMITS.HELD_DELIVERIES);
  await newArticle(slug, { title: "Last" });
  await publish(slug);
  expect(await alarmIn(endpoint)).not.toBe(0);
  expect(await rows(endpoint, "SELECT seq FROM deliveries WHERE status = 'failed'")).toEqual([{ seq: 1 }]);
  expect(await countRows(endpoint, "deliveries")).toBe(LIMITS.HELD_DELIVERIES + 1);
  const { deliveries } = await endpoint.deliveries.list({
    status: "failed",
    article: null,
    type: null,
    cursor: null,
  });
  expect(await endpoint.deliveries.get(deliveries[0]?.id ?? "")).toMatchObject({
    status: "failed",
    attempts: [{ error: "dropped", detail: "More than 5000 events were waiting; the oldest were given up." }],
  });
});

test("returns the sent requests on demand, without secret headers", async () => {
  const { receiver } = switchable(204);
  const { webhook } = await alertsFor(["One"], { headers: { "x-key": "hidden" } });
  await deliver(webhook.id);
  const [delivery] = await deliveriesOf(webhook);
  expect(delivery?.attempts[0]).not.toHaveProperty("request");
  const path = `${addressOf(webhook)}/deliveries/${delivery?.id}?include=request`;
  const { attempts } = await json<DeliveryLog>(api("GET", path), 200);
  const [sent] = receiver.received;
  expect(attempts[0]?.request).toEqual({
    method: "POST",
    url: "https://hooks.example.com/",
    headers: {
      "x-key": "[not shown]",
      "content-type": "application/json",
      "webhook-id": sent?.headers["webhook-id"],
      "webhook-timestamp": sent?.headers["webhook-timestamp"],
      "webhook-signature": sent?.headers["webhook-signature"],
    },
    body: sent?.body.slice(0, 1_024),
  });
  expect((await api("GET", path.replace("=request", "=secrets"))).status).toBe(400);
});
