import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { channelOf, switchboardOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";
import { newSharedWebhook } from "../../support/shared.ts";
import { writesOf } from "../../support/writes.ts";

stopClockForEachTest("setTimeout", "clearTimeout"); // a first try is never too late

/** Publishes and runs every alarm of a channel. */
async function tell(slug: string): Promise<void> {
  await publish(slug);
  while (await runDurableObjectAlarm(channelOf(env, slug)));
}

/** What the alerts of one article to a number of webhooks cost, after one to all of them. */
async function fanOut(webhooks: number) {
  const { received } = receive();
  const slug = await newOrganization();
  for (let number = 0; number < webhooks; number++) await newWebhook(slug);
  await newArticle(slug);
  await tell(slug);
  const before = received.length;
  const costs = await writesOf(async () => {
    await newArticle(slug);
    await tell(slug);
  });
  return { ...costs, sent: received.length - before };
}

describe("an alert that succeeds at first", () => {
  test("costs one object request, five rows written and no alarm of its own, beside what its channel does once", async () => {
    const [few, many] = [await fanOut(10), await fanOut(60)];
    expect([few.sent, many.sent]).toEqual([10, 60]);
    const requests = [few, many].map(({ objectCalls }) => objectCalls.filter((name) => name === "enqueue"));
    expect(requests.map(({ length }) => length)).toEqual([10, 60]);
    // The channel's entry and its deletion; the delivery, that in one index, and its attempt.
    expect((many.rows - few.rows) / 50).toBeLessThanOrEqual(5);
    // The channel's: one more alarm for each 45 targets.
    expect(many.alarmsSet - few.alarmsSet).toBeLessThanOrEqual(4);
  });

  test("reads few rows", async () => {
    const [few, many] = [await fanOut(10), await fanOut(60)];
    expect((many.rowsRead - few.rowsRead) / 50).toBeLessThanOrEqual(25);
  });
});

describe("an event about a webhook", () => {
  /** Adds webhooks like another, which want no such event. */
  const addWebhooks = (stub: DurableObjectStub, id: string, count: number) =>
    rows(
      stub,
      `INSERT INTO webhooks (endpoint_id, webhook, version)
        SELECT 'end_' || value, json_set(webhook, '$.id', 'end_' || value), 1 FROM webhooks, json_each(?)
        WHERE endpoint_id = ?`,
      JSON.stringify(Array.from({ length: count }, (_, number) => number)),
      id,
    );

  const rotation = (path: string) =>
    costsOf(() => json(api("POST", `${path}/rotate-secret`), 200)).then(({ sqlRowsRead }) => sqlRowsRead);

  test("reads only the webhooks that want one", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const teller = await newWebhook(slug, { events: ["article.published", "endpoint.secret_rotated"] });
    await newWebhook(slug, { events: ["delivery.exhausted"] });
    const path = `/organizations/${slug}/webhooks/${id}`;
    await rotation(path);
    const few = await rotation(path);
    await addWebhooks(channelOf(env, slug), id, 300);
    expect(await rotation(path)).toBeLessThanOrEqual(few + 10);
    const told = "relay_entries WHERE action = 'event'";
    expect(await rows(channelOf(env, slug), `SELECT DISTINCT target FROM ${told}`)).toEqual([
      { target: `endpoint:${teller.id}` },
    ]);
  });

  test("reads only those shared webhooks that want one", async () => {
    const { id } = await newSharedWebhook("all");
    await newSharedWebhook("all", { events: ["endpoint.secret_rotated"] });
    await rotation(`/webhooks/${id}`);
    const few = await rotation(`/webhooks/${id}`);
    await addWebhooks(switchboardOf(env), id, 300);
    expect(await rotation(`/webhooks/${id}`)).toBeLessThanOrEqual(few + 10);
  });
});
