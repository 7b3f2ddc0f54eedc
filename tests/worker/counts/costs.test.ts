import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { configuration } from "../../../src/env.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { rfc3339 } from "../../../src/model/time.ts";
import { channelOf, directoryOf, switchboardOf } from "../../../src/objects/stubs.ts";
import { offerOf } from "../../../src/publishing/handover.ts";
import { stopClock, stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf, NOTHING } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, publish, rows, titlesIn } from "../../support/objects.ts";
import { accepted } from "../../support/rendering.ts";
import { reset } from "../../support/reset.ts";
import { api, fresh, get, json, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { newSharedWebhook } from "../../support/shared.ts";
import { minute, minutes, putRecord } from "../../support/sweeping.ts";

/** What the free plan gives in a day (platform). */
const FREE_LISTS_A_DAY = 1_000;

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn"); // the watchdog tells of alarms that a stopped clock held back
});

describe("the counting itself", () => {
  test("sees what Worker and objects do", async () => {
    const slug = await newOrganization();
    const costs = await costsOf(async () => {
      await env.RECORDS.put("article:counted", "{}");
      await env.RECORDS.get("article:counted");
      await env.RECORDS.getWithMetadata("article:counted");
      await env.RECORDS.list({ limit: 1 });
      await env.RECORDS.delete("article:counted");
      await directoryOf(env).organizations.get(slug);
    });
    expect(costs).toEqual({
      kvReads: 2,
      kvWrites: 1,
      kvLists: 1,
      kvDeletes: 1,
      objectCalls: ["get"],
      sqlStatements: 1,
      sqlRowsRead: 1,
      sqlRowsWritten: 0,
      alarmsSet: 0,
    });
  });

  test("sees what an alarm does, and stops when it is over", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    wait(5_000);
    const channel = channelOf(env, slug);
    expect((await costsOf(() => runDurableObjectAlarm(channel))).kvWrites).toBe(3);
    expect(await costsOf(async () => {})).toEqual(NOTHING);
  });
});

test("publishing costs the same after however many withdrawn articles", async () => {
  const slug = await newOrganization();
  await newArticle(slug);
  await publish(slug);
  const withdrawn = (from: number, to: number) =>
    rows(
      channelOf(env, slug),
      `INSERT INTO articles (id, ordinal, seq, version, revision, live, published_at, changed_ms, article, rendering)
        WITH RECURSIVE numbers (number) AS (SELECT ${from} UNION ALL SELECT number + 1 FROM numbers WHERE number < ${to})
        SELECT 'old-' || number, number, number, '', 2, 0, published_at, changed_ms, article, rendering
          FROM numbers, (SELECT * FROM articles WHERE live = 1 LIMIT 1)`,
    );
  const published = () =>
    costsOf(async () => {
      await newArticle(slug);
      await publish(slug);
    });
  await withdrawn(101, 200);
  const few = await published();
  await withdrawn(1_001, 3_000);
  const many = await published();
  expect(many.sqlRowsRead - few.sqlRowsRead).toBeLessThan(20);
});

describe("a feed costs one KV read, and nothing else", () => {
  const formats = ["rss", "atom", "json"];

  test.each(formats)("sent as %s", async (format) => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    expect(await costsOf(async () => (await get(`/${slug}/feed.${format}`)).text())).toEqual({
      ...NOTHING,
      kvReads: 1,
    });
  });

  test.each(formats)("not modified as %s", async (format) => {
    const slug = await newOrganization();
    const etag = (await get(`/${slug}/feed.${format}`)).headers.get("etag") ?? "";
    const statuses: number[] = [];
    const costs = await costsOf(async () => {
      statuses.push((await get(`/${slug}/feed.${format}`, { "if-none-match": etag })).status);
    });
    expect(statuses).toEqual([304]);
    expect(costs).toEqual({ ...NOTHING, kvReads: 1 });
  });

  test("of nobody, too", async () => {
    expect(await costsOf(() => get("/nobody/feed.rss"))).toEqual({ ...NOTHING, kvReads: 1 });
  });
});

