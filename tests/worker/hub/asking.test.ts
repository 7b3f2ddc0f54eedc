import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import {
  addListeners,
  askHub,
  CALLBACK,
  newTopic,
  questionIn,
  runSubscription,
  subscriber,
  subscription,
  subscriptionsOf,
  topicOf,
} from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { publish, rows } from "../../support/objects.ts";
import { get, newOrganization, send } from "../../support/service.ts";

let slug: string;
let topic: string;

stopClockForEachTest();
beforeEach(async () => {
  ({ slug, topic } = await newTopic());
});

/** The form with one parameter changed, or left out. */
function formWith(name: string, value: string | null): Record<string, string> {
  const { [name]: _, ...rest } = subscription(topic);
  return value === null ? rest : { ...rest, [name]: value };
}

describe("a request to the hub", () => {
  test("is accepted before the callback is verified", async () => {
    const { received } = subscriber();
    const response = await askHub(subscription(topic));
    expect(response.status).toBe(202);
    expect(await response.text()).toBe("");
    expect(received).toEqual([]);
    expect(await subscriptionsOf(slug)).toEqual([]);
  });

  test.each([
    ["hub.mode", null],
    ["hub.mode", "publish"],
    ["hub.topic", null],
    ["hub.callback", null],
    ["hub.callback", "/push"],
    ["hub.callback", "ftp://reader.example/"],
    ["hub.callback", "https://10.0.0.1/push"],
    ["hub.callback", "https://metadata.google.internal/"],
    ["hub.callback", "https://user:word@reader.example/"],
    ["hub.lease_seconds", "soon"],
    ["hub.lease_seconds", "-5"],
    ["hub.secret", "x".repeat(200)],
    ["hub.secret", "é".repeat(100)],
    ["hub.signature_method", "md5"],
  ])("is rejected with %s=%j, in plain text that names it", async (name, value) => {
    const { received } = subscriber();
    const response = await askHub(formWith(name, value));
    expect(response.status).toBe(422);
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toContain(`${name} `);
    expect(await runSubscription(topic)).toBe(false);
    expect(received).toEqual([]);
  });

  test.each([
    ["of another service", "https://elsewhere.example/icesco/feed.atom"],
    ["of an unknown organization", "https://news.example/nobody-here/feed.atom"],
    ["that is a page", "https://news.example/"],
    ["in no format", "https://news.example/icesco/feed.xml"],
    ["of all organizations", "https://news.example/feed.atom"],
    ["that is not the feed's canonical URL", "https://news.example/feed.atom?tag=x&organization=icesco"],
    ["with an extra question mark", "https://news.example/icesco/feed.atom?"],
  ])("is rejected for a topic %s", async (_what, address) => {
    subscriber();
    const response = await askHub(subscription(address));
    expect(response.status).toBe(422);
    expect(await response.text()).toContain("hub.topic");
  });

  test("is rejected for an unlisted feed, as for an unknown one", async () => {
    const hidden = await newOrganization({ unlisted: true });
    await publish(hidden);
    expect((await askHub(subscription(topicOf(hidden)))).status).toBe(422);
  });

  test.each([
    ["hub.secret", "x".repeat(199)],
    ["hub.secret", ""],
    ["hub.lease_seconds", ""],
    ["hub.lease_seconds", "0"],
    ["hub.verify", "sync"],
    ["hub.verify", "async"],
    ["hub.foo", "bar"],
    ["anything", "else"],
  ])("with %s=%j is accepted", async (name, value) => {
    subscriber();
    expect((await askHub(formWith(name, value))).status).toBe(202);
  });

  test("must be a form", async () => {
    const response = await send("POST", "/hub", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(subscription(topic)),
    });
    expect(response.status).toBe(415);
    expect(await response.text()).toContain("application/x-www-form-urlencoded");
  });

  test("is rejected if the form is too large", async () => {
    const response = await askHub(formWith("hub.foo", "x".repeat(LIMITS.HUB_BODY_BYTES)));
    expect(response.status).toBe(413);
  });

  test("gets a plain-text error after an internal failure, and can be repeated", async () => {
    const log = watchLog("error");
    const namespace = Object.getPrototypeOf(env.SUBSCRIPTION) as DurableObjectNamespace;
    vi.spyOn(namespace, "get").mockImplementation(() => {
      throw new Error("internal detail");
    });
    const response = await askHub(subscription(topic));
    expect(response.status).toBe(503);
    expect(response.headers.get("retry-after")).toBe("5");
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).not.toContain("internal detail");
    expect(log.map(({ event }) => event)).toEqual(["request"]);
  });

  test("must be a POST; a GET returns a description", async () => {
    const response = await get("/hub");
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("hub.mode=subscribe");
    expect((await send("PUT", "/hub")).status).toBe(405);
  });
});

