import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { METERS, PRICES, UNIT_COSTS, type Usage, usageOf } from "../../../src/model/costs.ts";
import { channelOf, directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { type Costs, costsOf } from "../../support/counting.ts";
import { newTopic, objectOf, runSubscription, subscribe, subscriber } from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { newWebhook, publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  watchLog("error");
  alarms = 0;
});

/** The alarms that a test has let go off. */
let alarms = 0;

/** Lets the alarms of objects go off which are due in a few seconds. */
async function ring(stubs: readonly DurableObjectStub[]): Promise<void> {
  wait(6_000);
  for (const stub of stubs)
    for (let left = 5; left > 0 && (await runDurableObjectAlarm(stub)); left--) alarms++;
}

/** What was counted, as the platform counts it. KV lists come with ticks, not with what is done. */
const counted = (costs: Costs, requests: number): Omit<Usage, "kvLists"> => ({
  requests,
  kvReads: costs.kvReads,
  kvWrites: costs.kvWrites,
  objectRequests: costs.objectCalls.length + alarms,
  rowsRead: costs.sqlRowsRead,
  rowsWritten: costs.sqlRowsWritten + costs.alarmsSet,
});

/** Expects that no more was counted than was computed. */
function expectWithin(used: Omit<Usage, "kvLists">, computed: Usage): void {
  for (const [meter, count] of Object.entries(used))
    expect([meter, count <= computed[meter as keyof Usage], count, computed[meter as keyof Usage]]).toEqual([
      meter,
      true,
      count,
      computed[meter as keyof Usage],
    ]);
}

/** Organizations whose feeds are full, with webhooks. */
async function deployment(organizations: number, webhooks: number) {
  const slugs: string[] = [];
  const ids: string[] = [];
  for (let number = 1; number <= organizations; number++) slugs.push(await newOrganization());
  for (const slug of slugs)
    for (let number = 1; number <= webhooks; number++) ids.push((await newWebhook(slug)).id);
  for (const slug of slugs) {
    const old = Array.from({ length: 50 }, (_, number) => ({
      organizations: [slug],
      title: `Old ${number}`,
    }));
    await json(api("POST", "/articles/batch?alerts=none", old), 200);
  }
  const stubs = [
    directoryOf(env),
    ...slugs.map((slug) => channelOf(env, slug)),
    ...ids.map((id) => endpointOf(env, id)),
  ];
  await ring(stubs);
  await minutes(20);
  await ring(stubs);
  await minutes(90); // the sweep has used up its burst
  alarms = 0;
  return { slugs, ids, stubs };
}

const TICKS = 10;
/** The part of an idle day that the ticks of one article are. */
const IDLE = TICKS / 1_440;

describe("a deployment costs no more than is computed", () => {
  test.each([
    { organizations: 1, webhooks: 0, articles: 2 },
    { organizations: 3, webhooks: 5, articles: 3 },
    { organizations: 1, webhooks: 20, articles: 1 },
  ])(
    "$organizations organizations, $webhooks webhooks, $articles articles",
    async (size) => {
      receive();
      const { slugs, ids, stubs } = await deployment(size.organizations, size.webhooks);
      const costs = await costsOf(async () => {
        for (let article = 0; article < size.articles; article++) {
          await newArticle(slugs[article % slugs.length] ?? "");
          await ring(stubs);
          await minutes(TICKS);
          await ring(stubs);
        }
      });
      const kept = await costsOf(async () => {
        wait(32 * 86_400_000);
        for (const id of ids) await endpointOf(env, id).wake();
      });
      const used = counted(costs, size.articles);
      const computed = usageOf({
        article: size.articles,
        alert: size.articles * size.webhooks,
        idleDay: size.articles * IDLE,
        turn: 1,
      });
      const requests = computed.requests - usageOf({ idleDay: size.articles * IDLE }).requests;
      expectWithin(
        {
          ...used,
          rowsWritten: used.rowsWritten + kept.sqlRowsWritten,
          requests: size.articles,
        },
        { ...computed, requests },
      );
      // The table does not exaggerate wildly either.
      expect(used.objectRequests).toBeGreaterThanOrEqual(computed.objectRequests / 3);
      expect(used.rowsWritten).toBeGreaterThanOrEqual(computed.rowsWritten / 3);
    },
    120_000,
  );
});

