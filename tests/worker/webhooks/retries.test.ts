import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { alertsFor, switchable, titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5); // no jitter
});

/** In how many seconds a delivery is tried again that was answered so once. */
async function secondsAfter(status: number, retryAfter: string): Promise<number> {
  switchable(status, { "retry-after": retryAfter });
  const { webhook } = await alertsFor(["News"]);
  await deliver(webhook.id);
  return ((await alarmIn(endpointOf(env, webhook.id))) ?? 0) / 1_000;
}

describe("Retry-After", () => {
  test.each([
    [429, "120", 120],
    [503, "120", 120],
    [503, "Sun, 01 Jan 2040 00:10:05 GMT", 600],
    [429, "999999999", 86_400],
    [429, "1", 5],
    [429, "soon", 5],
    [500, "120", 5],
  ])("of a %i: %s is retried after %i s", async (status, header, seconds) => {
    expect(await secondsAfter(status, header)).toBe(seconds);
  });
});

describe("retry_seconds", () => {
  test("sets the waits, with one more attempt than waits", async () => {
    const { receiver } = switchable(500);
    const { webhook } = await alertsFor(["News"], { retry_seconds: [10, 100] });
    const alarms: (number | null)[] = [];
    for (let attempt = 1; attempt <= 3; attempt++) {
      await deliver(webhook.id);
      alarms.push(await alarmIn(endpointOf(env, webhook.id)));
      wait(alarms.at(-1) ?? 0);
    }
    expect(alarms).toEqual([10_000, 100_000, null]);
    expect(receiver.received).toHaveLength(3);
    expect((await deliveriesOf(webhook))[0]?.status).toBe("failed");
  });

  test("can be empty: one attempt", async () => {
    switchable(500);
    const { webhook } = await alertsFor(["News"], { retry_seconds: [] });
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "failed", attempt_count: 1 });
  });
});

describe("ordered", () => {
  test("holds back later events until earlier ones are delivered", async () => {
    const { receiver, answer } = switchable(500);
    const { webhook } = await alertsFor(["One", "Two", "Three"], { ordered: true });
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One"]);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(5_000);
    answer.status = 204;
    wait(5_000);
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One", "One", "Two", "Three"]);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });

  test("sends one at a time, and continues after a failed one", async () => {
    const receiver = receive(
      (request) => new Response(null, { status: request.body.includes('"Two"') ? 500 : 204 }),
    );
    const { webhook } = await alertsFor(["One", "Two", "Three"], { ordered: true, retry_seconds: [5] });
    await deliver(webhook.id);
    wait(5_000);
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One", "Two", "Two", "Three"]);
    expect(receiver.mostAtOnce).toBe(1);
  });
});

describe("per_minute", () => {
  test("limits the requests per minute", async () => {
    const { receiver } = switchable(204);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { per_minute: 15 });
    const batch = Array.from({ length: 20 }, (_, index) => ({ organizations: [slug], title: `${index}` }));
    await api("POST", "/articles/batch", batch);
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(15);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(60_000);
    wait(59_000);
    await newArticle(slug, { title: "Another" });
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(15);
    wait(1_000);
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(21);
  });
});

describe("the reason of a failed connection", () => {
  test.each([
    [530, "error code: 1016", "dns"],
    [526, "error code: 526", "tls"],
    [525, "error code: 525", "tls"],
    [522, "error code: 522", "timeout"],
    [521, "error code: 521", "connection"],
    [526, "our own page", "status"],
    [500, "error code: 526", "status"],
  ])("is read from Cloudflare's error response: %i, %s", async (status, body, error) => {
    receive(() => new Response(body, { status }));
    const { webhook } = await alertsFor(["News"]);
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]?.attempts).toMatchObject([{ status, error, response: body }]);
  });

  test.each([
    ["internal error; reference = abc", "dns-or-tls"],
    ["Network connection lost.", "connection"],
  ])("is read from the platform's exception: %s", async (message, error) => {
    receive(() => {
      throw new Error(message);
    });
    const { webhook } = await alertsFor(["News"]);
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]?.attempts).toMatchObject([{ status: null, error }]);
  });
});
