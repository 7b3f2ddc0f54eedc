import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, readDocumentText } from "../../support/feeds.ts";
import {
  askHub,
  CALLBACK,
  consent,
  feedAt,
  newTopic,
  objectOf,
  pushes,
  questionIn,
  runSubscription,
  subscribe,
  subscriber,
  subscription,
  subscriptionsOf,
  topicOf,
} from "../../support/hub.ts";
import { alarmIn, publish } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { api, json, newArticle } from "../../support/service.ts";
import { writesOf } from "../../support/writes.ts";

let slug: string;
let topic: string;

stopClockForEachTest();
beforeEach(async () => {
  ({ slug, topic } = await newTopic());
});

/** Has an article published, and the subscriber's alarm run. */
async function announce(title: string, of = topic, callback = CALLBACK): Promise<void> {
  await newArticle(slug, { title });
  await publish(slug);
  await runSubscription(of, callback);
}

const titlesIn = ({ body }: Received): string[] => readDocumentText("atom", body).titles;
const shown = async () => (await subscriptionsOf(slug))[0];

/** A subscriber that answers pushes by what a test puts into its hands. */
function switchable(status: number, headers: Record<string, string> = {}) {
  const answer = { status, headers };
  const receiver = receive((request) =>
    request.method === "GET" ? consent(request) : new Response(null, answer),
  );
  return { receiver, answer };
}

describe("a changed feed", () => {
  test.each(FORMAT_NAMES)(
    "of %s is sent whole, with its media type and one Link each of hub and self",
    async (format) => {
      const { received } = subscriber();
      const address = topicOf(slug, format);
      await subscribe(address);
      await announce("One", address);
      const [push, ...more] = pushes(received);
      expect(more).toEqual([]);
      expect(push?.url).toBe(CALLBACK);
      const feed = await feedAt(address);
      expect(push?.body).toBe(feed.body);
      expect(push?.headers["content-type"]).toBe(feed.type);
      expect(push?.headers.link).toBe(`<https://news.example/hub>; rel="hub", <${address}>; rel="self"`);
      expect(push?.headers["x-hub-signature"]).toBeUndefined();
    },
  );

  test("is sent as soon as it is published", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    await newArticle(slug, { title: "One" });
    expect(await alarmIn(channelOf(env, slug))).toBe(1_000);
    wait(1_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(pushes(received).map(titlesIn)).toEqual([["One"]]);
  });

  test("is sent by the alarm if the subscriber does not answer at once", async () => {
    const { promise, resolve } = Promise.withResolvers<Response>();
    const { received } = receive((request) => (request.method === "GET" ? consent(request) : promise));
    await subscribe(topic);
    await newArticle(slug, { title: "One" });
    await publish(slug);
    const object = await objectOf(topic);
    expect(await alarmIn(object)).toBe(LIMITS.ATTEMPT_TIMEOUT_MS + LIMITS.ALARM_AGAIN_MS);
    resolve(new Response(null, { status: 500 }));
    await vi.waitFor(async () => expect(await alarmIn(object)).toBeLessThan(LIMITS.ATTEMPT_TIMEOUT_MS));
    wait(LIMITS.ATTEMPT_TIMEOUT_MS);
    await runSubscription(topic);
    expect(pushes(received).map(titlesIn)).toEqual([["One"], ["One"]]);
  });

  test("is sent to the exact callback, with its query", async () => {
    const { received } = subscriber();
    const callback = `${CALLBACK}?id=%2Fa%7e&empty`;
    await subscribe(topic, { "hub.callback": callback });
    await announce("One", topic, callback);
    expect(pushes(received).map(({ url }) => url)).toEqual([callback]);
  });

  test("is sent after edits and withdrawals", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    const { id } = await newArticle(slug, { title: "One" });
    await publish(slug);
    await runSubscription(topic);
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" }), 200);
    await publish(slug);
    await runSubscription(topic);
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    await runSubscription(topic);
    expect(pushes(received).map(titlesIn)).toEqual([["One"], ["Two"], []]);
  });

  test("is sent once, and not without a change", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    await json(api("PUT", `/articles/${slug}-a`, { organizations: [slug], title: "One" }), 201);
    await publish(slug);
    await runSubscription(topic);
    await json(api("PUT", `/articles/${slug}-a`, { organizations: [slug], title: "One" }), 200);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 200);
    await publish(slug);
    expect(await runSubscription(topic)).toBe(true); // its lease's end
    expect(pushes(received)).toHaveLength(1);
  });

  test("is sent if it changed during the verification", async () => {
    const { received } = receive(async (request) => {
      if (request.method === "POST") return new Response(null, { status: 204 });
      await newArticle(slug, { title: "Meanwhile" });
      await publish(slug);
      return consent(request);
    });
    await subscribe(topic);
    await runDurableObjectAlarm(channelOf(env, slug));
    await runSubscription(topic);
    expect(pushes(received).map(titlesIn)).toEqual([["Meanwhile"]]);
  });

  test("costs no KV read, and one object call", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    await newArticle(slug);
    wait(5_000);
    const published = await costsOf(() => runDurableObjectAlarm(channelOf(env, slug)));
    expect(published).toMatchObject({ kvReads: 0, kvWrites: 3, objectCalls: ["news"] });
    expect(received.filter(({ method }) => method === "POST")).toHaveLength(1);
  });

  test("costs one row written for each subscriber, beside the channel's entry", async () => {
    const { received } = subscriber();
    const pushed = async (callbacks: number) => {
      wait(1_000); // who asks in the moment of a publication is told of it
      for (let at = 0; at < callbacks; at++) {
        await subscribe(topic, { "hub.callback": `https://r${received.length}.example/` });
      }
      await newArticle(slug);
      const before = pushes(received).length;
      const { rows: written } = await writesOf(() => publish(slug));
      return { written, sent: pushes(received).length - before };
    };
    const [few, many] = [await pushed(5), await pushed(20)];
    expect([few.sent, many.sent]).toEqual([5, 25]);
    expect((many.written - few.written) / 20).toBe(3);
  });
});

