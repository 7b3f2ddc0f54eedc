import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import {
  addressOf,
  alertsFor,
  deliverForDays,
  expectState,
  shownWebhook,
  switchable,
  titlesOf,
} from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

const HOUR_MS = 3_600_000;

stopClockForEachTest();

describe("a receiver that answers 410", () => {
  test("disables its webhook, which keeps all events and sends them in order once enabled", async () => {
    const { receiver, answer } = switchable(410);
    const { slug, webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    expect(await shownWebhook(webhook)).toMatchObject({
      health: { state: "disabled", reason: "gone", since: "2040-01-01T00:00:05Z" },
    });
    for (const title of ["Two", "Three"]) await newArticle(slug, { title });
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(1);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);

    answer.status = 204;
    wait(40 * 24 * HOUR_MS);
    await endpointOf(env, webhook.id).wake();
    await json(api("POST", `${addressOf(webhook)}/enable`), 200);
    await expectState(webhook, "active");
    await deliver(webhook.id);
    expect(titlesOf(receiver.received.slice(1))).toEqual(["One", "Two", "Three"]);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(Array(3).fill("delivered"));
  });
});

describe("a webhook that is paused", () => {
  test("is sent nothing, not even waiting events, and everything afterwards", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One"]);
    expect(await json(api("PATCH", addressOf(webhook), { paused: true }), 200)).toMatchObject({
      health: { state: "paused" },
    });
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received).toEqual([]);
    expect(await json(api("PATCH", addressOf(webhook), { paused: false }), 200)).toMatchObject({
      health: { state: "active" },
    });
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One", "Two"]);
  });

  test("stays disabled if it was, also after resuming", async () => {
    switchable(410);
    const { webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    for (const paused of [true, false]) {
      await json(api("PATCH", addressOf(webhook), { paused }), 200);
      await expectState(webhook, "disabled");
    }
  });
});

describe("a receiver that fails", () => {
  test("makes its webhook failing until one success", async () => {
    const { answer } = switchable(500);
    const { webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    expect(await shownWebhook(webhook)).toMatchObject({ health: { state: "failing", failures: 1 } });
    answer.status = 204;
    wait(10_000);
    await deliver(webhook.id);
    expect(await shownWebhook(webhook)).toMatchObject({
      health: { state: "active", failures: 0, progress_percent: 0 },
    });
  });

  test("is not disabled after one day, with any number of alerts", async () => {
    switchable(500);
    const titles = Array.from({ length: 12 }, (_, index) => `${index}`);
    const { webhook } = await alertsFor(titles);
    await deliverForDays(webhook.id, 1);
    // Four tries each, over eighteen of the hundred and twenty hours that it takes.
    expect(await shownWebhook(webhook)).toMatchObject({
      health: { state: "failing", failures: 48, progress_percent: 15 },
    });
  });

  test("is disabled after five days, and other webhooks are notified of each change", async () => {
    const slug = await newOrganization();
    const types = ["endpoint.failing", "endpoint.disabled", "delivery.exhausted"];
    const bad = await newWebhook(slug, {
      url: "https://bad.example.com/secret-path",
      description: "Newsroom",
      events: ["article.published", ...types],
    });
    const watcher = await newWebhook(slug, { url: "https://ops.example.com/", events: types });
    const receiver = receive(({ url }) => new Response(null, { status: url.includes("bad") ? 500 : 204 }));
    for (let day = 0; day < 6; day++) {
      await newArticle(slug, { title: `Day ${day}` });
      await publish(slug);
      await deliverForDays(bad.id, 1);
      await publish(slug);
      await deliver(watcher.id);
    }
    expect(await shownWebhook(bad)).toMatchObject({
      health: { state: "disabled", reason: "failures", progress_percent: 100 },
    });
    const told = receiver.received.filter(({ url }) => url.includes("ops"));
    const alerts = told.map(({ body }) => JSON.parse(body));
    const said = alerts.filter(({ type }) => type !== "delivery.exhausted");
    expect(said.map(({ type, data }) => [type, data.health.state])).toEqual([
      ["endpoint.failing", "failing"],
      ["endpoint.failing", "failing"],
      ["endpoint.failing", "failing"],
      ["endpoint.disabled", "disabled"],
    ]);
    expect(said[0].data).toEqual({
      organization: { slug, name: "Acme", page_url: `https://news.example/${slug}` },
      webhook: { id: bad.id, description: "Newsroom", origin: "https://bad.example.com" },
      health: expect.objectContaining({ state: "failing" }),
    });
    const exhausted = alerts.filter(({ type }) => type === "delivery.exhausted");
    expect(exhausted.length).toBeGreaterThan(0);
    expect(exhausted[0].data.delivery).toMatchObject({
      id: expect.stringMatching(/^dlv_/),
      event_type: "article.published",
    });
    const toItself = receiver.received.filter(({ url }) => url.includes("bad"));
    expect(new Set(toItself.map(({ body }) => JSON.parse(body).type))).toEqual(
      new Set(["article.published"]),
    );
    const last = told.at(-1);
    if (!last) throw new Error("nothing was told");
    vi.setSystemTime(Number(last.headers["webhook-timestamp"]) * 1_000);
    verified(watcher.secret, last);
  });
});

test("does not report a failed delivery of an operational event", async () => {
  const slug = await newOrganization();
  const events = ["article.published", "delivery.exhausted"];
  const one = await newWebhook(slug, { events, retry_seconds: [] });
  const two = await newWebhook(slug, { events, retry_seconds: [] });
  const { receiver } = switchable(500);
  await newArticle(slug);
  for (let round = 0; round < 5; round++) {
    await publish(slug);
    for (const { id } of [one, two]) await deliver(id);
  }
  // One article and one notice of the other's failure each.
  expect(receiver.received).toHaveLength(4);
});
