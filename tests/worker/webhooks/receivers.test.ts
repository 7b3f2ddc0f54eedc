import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, shownWebhook, switchable, titlesOf } from "../../support/alerts.ts";
import { stopClock, stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, newWebhook, publish, rows } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5); // no jitter
});

/** An organization with a webhook, and so many alerts on their way to it. */
async function burst(count: number, fields: Record<string, unknown> = {}) {
  const slug = await newOrganization();
  const webhook = await newWebhook(slug, fields);
  const batch = Array.from({ length: count }, (_, number) => ({ organizations: [slug], title: `${number}` }));
  await json(api("POST", "/articles/batch", batch), 200);
  while (await publish(slug));
  return { slug, webhook };
}

/** Runs an endpoint's alarms, each at its time, for so many minutes. */
async function deliverForMinutes(id: string, minutes: number): Promise<void> {
  const end = Date.now() + minutes * 60_000;
  for (;;) {
    const due = await alarmIn(endpointOf(env, id));
    if (due === null || Date.now() + due > end) return;
    wait(Math.max(due, 0));
    await deliver(id);
  }
}

const titlesIn = ({ body }: Received): string[] =>
  JSON.parse(body).data.messages.map(
    ({ data }: { data: { article: { title: string } } }) => data.article.title,
  );

describe("a receiver that asks to wait", () => {
  test.each([
    [429, { "retry-after": "60" }],
    [503, { "retry-after": "60" }],
    [429, {}],
  ])("by %i %j is sent nothing until then", async (status, headers: Record<string, string>) => {
    const { receiver } = switchable(status, headers);
    const { webhook } = await burst(100);
    await deliver(webhook.id);
    expect(receiver.received.length).toBeLessThanOrEqual(6); // those that were under way
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(headers["retry-after"] ? 60_000 : 5_000);
  });

  test("is sent one request afterwards, and then the rest", async () => {
    const { receiver, answer } = switchable(429, { "retry-after": "60" });
    const { webhook } = await burst(20);
    await deliver(webhook.id);
    const refused = receiver.received.length;
    wait(60_000);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(refused + 1);
    answer.status = 204;
    answer.headers = {};
    await deliverForMinutes(webhook.id, 10);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(Array(20).fill("delivered"));
  });

  test("has the time in its health and in explain, and is sent everything at once after enable", async () => {
    const { receiver, answer } = switchable(429, { "retry-after": "600" });
    const { webhook, articles } = await alertsFor(["One", "Two"]);
    await deliver(webhook.id);
    expect((await shownWebhook(webhook)).health).toMatchObject({ held_until: "2040-01-01T00:10:05Z" });
    const path = `${addressOf(webhook)}/explain?article=${articles[1]?.id}`;
    expect((await json<{ detail: string }>(api("GET", path), 200)).detail).toContain(
      "The receiver has asked to wait until 2040-01-01T00:10:05Z.",
    );
    answer.status = 204;
    await json(api("POST", `${addressOf(webhook)}/enable`), 200);
    const before = receiver.received.length;
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(before + 2);
    expect((await shownWebhook(webhook)).health).not.toHaveProperty("held_until");
  });

  test("is not held by a 503 without Retry-After: each delivery has its own schedule", async () => {
    const { receiver } = switchable(503);
    const { webhook } = await burst(20);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(20);
  });
});

