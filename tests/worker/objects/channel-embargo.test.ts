import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { exportAll, importLines } from "../../support/bulk.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { pushes, runSubscription, subscribe, subscriber, topicOf } from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import {
  alarmIn,
  countRows,
  deliver,
  deliveriesOf,
  newWebhook,
  publish,
  titlesIn,
} from "../../support/objects.ts";
import { enforceRowLimit } from "../../support/platform.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newOrganization, type ShownArticle } from "../../support/service.ts";
import { minute, putRecord } from "../../support/sweeping.ts";

const HOUR_MS = 3_600_000;

let slug: string;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  slug = await newOrganization();
  await publish(slug);
});

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const put = (fields: Record<string, unknown>, status = 201): Promise<ShownArticle> =>
  json(api("PUT", "/articles/a1", { organizations: [slug], title: "Secret", ...fields }), status);
const alarm = (): Promise<boolean> => runDurableObjectAlarm(channelOf(env, slug));

/** Every place where anybody could see the article. */
async function seen() {
  await alarm();
  const texts = await Promise.all(
    [
      `/${slug}/feed.rss`,
      `/${slug}/feed.atom`,
      `/${slug}/feed.json`,
      `/${slug}/feed.json?q=secret`,
      `/feed.json?organization=${slug}`,
      `/${slug}/archive/1.atom`,
      `/${slug}`,
      "/articles/a1",
    ].map(async (path) => (await get(path)).text()),
  );
  const { events } = await json<{ events: unknown[] }>(api("GET", `/organizations/${slug}/events`), 200);
  const { articles } = await json<{ articles: unknown[] }>(api("GET", `/articles?organization=${slug}`), 200);
  return { public: texts.filter((text) => text.includes("Secret")).length, events, articles };
}

const NOWHERE = { public: 0, events: [], articles: [] };

describe("an embargo that ends at a millisecond", () => {
  test.each([1, 500, 999])("hides the article everywhere until the next second: %i ms", async (ms) => {
    const { received } = subscriber();
    await subscribe(topicOf(slug));
    const webhook = await newWebhook(slug);
    await put({ published_at: inMs(HOUR_MS + ms) });
    wait(HOUR_MS + ms - 1);
    expect(await seen()).toEqual(NOWHERE);
    wait(1_000 - ms);
    expect(await seen()).toEqual(NOWHERE);
    expect(await alarmIn(channelOf(env, slug))).toBe(1);
    wait(1);
    await alarm();
    await publish(slug);
    expect((await seen()).public).toBe(8);
    await deliver(webhook.id);
    await runSubscription(topicOf(slug));
    expect(pushes(received)).toHaveLength(2);
    expect(await deliveriesOf(webhook)).toMatchObject([
      { event_type: "article.published", status: "delivered" },
    ]);
  });

  test("is the same embargo when it is sent again, also after its end", async () => {
    const published_at = inMs(HOUR_MS + 999);
    const first = await put({ published_at });
    expect(first.published_at).toBe(inMs(HOUR_MS + 1_000).replace(".000Z", "Z"));
    expect(await put({ published_at }, 200)).toEqual(first);
    wait(HOUR_MS + 1_000);
    await alarm();
    expect(await put({ published_at }, 200)).toEqual(first);
    expect((await seen()).events).toHaveLength(1);
  });

  test("is none for an article of this moment, which is published and edited at once", async () => {
    wait(500);
    const published_at = inMs(0);
    await put({ published_at });
    wait(1_000);
    await put({ published_at, title: "Secret, edited" }, 200);
    expect((await seen()).events).toMatchObject([{ type: "article.published" }, { type: "article.updated" }]);
  });

  test("holds for a record of another program", async () => {
    await putRecord("article:a1", {
      organizations: [slug],
      title: "Secret",
      published_at: inMs(HOUR_MS + 60_000 + 999),
    });
    await minute();
    wait(HOUR_MS + 998);
    expect(await seen()).toEqual(NOWHERE);
    wait(2);
    await alarm();
    await publish(slug);
    expect((await seen()).public).toBe(8);
  });
});

