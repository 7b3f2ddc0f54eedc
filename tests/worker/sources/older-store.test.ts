import { evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { followerOf } from "../../../src/objects/stubs.ts";
import dump from "../../fixtures/6b9472a/follower.sql?raw";
import { titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { deliver, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, json, publishIndex } from "../../support/service.ts";
import { nextDay, rss, shown, work } from "../../support/upstream.ts";

const ID = "src_fzp93b7yyqrcad4pptcnwqrnzt";
const URL_OF_FEED = "https://up.example.org/feed";
/** The ids that 6b9472a gave to the articles of this feed. */
const PUBLISHED = {
  three: "itm_37phsj20g44m3d8kdsfkh6w4n9",
  two: "itm_dqes1cqp8hatfq7ebz5gjy7zja",
  one: "itm_8rdg7b55f1dh3yet6fvtvx5b3c",
};
const HOURS = { four: 4, three: 3, two: 2, one: 1 };

const item = (id: keyof typeof HOURS, text = `Words of ${id}.`) => ({
  id,
  text,
  date: new Date(Date.UTC(2030, 0, 1, HOURS[id])).toUTCString(),
});

stopClockForEachTest();
let webhook: { id: string; url: string };
let alerts: () => string[];

beforeEach(async () => {
  await reset();
  const feed = rss([item("four"), item("three", "Edited."), item("two"), item("one")]);
  const { received } = receive(({ url }) => new Response(url === URL_OF_FEED ? feed : null));
  await json(api("PUT", "/organizations/acme", { name: "Acme Museum", sources: [URL_OF_FEED] }), 201);
  for (const [name, id] of Object.entries(PUBLISHED)) {
    const url = `https://up.example/${name}`;
    const article = {
      organizations: ["acme"],
      title: `Title of ${name}`,
      url,
      content_text: `Words of ${name}.`,
      source: { name: "The upstream", url },
      published_at: `2030-01-01T0${HOURS[name as keyof typeof HOURS]}:00:00Z`,
    };
    await json(api("PUT", `/articles/${id}`, article), 201);
  }
  await publish("acme");
  await publishIndex();
  webhook = await newWebhook("acme");
  alerts = () => titlesOf(received.filter(({ url }) => url === webhook.url));
  await runInDurableObject(followerOf(env, ID), async (_object, { storage }) => {
    await storage.deleteAll();
    storage.sql.exec(dump);
  });
  await evictDurableObject(followerOf(env, ID));
  wait(2 * 86_400_000 + 60_000); // when the dump was made, and a minute
});

describe("a follower with the tables of 6b9472a", () => {
  test("shows its source and its items", async () => {
    expect(await shown(ID)).toMatchObject({
      state: "active",
      title: "The upstream",
      last_fetch_at: "2040-01-03T00:00:10Z",
      items_seen: 4,
      items_published: 2,
      items_waiting: 2,
    });
  });

  test("publishes what waits under the ids that it had, and repeats nothing at the next poll", async () => {
    expect(await followerOf(env, ID).wake()).toBe(true);
    await work(ID);
    await publish("acme");
    expect(await titlesIn("acme")).toEqual([
      "Title of four",
      "Title of three",
      "Title of two",
      "Title of one",
    ]);
    const edited = await json(api("GET", `/articles/${PUBLISHED.three}`), 200);
    expect(edited).toMatchObject({ content_text: "Edited." });
    await deliver(webhook.id);
    expect(alerts().sort()).toEqual(["Title of four", "Title of three"]);

    await nextDay(ID);
    await publish("acme");
    await deliver(webhook.id);
    expect(alerts()).toHaveLength(2);
    expect(await shown(ID)).toMatchObject({ items_published: 4, items_waiting: 0 });
  });
});
