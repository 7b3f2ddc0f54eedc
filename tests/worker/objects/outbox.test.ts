import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { channelOf, directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, countRows, newWebhook, publish, rows } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, fresh, json, newArticle, newOrganization } from "../../support/service.ts";
import { minute } from "../../support/sweeping.ts";

stopClockForEachTest();

/** Gives an organization webhooks in numbers that the API would take minutes for; nothing is behind them. */
async function manyWebhooks(slug: string, count: number): Promise<void> {
  await rows(
    channelOf(env, slug),
    `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?)
      INSERT INTO webhooks (endpoint_id, webhook)
        SELECT printf('end_%05d', n), '{"events":["article.published"]}' FROM numbers`,
    count,
  );
}

const waitingIn = (slug: string) =>
  rows(channelOf(env, slug), "SELECT target, action, ref FROM relay_entries ORDER BY target, position");

const failuresIn = (slug: string) =>
  rows(channelOf(env, slug), "SELECT target, failures FROM relay_failures");

/** Makes some endpoints unreachable until mocks are restored. */
function unreachable(endpointIds: readonly string[]): void {
  const names = new Set(endpointIds.map((id) => env.ENDPOINT.idFromName(id).toString()));
  const namespace = Object.getPrototypeOf(env.ENDPOINT) as DurableObjectNamespace;
  const find = namespace.get;
  vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, id, ...rest) {
    if (names.has(id.toString())) throw new Error("the object cannot be reached");
    return Reflect.apply(find, this, [id, ...rest]);
  });
}

describe("an event", () => {
  test("is queued for ten thousand webhooks in eighteen statements", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await manyWebhooks(slug, 10_000);
    const costs = await costsOf(() => newArticle(slug));
    expect(await countRows(channel, "relay_entries")).toBe(10_000);
    expect(costs.sqlStatements).toBeLessThanOrEqual(18); // three of them are the audit log's
    expect(costs.objectCalls).toEqual(["claim", "accept", "addToAudit"]);
  });

  test("is matched three times for ten thousand webhooks with three filters, and queued in one statement", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await manyWebhooks(slug, 10_000);
    await rows(
      channel,
      `UPDATE webhooks SET webhook = json_set(webhook, '$.filter',
        CASE substr(endpoint_id, -1) WHEN '0' THEN 'tag=a' WHEN '1' THEN 'q=opening' ELSE 'language=fr' END)`,
    );
    const costs = await costsOf(() => newArticle(slug, { title: "Opening", tags: ["A"] }));
    expect(await countRows(channel, "relay_entries")).toBe(2_000);
    expect(costs.sqlStatements).toBeLessThanOrEqual(18); // three of them are the audit log's
  });

  test("of a batch is queued in steps, and the channel answers others meanwhile", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await manyWebhooks(slug, 2_000);
    const batch = Array.from({ length: 40 }, (_, at) => ({ organizations: [slug], title: `${at}` }));
    const seen: number[] = [];
    const accepted = json(api("POST", "/articles/batch", batch), 200);
    let isOver = false;
    const over = accepted.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      seen.push(await countRows(channel, "relay_entries"));
      await scheduler.wait(1); // the batch goes on
    }
    await over;
    expect(seen.some((count) => count > 0 && count < 80_000)).toBe(true);
    expect(seen.filter((count) => count % 10_000 !== 0)).toEqual([]);
    expect(await countRows(channel, "relay_entries")).toBe(80_000);
    const seqs = await rows(channel, "SELECT seq FROM events ORDER BY seq");
    expect(seqs).toEqual(batch.map((_, at) => ({ seq: at + 1 })));
  });

  test("is queued only for webhooks that want its type", async () => {
    const slug = await newOrganization();
    const { id: all } = await newWebhook(slug);
    const { id: updates } = await newWebhook(slug, { events: ["article.updated"] });
    const article = fresh("a");
    await json(api("PUT", `/articles/${article}`, { organizations: [slug], title: "One" }), 201);
    await json(api("PUT", `/articles/${article}`, { organizations: [slug], title: "Two" }), 200);
    await api("DELETE", `/articles/${article}`);
    const noted = await waitingIn(slug);
    const seqsOf = (id: string) =>
      noted.filter(({ target }) => target === `endpoint:${id}`).map(({ ref }) => ref);
    expect(seqsOf(all)).toEqual([1, 2, 3]);
    expect(seqsOf(updates)).toEqual([2]);
  });

  test("is not queued for a webhook that was created later", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await newWebhook(slug);
    expect(await waitingIn(slug)).toEqual([]);
  });
});