describe("an article that is as large as one can be, and scheduled", () => {
  /** Quotes are longer in JSON, and longer again where JSON stands in JSON. */
  const LARGE = '"'.repeat(224_500);
  let undo: () => void;
  beforeEach(async () => {
    undo = await enforceRowLimit();
  });
  afterEach(() => undo());

  const large = (fields: Record<string, unknown> = {}, status = 201) =>
    put({ content_text: LARGE, published_at: inMs(HOUR_MS), ...fields }, status);

  test("is edited, released, announced and sent as others are", async () => {
    const webhook = await newWebhook(slug);
    await large();
    await large({ title: "Secret, edited" }, 200);
    const [line] = (await exportAll()).filter(({ type }) => type === "article");
    expect(line).toMatchObject({ content_text: LARGE, title: "Secret, edited" });
    wait(HOUR_MS);
    subscriber();
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Secret, edited"]);
    await deliver(webhook.id);
    expect(await deliveriesOf(webhook)).toMatchObject([{ status: "delivered" }]);
    expect((await seen()).events).toHaveLength(1);
    subscriber();
    const late = await newWebhook(slug, { backfill: { last: 1 } });
    await publish(slug);
    await deliver(late.id);
    expect(await deliveriesOf(late)).toMatchObject([{ status: "delivered" }]);
  });

  test("can be withdrawn before its date and leaves nothing in its channel", async () => {
    await large();
    expect((await api("DELETE", "/articles/a1")).status).toBe(204);
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([]);
    expect(await countRows(channelOf(env, slug), "fragments")).toBe(0);
  });

  describe("to the last byte", () => {
    /** Publishes it, and returns it. Its record has what its feed items have not: why it is this organization's. */
    async function largest(): Promise<ShownArticle> {
      await json(api("PUT", `/organizations/${slug}`, { name: "Society of Quotes" }), 200);
      const send = (fields: Record<string, unknown>, status: number): Promise<ShownArticle> =>
        json(api("PUT", "/articles/a1", { summary: "By the Society of Quotes", ...fields }), status);
      const { page_url: _, ...record } = await send({ content_text: '""', title: "Secret" }, 201);
      const left = LIMITS.FRAGMENT_BYTES - JSON.stringify(record).length;
      const title = `Secret${"!".repeat(left % 2)}`;
      const shown = await send({ content_text: '"'.repeat(2 + Math.floor(left / 2)), title }, 200);
      expect((await env.RECORDS.get("article:a1"))?.length).toBe(LIMITS.FRAGMENT_BYTES);
      return shown;
    }

    test("can be withdrawn", async () => {
      await largest();
      expect((await api("DELETE", "/articles/a1")).status).toBe(204);
      await publish(slug);
      expect(await titlesIn(slug)).toEqual([]);
      expect((await get("/articles/a1")).status).toBe(410);
    });

    test("is imported as it is exported, withdrawn, too", async () => {
      await largest();
      await api("DELETE", "/articles/a1");
      await publish(slug);
      const lines = await exportAll();
      await reset();
      expect((await importLines(lines)).filter(({ status }) => status >= 400)).toEqual([]);
      const articleIn = (some: typeof lines) => some.find(({ id }) => id === "a1");
      expect(articleIn(lines)).toHaveProperty("withdrawn_at");
      expect(articleIn(await exportAll())).toEqual(articleIn(lines));
    });

    test("is withdrawn by another program's record", async () => {
      const { page_url: _, ...record } = await largest();
      wait(LIMITS.KV_SETTLE_SECONDS * 1_000);
      await putRecord("article:a1", { ...record, withdrawn_at: inMs(0) });
      for (let count = 0; count < 4; count++) await minute();
      await publish(slug);
      expect(await titlesIn(slug)).toEqual([]);
    });
  });

  test("does not hold up another that another program wrote beside it", async () => {
    const record = { organizations: [slug], content_text: LARGE, published_at: inMs(HOUR_MS) };
    await putRecord("article:a1", { ...record, title: "Secret" });
    await putRecord("article:a2", { organizations: [slug], title: "Small" });
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Small"]);
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Secret", "Small"]);
  });
});