describe("to an organization that has ten thousand articles", () => {
  let slug: string;

  beforeAll(async () => {
    stopClock();
    slug = await newOrganization();
    const { page_url: _, ...article } = await newArticle(slug, { title: "First" });
    const offer = await offerOf(accepted(article, configuration(env).site), "api", configuration(env).site);
    if (!offer.ok) throw new Error(offer.failure.tag);
    for (let number = 1; number <= 10_000; number += 500) {
      await channelOf(env, slug).articles.accept(
        Array.from({ length: 500 }, (_, index) => ({
          ...offer.value,
          article: {
            ...offer.value.article,
            id: `old-${number + index}`,
            published_at: rfc3339(Date.UTC(2030, 0, 1, number + index)),
          },
        })),
      );
    }
    while (await publish(slug));
  });
  afterAll(() => vi.useRealTimers());

  test("publishing one costs at most four KV writes, no list, and no read of another article", async () => {
    wait(1_000); // of two of one second, the ids would say which is newer
    const accepted = await costsOf(() => newArticle(slug, { title: "One more" }));
    expect(accepted).toMatchObject({ kvReads: 0, kvWrites: 1, kvLists: 0, kvDeletes: 0 });
    expect(accepted.objectCalls).toEqual(["claim", "accept", "addToAudit"]);
    expect(accepted.sqlRowsRead).toBeLessThanOrEqual(30);

    const published = await costsOf(() => publish(slug));
    expect(published).toMatchObject({ kvReads: 0, kvWrites: 3, kvLists: 0, kvDeletes: 0, objectCalls: [] });
    expect(published.sqlRowsRead).toBeLessThanOrEqual(300);
    expect((await titlesIn(slug))[0]).toBe("One more");
  });

  test("publishing one with a token calls no object more: whose it is tells what is open", async () => {
    const token = await newToken(slug);
    const body = { organizations: [slug], title: "With a token" };
    const costs = await costsOf(() => api("POST", "/articles", body, { token }));
    expect(costs.objectCalls).toEqual(["holder", "accept", "addToAudit"]);
    expect(costs.sqlRowsRead).toBeLessThanOrEqual(30);
    await publish(slug);
  });

  test("saying the same again costs one KV read at most, and writes nothing", async () => {
    const id = fresh("a");
    const put = () => api("PUT", `/articles/${id}`, { organizations: [slug], title: "Same" });
    await json(put(), 201);
    await publish(slug);
    const again = await costsOf(put);
    expect(again).toMatchObject({ kvWrites: 0, kvLists: 0 });
    expect(again.objectCalls).not.toContain("addToAudit");
    expect(again.kvReads).toBeLessThanOrEqual(1);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(0);
  });

  test("a page of its articles costs no KV at all, and reads little more than it shows", async () => {
    const page = await costsOf(() => api("GET", `/articles?organization=${slug}`));
    expect(page).toMatchObject({ kvReads: 0, kvWrites: 0, kvLists: 0 });
    expect(page.sqlRowsRead).toBeLessThanOrEqual(60);
  });
});

