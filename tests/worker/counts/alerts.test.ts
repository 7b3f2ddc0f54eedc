import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { newArticle, newOrganization } from "../../support/service.ts";
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
