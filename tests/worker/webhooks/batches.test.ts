import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, shownWebhook, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { alarmIn, deliver, deliveriesOf, publish } from "../../support/objects.ts";
import { type Received, verified } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization, type ShownProblem } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(0.5);
});

interface Listed {
  id: string;
  type: string;
  data: { article: { title: string } };
}

/** The titles in each request, in their order. */
const batchesOf = (received: readonly Received[]): string[][] =>
  received.map(({ body }) => {
    const parsed = JSON.parse(body);
    const listed: Listed[] = parsed.data?.messages ?? parsed;
    return listed.map(({ data }) => data.article.title);
  });

describe("batch_seconds", () => {
  test("sends at most one signed request per interval, with all events since", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One", "Two"], { batch_seconds: 60 });
    await deliver(webhook.id);
    for (const title of ["Three", "Four"]) await newArticle(slug, { title });
    await publish(slug);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(55_000);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(1);
    wait(55_000);
    await deliver(webhook.id);
    expect(batchesOf(receiver.received)).toEqual([
      ["One", "Two"],
      ["Three", "Four"],
    ]);
    const [, second] = receiver.received;
    if (!second) throw new Error("not delivered");
    const deliveries = await deliveriesOf(webhook);
    expect(verified(webhook.secret, second)).toMatchObject({
      type: "batch",
      timestamp: "2040-01-01T00:00:05Z",
      data: {
        messages: [
          { id: deliveries[1]?.event_id },
          { id: deliveries[0]?.event_id, type: "article.published" },
        ],
      },
    });
    expect(deliveries.map(({ status, batch_id }) => [status, batch_id])).toEqual([
      ["delivered", second.headers["webhook-id"]],
      ["delivered", second.headers["webhook-id"]],
      ["delivered", receiver.received[0]?.headers["webhook-id"]],
      ["delivered", receiver.received[0]?.headers["webhook-id"]],
    ]);
  });

  test("retries a batch unchanged with the same id, while new events form new batches", async () => {
    const { receiver, answer } = switchable(500);
    const { slug, webhook } = await alertsFor(["One", "Two"], { batch_seconds: 10, retry_seconds: [30] });
    await deliver(webhook.id);
    expect(await shownWebhook(webhook)).toMatchObject({ health: { state: "failing", failures: 1 } });
    answer.status = 204;
    wait(10_000);
    await newArticle(slug, { title: "Three" });
    await publish(slug);
    await deliver(webhook.id);
    wait(30_000);
    await deliver(webhook.id);
    expect(batchesOf(receiver.received)).toEqual([["One", "Two"], ["Three"], ["One", "Two"]]);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect(ids[0]).toMatch(/^bat_[0-9a-z]{26}$/);
    expect(ids[2]).toBe(ids[0]);
    expect(ids[1]).not.toBe(ids[0]);
    expect(receiver.received[2]?.body).toBe(receiver.received[0]?.body);
  });

  test("holds back later events if ordered", async () => {
    const { receiver, answer } = switchable(500);
    const { slug, webhook } = await alertsFor(["One"], {
      batch_seconds: 1,
      ordered: true,
      retry_seconds: [60],
    });
    await deliver(webhook.id);
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    await deliver(webhook.id);
    expect(batchesOf(receiver.received)).toEqual([["One"]]);
    answer.status = 204;
    wait(60_000);
    await deliver(webhook.id);
    wait(1_000);
    await deliver(webhook.id);
    expect(batchesOf(receiver.received)).toEqual([["One"], ["One"], ["Two"]]);
  });

  test("uses the batched mode of CloudEvents", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One", "Two"], { batch_seconds: 5, format: "cloudevents" });
    await deliver(webhook.id);
    expect(receiver.received[0]?.headers["content-type"]).toBe(
      "application/cloudevents-batch+json; charset=utf-8",
    );
    expect(batchesOf(receiver.received)).toEqual([["One", "Two"]]);
  });

  test("sends at most a hundred messages per batch", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor([], { batch_seconds: 5 });
    const batch = Array.from({ length: 120 }, (_, index) => ({ organizations: [slug], title: `${index}` }));
    await json(api("POST", "/articles/batch", batch), 200);
    for (let parcels = 0; parcels < 5; parcels++) await publish(slug);
    await deliver(webhook.id);
    wait(5_000);
    await deliver(webhook.id);
    expect(batchesOf(receiver.received).map(({ length }) => length)).toEqual([100, 20]);
  });

  test("sends a test on its own, and keeps the webhook paused", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One"], { batch_seconds: 5 });
    await api("PATCH", addressOf(webhook), { paused: true });
    await api("POST", `${addressOf(webhook)}/test`);
    await publish(slug);
    await deliver(webhook.id);
    wait(5_000);
    await deliver(webhook.id);
    expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(["webhook.test"]);
  });

  test.each([
    [{ format: "slack" }, "batch_seconds", "needs the format standard or cloudevents"],
    [{ per_minute: 5 }, "per_minute", "cannot be combined with batch_seconds"],
  ])("rejects %j at creation and in a change", async (fields, path, message) => {
    const slug = await newOrganization();
    const body = { url: "https://hooks.example.com/", batch_seconds: 5, ...fields };
    const refused = json<ShownProblem>(api("POST", `/organizations/${slug}/webhooks`, body), 422);
    expect((await refused).errors).toEqual([{ path, message }]);
    const { webhook } = await alertsFor([], fields);
    const change = json<ShownProblem>(api("PATCH", addressOf(webhook), { batch_seconds: 5 }), 422);
    expect((await change).errors).toEqual([{ path, message }]);
  });
});