describe("the pace of a chat service", () => {
  /** A receiver that refuses more than so many requests in a window of time, as a sliding window counts them. */
  function bucket(rates: readonly [most: number, windowMs: number][]) {
    const taken: number[] = [];
    let refusals = 0;
    receive(() => {
      const now = Date.now();
      const frees = rates.flatMap(([most, windowMs]) => {
        const inWindow = taken.filter((at) => at > now - windowMs);
        return inWindow.length < most ? [] : [(inWindow.at(-most) ?? 0) + windowMs];
      });
      if (frees.length > 0) {
        refusals++;
        const seconds = Math.ceil((Math.max(...frees) - now) / 1_000);
        return new Response(null, { status: 429, headers: { "retry-after": `${seconds}` } });
      }
      taken.push(now);
      return new Response(null, { status: 204 });
    });
    return { taken, refusals: () => refusals };
  }

  test.each([
    [
      "discord",
      [
        [5, 2_000],
        [30, 60_000],
      ],
      10,
    ],
    ["slack", [[1, 1_000]], 10],
  ] as const)(
    "%s is kept by default: a burst of 200 is delivered without a refusal",
    async (format, rates, minutes) => {
      const { taken, refusals } = bucket(rates.map(([most, windowMs]) => [most, windowMs]));
      const { webhook } = await burst(200, { format });
      await deliverForMinutes(webhook.id, minutes);
      expect(taken).toHaveLength(200);
      expect(refusals()).toBe(0);
    },
  );

  test("slows down after 429 responses of an unknown service", async () => {
    const { taken, refusals } = bucket([
      [5, 2_000],
      [30, 60_000],
    ]);
    const { webhook } = await burst(200);
    await deliverForMinutes(webhook.id, 10);
    expect(taken).toHaveLength(200);
    expect(refusals()).toBeLessThanOrEqual(6 + 2); // those under way, and two until its pace is known
  });

  test("and the owner's limit both apply", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await burst(10, { format: "discord", per_minute: 3 });
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(3);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(60_000);
  });
});

describe("a batch", () => {
  test("that is too large is halved until it fits, without counting as attempts", async () => {
    const receiver = receive(
      (request) => new Response(null, { status: titlesIn(request).length > 12 ? 413 : 204 }),
    );
    const { webhook } = await burst(50, { batch_seconds: 1, retry_seconds: [] });
    await deliverForMinutes(webhook.id, 5);
    expect(receiver.received.map((request) => titlesIn(request).length)).toEqual([50, 25, 12, 12, 12, 12, 2]);
    expect(receiver.received.slice(2).flatMap(titlesIn)).toEqual(
      Array.from({ length: 50 }, (_, n) => `${n}`),
    );
    const deliveries = await deliveriesOf(webhook);
    expect(new Set(deliveries.map(({ status }) => status))).toEqual(new Set(["delivered"]));
    expect((await shownWebhook(webhook)).health.state).toBe("active");
  });

  test("of one message that is too large has failed", async () => {
    switchable(413);
    const { webhook } = await burst(1, { batch_seconds: 1, retry_seconds: [] });
    await deliverForMinutes(webhook.id, 5);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "failed", attempt_count: 1 });
  });

  test("has at most a megabyte, counted in bytes", async () => {
    const { receiver } = switchable(204);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { batch_seconds: 1 });
    for (const title of ["One", "Two", "Three"]) {
      await newArticle(slug, { title, content_text: "я".repeat(150_000) }); // 300 kB
    }
    while (await publish(slug));
    await deliverForMinutes(webhook.id, 5);
    const sizes = receiver.received.map(({ body }) => new TextEncoder().encode(body).byteLength);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    expect(receiver.received.flatMap(titlesIn)).toEqual(["One", "Two", "Three"]);
  });
});

describe("a receiver that wants no more requests", () => {
  test.each([
    ["answers 410", "https://hooks.example.com/", 410, {}],
    ["answers 404 at a chat service", "https://hooks.slack.com/services/T/B/x", 404, {}],
    ["answers 404 at a chat service's other name", "https://ptb.discord.com/api/webhooks/1/x", 404, {}],
    ["says so", "https://hooks.example.com/", 500, { "webhook-delivery": "Disable" }],
  ])("is disabled because it %s, and its deliveries are kept", async (_how, url, status, headers) => {
    switchable(status, headers as Record<string, string>);
    const { webhook } = await alertsFor(["One"], { url });
    await deliver(webhook.id);
    expect((await shownWebhook(webhook)).health).toMatchObject({ state: "disabled", reason: "gone" });
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending" });
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });

  test("can say so in a successful response", async () => {
    switchable(204, { "webhook-delivery": "disable" });
    const { webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "delivered" });
    expect((await shownWebhook(webhook)).health).toMatchObject({ state: "disabled", reason: "gone" });
  });

  test.each([
    ["https://hooks.example.com/", 404, {}],
    ["https://slack.com.example.com/", 404, {}],
    ["https://hooks.example.com/", 500, { "webhook-delivery": "later" }],
  ])("is not assumed at %s for %i %j", async (url, status, headers) => {
    switchable(status, headers as Record<string, string>);
    const { webhook } = await alertsFor(["One"], { url });
    await deliver(webhook.id);
    expect((await shownWebhook(webhook)).health.state).toBe("failing");
  });
});