describe("the hub limits abuse", () => {
  test("verifies a callback once for many pending requests", async () => {
    const { received } = subscriber();
    for (let number = 0; number < 5; number++) await askHub(subscription(topic));
    await runSubscription(topic);
    await runSubscription(topic);
    expect(received).toHaveLength(1);
  });

  test("limits verifications per host and minute, and returns Retry-After", async () => {
    subscriber();
    const other = await newOrganization();
    for (let number = 0; number < LIMITS.VERIFICATIONS_PER_MINUTE; number++) {
      const of = number % 2 === 0 ? topic : topicOf(other);
      const callback = `https://victim.example/${number}`;
      expect((await askHub(subscription(of, { "hub.callback": callback }))).status).toBe(202);
    }
    wait(15_000);
    const full = await askHub(subscription(topic, { "hub.callback": "https://victim.example/next" }));
    expect(full.status).toBe(503);
    expect(Number(full.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await askHub(subscription(topic))).status).toBe(202);
    wait(Number(full.headers.get("retry-after")) * 1_000);
    expect(
      (await askHub(subscription(topic, { "hub.callback": "https://victim.example/next" }))).status,
    ).toBe(202);
  });

  test("limits verifications per topic and minute", async () => {
    subscriber();
    await askHub(subscription(topic, { "hub.callback": "https://one.example/" }));
    const most = LIMITS.VERIFICATIONS_PER_TOPIC - 1;
    await rows(
      directoryOf(env),
      "UPDATE verifications SET count = ? WHERE about = ?",
      most,
      `topic ${topic}`,
    );
    expect((await askHub(subscription(topic, { "hub.callback": "https://two.example/" }))).status).toBe(202);
    expect((await askHub(subscription(topic))).status).toBe(503);
    expect((await askHub(subscription(topicOf(slug, "rss")))).status).toBe(202);
  });

  test("limits subscriptions per topic, and accepts renewals", async () => {
    const { received } = subscriber();
    await askHub(subscription(topic));
    await runSubscription(topic);
    await addListeners(slug, topic, LIMITS.SUBSCRIPTIONS_PER_TOPIC - 1);
    const full = await askHub(subscription(topic, { "hub.callback": "https://late.example/" }));
    expect(full.status).toBe(409);
    expect(await full.text()).toContain(String(LIMITS.SUBSCRIPTIONS_PER_TOPIC));
    expect((await askHub(subscription(topic))).status).toBe(202);
    expect((await askHub(subscription(topicOf(slug, "json")))).status).toBe(202);
    expect(received).toHaveLength(1);
  });

  test("reads few rows to know whether a topic of many subscriptions has room", async () => {
    subscriber();
    await addListeners(slug, topic, LIMITS.SUBSCRIPTIONS_PER_TOPIC - 1);
    const asked = await costsOf(() => askHub(subscription(topic)));
    const verified = await costsOf(() => runSubscription(topic));
    expect(asked.sqlRowsRead + verified.sqlRowsRead).toBeLessThanOrEqual(100);
    const late = { "hub.callback": "https://late.example/" };
    expect((await askHub(subscription(topic, late))).status).toBe(409);
    await rows(channelOf(env, slug), "DELETE FROM subscriptions WHERE id = 'sub_1'");
    expect((await askHub(subscription(topic, late))).status).toBe(202);
  });

  test("denies a subscription if the topic is full after the verification", async () => {
    const { received } = subscriber();
    await askHub(subscription(topic));
    await addListeners(slug, topic, LIMITS.SUBSCRIPTIONS_PER_TOPIC);
    await runSubscription(topic);
    await runSubscription(topic);
    expect(received.map((request) => questionIn(request)["hub.mode"])).toEqual(["subscribe", "denied"]);
    expect(questionIn(received[1] as (typeof received)[number])).toMatchObject({
      "hub.topic": topic,
      "hub.reason": expect.stringContaining("room"),
    });
    expect(received[1]?.url.startsWith(`${CALLBACK}?`)).toBe(true);
  });
});
