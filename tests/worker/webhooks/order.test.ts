import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Webhook } from "../../../src/model/webhook.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { type Received, receive } from "../../support/receiver.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5); // no jitter
});

/** The messages of requests: of a batch each of its own. */
const messagesOf = (received: readonly Received[]) =>
  received.flatMap(({ body }) => {
    const message = JSON.parse(body);
    return message.type === "batch" ? message.data.messages : [message];
  });
const told = (received: readonly Received[]) =>
  messagesOf(received).map(({ type, data }) => `${type.slice("article.".length)} ${data.article.title}`);

/** What happens to an article: its next title, or its withdrawal. */
async function say(slug: string, what: string | null): Promise<void> {
  await (what === null
    ? api("DELETE", "/articles/one-article")
    : api("PUT", "/articles/one-article", { organizations: [slug], title: what }));
  await publish(slug);
}

/** Runs an endpoint's alarms, each at its time, until nothing waits. */
async function deliverAll({ id }: Pick<Webhook, "id">): Promise<void> {
  for (;;) {
    const due = await alarmIn(endpointOf(env, id));
    if (due === null) return;
    wait(Math.max(due, 0));
    await deliver(id);
  }
}

describe("every event", () => {
  test("has its organization's sequence, and the article's revision", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const webhooks = [await newWebhook(slug), await newWebhook(slug, { format: "cloudevents" })];
    const other = await newArticle(slug, { title: "Other" });
    const { id } = await newArticle(slug, { title: "One" });
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    for (const webhook of webhooks) await deliver(webhook.id);
    const messages = messagesOf(received);
    const ofStandard = messages.slice(0, 4).sort((a, b) => a.sequence - b.sequence);
    expect(
      ofStandard.map(({ sequence, data }) => [sequence, data.article.id, data.article.revision]),
    ).toEqual([
      [1, other.id, 1],
      [2, id, 1],
      [3, id, 2],
      [4, id, 3],
    ]);
    expect(
      messages
        .slice(4)
        .map(({ sequence }) => sequence)
        .sort(),
    ).toEqual([1, 2, 3, 4].map((sequence) => `000000000000000${sequence}`));
  });

  test("has one id at every webhook, at each attempt, in the log and in the feed, also when told by a backfill", async () => {
    const { receiver, answer } = switchable(500);
    const slug = await newOrganization();
    const webhooks = [await newWebhook(slug), await newWebhook(slug)];
    const { id } = await newArticle(slug, { title: "One" });
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await publish(slug);
    const late = await newWebhook(slug, { backfill: { last: 1 } });
    await publish(slug);
    await deliver(late.id);
    answer.status = 204;
    for (const webhook of [...webhooks, late]) await deliverAll(webhook);
    const feed = await json<{ items: { _communique: unknown }[] }>(get(`/${slug}/feed.json`), 200);
    const archive = await json<typeof feed>(get(`/${slug}/archive/1.json`), 200);
    const [first, second, event] = await Promise.all([
      deliveriesOf(webhooks[0] as Webhook),
      deliveriesOf(webhooks[1] as Webhook),
      deliveriesOf(late),
    ]);
    const expected = event[0]?.event_id;
    expect([first[0]?.event_id, second[0]?.event_id]).toEqual([expected, expected]);
    expect(feed.items.map((item) => item._communique)).toEqual([{ article_id: id, event: expected }]);
    expect(archive.items.map((item) => item._communique)).toEqual([{ article_id: id, event: expected }]);
    const ids = receiver.received
      .filter(({ body }) => body.includes('"Two"'))
      .map((r) => r.headers["webhook-id"]);
    expect(ids).toEqual([expected, expected, expected, expected]);
    expect(new Set(first.map(({ event_id }) => event_id)).size).toBe(2);
  });

  test("about a webhook has an id of its own beside that webhook's tests", async () => {
    receive((request) => new Response(null, { status: request.url.includes("failing") ? 410 : 204 }));
    const slug = await newOrganization();
    const watcher = await newWebhook(slug, { events: ["endpoint.disabled"] });
    const failing = await newWebhook(slug, { url: "https://hooks.example.com/failing" });
    const { event_id } = await json<{ event_id: string }>(api("POST", `${addressOf(failing)}/test`), 202);
    await newArticle(slug);
    await publish(slug);
    await deliver(failing.id);
    await publish(slug);
    await deliver(watcher.id);
    const [notice] = await deliveriesOf(watcher);
    expect(notice?.event_type).toBe("endpoint.disabled");
    expect(notice?.event_id).not.toBe(event_id);
  });
});

