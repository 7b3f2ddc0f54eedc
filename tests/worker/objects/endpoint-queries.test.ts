import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, deliverForDays, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { newTopic, objectOf, runSubscription, subscribe, subscriber } from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, deliveriesOf, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, newArticle, newOrganization } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

stopClockForEachTest();

/** The statements that an object executes while something is done. */
async function statementsOf(stub: DurableObjectStub, act: () => Promise<unknown>): Promise<Set<string>> {
  const statements = new Set<string>();
  const own = await runInDurableObject(stub, (_object, state) => state.storage.sql);
  const prototype = Object.getPrototypeOf(own) as SqlStorage;
  const exec = prototype.exec;
  const spy = vi.spyOn(prototype, "exec").mockImplementation(function (
    this: SqlStorage,
    query,
    ...parameters
  ) {
    if (this === own) statements.add(query);
    return Reflect.apply(exec, this, [query, ...parameters]);
  });
  await act();
  spy.mockRestore();
  return statements;
}

/** Tables with one row, or with a few that wait; and indexes that hold only what waits, bounded, or has failed. */
const BOUNDED =
  /^SCAN (endpoint|subscription|intents|duty_failures|schema_versions|relay_failures|made|json_each|waiting|sqlite_master|\(subquery-\d+\)|CONSTANT ROW|deliveries USING (COVERING )?INDEX deliveries_(due|waiting|tests|failed|superseded))/;

/** The steps of statements' plans that read a whole table which grows. */
function scans(stub: DurableObjectStub, statements: Iterable<string>): Promise<string[]> {
  return runInDurableObject(stub, (_object, state) =>
    [...statements].filter(isPlanned).flatMap((query) => {
      const parameters = Array(Math.max(0, ...numbersIn(query), query.split("?").length - 1)).fill(null);
      const bound = /\?\d/.test(query) ? parameters.slice(0, Math.max(...numbersIn(query))) : parameters;
      const plan = state.storage.sql.exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...bound);
      return [...plan]
        .filter(({ detail }) => detail.startsWith("SCAN") && !BOUNDED.test(detail))
        .map(({ detail }) => `${detail}: ${query}`);
    }),
  );
}

/** A statement that has a plan, and is not one that reads a single row of whatever table. */
const isPlanned = (query: string): boolean =>
  /^(SELECT|INSERT|UPDATE|DELETE|WITH)/.test(query) &&
  !query.includes(";") &&
  !/^SELECT 1 FROM \w+ LIMIT 1$/.test(query);
const numbersIn = (query: string): number[] =>
  [...query.matchAll(/\?(\d)/g)].map(([, number]) => Number(number));

describe("no query scans a growing table", () => {
  test("in an endpoint", async () => {
    const { answer } = switchable(204);
    const { slug, webhook } = await alertsFor([], { retry_seconds: [5] });
    const statements = await statementsOf(endpointOf(env, webhook.id), async () => {
      for (const [status, change] of [
        [204, { batch_seconds: 5 }],
        [500, { batch_seconds: null, ordered: true }],
        [429, { per_minute: 5 }],
        [500, { ordered: false }],
      ] as const) {
        answer.status = status;
        await newArticle(slug);
        await publish(slug);
        await deliverForDays(webhook.id, 0.1);
        await api("PATCH", addressOf(webhook), change);
      }
      await deliverForDays(webhook.id, 2);
      await api("POST", `${addressOf(webhook)}/test`);
      await publish(slug);
      await api("PATCH", addressOf(webhook), { paused: true });
      await deliver(webhook.id);
      await api("POST", `${addressOf(webhook)}/enable`);
      for (const query of [
        "",
        "?status=failed",
        "?status=pending",
        "?status=delivered",
        "?status=superseded",
        "?article=a&type=b",
      ]) {
        await api("GET", `${addressOf(webhook)}/deliveries${query}`);
      }
      const [delivery] = await deliveriesOf(webhook);
      await api("POST", `${addressOf(webhook)}/deliveries/${delivery?.id}/retry`);
      await api("POST", `${addressOf(webhook)}/replay`, { status: "failed" });
      await api("POST", `${addressOf(webhook)}/replay`, { since: "2039-01-01" });
      wait(40 * 86_400_000);
      await deliverForDays(webhook.id, 2);
      await endpointOf(env, webhook.id).wake();
      await api("DELETE", addressOf(webhook));
    });
    expect([...statements].filter(isPlanned).length).toBeGreaterThan(25);
    expect(await scans(endpointOf(env, webhook.id), statements)).toEqual([]);
  });

  test("in a subscription", async () => {
    let status = 204;
    subscriber(() => new Response(null, { status }));
    const { slug, topic } = await newTopic();
    await subscribe(topic);
    const object = await objectOf(topic);
    const statements = await statementsOf(object, async () => {
      for (status of [204, 500]) {
        await newArticle(slug);
        await publish(slug);
        await runSubscription(topic);
      }
      await subscribe(topic, { "hub.secret": "new" });
      await api("GET", `/organizations/${slug}/subscriptions`);
      await object.wake();
    });
    expect([...statements].filter(isPlanned).length).toBeGreaterThan(10);
    expect(await scans(object, statements)).toEqual([]);
  });

  test("detects a full scan", async () => {
    const { webhook } = await alertsFor([]);
    const query = "SELECT * FROM deliveries WHERE data = ?";
    expect(await scans(endpointOf(env, webhook.id), [query])).toEqual([`SCAN deliveries: ${query}`]);
  });
});

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