describe("an idle tick", () => {
  beforeEach(async () => {
    await reset();
    const slugs = [await newOrganization(), await newOrganization(), await newOrganization()];
    await newArticle(slugs);
    await minutes(2);
    for (const slug of slugs) await publish(slug);
    await runDurableObjectAlarm(directoryOf(env));
    await minutes(4);
  });

  test("costs one KV list, no KV write and one object call", async () => {
    for (let tick = 1; tick <= 5; tick++) {
      const costs = await costsOf(minute);
      expect(costs).toMatchObject({ kvReads: 0, kvWrites: 0, kvLists: 1, kvDeletes: 0 });
      expect(costs.objectCalls).toEqual(["tick"]);
    }
  });

  test("costs one KV read more when other programs have written, however much", async () => {
    for (let number = 1; number <= 170; number++) {
      await putRecord(`article:b${number}`, { organizations: ["nowhere"], title: `News ${number}` });
    }
    await minutes(6);
    for (let tick = 1; tick <= 5; tick++) {
      const costs = await costsOf(minute);
      expect(costs).toMatchObject({ kvReads: 1, kvWrites: 0, kvLists: 1, kvDeletes: 0 });
      expect(costs.objectCalls).toEqual(["tick"]);
    }
  });

  test("and a day of them stays within the free plan", async () => {
    const day = await costsOf(() => minutes(1_440));
    expect(day.kvLists).toBeLessThanOrEqual(FREE_LISTS_A_DAY / 2);
    expect(day.kvLists).toBeGreaterThanOrEqual(
      86_400 / (LIMITS.SWEEP_INTERVAL_SECONDS * LIMITS.SWEEP_QUIET_TIMES),
    );
    expect(day).toMatchObject({ kvReads: 0, kvWrites: 0, kvDeletes: 0 });
    expect(day.objectCalls).toHaveLength(1_440 + 3); // each channel has its turn
  }, 120_000);

  test("comes more often once another program has written a record, at once for the next ones", async () => {
    await minutes(120);
    await putRecord("article:foreign", { organizations: ["nowhere"], title: "News" });
    await minutes(6);
    const next = await costsOf(() => minutes(20));
    expect(next.kvLists).toBe(20);
    const hours = await costsOf(() => minutes(180));
    expect(hours.kvLists).toBeLessThanOrEqual((FREE_LISTS_A_DAY * 3) / 24 + LIMITS.SWEEP_BURST);
    expect(hours.kvLists).toBeGreaterThanOrEqual(Math.floor((3 * 3_600) / LIMITS.SWEEP_INTERVAL_SECONDS) - 1);
  });
});

describe("an article of three organizations with shared webhooks", () => {
  beforeEach(reset);

  /** What it costs each object on the way, with some webhooks for all organizations. */
  async function costsWith(webhooks: number) {
    const slugs = [await newOrganization(), await newOrganization(), await newOrganization()];
    for (let number = 0; number < webhooks; number++) await newSharedWebhook("all");
    await newArticle(slugs, { title: "Together" });
    wait(5_000);
    const channels = [];
    for (const slug of slugs) channels.push(await costsOf(() => runDurableObjectAlarm(channelOf(env, slug))));
    const switchboard = await costsOf(() => runDurableObjectAlarm(switchboardOf(env)));
    return { channels: channels.map(({ objectCalls }) => objectCalls), switchboard: switchboard.objectCalls };
  }

  test("costs each channel one call, whatever the number of webhooks, and the switchboard one for each", async () => {
    for (const webhooks of [1, 3, 10]) {
      expect(await costsWith(webhooks)).toEqual({
        channels: [["accept"], ["accept"], ["accept"]],
        switchboard: Array(webhooks).fill("enqueue"),
      });
      await reset();
    }
  });

  test("costs nothing more without one", async () => {
    expect(await costsWith(0)).toEqual({ channels: [[], [], []], switchboard: [] });
  });

  test("costs a channel one entry for each event, and the switchboard an event and an entry for each webhook", async () => {
    const slug = await newOrganization();
    for (let number = 0; number < 5; number++) await newSharedWebhook("all");
    await newArticle(slug);
    expect(await countRows(channelOf(env, slug), "relay_entries")).toBe(1);
    await publish(slug);
    expect(await countRows(switchboardOf(env), "events")).toBe(1);
    expect(await countRows(switchboardOf(env), "relay_entries")).toBe(5);
    await runDurableObjectAlarm(switchboardOf(env));
    expect(await countRows(switchboardOf(env), "events")).toBe(0);
    expect(await countRows(switchboardOf(env), "relay_entries")).toBe(0);
  });
});