describe("a page made of a record that KV shows as it was a minute ago", () => {
  /** Lets KV show an article's record as it is now, whatever is written. */
  async function freezeRecord(): Promise<void> {
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    for (const method of ["get", "getWithMetadata"] as const) {
      const read = kv[method] as (key: string, ...rest: unknown[]) => Promise<unknown>;
      const record = await Reflect.apply(read, env.RECORDS, ["article:a1"]);
      vi.spyOn(kv, method).mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
        return key === "article:a1" ? Promise.resolve(record) : Reflect.apply(read, this, [key, ...rest]);
      } as never);
    }
  }

  const page = async () => (await get("/articles/a1")).status;

  test("does not show an article whose time was moved just before it came", async () => {
    await put({ published_at: inMs(30_000) });
    await freezeRecord();
    await put({ published_at: inMs(HOUR_MS) }, 200);
    wait(31_000);
    await alarm();
    expect(await page()).toBe(404);
  });

  test("does not show an article that was withdrawn just before its time", async () => {
    await put({ published_at: inMs(30_000) });
    await freezeRecord();
    expect((await api("DELETE", "/articles/a1")).status).toBe(204);
    wait(31_000);
    await alarm();
    expect(await page()).toBe(404);
  });

  test("says that an article is gone that was withdrawn just after it was published", async () => {
    await put({});
    await freezeRecord();
    expect((await api("DELETE", "/articles/a1")).status).toBe(204);
    expect(await page()).toBe(410);
  });

  test("does not say that an article is gone that another organization publishes now", async () => {
    await put({});
    await freezeRecord();
    await put({ organizations: [await newOrganization()] }, 200);
    expect(await page()).toBe(404);
  });

  test("does not say that an article is gone whose time was moved after it was published", async () => {
    await put({});
    await freezeRecord();
    await put({ published_at: inMs(HOUR_MS) }, 200);
    expect(await page()).toBe(404);
  });

  test.each([
    ["is undated", { published_precision: "undated" }],
    ["has a date of long ago", { published_at: "2019-05-01T10:00:00Z" }],
  ])("does not show an article that %s and is scheduled just after it was published", async (_, fields) => {
    await put(fields);
    expect(await page()).toBe(200);
    await freezeRecord();
    await put({ published_at: inMs(HOUR_MS) }, 200);
    wait(60_000);
    expect(await page()).toBe(404);
  });

  test("asks nobody for an undated article two minutes after it was published, whatever its place is", async () => {
    await put({ published_at: inMs(HOUR_MS), published_precision: "undated" });
    wait(120_000);
    expect((await costsOf(async () => expect(await page()).toBe(200))).objectCalls).toEqual([]);
  });

  test("does not show a private reader an article that is scheduled just after it was published", async () => {
    await json(api("PUT", `/organizations/${slug}`, { name: "Quiet", unlisted: true }), 200);
    await publish(slug);
    const reader = api("POST", `/organizations/${slug}/readers`, { description: "Aynur" });
    const { feeds } = await json<{ feeds: { rss: string } }>(reader, 201);
    const path = new URL(feeds.rss).pathname.replace("feed.rss", "articles/a1");
    await put({ published_precision: "undated" });
    expect((await get(path)).status).toBe(200);
    await freezeRecord();
    await put({ published_at: inMs(HOUR_MS) }, 200);
    expect((await get(path)).status).toBe(404);
  });

  test("shows an article from the moment its time comes, and asks nobody two minutes later", async () => {
    await put({ published_at: inMs(30_000) });
    wait(30_000);
    expect(await page()).toBe(200);
    await alarm();
    expect(await page()).toBe(200);
    wait(120_000);
    expect((await costsOf(page)).objectCalls).toEqual([]);
  });
});