describe("the outbox is handed over", () => {
  test("to forty-five endpoints per alarm, with consecutive alarms until it is empty", async () => {
    const slug = await newOrganization();
    await manyWebhooks(slug, 100);
    await newArticle(slug);
    const channel = channelOf(env, slug);
    const first = await costsOf(() => publish(slug));
    expect(first.objectCalls).toEqual(Array(45).fill("enqueue"));
    expect(await countRows(channel, "relay_entries")).toBe(55);
    expect(await alarmIn(channel)).toBe(0);
    const rest = await costsOf(async () => {
      while (await runDurableObjectAlarm(channel));
    });
    expect(rest.objectCalls).toHaveLength(55);
    expect(rest.kvWrites).toBe(0);
    expect(await countRows(channel, "relay_entries")).toBe(0);
    expect(await countRows(channel, "events")).toBe(1);
  });

  test("in order, in calls of twenty-five events", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const batch = Array.from({ length: 30 }, (_, index) => ({
      organizations: [slug],
      title: `${index + 1}`,
    }));
    await json(api("POST", "/articles/batch", batch), 200);
    const channel = channelOf(env, slug);
    const seqs = () => rows(endpointOf(env, id), "SELECT seq FROM deliveries ORDER BY seq");
    await publish(slug);
    expect(await seqs()).toEqual(Array.from({ length: 25 }, (_, index) => ({ seq: index + 1 })));
    await runDurableObjectAlarm(channel);
    expect(await seqs()).toEqual(Array.from({ length: 30 }, (_, index) => ({ seq: index + 1 })));
    expect(await alarmIn(channel)).toBe(null);
  });

  test("in calls of four million characters", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const content_text = "x".repeat(300_000);
    for (let number = 1; number <= 15; number++) await newArticle(slug, { content_text });
    await publish(slug);
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(13);
    expect(await alarmIn(channelOf(env, slug))).toBe(0);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(15);
  });

  test("once, despite retries", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    const channel = channelOf(env, slug);
    await publish(slug);
    await rows(channel, "INSERT INTO relay_entries VALUES (?, 1, 'event', 1)", `endpoint:${id}`);
    await channel.wake();
    await publish(slug);
    expect(await waitingIn(slug)).toEqual([]);
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(1);
  });
});

describe("an endpoint that cannot be reached", () => {
  test("is retried later without delaying others", async () => {
    watchLog("error");
    const slug = await newOrganization();
    const [lost, found] = [await newWebhook(slug), await newWebhook(slug)];
    unreachable([lost.id]);
    await newArticle(slug);
    await publish(slug);
    expect(await countRows(endpointOf(env, found.id), "deliveries")).toBe(1);
    const target = `endpoint:${lost.id}`;
    expect(await waitingIn(slug)).toEqual([{ target, action: "event", ref: 1 }]);
    expect(await failuresIn(slug)).toEqual([{ target, failures: 1 }]);
    expect(await alarmIn(channelOf(env, slug))).toBe(5_000);

    vi.restoreAllMocks();
    await publish(slug);
    expect(await countRows(endpointOf(env, lost.id), "deliveries")).toBe(1);
    expect(await waitingIn(slug)).toEqual([]);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
  });

  test("does not delay others even if the failed ones fill an alarm", async () => {
    watchLog("error");
    const slug = await newOrganization();
    await manyWebhooks(slug, 45);
    const { id } = await newWebhook(slug);
    await rows(channelOf(env, slug), "UPDATE webhooks SET endpoint_id = 'end_zzz' WHERE endpoint_id = ?", id);
    unreachable(Array.from({ length: 45 }, (_, index) => `end_${String(index + 1).padStart(5, "0")}`));
    await newArticle(slug);
    await publish(slug);
    expect(await countRows(channelOf(env, slug), "relay_entries")).toBe(46);
    const second = await costsOf(() => publish(slug));
    expect(second.objectCalls).toEqual(["enqueue"]);
    expect(await countRows(channelOf(env, slug), "relay_entries")).toBe(45);
  });
});

