import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";
import { newSharedWebhook, relay } from "../../support/shared.ts";
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

  test.each(["list of the webhook", "list of all webhooks"])(
    "a page with a filter searches a bounded part of them, and the next one goes on: %s",
    async (list) => {
      const { slug, webhook, stub } = await settled(0);
      const other = await newWebhook(slug);
      const type = "article.withdrawn";
      await rows(stub, "UPDATE deliveries SET type = ? WHERE seq IN (7, 700, 7000)", type);
      await rows(
        endpointOf(env, other.id),
        `INSERT INTO deliveries (event_id, seq, type, article_id, at_ms, data, status, attempts, created_ms, settled_ms)
          VALUES ('evt_other', 800, ?1, 'a', ?2, '{}', 'delivered', 1, ?2, ?2)`,
        type,
        Date.now(),
      );
      const one = list === "list of the webhook";
      const path = one ? `/webhooks/${webhook.id}/deliveries` : "/deliveries";
      const found: string[] = [];
      let cursor: string | null = "";
      for (let pages = 0; cursor !== null; pages++) {
        expect(pages).toBeLessThan(20);
        const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
        const costs = await costsOf(async () => {
          const address = `/organizations/${slug}${path}?type=${type}${after}`;
          const page: { deliveries: { event_id: string }[]; cursor: string | null } = await json(
            api("GET", address),
            200,
          );
          found.push(...page.deliveries.map(({ event_id }) => event_id));
          cursor = page.cursor;
        });
        expect(costs.sqlRowsRead).toBeLessThanOrEqual(1_100);
      }
      expect(found).toEqual(["evt_7000", ...(one ? [] : ["evt_other"]), "evt_700", "evt_7"]);
    },
  );

  test("expired deliveries are deleted in bounded steps", async () => {
    const { webhook, stub } = await settled(31 * 86_400_000);
    const count = async () => Number((await rows(stub, "SELECT COUNT(*) AS n FROM deliveries"))[0]?.n);
    expect((await costsOf(() => stub.wake())).sqlRowsRead).toBeLessThanOrEqual(5_000);
    expect(await count()).toBe(7_000);
    for (let steps = 0; await deliver(webhook.id); steps++) expect(steps).toBeLessThan(16);
    expect(await count()).toBe(0);
  });
});

describe("a shared webhook that has told of much", () => {
  const SHARED_CHECK = 20;

  async function told() {
    await reset();
    receive();
    const slug = await newOrganization();
    const webhook = await newSharedWebhook([slug]);
    await runDurableObjectAlarm(directoryOf(env));
    const { id } = await newArticle(slug);
    await relay([slug], webhook);
    return { slug, webhook, id, stub: endpointOf(env, webhook.id) };
  }

  const versions = (articleId: string): string =>
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 2000)
      INSERT INTO gathered (article_id, version, reports, article, due_ms, event_id, at_ms)
      SELECT ${articleId}, 'v' || n, '[]', NULL, NULL, 'evt_' || n, ?1 FROM n`;

  test("is checked for a handful of rows, and forgets what has expired", async () => {
    const { stub } = await told();
    await rows(stub, versions("'a' || n"), Date.now());
    expect((await costsOf(() => stub.check())).sqlRowsRead).toBeLessThanOrEqual(SHARED_CHECK);
    wait(31 * 86_400_000);
    await stub.check();
    for (let steps = 0; steps < 6; steps++) await runDurableObjectAlarm(stub);
    expect(await countRows(stub, "gathered")).toBe(0);
  });

  test("is told of an article that was edited two thousand times as of any other", async () => {
    const { slug, webhook, id, stub } = await told();
    await rows(stub, versions(`'${id}'`), Date.now());
    const edit = async (title: string) => {
      await api("PUT", `/articles/${id}`, { organizations: [slug], title });
      await relay([slug], webhook);
    };
    await edit("Once more");
    expect((await costsOf(() => edit("And again"))).sqlRowsRead).toBeLessThanOrEqual(250);
  });
});

describe("a webhook that holds as many events as it keeps", () => {
  test("takes a further one, and gives up the oldest, for a handful of rows", async () => {
    await reset();
    const slug = await newOrganization();
    const webhook = await newWebhook(slug);
    await api("PATCH", `/organizations/${slug}/webhooks/${webhook.id}`, { paused: true });
    await publish(slug);
    const stub = endpointOf(env, webhook.id);
    await rows(
      stub,
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)
        INSERT INTO deliveries (event_id, seq, type, article_id, at_ms, data, status, attempts, due_ms, created_ms, is_first)
        SELECT 'evt_' || n, n, 'article.published', 'a' || n, ?1, '{}', 'pending', 0, ?1, ?1, 1 FROM n`,
      Date.now(),
      LIMITS.HELD_DELIVERIES,
    );
    await rows(channelOf(env, slug), "UPDATE channel SET seq = ?", LIMITS.HELD_DELIVERIES);
    const costs = await costsOf(async () => {
      for (let more = 0; more < 3; more++) {
        await newArticle(slug);
        await publish(slug);
      }
    });
    expect(costs.sqlRowsRead).toBeLessThanOrEqual(400);
    const counted = await rows(stub, "SELECT status, COUNT(*) AS count FROM deliveries GROUP BY status");
    expect(counted).toEqual([
      { status: "failed", count: 3 },
      { status: "pending", count: LIMITS.HELD_DELIVERIES },
    ]);
    await api("POST", `/organizations/${slug}/webhooks/${webhook.id}/replay`, { status: "failed" });
    receive();
    await api("PATCH", `/organizations/${slug}/webhooks/${webhook.id}`, { paused: false });
    for (let rounds = 0; rounds < 200 && (await deliver(webhook.id)); rounds++);
    expect(await rows(stub, "SELECT rows FROM row_counts WHERE name = 'deliveries_waiting'")).toEqual([
      { rows: 0 },
    ]);
  });
});
