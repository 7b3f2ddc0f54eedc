import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, shownWebhook, switchable, titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import {
  alarmIn,
  countRows,
  deliver,
  deliveriesOf,
  newWebhook,
  publish,
  rows,
} from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { api, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

const answer = (status: number, headers: Record<string, string> = {}) =>
  new Response(null, { status, headers });

/** An organization with a webhook, and one article announced. */
async function announced(fields: Record<string, unknown> = {}) {
  const slug = await newOrganization();
  const webhook = await newWebhook(slug, fields);
  await newArticle(slug, { title: "One" });
  await publish(slug);
  return { slug, webhook, endpoint: endpointOf(env, webhook.id) };
}

const waiting = (slug: string) => countRows(channelOf(env, slug), "relay_entries");

describe("an event that nothing holds back", () => {
  test("is sent as the channel hands it over, and logged as every other", async () => {
    const { received } = receive();
    const { slug, webhook, endpoint } = await announced();
    expect(received[0] && verified(webhook.secret, received[0]).data.article.title).toBe("One");
    expect(await deliveriesOf(webhook)).toMatchObject([
      { status: "delivered", attempt_count: 1, attempts: [{ status: 204, error: "none" }] },
    ]);
    expect(await alarmIn(endpoint)).toBe(null);
    expect(await waiting(slug)).toBe(0);
  });

  test.each([
    ["500", () => answer(500), 5_000],
    ["a broken connection", () => Promise.reject(new Error("Network connection lost.")), 5_000],
    ["429 with Retry-After", () => answer(429, { "retry-after": "60" }), 60_000],
  ])("waits for its next attempt after %s", async (_what, respond, waitMs) => {
    vi.spyOn(Math, "random").mockReturnValue(0.5); // no jitter
    const { received } = receive(respond);
    const { slug, webhook, endpoint } = await announced();
    expect(await alarmIn(endpoint)).toBe(waitMs);
    expect(await waiting(slug)).toBe(0);
    wait(waitMs);
    await deliver(webhook.id);
    expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(
      Array(2).fill((await deliveriesOf(webhook))[0]?.event_id),
    );
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending", attempt_count: 2 });
  });

  test("disables the webhook if its receiver is gone", async () => {
    receive(() => answer(410));
    const { webhook } = await announced();
    expect((await shownWebhook(webhook)).health).toMatchObject({ state: "disabled", reason: "gone" });
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending", attempt_count: 1 });
  });

  test("is sent again under the same id if the endpoint is lost before it is stored", async () => {
    watchLog("error");
    const { received } = receive(() => answer(204));
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const endpoint = endpointOf(env, webhook.id);
    await runInDurableObject(endpoint, (_object, state) => {
      state.storage.sql.exec(
        "CREATE TRIGGER lost BEFORE INSERT ON attempts BEGIN SELECT RAISE(ABORT, 'lost'); END",
      );
    });
    await newArticle(slug);
    await publish(slug);
    expect([received.length, await countRows(endpoint, "deliveries"), await waiting(slug)]).toEqual([
      1, 0, 1,
    ]);
    await rows(endpoint, "DROP TRIGGER lost");
    wait(5_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(["delivered"]);
    expect(await waiting(slug)).toBe(0);
  });
});

describe("a receiver that does not answer at once", () => {
  /** A receiver that answers when it is told to. */
  function slow() {
    const { promise, resolve } = Promise.withResolvers<Response>();
    return { ...receive((_request, number) => (number === 1 ? promise : answer(204))), respond: resolve };
  }

  test("has its delivery stored with the alarm set, and the channel goes on", async () => {
    const { received, respond } = slow();
    const { slug, webhook, endpoint } = await announced();
    expect(await waiting(slug)).toBe(0);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "pending", attempt_count: 0 });
    expect(await alarmIn(endpoint)).toBe(LIMITS.ATTEMPT_TIMEOUT_MS + LIMITS.ALARM_AGAIN_MS);
    respond(answer(204));
    await vi.waitFor(async () => expect(await alarmIn(endpoint)).toBe(null));
    expect((await deliveriesOf(webhook))[0]).toMatchObject({ status: "delivered", attempt_count: 1 });
    expect(received).toHaveLength(1);
  });

  test("is sent later events after its answer only, and each once", async () => {
    const { received, respond } = slow();
    const { slug, webhook, endpoint } = await announced();
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    const round = deliver(webhook.id);
    await newArticle(slug, { title: "Three" });
    await publish(slug);
    expect(titlesOf(received)).toEqual(["One"]);
    respond(answer(204));
    await round;
    while ((await alarmIn(endpoint)) !== null) await deliver(webhook.id);
    expect(titlesOf(received)).toEqual(["One", "Two", "Three"]);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(Array(3).fill("delivered"));
  });

  test("is sent the event again by the alarm if its process dies", async () => {
    const { received } = slow();
    const { webhook, endpoint } = await announced();
    await runInDurableObject(endpoint, (_object, state) => state.abort("killed")).catch(() => undefined);
    wait(LIMITS.ATTEMPT_TIMEOUT_MS + LIMITS.ALARM_AGAIN_MS);
    await deliver(webhook.id);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(["delivered"]);
  });

  test("stores nothing if its webhook was deleted meanwhile", async () => {
    const { respond } = slow();
    const { webhook, endpoint } = await announced();
    await api("DELETE", addressOf(webhook));
    respond(answer(500));
    await deliver(webhook.id);
    for (const table of ["endpoint", "deliveries", "attempts"])
      expect(await countRows(endpoint, table)).toBe(0);
  });
});

describe("an event waits for the alarm", () => {
  test.each([
    ["in batches", { batch_seconds: 5 }],
    ["after a quiet time", { quiet_seconds: 60 }],
    ["while paused", { paused: true }],
  ])("%s", async (_what, settings) => {
    const { received } = receive();
    const { paused, ...fields } = { paused: false, ...settings };
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, fields);
    if (paused) await api("PATCH", addressOf(webhook), { paused });
    await newArticle(slug);
    await publish(slug);
    expect(received).toEqual([]);
    expect((await deliveriesOf(webhook)).map(({ status }) => status)).toEqual(["pending"]);
  });

  test("while an earlier one waits, or the receiver's rate is used up", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { receiver, answer: now } = switchable(500);
    const { slug, webhook } = await announced({ per_minute: 2 });
    now.status = 204;
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    expect(titlesOf(receiver.received)).toEqual(["One"]);
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["One", "One"]);
    await newArticle(slug, { title: "Three" });
    await publish(slug);
    expect(receiver.received).toHaveLength(2);
  });

  test("if an earlier one of its article is handed over with it", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    const { id } = await newArticle(slug, { title: "One" });
    await api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" });
    await publish(slug);
    expect(received).toEqual([]);
    await deliver(webhook.id);
    expect(titlesOf(received)).toEqual(["One", "Two"]);
  });
});
