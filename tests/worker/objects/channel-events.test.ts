import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { alarmIn, countRows, newWebhook, publish, rows } from "../../support/objects.ts";
import { api, json, newArticle, newOrganization } from "../../support/service.ts";

const DAY_MS = 86_400_000;

stopClockForEachTest();

const eventsOf = (slug: string) => rows(channelOf(env, slug), "SELECT seq, type FROM events ORDER BY seq");

describe("events", () => {
  test("are kept even if no webhook wants them, each with the next sequence", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "One" });
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "Two" }), 200);
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    expect(await eventsOf(slug)).toEqual([
      { seq: 1, type: "article.published" },
      { seq: 2, type: "article.updated" },
      { seq: 3, type: "article.withdrawn" },
    ]);
  });

  test("are kept for articles without alerts, while a backfill takes no sequence", async () => {
    const slug = await newOrganization();
    const line = { organizations: [slug], title: "History" };
    await json(api("POST", "/articles/batch?alerts=none", [line, line]), 200);
    const { id } = await newWebhook(slug, { backfill: { last: 2 } });
    await publish(slug);
    await json(api("POST", `/organizations/${slug}/webhooks/${id}/test`), 202);
    await newArticle(slug);
    expect(await eventsOf(slug)).toEqual([
      { seq: 1, type: "article.published" },
      { seq: 2, type: "article.published" },
      { seq: 3, type: "webhook.test" },
      { seq: 4, type: "article.published" },
    ]);
  });

  test("of some types are searched for in bounded parts, whose cursors lead on", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    await rows(
      channelOf(env, slug),
      `WITH RECURSIVE n (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 3500)
        INSERT INTO events (seq, type, article_id, revision, at_ms, data)
        SELECT n, 'article.published', 'a' || n, 1, ?1, '{}' FROM n`,
      Date.now(),
    );
    await rows(channelOf(env, slug), "UPDATE channel SET seq = 3500");
    const { id } = await newArticle(slug);
    await api("DELETE", `/articles/${id}`);
    const found: unknown[] = [];
    let after = "0";
    for (let pages = 0; after !== "3502"; pages++) {
      expect(pages).toBeLessThan(5);
      const costs = await costsOf(async () => {
        const address = `/organizations/${slug}/events?types=article.withdrawn&after=${after}&wait=1`;
        const page: { events: { type: string }[]; cursor: string } = await json(api("GET", address), 200);
        found.push(...page.events.map(({ type }) => type));
        after = page.cursor;
      });
      expect(costs.sqlRowsRead).toBeLessThanOrEqual(LIMITS.EVENTS_SEARCHED + 20);
    }
    expect(found).toEqual(["article.withdrawn"]);
  });

  test("are deleted within a day after thirty days, without an alarm of their own", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await newArticle(slug);
    await publish(slug);
    expect(await alarmIn(channel)).toBe(null);
    wait(29 * DAY_MS);
    await newArticle(slug);
    await publish(slug);
    wait(DAY_MS);
    expect(await channel.wake()).toBe(false);
    await publish(slug);
    expect(await countRows(channel, "events")).toBe(2);
    wait(DAY_MS);
    expect(await channel.wake()).toBe(false);
    expect(await alarmIn(channel)).toBe(0);
    await runDurableObjectAlarm(channel);
    expect(await eventsOf(slug)).toEqual([{ seq: 2, type: "article.published" }]);
    expect(await alarmIn(channel)).toBe(null);
  });

  test("are deleted in steps, oldest first", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await rows(
      channel,
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
        INSERT INTO events (seq, type, article_id, revision, at_ms, data)
          SELECT n, 'article.published', 'a', 1, 0, '{}' FROM numbers`,
      2 * LIMITS.EVENTS_PRUNED + 1,
    );
    await rows(channel, "UPDATE channel SET seq = ?", 2 * LIMITS.EVENTS_PRUNED + 1);
    await newArticle(slug);
    const left: number[] = [];
    for (let step = 0; step < 3; step++) {
      await publish(slug);
      left.push(await countRows(channel, "events"));
    }
    expect(left).toEqual([LIMITS.EVENTS_PRUNED + 2, 2, 1]);
    expect(await alarmIn(channel)).toBe(null);
  });
});
