import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import {
  askHub,
  CALLBACK,
  consent,
  newTopic,
  objectOf,
  pushes,
  questionIn,
  questions,
  runSubscription,
  subscribe,
  subscriber,
  subscription,
  subscriptionsOf,
} from "../../support/hub.ts";
import { publish } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { newArticle } from "../../support/service.ts";

const DAY_SECONDS = 86_400;

let slug: string;
let topic: string;

stopClockForEachTest();
beforeEach(async () => {
  ({ slug, topic } = await newTopic());
});

/** Has news published and sent to the subscriber. */
async function announce(title = "News"): Promise<void> {
  await newArticle(slug, { title });
  await publish(slug);
  await runSubscription(topic);
}

const firstQuestion = (received: readonly Received[]) => questionIn(received[0] as Received);

describe("the verification of a subscription", () => {
  test("is a GET to the callback with mode, topic, a challenge and the lease", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    expect(received).toHaveLength(1);
    expect(received[0]?.method).toBe("GET");
    expect(received[0]?.url.startsWith(`${CALLBACK}?hub.mode=subscribe&`)).toBe(true);
    expect(firstQuestion(received)).toEqual({
      "hub.mode": "subscribe",
      "hub.topic": topic,
      "hub.challenge": expect.stringMatching(/^[0-9a-f]{48}$/),
      "hub.lease_seconds": String(10 * DAY_SECONDS),
    });
  });

  test("keeps the callback's own query byte for byte", async () => {
    const { received } = subscriber();
    const callback = `${CALLBACK}?id=%2Fa%7e+b&empty&hub.x=1`;
    await subscribe(topic, { "hub.callback": callback });
    expect(received[0]?.url.startsWith(`${callback}&hub.mode=subscribe&`)).toBe(true);
  });

  test("has another challenge each time", async () => {
    const { received } = subscriber();
    for (let number = 0; number < 3; number++) await subscribe(topic);
    expect(new Set(received.map((one) => questionIn(one)["hub.challenge"])).size).toBe(3);
  });

  test("echoes the verify_token of PubSubHubbub 0.3", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.verify": "sync", "hub.verify_token": "a token & more" });
    expect(firstQuestion(received)["hub.verify_token"]).toBe("a token & more");
  });

  test.each([
    ["60", 60],
    ["864001", 864_001],
    ["999999999999", 30 * DAY_SECONDS],
    ["0", 10 * DAY_SECONDS],
  ])("states the lease: asked for %s, granted %i", async (asked, granted) => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.lease_seconds": asked });
    expect(firstQuestion(received)["hub.lease_seconds"]).toBe(String(granted));
    const [shown] = await subscriptionsOf(slug);
    expect(Date.parse(shown?.lease_ends_at ?? "")).toBe(Date.now() + granted * 1_000);
  });
});

describe("a callback that does not confirm", () => {
  const refusals: [string, (request: Received) => Response][] = [
    ["answers 404", () => new Response("no such subscription", { status: 404 })],
    ["answers 404 with the challenge", (request) => new Response(consent(request).body, { status: 404 })],
    ["answers 500", () => new Response(null, { status: 500 })],
    ["answers nothing", () => new Response(null, { status: 204 })],
    ["echoes something else", () => new Response("yes")],
    ["echoes more", (request) => new Response(`${new URL(request.url).searchParams.get("hub.challenge")}!`)],
    ["redirects", () => new Response(null, { status: 302, headers: { location: "https://else.example/" } })],
    [
      "is not there",
      () => {
        throw new Error("connection refused");
      },
    ],
  ];

  test.each(refusals)("and %s is not subscribed, not asked again, and not stored", async (_, answer) => {
    const { received } = receive(answer);
    await subscribe(topic);
    expect(await subscriptionsOf(slug)).toEqual([]);
    expect(await runSubscription(topic)).toBe(false);
    await announce();
    expect(received).toHaveLength(1);
    const tables = await runInDurableObject(await objectOf(topic), (_object, state) =>
      state.storage.sql
        .exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'")
        .toArray(),
    );
    expect(tables).toEqual([]);
  });

  test.each(refusals)("in a renewal, and %s, keeps its subscription, secret and lease", async (_, answer) => {
    let refusing = false;
    const { received } = receive((request) => {
      if (request.method === "POST") return new Response(null, { status: 204 });
      return refusing ? answer(request) : consent(request);
    });
    await subscribe(topic, { "hub.secret": "old", "hub.lease_seconds": "1000" });
    const [before] = await subscriptionsOf(slug);
    refusing = true;
    await subscribe(topic, { "hub.secret": "new", "hub.lease_seconds": "5000" });
    expect(await subscriptionsOf(slug)).toEqual([before]);
    await announce();
    expect(pushes(received)).toHaveLength(1);
    expect(pushes(received)[0]?.headers["x-hub-signature"]).toBeDefined();
  });
});

describe("unsubscribing", () => {
  const leave = (fields: Record<string, string> = {}) =>
    askHub({ ...subscription(topic, fields), "hub.mode": "unsubscribe" });

  test("is verified without a lease, and then nothing more is sent", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    expect((await leave()).status).toBe(202);
    expect(await subscriptionsOf(slug)).toHaveLength(1);
    await runSubscription(topic);
    expect(questionIn(received[1] as Received)).toEqual({
      "hub.mode": "unsubscribe",
      "hub.topic": topic,
      "hub.challenge": expect.any(String),
    });
    expect(await subscriptionsOf(slug)).toEqual([]);
    await announce();
    expect(pushes(received)).toEqual([]);
  });

  test("does nothing if the callback does not confirm it", async () => {
    const { received } = receive((request) => {
      const { "hub.mode": mode } = questionIn(request);
      return mode === "unsubscribe" ? new Response(null, { status: 404 }) : consent(request);
    });
    await subscribe(topic);
    await leave();
    await runSubscription(topic);
    expect(await subscriptionsOf(slug)).toHaveLength(1);
    await announce();
    expect(pushes(received)).toHaveLength(1);
  });

  test("without a subscription is verified, and changes nothing", async () => {
    const { received } = subscriber();
    expect((await leave()).status).toBe(202);
    await runSubscription(topic);
    expect(questions(received)).toHaveLength(1);
    expect(await runSubscription(topic)).toBe(false);
  });

  test("does not affect the subscription of another callback", async () => {
    subscriber();
    await subscribe(topic);
    await leave({ "hub.callback": `${CALLBACK}?other` });
    await runSubscription(topic, `${CALLBACK}?other`);
    expect(await subscriptionsOf(slug)).toHaveLength(1);
  });
});

describe("a request during the verification of another one", () => {
  test("is verified after it", async () => {
    let asked = 0;
    const { received } = receive(async (request) => {
      if (++asked === 1) await askHub({ ...subscription(topic), "hub.mode": "unsubscribe" });
      return consent(request);
    });
    await subscribe(topic);
    expect(await subscriptionsOf(slug)).toHaveLength(1);
    wait(1);
    await runSubscription(topic);
    expect(received.map((one) => questionIn(one)["hub.mode"])).toEqual(["subscribe", "unsubscribe"]);
    expect(await subscriptionsOf(slug)).toEqual([]);
  });
});