describe("a distribution is signed", () => {
  const expected = (method: string, secret: string, body: string): string =>
    `${method}=${createHmac(method, secret).update(body).digest("hex")}`;

  test.each(["sha1", "sha256", "sha384", "sha512"])("by %s on request", async (method) => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.secret": "s€cret", "hub.signature_method": method });
    await announce("Ünïcode");
    const [push] = pushes(received);
    expect(push?.headers["x-hub-signature"]).toBe(expected(method, "s€cret", push?.body ?? ""));
  });

  test("by sha256 by default", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.secret": "secret" });
    await announce("One");
    const [push] = pushes(received);
    expect(push?.headers["x-hub-signature"]).toBe(expected("sha256", "secret", push?.body ?? ""));
    expect((await shown())?.signed).toBe(true);
  });

  test("by the secret of the latest subscription, or not at all without one", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.secret": "one" });
    await subscribe(topic, { "hub.secret": "two" });
    await announce("One");
    await subscribe(topic);
    await announce("Two");
    const [first, second] = pushes(received);
    expect(first?.headers["x-hub-signature"]).toBe(expected("sha256", "two", first?.body ?? ""));
    expect(second?.headers["x-hub-signature"]).toBeUndefined();
  });
});

describe("a subscriber's answer", () => {
  test.each([200, 201, 202, 204, 299])("of %i is success, whatever its body says", async (status) => {
    const { received } = subscriber(() => new Response(status === 204 ? null : "<error/>", { status }));
    await subscribe(topic);
    await announce("One");
    expect(await shown()).toMatchObject({
      failures: 0,
      last_delivery_at: new Date().toISOString().replace(".000", ""),
      next_attempt_at: null,
    });
    expect(pushes(received)).toHaveLength(1);
  });

  test.each([301, 302, 307, 308])("of %i is a failure, and the redirect is not followed", async (status) => {
    const { receiver } = switchable(status, { location: "https://else.example/" });
    await subscribe(topic);
    await announce("One");
    expect(receiver.received.map(({ url }) => new URL(url).host)).not.toContain("else.example");
    expect(await shown()).toMatchObject({ failures: 1, last_failure: { status } });
  });

  test("of 410 ends the subscription", async () => {
    const { receiver } = switchable(410);
    await subscribe(topic);
    await announce("One");
    expect(await subscriptionsOf(slug)).toEqual([]);
    await announce("Two");
    expect(pushes(receiver.received)).toHaveLength(1);
    expect(await runSubscription(topic)).toBe(false);
  });

  test.each([400, 404, 500, 503])("of %i is retried later until it succeeds", async (status) => {
    const { receiver, answer } = switchable(status);
    await subscribe(topic);
    await announce("One");
    const failing = await shown();
    expect(failing).toMatchObject({ failures: 1, last_failure: { status }, last_delivery_at: null });
    const next = (await alarmIn(await objectOf(topic))) ?? 0;
    expect(next).toBeGreaterThanOrEqual(4_000);
    expect(next).toBeLessThanOrEqual(6_000);
    answer.status = 204;
    wait(next);
    await runSubscription(topic);
    expect(pushes(receiver.received).map(titlesIn)).toEqual([["One"], ["One"]]);
    expect(await shown()).toMatchObject({ failures: 0, next_attempt_at: null });
  });

  test("with Retry-After delays the retry", async () => {
    switchable(503, { "retry-after": "3600" });
    await subscribe(topic);
    await announce("One");
    expect(await alarmIn(await objectOf(topic))).toBe(3_600_000);
  });

  test("that fails for days does not end the subscription: the next publication is sent", async () => {
    const { receiver, answer } = switchable(500);
    await subscribe(topic);
    await announce("One");
    while ((await shown())?.next_attempt_at) {
      wait((await alarmIn(await objectOf(topic))) ?? 0);
      await runSubscription(topic);
    }
    expect(await shown()).toMatchObject({ failures: 10, next_attempt_at: null });
    answer.status = 204;
    await announce("Two");
    expect(titlesIn(pushes(receiver.received).at(-1) as Received)).toEqual(["Two", "One"]);
  });
});

