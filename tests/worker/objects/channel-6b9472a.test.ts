import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import dump from "../../fixtures/6b9472a/channel.sql?raw";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { alarmIn, publish, rows, titlesIn } from "../../support/objects.ts";
import { api, get, json } from "../../support/service.ts";

const ACME = {
  slug: "acme",
  name: "Acme Museum",
  description: "It's ours",
  language: "en",
  aliases: [],
  sources: [],
};
const FORMATS = ["rss", "atom", "json"] as const;

stopClockForEachTest();
beforeEach(async () => {
  wait(20_000); // when the store was left
  const channel = channelOf(env, "acme");
  await runInDurableObject(channel, async (_channel, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(dump);
    await storage.setAlarm(Date.now() + 1_000);
  });
  await evictDurableObject(channel);
  await directoryOf(env).organizations.restore({ organization: ACME, closed: false, changedMs: Date.now() });
});

const current = (format: string) => channelOf(env, "acme").documents.current(format);

/** The items of a document, each on lines of its own. */
const itemsIn = (body: string | undefined): string[] =>
  (body ?? "")
    .split("\n")
    .filter((line) => /^(<item>|<entry>|\{"id")/.test(line))
    .map((line) => line.replace(/,$/, ""));

describe("the channel of a store of 6b9472a", () => {
  test("returns its published documents byte for byte", async () => {
    for (const format of FORMATS) expect(itemsIn((await current(format))?.body)).toHaveLength(3);
  });

  test("publishes the same items, and changes that were not published yet", async () => {
    const before = await Promise.all(FORMATS.map(async (format) => itemsIn((await current(format))?.body)));
    expect(await publish("acme")).toBe(true);
    expect(await titlesIn("acme")).toEqual(["Six", "Five", "Two's", "One again"]);
    for (const [index, format] of FORMATS.entries()) {
      const body = await (await get(`/acme/feed.${format}`)).text();
      const eventless = body.replace(/,"event":"evt_\w+"/g, ""); // what that version did not tell
      expect(itemsIn(eventless).slice(1)).toEqual(before[index]);
    }
    const columns = await rows(channelOf(env, "acme"), "SELECT DISTINCT rss FROM articles WHERE live");
    expect(columns).toEqual([{ rss: "" }]);
  });

  test("writes each feed once as it is rendered now, and nothing if nothing has changed since", async () => {
    await rows(channelOf(env, "acme"), "DELETE FROM articles WHERE id = 'a6'");
    expect((await costsOf(() => publish("acme"))).kvWrites).toBe(3);
    const published: boolean[] = [];
    const costs = await costsOf(async () => published.push(await publish("acme")));
    expect([published, costs.kvWrites]).toEqual([[true], 0]);
  });

  test("serves its archive, including articles that are not in the feed", async () => {
    const archive = await channelOf(env, "acme").documents.archive(1, "rss");
    expect(itemsIn(String(archive?.body))).toHaveLength(4);
  });

  test("hands over waiting events to endpoints, and news to subscriptions", async () => {
    const waiting = "SELECT target, action, ref FROM relay_entries ORDER BY target, position";
    const [all, art] = ["endpoint:end_j1rsg1jzdm2er1y58pnyag9j97", "endpoint:end_p27fqrtj1na4z5ampxq9ax9jhv"];
    expect(await rows(channelOf(env, "acme"), waiting)).toEqual([
      { target: all, action: "event", ref: 6 },
      { target: all, action: "event", ref: 7 },
      { target: art, action: "event", ref: 7 },
      { target: "subscription:sub_1", action: "news", ref: null },
      { target: "subscription:sub_2", action: "news", ref: null },
    ]);
    const costs = await costsOf(async () => {
      await publish("acme");
      while (await runDurableObjectAlarm(channelOf(env, "acme"))) {
        if ((await alarmIn(channelOf(env, "acme"))) !== 0) break;
      }
    });
    expect(costs.objectCalls.sort()).toEqual(["enqueue", "enqueue", "news", "news"]);
  });

  test("keeps its webhooks, readers, aggregators, pages and scheduled articles", async () => {
    const { webhooks } = await channelOf(env, "acme").webhooks.page(null);
    expect(webhooks.map(({ description }) => description)).toEqual(["All", "Art"]);
    expect((await channelOf(env, "acme").readers.page(null)).readers).toMatchObject([
      { description: "Aynur" },
    ]);
    expect(await channelOf(env, "acme").aggregators.all()).toMatchObject([
      { agent: "Feedbin", subscribers: 12 },
    ]);
    const page = await json<{ articles: { id: string }[] }>(api("GET", "/articles?organization=acme"), 200);
    expect(page.articles.map(({ id }) => id)).toEqual(["a6", "a5", "a2", "a1"]);
    wait(24 * 3_600_000);
    await publish("acme");
    await publish("acme");
    expect((await titlesIn("acme"))[0]).toBe("To come");
  });

  test("continues its sequence in the next events", async () => {
    await json(api("POST", "/articles", { organizations: ["acme"], title: "Next", tags: ["art"] }), 201);
    const events = await rows(
      channelOf(env, "acme"),
      "SELECT seq, type FROM events ORDER BY seq DESC LIMIT 1",
    );
    expect(events).toEqual([{ seq: 8, type: "article.published" }]);
    const waiting = await rows(channelOf(env, "acme"), "SELECT target FROM relay_entries WHERE ref = 8");
    expect(waiting).toHaveLength(2);
  });
});