describe("a webhook that is deleted", () => {
  test("loses its waiting entries", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    expect(await countRows(channelOf(env, slug), "relay_entries")).toBe(1);
    expect((await api("DELETE", `/organizations/${slug}/webhooks/${id}`)).status).toBe(204);
    expect(await countRows(channelOf(env, slug), "relay_entries")).toBe(0);
    await publish(slug);
    expect(await countRows(endpointOf(env, id), "deliveries")).toBe(0);
  });
});

describe("many targets that have failed", () => {
  const SLUGS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1000)";

  test("are not read at each tick, and do not keep out one that has not", async () => {
    await reset();
    await newOrganization();
    const directory = directoryOf(env);
    await rows(
      directory,
      `${SLUGS} INSERT INTO relay_entries SELECT 'record:a' || n, 1, 'store', NULL FROM numbers`,
    );
    const laterMs = Date.now() + 3_600_000;
    await rows(
      directory,
      `${SLUGS} INSERT INTO relay_failures SELECT 'record:a' || n, 9, ? FROM numbers`,
      laterMs,
    );
    await minute();
    expect((await costsOf(minute)).sqlRowsRead).toBeLessThan(1_000);
    const slug = await newOrganization();
    await minute();
    expect(await directory.organizations.get(slug)).not.toBe(null);
    expect(await rows(directory, "SELECT 1 FROM relay_entries WHERE target = ?", `record:${slug}`)).toEqual(
      [],
    );
    expect((await costsOf(minute)).sqlRowsRead).toBeLessThan(1_000);
  });

  test("are handed over when their wait is over", async () => {
    const slug = await newOrganization();
    const ids = [(await newWebhook(slug)).id, (await newWebhook(slug)).id];
    await publish(slug);
    unreachable(ids);
    watchLog("error");
    await newArticle(slug);
    await publish(slug);
    expect(await failuresIn(slug)).toHaveLength(2);
    await alarmIn(channelOf(env, slug));
    vi.restoreAllMocks();
    wait(10_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(await waitingIn(slug)).toEqual([]);
  });
});

test("a thousand targets that have failed are read once, not with each alarm, and are told in their time", async () => {
  const slug = await newOrganization();
  await newArticle(slug);
  await publish(slug);
  const channel = channelOf(env, slug);
  const failed = 1_000;
  await rows(
    channel,
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
      INSERT INTO relay_entries (target, position, action, ref)
      SELECT 'endpoint:end_' || printf('%05d', n), position.value, 'event', 1
        FROM n, json_each('[1, 2]') AS position`,
    failed + 135,
  );
  await rows(
    channel,
    `INSERT INTO relay_failures (target, failures, retry_ms)
      SELECT DISTINCT target, 3, ?1 FROM relay_entries ORDER BY target LIMIT ?2`,
    Date.now() + 3_600_000,
    failed,
  );
  await newArticle(slug);
  await publish(slug);
  const costs = await costsOf(() => runDurableObjectAlarm(channel));
  expect(costs.objectCalls).toHaveLength(45);
  expect(costs.sqlRowsRead).toBeLessThanOrEqual(5_000);
  await runDurableObjectAlarm(channel);
  expect(await rows(channel, "SELECT COUNT(DISTINCT target) AS left FROM relay_entries")).toEqual([
    { left: failed },
  ]);
  wait(3_600_000);
  for (let alarms = 0; alarms < 25; alarms++) await runDurableObjectAlarm(channel);
  expect(await countRows(channel, "relay_entries")).toBe(0);
});
