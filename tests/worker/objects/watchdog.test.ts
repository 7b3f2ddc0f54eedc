import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { channelOf, endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import { alarmIn, countRows, deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { newArticle, newOrganization } from "../../support/service.ts";

const DAY_MS = 86_400_000;

stopClockForEachTest();

/** Loses an object's alarm, as no platform should. */
const loseAlarm = (stub: DurableObjectStub): Promise<void> =>
  runInDurableObject(stub, (_object, state) => state.storage.deleteAlarm());

/** Makes an object's alarm late. */
const delayAlarm = (stub: DurableObjectStub, milliseconds: number): Promise<void> =>
  runInDurableObject(stub, (_object, state) => state.storage.setAlarm(Date.now() + milliseconds));

describe("a channel whose alarm was lost", () => {
  test("is woken a minute after its documents were due", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticle(slug, { title: "One" });
    const channel = channelOf(env, slug);
    await loseAlarm(channel);
    wait(60_999);
    expect(await channel.wake()).toBe(false);
    wait(1);
    expect(await channel.wake()).toBe(true);
    expect(await alarmIn(channel)).toBe(0);
    expect(await channel.wake()).toBe(false);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["One"]);
    expect(await channel.wake()).toBe(false);
  });

  test("is woken if only its outbox is due", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    const channel = channelOf(env, slug);
    await rows(channel, "UPDATE channel SET first_change_ms = NULL, last_change_ms = NULL");
    await loseAlarm(channel);
    expect(await channel.wake()).toBe(true);
    await publish(slug);
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(1);
  });
});

describe("an endpoint", () => {
  /** An endpoint with something to send. */
  async function dueEndpoint() {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await withoutFirstTry(() => publish(slug));
    return { id, endpoint: endpointOf(env, id) };
  }

  test("whose alarm was lost is woken a minute after its delivery was due", async () => {
    const receiver = receive();
    const { id, endpoint } = await dueEndpoint();
    await loseAlarm(endpoint);
    wait(59_999);
    expect(await endpoint.wake()).toBe(false);
    wait(1);
    expect(await endpoint.wake()).toBe(true);
    expect(await alarmIn(endpoint)).toBe(0);
    await deliver(id);
    expect(receiver.received).toHaveLength(1);
    expect(await endpoint.wake()).toBe(false);
  });

  test("is not woken if its alarm is set, however late its delivery is", async () => {
    const { endpoint } = await dueEndpoint();
    wait(DAY_MS);
    await delayAlarm(endpoint, 1_000);
    expect(await endpoint.wake()).toBe(false);
    wait(61_000);
    expect(await endpoint.wake()).toBe(true);
  });

  test("deletes deliveries settled thirty days ago, and no pending ones", async () => {
    receive((_request, number) => new Response(null, { status: number === 1 ? 200 : 500 }));
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    const { id: second } = await newArticle(slug);
    await publish(slug);
    await deliver(id);
    const endpoint = endpointOf(env, id);
    wait(30 * DAY_MS - 5_000);
    await endpoint.wake();
    expect(await countRows(endpoint, "deliveries")).toBe(2);
    wait(1);
    await endpoint.wake();
    expect(await rows(endpoint, "SELECT article_id, status FROM deliveries")).toEqual([
      { article_id: second, status: "pending" },
    ]);
    expect(await countRows(endpoint, "attempts")).toBe(1);
  });
});
