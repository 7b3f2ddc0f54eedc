import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { followerOf } from "../../../src/objects/stubs.ts";
import { titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { runSubscription } from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, deliver, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { get, newArticle, newOrganization, publishIndex, SITE, send } from "../../support/service.ts";
import {
  follower,
  nextDay,
  numbered,
  type Publisher,
  publisher,
  rss,
  shown,
  sourcesOf,
  work,
  writes,
} from "../../support/upstream.ts";

const HUB = "https://hub.example/";
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn");
});

const linksOf = (topic: string) =>
  `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="${HUB}"/>
   <atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="${topic}"/>`;

/** A publisher whose feed names a hub. */
function hubbed(to = 1): Publisher {
  const one = publisher("");
  writes(one, rss(numbered(to, 1), linksOf(one.url)), { etag: '"1"' });
  return one;
}

/** The forms that the hub was sent. */
const asked = ({ receiver }: Pick<Publisher, "receiver">): Record<string, string>[] =>
  receiver.received
    .filter(({ method, url }) => method === "POST" && url.startsWith(HUB))
    .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));

interface Subscribed {
  callback: string;
  secret: string;
  topic: string;
}

/** What the follower asked of the hub last. */
function subscribedBy(one: Pick<Publisher, "receiver">): Subscribed {
  const form = asked(one).at(-1) ?? {};
  return {
    callback: (form["hub.callback"] ?? "").slice(SITE.length),
    secret: form["hub.secret"] ?? "",
    topic: form["hub.topic"] ?? "",
  };
}

/** Asks a callback as a hub does. */
const question = ({ callback, topic }: Subscribed, fields: Record<string, string> = {}) =>
  get(
    `${callback}?${new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.topic": topic,
      "hub.challenge": "a challenge",
      "hub.lease_seconds": String(10 * 86_400),
      ...fields,
    })}`,
  );