describe("an operation costs no more than the table says", () => {
  test("furtherOrganization", async () => {
    const { slugs, stubs } = await deployment(3, 0);
    const costs = await costsOf(async () => {
      await newArticle(slugs);
      await ring(stubs);
      await minutes(TICKS);
      await ring(stubs);
    });
    const { requests: _, ...used } = counted(costs, 1);
    expectWithin(
      { ...used, requests: 1 },
      usageOf({ article: 1, furtherOrganization: 2, idleDay: IDLE, turn: 1 }),
    );
  }, 60_000);

  test("retry", async () => {
    receive((_request, number) => new Response(null, { status: number > 4 ? 204 : 500 }));
    const { slugs, ids, stubs } = await deployment(1, 1);
    await newArticle(slugs[0] ?? "");
    await ring(stubs);
    await minutes(TICKS);
    alarms = 0;
    let attempts = 0;
    const costs = await costsOf(async () => {
      while (attempts < 3) {
        wait(3_600_000 * 12);
        await runDurableObjectAlarm(endpointOf(env, ids[0] ?? ""));
        await minutes(2);
        attempts++;
      }
    });
    alarms = attempts;
    expectWithin(counted(costs, 0), usageOf({ retry: attempts, idleDay: (2 * attempts) / 1_440, turn: 3 }));
  }, 60_000);

  test("push", async () => {
    subscriber(() => new Response(null, { status: 204 }));
    const { slug, topic } = await newTopic();
    await subscribe(topic);
    const object = await objectOf(topic);
    await minutes(10);
    await newArticle(slug);
    const costs = await costsOf(async () => {
      await publish(slug);
      await runSubscription(topic);
      await object.check();
    });
    alarms = 1;
    expectWithin({ ...counted(costs, 0), kvWrites: 0 }, usageOf({ push: 1, article: 1 }));
  });

  test("poll", async () => {
    const { slugs } = await deployment(1, 0);
    const costs = await costsOf(async () => (await get(`/${slugs[0]}/feed.atom`)).text());
    expect(counted(costs, 1)).toEqual({ ...UNIT_COSTS.poll, kvLists: undefined });
  }, 60_000);
});

describe("an idle day", () => {
  test("uses at most two percent of each quota of the free plan, and half of its lists", () => {
    const day = usageOf({ idleDay: 1, turn: 400 });
    for (const meter of METERS)
      expect(day[meter] / PRICES[meter].freeDay).toBeLessThanOrEqual(meter === "kvLists" ? 0.5 : 0.02);
  });

  test("costs what the table says, beside 1,300 records", async () => {
    const { stubs } = await deployment(1, 2);
    for (let page = 0; page < 25; page++) {
      const slug = (await json<{ organizations: { slug: string }[] }>(api("GET", "/organizations"), 200))
        .organizations[0]?.slug;
      const old = Array.from({ length: 50 }, (_, number) => ({
        organizations: [slug],
        title: `${page} ${number}`,
      }));
      await json(api("POST", "/articles/batch?alerts=none", old), 200);
    }
    await ring(stubs);
    await minutes(100);
    await ring(stubs);
    await minutes(10);
    alarms = 0;
    const costs = await costsOf(() => minutes(120));
    expectWithin(counted(costs, 0), usageOf({ idleDay: 120 / 1_440, turn: 2 }));
    expect(costs.kvLists).toBeLessThanOrEqual(Math.ceil(UNIT_COSTS.idleDay.kvLists / 12));
  }, 120_000);
});
