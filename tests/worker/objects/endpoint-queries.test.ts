import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { newArticle, newOrganization } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

stopClockForEachTest();

describe("with 7,500 settled deliveries of a webhook", () => {
  async function settled(ageMs: number) {
    await reset();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    await minutes(3);
    await publish(slug);
    const stub = endpointOf(env, webhook.id);
    await rows(
      stub,
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 7500)
        INSERT INTO deliveries (event_id, seq, type, article_id, at_ms, data, status, attempts, created_ms, settled_ms)
        SELECT 'evt_' || n, n, 'article.published', 'a' || n, ?1, '{}', 'delivered', 1, ?1, ?1 FROM n`,
      Date.now() - ageMs,
    );
    return { slug, webhook, stub };
  }

  test("an hour of idle ticks reads few rows, and a watchdog check a handful", async () => {
    watchLog("warn");
    const { stub } = await settled(0);
    expect((await costsOf(() => minutes(60))).sqlRowsRead).toBeLessThanOrEqual(5_000);
    expect((await costsOf(() => stub.wake())).sqlRowsRead).toBeLessThanOrEqual(10);
  });

  test("a failing alert reads few rows", async () => {
    receive(() => new Response(null, { status: 500 }));
    const { slug, webhook } = await settled(0);
    await rows(
      endpointOf(env, webhook.id),
      "UPDATE endpoint SET health = json_set(health, '$.state', 'failing')",
    );
    await newArticle(slug);
    await publish(slug);
    expect((await costsOf(() => deliver(webhook.id))).sqlRowsRead).toBeLessThanOrEqual(60);
  });

  test("expired deliveries are deleted in bounded steps", async () => {
    const { webhook, stub } = await settled(31 * 86_400_000);
    const count = async () => Number((await rows(stub, "SELECT COUNT(*) AS n FROM deliveries"))[0]?.n);
    expect((await costsOf(() => stub.wake())).sqlRowsRead).toBeLessThanOrEqual(5_000);
    expect(await count()).toBe(7_000);
    for (let steps = 0; await deliver(webhook.id); steps++) expect(steps).toBeLessThan(16);
    expect(await count()).toBe(0);
  });
});