describe("an older event that has failed is not sent after a newer one", () => {
  const WAYS = [
    ["one by one", {}],
    ["in order", { ordered: true }],
    ["in batches", { batch_seconds: 5 }],
    ["in batches in order", { batch_seconds: 5, ordered: true }],
  ] as const;
  const STEPS: [string, (string | null)[], string][] = [
    ["of two updates", ["One", "Two", "Three"], "updated Three"],
    ["of a withdrawal after a publication", ["One", null], "withdrawn One"],
    ["of what is published again after a withdrawal", ["One", null, "Again"], "published Again"],
  ];

  test.each(
    WAYS.flatMap(([way, settings]) =>
      STEPS.map(([what, steps, last]) => [what, way, settings, steps, last] as const),
    ),
  )("%s, %s", async (_what, _way, settings, steps, last) => {
    const { receiver, answer } = switchable(503);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, settings);
    for (const step of steps.slice(0, -1)) {
      await say(slug, step);
      await deliver(webhook.id);
      await deliver(webhook.id);
    }
    const refused = receiver.received.length;
    answer.status = 204;
    await say(slug, steps.at(-1) ?? null);
    await deliverAll(webhook);
    expect(told(receiver.received.slice(refused))).toEqual([last]);
    const [newest, ...older] = await deliveriesOf(webhook);
    expect(newest?.status).toBe("delivered");
    expect(older.map(({ status }) => status)).toEqual(older.map(() => "superseded"));
    for (const { attempts, next_attempt_at } of older) {
      expect(next_attempt_at).toBe(null);
      expect(attempts.at(-1)).toMatchObject({
        error: "superseded",
        status: null,
        detail: "A newer event of the article takes its place.",
      });
    }
    await api("DELETE", "/articles/one-article");
    await publish(slug);
  });

  test("when both were due: the newer waits for the answer to the older", async () => {
    let first = true;
    const receiver = receive(() => {
      const status = first ? 503 : 204;
      first = false;
      return new Response(null, { status });
    });
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const { id } = await newArticle(slug, { title: "One" });
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await publish(slug);
    await deliverAll(webhook);
    expect(told(receiver.received)).toEqual(["published One", "updated Two"]);
    expect(receiver.mostAtOnce).toBe(1);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(["delivered", "superseded"]);
  });

  test("when what had failed for good is replayed", async () => {
    const { receiver, answer } = switchable(500);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { retry_seconds: [] });
    const { id } = await newArticle(slug, { title: "One" });
    await publish(slug);
    await deliver(webhook.id);
    answer.status = 204;
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await publish(slug);
    await deliver(webhook.id);
    expect(await json(api("POST", `${addressOf(webhook)}/replay`, { status: "failed" }), 202)).toEqual({
      replayed: 0,
    });
    await deliverAll(webhook);
    expect(told(receiver.received)).toEqual(["published One", "updated Two"]);
  });

  test("and what was superseded is listed, and not sent again by a replay", async () => {
    const { receiver, answer } = switchable(500);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const { id } = await newArticle(slug, { title: "One" });
    await publish(slug);
    await deliver(webhook.id);
    answer.status = 204;
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await publish(slug);
    await deliverAll(webhook);
    const { deliveries } = await json<{ deliveries: unknown[] }>(
      api("GET", `${addressOf(webhook)}/deliveries?status=superseded`),
      200,
    );
    expect(deliveries).toHaveLength(1);
    const since = "2039-01-01";
    expect(await json(api("POST", `${addressOf(webhook)}/replay`, { since }), 202)).toEqual({ replayed: 1 });
    await deliverAll(webhook);
    expect(told(receiver.received)).toEqual(["published One", "updated Two", "updated Two"]);
  });

  test("but events of a receiver that takes them all come, each in its order", async () => {
    const receiver = receive();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const { id } = await newArticle(slug, { title: "One" });
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    await deliver(webhook.id);
    expect(told(receiver.received)).toEqual(["published One", "updated Two", "withdrawn Two"]);
  });
});