describe("a publication while an older one waits", () => {
  test("replaces it: the current feed is sent at once", async () => {
    const { receiver, answer } = switchable(500);
    await subscribe(topic);
    await announce("One");
    answer.status = 204;
    await announce("Two");
    expect(pushes(receiver.received).map(titlesIn)).toEqual([["One"], ["Two", "One"]]);
    wait(3_600_000);
    await runSubscription(topic);
    expect(pushes(receiver.received)).toHaveLength(2);
  });

  test("is sent after one that is being sent", async () => {
    let first = true;
    const { received } = receive(async (request) => {
      if (request.method === "GET") return consent(request);
      if (first) {
        first = false;
        await newArticle(slug, { title: "Two" });
        await publish(slug);
      }
      return new Response(null, { status: 204 });
    });
    await subscribe(topic);
    await announce("One");
    await runDurableObjectAlarm(channelOf(env, slug));
    await runSubscription(topic);
    expect(pushes(received).map(titlesIn)).toEqual([["One"], ["Two", "One"]]);
  });
});

describe("a lease", () => {
  test("ends to the second, and deletes everything stored", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.lease_seconds": "100" });
    expect(await alarmIn(await objectOf(topic))).toBe(100_000);
    wait(80_000);
    await announce("In time"); // published five seconds later
    wait(15_000);
    await announce("Too late");
    expect(pushes(received).map(titlesIn)).toEqual([["In time"]]);
    expect(await subscriptionsOf(slug)).toEqual([]);
    expect(await runSubscription(topic)).toBe(false);
  });

  test("prevents retries after its end", async () => {
    const { receiver } = switchable(500);
    await subscribe(topic, { "hub.lease_seconds": "7" });
    await announce("One");
    wait(10_000);
    await runSubscription(topic);
    expect(pushes(receiver.received)).toHaveLength(1);
  });

  test("is renewed without a gap, from the time of the renewal", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.lease_seconds": "100" });
    wait(90_000);
    await subscribe(topic, { "hub.lease_seconds": "100" });
    wait(90_000);
    await announce("Still here");
    expect(pushes(received).map(titlesIn)).toEqual([["Still here"]]);
    expect((await subscriptionsOf(slug)).length).toBe(1);
  });

  test("keeps a waiting distribution when it is renewed", async () => {
    const { receiver, answer } = switchable(500);
    await subscribe(topic);
    await announce("One");
    answer.status = 204;
    await subscribe(topic);
    wait(6_000);
    await runSubscription(topic);
    expect(pushes(receiver.received).map(titlesIn)).toEqual([["One"], ["One"]]);
  });
});

describe("a feed that no longer exists", () => {
  test.each([
    ["is deleted", () => api("DELETE", `/organizations/${slug}`)],
    ["is not public any more", () => api("PUT", `/organizations/${slug}`, { name: "Acme", unlisted: true })],
  ])("because its organization %s: sends its subscribers a denial", async (_what, act) => {
    const { received } = subscriber();
    await subscribe(topic);
    expect((await act()).ok).toBe(true);
    await publish(slug);
    await runSubscription(topic);
    await runSubscription(topic);
    expect(pushes(received)).toEqual([]);
    const last = questionIn(received.at(-1) as Received);
    expect(last).toEqual({
      "hub.mode": "denied",
      "hub.topic": topic,
      "hub.reason": expect.any(String),
    });
    expect(await runSubscription(topic)).toBe(false);
  });
});

test("a failing subscriber does not delay others", async () => {
  const { received } = receive((request) => {
    if (request.method === "GET") return consent(request);
    if (request.url.includes("bad")) throw new Error("connection refused");
    return new Response(null, { status: 204 });
  });
  const callbacks = ["bad", "b", "c"].map((name) => `https://${name}.example/`);
  for (const callback of callbacks) await subscribe(topic, { "hub.callback": callback });
  await newArticle(slug, { title: "One" });
  await publish(slug);
  const sent = pushes(received).map(({ url }) => url);
  expect(sent.sort()).toEqual(callbacks.sort());
  const failures = (await subscriptionsOf(slug)).map(({ callback_host, failures }) => [
    callback_host,
    failures,
  ]);
  expect(failures.sort()).toEqual([
    ["b.example", 0],
    ["bad.example", 1],
    ["c.example", 0],
  ]);
});

test("does not notify unconfirmed subscriptions", async () => {
  const { received } = subscriber();
  await askHub(subscription(topic));
  await newArticle(slug);
  await publish(slug);
  expect(pushes(received)).toEqual([]);
});
