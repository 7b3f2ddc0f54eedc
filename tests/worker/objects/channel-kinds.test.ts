import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env, RpcTarget } from "cloudflare:workers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS, type Format } from "../../../src/feeds/formats.ts";
import type { SubscriberKind } from "../../../src/objects/channel/subscribers.ts";
import { SUBSCRIBER_KINDS } from "../../../src/objects/channel/subscribers.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { publish, rows } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

describe("a further kind of subscriber", () => {
  const sent: string[] = [];
  const MAIL: SubscriberKind = {
    schemas: [{ name: "mail", migrations: ["CREATE TABLE mail (address TEXT PRIMARY KEY)"] }],
    open: ({ storage: { sql }, events }) => ({
      part: new (class extends RpcTarget {})(),
      relay: {
        most: 10,
        async hand(address, entries) {
          for (const { action, ref } of entries) {
            const about = action === "event" ? events.at(Number(ref))?.article_id : "feed";
            sent.push(`${address} ${action} ${about}`);
          }
          return entries.length;
        },
      },
      wantingEvent: (_event, input) =>
        input?.().tags.includes("art")
          ? sql
              .exec("SELECT address FROM mail")
              .toArray()
              .map((row) => String(row.address))
          : [],
      wantingPublication: () =>
        sql
          .exec("SELECT address FROM mail")
          .toArray()
          .map((row) => String(row.address)),
      close: () => void sql.exec("DELETE FROM mail"),
    }),
  };
  beforeAll(() => void Object.assign(SUBSCRIBER_KINDS, { mail: MAIL }));
  afterAll(() => void Reflect.deleteProperty(SUBSCRIBER_KINDS, "mail"));

  test("is notified of events and publications through its row in the table", async () => {
    const slug = await newOrganization();
    const channel = channelOf(env, slug);
    await rows(channel, "INSERT INTO mail VALUES ('aynur@example.org')");
    const { id } = await newArticle(slug, { tags: ["art"] });
    await newArticle(slug);
    await publish(slug);
    expect(sent).toEqual([`aynur@example.org event ${id}`, "aynur@example.org news feed"]);
    await api("DELETE", `/organizations/${slug}`);
    expect(await rows(channel, "SELECT * FROM mail")).toEqual([]);
  });
});

describe("a further format", () => {
  const TEXT: Format = {
    ...(FORMATS[0] as Format),
    name: "txt" as Format["name"],
    title: "Plain text",
    mediaType: "text/plain",
    isCompressed: true,
    item: ({ article }) => `* ${article.title}`,
    check: (fragment) => {
      if (!fragment.startsWith("* ")) throw new Error("not an item");
    },
    preamble: ({ title }) => title,
    layout: { opening: "* ", separator: "\n", end: "." },
  };
  let slug: string;

  beforeAll(async () => {
    slug = await newOrganization();
    await newArticle(slug, { title: "Before" });
    await publish(slug);
    (FORMATS as Format[]).push(TEXT);
  });
  afterAll(() => void (FORMATS as Format[]).pop());

  test("has its documents and archives by a row of the table, also of articles from before", async () => {
    expect(await (await get(`/${slug}/feed.txt`)).text()).not.toContain("Before");
    await newArticle(slug, { title: "After" });
    await publish(slug);
    expect((await channelOf(env, slug).documents.current("txt"))?.body).toBe("Acme\n* After\n* Before\n.");
    expect((await channelOf(env, slug).documents.archive(1, "txt"))?.body).toContain("* Before");
    expect(await env.DOCUMENTS.get(`${slug}/feed.txt`)).toContain("* After");
    expect(await json<{ items: object[] }>(get(`/${slug}/feed.json`), 200)).toMatchObject({
      items: [{}, {}],
    });
    await api("DELETE", `/organizations/${slug}`);
    expect(await env.DOCUMENTS.get(`${slug}/feed.txt`)).toBe("");
  });
});

describe("an article of the largest size", () => {
  test("that is scheduled stands in rows under two megabytes, and is published whole", async () => {
    const slug = await newOrganization();
    const quotes = `<p>${'"&quot;'.repeat(55_000)}</p>`;
    const published_at = new Date(Date.now() + 3_600_000).toISOString();
    await json(
      api("PUT", "/articles/large", {
        organizations: [slug],
        title: "Large",
        content_html: quotes,
        published_at,
      }),
      201,
    );
    const channel = channelOf(env, slug);
    const largest = await runInDurableObject(channel, (_channel, { storage: { sql } }) =>
      Math.max(
        ...["held", "fragments", "articles", "events"].flatMap((table) =>
          sql
            .exec(`SELECT * FROM ${table}`)
            .toArray()
            .map((row) => new TextEncoder().encode(Object.values(row).join("")).byteLength),
        ),
      ),
    );
    expect(largest).toBeLessThan(2_000_000);
    expect(largest).toBeGreaterThan(200_000);
    wait(3_600_000);
    await runDurableObjectAlarm(channel);
    await publish(slug);
    expect(await (await get(`/${slug}/feed.rss`)).text()).toContain("Large");
  });

  test("leaves nothing behind when it was scheduled and never announced", async () => {
    const slug = await newOrganization();
    const published_at = new Date(Date.now() + 3_600_000).toISOString();
    await json(api("PUT", "/articles/never", { organizations: [slug], title: "Never", published_at }), 201);
    await api("DELETE", "/articles/never");
    expect(await rows(channelOf(env, slug), "SELECT * FROM fragments")).toEqual([]);
  });
});
