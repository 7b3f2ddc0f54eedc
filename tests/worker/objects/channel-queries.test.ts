import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { addListeners, topicOf } from "../../support/hub.ts";
import { newWebhook, publish, rows } from "../../support/objects.ts";
import { api, newArticle, newOrganization, newToken } from "../../support/service.ts";

stopClockForEachTest();

/**
 * Steps of a plan that read no more than they must: tables of one row or a few, those of whom all are told, counts of a
 * bounded number, and orders that end after a bounded number of rows.
 */
const BOUNDED = [
  /^SCAN (channel|documents|duty_failures|schema_versions|relay_failures|json_each|wanted|waiting|numbers|CONSTANT ROW|audience|\(subquery)/,
  /^SCAN (webhooks|subscriptions|readers)( |$)/,
  /^SCAN articles USING (COVERING )?INDEX (sqlite_autoindex_articles_2|articles_withdrawn)/, // the newest
  /^SCAN (events|relay_entries)$/, // the oldest
];

test("no query of a channel scans a growing table", async () => {
  const slug = await newOrganization();
  const channel = channelOf(env, slug);
  const statements = new Set<string>();
  const own = await runInDurableObject(channel, (_object, state) => state.storage.sql);
  const prototype = Object.getPrototypeOf(own) as SqlStorage;
  const { exec } = prototype;
  const spy = vi.spyOn(prototype, "exec").mockImplementation(function (
    this: SqlStorage,
    query,
    ...parameters
  ) {
    if (this === own) statements.add(query);
    return Reflect.apply(exec, this, [query, ...parameters]);
  });
  await addListeners(slug, topicOf(slug), 3);
  const { id } = await newWebhook(slug, { filter: "tag=art", backfill: { last: 5 } });
  const article = await newArticle(slug, { tags: ["art"] });
  await newArticle(slug, { published_at: new Date(Date.now() + 60_000).toISOString() });
  await publish(slug);
  await channel.documents.archive(1, "rss");
  await channel.articles.page(null);
  await channel.articles.known([article.id]);
  await channel.articles.announced("0");
  await channel.articles.scheduled("");
  await channel.webhooks.page(null);
  await channel.subscribers.page(null, null);
  await channel.subscribers.page(topicOf(slug), null);
  await api("PATCH", `/organizations/${slug}/webhooks/${id}`, { paused: true });
  const elsewhere = { url: "https://elsewhere.example/in" };
  await api("PATCH", `/organizations/${slug}/webhooks/${id}`, elsewhere, { token: await newToken(slug) });
  await channel.subscribers.mayAdd(topicOf(slug), "sub_other", "reader.example");
  wait(60_000);
  await runDurableObjectAlarm(channel);
  await publish(slug);
  await api("DELETE", `/articles/${article.id}`);
  wait(40 * 86_400_000);
  await channel.wake();
  await publish(slug);
  await api("DELETE", `/organizations/${slug}`);
  spy.mockRestore();

  const planned = [...statements].filter((query) => /^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(query));
  expect(planned.length).toBeGreaterThan(50);
  expect(planned.some((query) => query.includes("'$.url' >="))).toBe(true);
  const scans = await Promise.all(
    planned.map(async (query) => {
      const numbered = [...query.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number));
      const count = numbered.length > 0 ? Math.max(...numbered) : query.split("?").length - 1;
      const parameters = Array<number>(count).fill(0);
      const plan = await rows(channel, `EXPLAIN QUERY PLAN ${query}`, ...parameters);
      return plan
        .map(({ detail }) => String(detail))
        .filter((detail) => detail.startsWith("SCAN") && !BOUNDED.some((bound) => bound.test(detail)))
        .map((detail) => `${detail}: ${query.replace(/\s+/g, " ")}`);
    }),
  );
  expect(scans.flat()).toEqual([]);
});