test("shortens the timeout of a hanging receiver, and restores it after a response", async () => {
  const waits: number[] = [];
  let answers = false;
  stopClock("setTimeout", "clearTimeout");
  receive(({ signal }) => {
    if (answers) return new Response(null, { status: 204 });
    const startMs = Date.now();
    const hanging = new Promise<Response>((_resolve, reject) => {
      signal.addEventListener("abort", () => {
        waits.push(Date.now() - startMs);
        reject(signal.reason);
      });
    });
    vi.advanceTimersByTime(15_000);
    return hanging;
  });
  const { slug, webhook } = await alertsFor(["One"]);
  for (let attempt = 0; attempt < 3; attempt++) {
    await deliver(webhook.id);
    wait((await alarmIn(endpointOf(env, webhook.id))) ?? 0);
  }
  expect(waits).toEqual([15_000, 10_000, 5_000]);
  answers = true;
  await deliver(webhook.id);
  answers = false;
  await newArticle(slug, { title: "Two" });
  await publish(slug);
  await deliver(webhook.id);
  expect(waits.at(-1)).toBe(15_000);
});

describe("a receiver that does not answer in time", () => {
  /** It has alerts waiting; and what it was asked is counted. */
  async function hangs(count: number) {
    const state = { answers: false };
    const receiver = receive(() =>
      state.answers ? new Response(null, { status: 204 }) : new Response("error code: 522", { status: 522 }),
    );
    const titles = Array.from({ length: count }, (_, index) => `${index}`);
    const { slug, webhook } = await alertsFor(titles);
    return { state, receiver, slug, webhook };
  }

  test("is asked once after each wait, whatever waits for it, and sent everything once it answers", async () => {
    const { state, receiver, webhook } = await hangs(40);
    await deliverForMinutes(webhook.id, 60);
    expect(receiver.received.length).toBeLessThanOrEqual(6 + 10); // without a hold 160 in the first half hour
    expect((await shownWebhook(webhook)).health).toMatchObject({
      held_by: "timeouts",
      held_until: expect.any(String),
    });
    state.answers = true;
    await deliverForMinutes(webhook.id, 120);
    const statuses = await rows(endpointOf(env, webhook.id), "SELECT DISTINCT status FROM deliveries");
    expect(statuses).toEqual([{ status: "delivered" }]);
    expect((await shownWebhook(webhook)).health.state).toBe("active");
  });

  test("is asked at once by a test and by a retry by hand", async () => {
    const { state, receiver, slug, webhook } = await hangs(8);
    await deliverForMinutes(webhook.id, 60);
    const asked = receiver.received.length;
    await json(api("POST", `${addressOf(webhook)}/test`), 202);
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received.length).toBeGreaterThan(asked);
    state.answers = true;
    const before = receiver.received.length;
    const [delivery] = await deliveriesOf(webhook);
    await json(api("POST", `${addressOf(webhook)}/deliveries/${delivery?.id}/retry`), 202);
    await deliver(webhook.id);
    expect(receiver.received.length).toBeGreaterThan(before);
  });
});

test("reports operational events in the alarm that caused them", async () => {
  const slug = await newOrganization();
  const bad = await newWebhook(slug, { retry_seconds: [] });
  const watcher = await newWebhook(slug, { events: ["delivery.exhausted"] });
  const { receiver } = switchable(500);
  await newArticle(slug);
  await publish(slug);
  await deliver(bad.id);
  expect(await alarmIn(endpointOf(env, bad.id))).toBe(null);
  expect(await rows(endpointOf(env, bad.id), "SELECT * FROM notices")).toEqual([]);
  await publish(slug);
  await deliver(watcher.id);
  expect(JSON.parse(receiver.received.at(-1)?.body ?? "").type).toBe("delivery.exhausted");
  expect(titlesOf(receiver.received)).toHaveLength(2);
});
