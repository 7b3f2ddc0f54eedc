import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { channelOf, subscriptionOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import {
  askHub,
  pushes,
  questionIn,
  questions,
  runSubscription,
  subscribe,
  subscriber,
  subscription,
  subscriptionsOf,
  topicOf,
} from "../../support/hub.ts";
import { publish, rows } from "../../support/objects.ts";
import { newArticle, newOrganization, SITE } from "../../support/service.ts";

stopClockForEachTest();

const MOVED = "https://moved.example";
const settings = env as { PUBLIC_URL: string };
afterEach(() => {
  settings.PUBLIC_URL = SITE;
});

/** An organization with a subscriber, whose service has moved since. */
async function moved(query = "", fields: Record<string, unknown> = {}) {
  const { received } = subscriber();
  const slug = await newOrganization(fields);
  await publish(slug);
  const topic = `${topicOf(slug)}${query}`;
  await subscribe(topic);
  settings.PUBLIC_URL = MOVED;
  received.length = 0;
  return { slug, topic, received };
}

async function announce(slug: string, topic: string, fields: Record<string, unknown> = {}): Promise<void> {
  await newArticle(slug, fields);
  await publish(slug);
  await runSubscription(topic);
}

describe("a subscriber from before the service moved", () => {
  test("is sent new publications, with the current URLs of feed and hub", async () => {
    const { slug, topic, received } = await moved();
    await announce(slug, topic);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers.link).toBe(
      `<${MOVED}/hub>; rel="hub", <${MOVED}/${slug}/feed.atom>; rel="self"`,
    );
    expect(received[0]?.body).toContain(`${MOVED}/${slug}/feed.atom`);
    await announce(slug, topic, { title: "More" });
    expect(received).toHaveLength(2);
  });

  test("of a filtered feed is sent its unchanged items once more", async () => {
    const { received } = subscriber();
    const slug = await newOrganization();
    const topic = `${topicOf(slug)}?tag=a`;
    await publish(slug);
    await subscribe(topic);
    await announce(slug, topic, { tags: ["a"], url: "https://acme.example/1" });
    settings.PUBLIC_URL = MOVED;
    await announce(slug, topic, { tags: ["b"] });
    expect(pushes(received)).toHaveLength(2);
    expect(pushes(received)[1]?.headers.link).toContain(`<${MOVED}/${slug}/feed.atom?tag=a>; rel="self"`);
    await announce(slug, topic, { tags: ["b"] });
    expect(pushes(received)).toHaveLength(2);
  });

  test("renews at the old topic, which is verified", async () => {
    const { slug, topic, received } = await moved();
    wait(60_000);
    expect((await askHub(subscription(topic))).status).toBe(202);
    await runSubscription(topic);
    expect(questions(received).map((question) => questionIn(question)["hub.topic"])).toEqual([topic]);
    const [shown] = await subscriptionsOf(slug);
    expect(Date.parse(shown?.lease_ends_at ?? "")).toBe(Date.now() + 864_000_000);
    await announce(slug, topic);
    expect(pushes(received)).toHaveLength(1);
  });

  test("can unsubscribe from the old topic", async () => {
    const { slug, topic, received } = await moved();
    expect((await askHub({ ...subscription(topic), "hub.mode": "unsubscribe" })).status).toBe(202);
    await runSubscription(topic);
    await announce(slug, topic);
    expect(pushes(received)).toEqual([]);
    expect(await subscriptionsOf(slug)).toEqual([]);
  });

  test("can subscribe to the current address", async () => {
    const { slug } = await moved();
    const topic = `${MOVED}/${slug}/feed.atom`;
    await subscribe(topic);
    expect((await subscriptionsOf(slug)).map((shown) => shown.topic)).toContain(topic);
  });
});

describe("an address from before the service moved", () => {
  test("is rejected without a subscription to it", async () => {
    const { topic } = await moved();
    const answer = await askHub(subscription(topic, { "hub.callback": "https://other.example/" }));
    expect(answer.status).toBe(422);
  });

  test.each(["https://elsewhere.example", "https://news.example.evil.example", "nonsense"])(
    "is not accepted at %s",
    async (origin) => {
      const { slug } = await moved();
      expect((await askHub(subscription(`${origin}/${slug}/feed.atom`))).status).toBe(422);
    },
  );
});

test("notifies other hubs of the current topics only", async () => {
  const { slug, topic, received } = await moved("", { hubs: ["https://hub.example/"] });
  await newArticle(slug);
  await publish(slug);
  await publish(slug);
  await runSubscription(topic);
  const hubs = await rows(channelOf(env, slug), "SELECT id FROM subscriptions WHERE hub IS NOT NULL");
  for (const { id } of hubs) await runDurableObjectAlarm(subscriptionOf(env, String(id)));
  const told = pushes(received)
    .filter(({ url }) => url === "https://hub.example/")
    .map(({ body }) => new URLSearchParams(body).get("hub.url"));
  expect(told.sort()).toEqual(["atom", "json", "rss"].map((ending) => `${MOVED}/${slug}/feed.${ending}`));
});