async function signature(method: "sha1" | "sha256" | "sha384" | "sha512", secret: string, body: string) {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: `SHA-${method.slice(3)}` };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(body)));
  return `${method}=${[...mac].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Pushes a body as a hub does. Returns the status. */
async function push(
  { callback, secret }: Subscribed,
  body: string,
  headers: Record<string, string> = {},
): Promise<number> {
  const signed = { "x-hub-signature": await signature("sha256", secret, body) };
  const response = await send("POST", callback, { body, headers: { ...signed, ...headers } });
  return response.status;
}

/** A follower whose subscription the hub has confirmed. */
async function subscribed(one: Publisher) {
  const { slug, id } = await follower(one);
  const subscription = subscribedBy(one);
  const answer = await question(subscription);
  if (answer.status !== 200) throw new Error(`${answer.status}`);
  wait(34 * MINUTE_MS);
  await work(id); // the poll that was due
  return { slug, id, subscription };
}

const minutesToPoll = async (id: string): Promise<number> =>
  Math.round((Date.parse((await shown(id)).next_fetch_at ?? "") - Date.now()) / MINUTE_MS);

describe("a source that names a hub", () => {
  const entry = "<entry><id>urn:1</id><title>One</title></entry>";
  test.each<[string, (topic: string) => [string, Record<string, string>]]>([
    ["in RSS", (topic) => [rss(numbered(1, 1), linksOf(topic)), {}]],
    [
      "in Atom",
      (topic) => [
        `<feed xmlns="http://www.w3.org/2005/Atom"><title>Up</title><link rel="hub" href="${HUB}"/><link rel="self" href="${topic}"/>${entry}</feed>`,
        {},
      ],
    ],
    [
      "in JSON",
      (topic) => [
        JSON.stringify({
          version: "https://jsonfeed.org/version/1.1",
          title: "Up",
          feed_url: topic,
          hubs: [
            { type: "rssCloud", url: "https://cloud.example/" },
            { type: "WebSub", url: HUB },
          ],
          items: [{ id: "1", title: "One" }],
        }),
        {},
      ],
    ],
    [
      "in its Link header, which goes first",
      (topic) => [
        rss(numbered(1, 1), linksOf("https://elsewhere.example/feed")),
        { link: `<${HUB}>; rel="hub", <${topic}>; title="a, b"; rel=self` },
      ],
    ],
  ])("%s is subscribed to", async (_how, feedOf) => {
    const one = publisher("");
    const topic = new URL("/topic", one.url).href;
    const [feed, headers] = feedOf(topic);
    writes(one, feed, headers);
    const { id } = await follower(one);
    expect(asked(one)).toEqual([
      {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": expect.stringMatching(/^https:\/\/news\.example\/websub\/[a-z0-9]+_[a-z0-9]{26}$/),
        "hub.secret": expect.stringMatching(/^[a-z0-9]{26}$/),
        "hub.lease_seconds": "864000",
      },
    ]);
    expect((await shown(id)).push).toEqual({ hub: HUB, lease_ends_at: null, last_push_at: null });
  });

  test("is polled once a day when the hub has confirmed, and its news are taken in as they are pushed", async () => {
    const one = hubbed();
    const { slug, id, subscription } = await subscribed(one);
    const webhook = await newWebhook(slug);
    expect(await minutesToPoll(id)).toBeGreaterThanOrEqual(1_439);
    const feed = rss(numbered(2, 1), linksOf(one.url));
    expect(await push(subscription, feed)).toBe(202);
    await work(id);
    await publish(slug);
    await deliver(webhook.id);
    const alerts = () => titlesOf(one.receiver.received.filter(({ url }) => url === webhook.url));
    expect(alerts()).toEqual(["Title of n2"]);
    expect(await titlesIn(slug)).toEqual(["Title of n2", "Title of n1"]);
    expect(await shown(id)).toMatchObject({ items_published: 2, push: { last_push_at: expect.any(String) } });

    writes(one, feed);
    await nextDay(id);
    expect(one.asked().at(-1)?.headers["if-none-match"]).toBe('"1"');
    await publish(slug);
    await deliver(webhook.id);
    expect(alerts()).toHaveLength(1);
  });

  test("is polled as before when a poll finds what was not pushed, until something is", async () => {
    const one = hubbed();
    const { id, subscription } = await subscribed(one);
    writes(one, rss(numbered(2, 1), linksOf(one.url)));
    wait(DAY_MS * 1.1 + MINUTE_MS);
    await work(id);
    expect(await minutesToPoll(id)).toBeLessThan(40);
    expect(await push(subscription, rss(numbered(3, 1), linksOf(one.url)))).toBe(202);
    wait(40 * MINUTE_MS);
    await work(id);
    expect(await minutesToPoll(id)).toBeGreaterThanOrEqual(1_439);
  });

  test("is asked again when it does not confirm, ever less often", async () => {
    const one = hubbed();
    const { id } = await follower(one);
    for (let hours = 0; hours < 24; hours++) {
      wait(60 * MINUTE_MS);
      await work(id);
    }
    expect(asked(one)).toHaveLength(5); // at once, and after 1, 3, 7 and 15 hours
    expect(await minutesToPoll(id)).toBeLessThan(40);
  });

  test("is asked again before the lease ends, and keeps its callback and secret", async () => {
    const one = hubbed();
    const { id, subscription } = await subscribed(one);
    for (let days = 0; days < 8; days++) {
      wait(DAY_MS);
      await work(id);
    }
    expect(asked(one)).toHaveLength(2);
    expect(subscribedBy(one)).toEqual(subscription);
    expect(await push(subscription, rss(numbered(2, 1), linksOf(one.url)))).toBe(202);
    expect((await question(subscription)).status).toBe(200);
    const { push: renewed } = await shown(id);
    expect(Date.parse(renewed?.lease_ends_at ?? "") - Date.now()).toBe(10 * DAY_MS);
  });

  test("is polled as before when its lease has ended, or the hub denies it", async () => {
    const one = hubbed();
    const { id } = await subscribed(one);
    wait(10 * DAY_MS);
    await work(id);
    expect(await minutesToPoll(id)).toBeLessThan(40);
    const other = hubbed();
    const denied = await subscribed(other);
    expect((await question(denied.subscription, { "hub.mode": "denied" })).status).toBe(200);
    expect(await minutesToPoll(denied.id)).toBeLessThanOrEqual(30);
    expect((await shown(denied.id)).push).toMatchObject({ lease_ends_at: null });
  });

  test("is left when it names none any more", async () => {
    const one = hubbed();
    const { id, subscription } = await subscribed(one);
    writes(one, rss(numbered(1, 1)));
    await nextDay(id);
    expect((await shown(id)).push).toBeNull();
    expect(await push(subscription, rss(numbered(2, 1)))).toBe(404);
  });

  test("at a private address is not asked", async () => {
    const one = publisher("");
    writes(one, rss(numbered(1, 1), linksOf(one.url).replace(HUB, "http://10.0.0.1/hub")));
    await follower(one);
    expect(one.receiver.received.every(({ method }) => method === "GET")).toBe(true);
  });
});

describe("a push", () => {
  test.each(["sha1", "sha256", "sha384", "sha512"] as const)("may be signed by %s", async (method) => {
    const one = hubbed();
    const { id, subscription } = await subscribed(one);
    const feed = rss(numbered(2, 1), linksOf(one.url));
    const signed = { "x-hub-signature": await signature(method, subscription.secret, feed) };
    expect(await push(subscription, feed, signed)).toBe(202);
    await work(id);
    expect((await shown(id)).items_published).toBe(2);
  });

  const news = (one: Publisher) => rss(numbered(2, 1), linksOf(one.url));
  test.each<[string, number, (one: Publisher, to: Subscribed) => Promise<number>]>([
    ["without a signature", 403, (one, to) => push(to, news(one), { "x-hub-signature": "" })],
    ["with what is no signature", 403, (one, to) => push(to, news(one), { "x-hub-signature": "sha256=zz" })],
    [
      "with another method",
      403,
      (one, to) => push(to, news(one), { "x-hub-signature": `md5=${"0".repeat(32)}` }),
    ],
    ["signed with another secret", 403, (one, to) => push({ ...to, secret: "guessed" }, news(one))],
    [
      "of another topic by its header",
      403,
      (one, to) => push(to, news(one), { link: '<https://other.example/feed>; rel="self"' }),
    ],
    [
      "of another topic by itself",
      403,
      (_one, to) => push(to, rss(numbered(2, 1), linksOf("https://other.example/"))),
    ],
    ["of too many bytes", 413, (_one, to) => push(to, "x".repeat(LIMITS.SOURCE_BYTES + 1))],
    [
      "to another token",
      404,
      (one, to) => push({ ...to, callback: `${to.callback.slice(0, -1)}-` }, news(one)),
    ],
    [
      "to a source that nobody follows",
      404,
      (one, to) => push({ ...to, callback: "/websub/nobody_x" }, news(one)),
    ],
    ["of what is no feed", 202, (_one, to) => push(to, "<html></html>")],
  ])("%s changes nothing", async (_what, status, act) => {
    const one = hubbed();
    const { id, subscription } = await subscribed(one);
    expect(await act(one, subscription)).toBe(status);
    await work(id);
    expect(await shown(id)).toMatchObject({ state: "active", items_seen: 1 });
  });

  test("that is sent again does not undo what came after it", async () => {
    const one = hubbed();
    const { slug, id, subscription } = await subscribed(one);
    const first = rss([{ id: "n1", title: "First" }], linksOf(one.url));
    const second = rss([{ id: "n1", title: "Second" }], linksOf(one.url));
    for (const feed of [first, second, first]) {
      expect(await push(subscription, feed)).toBe(202);
      await work(id);
    }
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Second"]);
  });
});

describe("a verification", () => {
  test("is answered with the challenge alone", async () => {
    const one = hubbed();
    await follower(one);
    const answer = await question(subscribedBy(one));
    expect([answer.status, await answer.text()]).toEqual([200, "a challenge"]);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each<[string, (to: Subscribed) => Promise<Response>]>([
    ["another topic", (to) => question(to, { "hub.topic": "https://other.example/feed" })],
    ["the end of a subscription", (to) => question(to, { "hub.mode": "unsubscribe" })],
    ["nothing", (to) => question(to, { "hub.challenge": "" })],
    ["a challenge without bound", (to) => question(to, { "hub.challenge": "x".repeat(2_001) })],
    ["another token", (to) => question({ ...to, callback: `${to.callback}x` })],
    ["a source that nobody follows", (to) => question({ ...to, callback: "/websub/nobody_x" })],
  ])("of %s is not confirmed", async (_what, ask) => {
    const one = hubbed();
    const { id } = await follower(one);
    const answer = await ask(subscribedBy(one));
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain("a challenge");
    expect((await shown(id)).push).toMatchObject({ lease_ends_at: null });
  });
});

test("the service's own hub confirms a subscription, and its pushes are taken", async () => {
  const publishing = await newOrganization();
  await newArticle(publishing);
  await publish(publishing);
  const topic = `${SITE}/${publishing}/feed.rss`;
  const mirror = "https://mirror.example/feed";
  const statuses: number[] = [];
  const { received } = receive(async ({ url, method, body, headers }: Received) => {
    if (url === mirror) return get(`/${publishing}/feed.rss`);
    const init = method === "GET" ? { headers } : { headers, body };
    const response = await send(method, url.slice(SITE.length), init);
    statuses.push(response.status);
    return response;
  });
  const slug = await newOrganization({ sources: [mirror] });
  await publishIndex();
  const id = (await sourcesOf(slug))[0]?.id ?? "";
  wait(10_000);
  await work(id);
  const form = received.find(({ url }) => url === `${SITE}/hub`);
  const callback = new URLSearchParams(form?.body).get("hub.callback") ?? "";
  await runSubscription(topic, callback);
  expect((await shown(id)).push).toMatchObject({ hub: `${SITE}/hub`, lease_ends_at: expect.any(String) });
  await newArticle(publishing);
  await publish(publishing);
  await runSubscription(topic, callback);
  expect(statuses).toEqual([202, 200, 202]);
  expect((await shown(id)).push).toMatchObject({ last_push_at: expect.any(String) });
  expect(await alarmIn(followerOf(env, id))).not.toBeNull();
});
