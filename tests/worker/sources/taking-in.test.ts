import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import type { ShownSource } from "../../../src/model/source.ts";
import { directoryOf, followerOf } from "../../../src/objects/stubs.ts";
import { titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { api, fresh, json, newOrganization, publishIndex, type ShownArticle } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";
import {
  follower,
  nextDay,
  numbered,
  type Publisher,
  publisher,
  rss,
  shown,
  sourcesOf,
  work,
  writes,
} from "../../support/upstream.ts";

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn");
});

/** A source of the whole service, asked once. */
async function serviceSource(one: Publisher): Promise<string> {
  const { id } = await json<ShownSource>(api("POST", "/sources", { url: one.url }), 201);
  wait(10_000);
  await work(id);
  return id;
}

/** A name that only one organization has. */
const rareName = (): string => `Zyx${crypto.randomUUID().slice(0, 8).replaceAll(/\d/g, "q")} Institute`;

/** An organization's articles by the API. */
async function articlesOf(slug: string): Promise<ShownArticle[]> {
  return (await json<{ articles: ShownArticle[] }>(api("GET", `/articles?organization=${slug}`), 200))
    .articles;
}

describe("a source of the whole service", () => {
  test("gives each item to the organizations that it names, with the evidence", async () => {
    const name = rareName();
    const slug = await newOrganization({ name });
    const one = publisher(
      rss([
        { id: "a", text: `A day at the ${name} in spring.` },
        { id: "b", text: "About nobody at all." },
      ]),
    );
    const id = await serviceSource(one);
    expect(await articlesOf(slug)).toMatchObject([
      {
        title: "Title of a",
        organizations: [slug],
        attributions: [{ organization: slug, alias: name, where: "content" }],
      },
    ]);
    expect(await shown(id)).toMatchObject({ items_seen: 2, items_published: 1, items_unattributed: 1 });
  });

  test("brings what named nobody when its organization has come, and alerts nobody", async () => {
    const name = rareName();
    const one = publisher(rss([{ id: "a", text: `A day at the ${name}.` }]));
    const id = await serviceSource(one);
    expect(await shown(id)).toMatchObject({ items_published: 0, items_unattributed: 1 });
    const slug = await newOrganization({ name });
    const webhook = await newWebhook(slug);
    writes(
      one,
      rss([
        { id: "b", text: `News of the ${name}.` },
        { id: "a", text: `A day at the ${name}.` },
      ]),
    );
    await nextDay(id);
    await publish(slug);
    await deliver(webhook.id);
    expect((await titlesIn(slug)).sort()).toEqual(["Title of a", "Title of b"]);
    expect(titlesOf(one.receiver.received.filter(({ url }) => url === webhook.url))).toEqual(["Title of b"]);
  });

  test("gives all of it to the organizations that name it besides", async () => {
    const name = rareName();
    const named = await newOrganization({ name });
    const one = publisher(rss([{ id: "a", text: `A day at the ${name}.` }, { id: "b" }]));
    const naming = await newOrganization({ sources: [one.url] });
    const id = await serviceSource(one);
    expect((await articlesOf(naming)).map(({ title }) => title).sort()).toEqual(["Title of a", "Title of b"]);
    expect((await articlesOf(named)).map(({ organizations }) => organizations)).toEqual([[named]]);
    expect(await shown(id)).toMatchObject({ items_published: 2, items_unattributed: 0 });
  });
});

describe("an organization that comes to a source that others follow", () => {
  test("is given what stands in it, and nobody is alerted", async () => {
    const one = publisher(rss(numbered(3, 1)));
    const { slug, id } = await follower(one);
    const webhook = await newWebhook(slug);
    const late = await newOrganization({ sources: [one.url] });
    await publishIndex();
    await work(id);
    for (const each of [slug, late]) {
      await publish(each);
      expect(await titlesIn(each)).toHaveLength(3);
    }
    await deliver(webhook.id);
    expect(one.receiver.received.filter(({ url }) => url === webhook.url)).toEqual([]);
    writes(one, rss(numbered(4, 1)));
    await nextDay(id);
    expect((await articlesOf(late))[0]).toMatchObject({
      title: "Title of n4",
      organizations: [late],
    });
  });
});

describe("a source that is followed again", () => {
  test("repeats nothing, alerts nobody, and goes on", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug, id } = await follower(one);
    const webhook = await newWebhook(slug);
    const name = async (sources: string[]) => {
      await json(api("PUT", `/organizations/${slug}`, { name: "Acme", sources }), 200);
      await publishIndex();
    };
    await name([]);
    writes(one, rss(numbered(3, 1)));
    await name([one.url]);
    await nextDay(id);
    expect((await articlesOf(slug)).map(({ title }) => title)).toEqual([
      "Title of n3",
      "Title of n2",
      "Title of n1",
    ]);
    writes(one, rss([{ id: "n3", title: "Edited" }, ...numbered(2, 1)]));
    await nextDay(id);
    await publish(slug);
    await deliver(webhook.id);
    expect(titlesOf(one.receiver.received.filter(({ url }) => url === webhook.url))).toEqual(["Edited"]);
  });
});

describe("two sources of one organization", () => {
  test("that carry one link carry one article, and the first to bring it keeps it", async () => {
    const items = [{ id: "a" }, { id: "b" }];
    const one = publisher(rss(items));
    const other = `${new URL(one.url).origin}/atom`;
    const slug = await newOrganization({ sources: [one.url, other] });
    await publishIndex();
    const atom = (summary: string) =>
      `<feed xmlns="http://www.w3.org/2005/Atom"><title>As Atom</title>${items
        .map(
          ({ id }) =>
            `<entry><id>urn:${id}</id><title>Other ${id}</title><link href="https://up.example/${id}"/><summary>${summary}</summary></entry>`,
        )
        .join("")}</feed>`;
    one.answer = ({ url }) => new Response(url === other ? atom("First") : rss(items));
    const ids = (await sourcesOf(slug)).sort((a) => (a.url === one.url ? -1 : 1)).map(({ id }) => id);
    wait(10_000);
    for (const id of ids) await work(id);
    one.answer = ({ url }) => new Response(url === other ? atom("Changed") : rss(items));
    for (const id of ids) await nextDay(id);
    expect((await articlesOf(slug)).map(({ title }) => title).sort()).toEqual(["Title of a", "Title of b"]);
    // When the first is left, the other does not bring everything again.
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme", sources: [other] }), 200);
    await publishIndex();
    await nextDay(ids[1] ?? "");
    expect(await articlesOf(slug)).toHaveLength(2);
  });
});

describe("what is not taken", () => {
  test("an item that came from this service", async () => {
    const one = publisher(
      rss([
        { id: "tag:communique.example,2025:article/art_1" },
        { id: "x", link: "https://news.example/articles/art_2" },
        { id: "y" },
      ]),
    );
    const { slug } = await follower(one);
    expect((await articlesOf(slug)).map(({ title }) => title)).toEqual(["Title of y"]);
  });

  test("content that cannot be rendered: the item comes without it", async () => {
    const deep = `${"&lt;div&gt;".repeat(300)}deep`;
    const { slug, id } = await follower(publisher(rss([{ id: "a", text: deep }, { id: "b" }])));
    const [first, second] = (await articlesOf(slug)).sort((a, b) => a.title.localeCompare(b.title));
    expect(first).toMatchObject({ title: "Title of a", url: "https://up.example/a" });
    expect(first).not.toHaveProperty("content_html");
    expect(second).toMatchObject({ title: "Title of b", content_text: "Words of b." });
    expect(await shown(id)).toMatchObject({ items_published: 2, items_refused: 0 });
  });

  test("a date to come: what stands in a feed is published", async () => {
    const { slug } = await follower(publisher(rss([{ id: "a", date: "Fri, 01 Jan 2100 00:00:00 GMT" }])));
    const [article] = await articlesOf(slug);
    expect(Date.parse(article?.published_at ?? "")).toBeLessThanOrEqual(Date.now());
  });

  test("no date: it is undated, and has its place where it was seen first, also when it is edited", async () => {
    const one = publisher(rss([{ id: "a" }, { id: "b" }]));
    const { slug, id } = await follower(one);
    const before = await articlesOf(slug);
    expect(before.map(({ title, published_precision }) => [title, published_precision])).toEqual([
      ["Title of a", "undated"],
      ["Title of b", "undated"],
    ]);
    writes(one, rss([{ id: "b", title: "Edited" }, { id: "a" }]));
    await nextDay(id);
    expect((await articlesOf(slug)).map(({ title, published_at }) => [title, published_at])).toEqual([
      ["Title of a", before[0]?.published_at],
      ["Edited", before[1]?.published_at],
    ]);
  });
});

describe("when something breaks", () => {
  test("an organization that goes while items wait costs the others nothing", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const [stays, goes] = [
      await newOrganization({ sources: [one.url] }),
      await newOrganization({ sources: [one.url] }),
    ];
    await publishIndex();
    const id = (await sourcesOf(stays))[0]?.id ?? "";
    expect((await api("DELETE", `/organizations/${goes}`)).status).toBe(204);
    wait(10_000);
    await work(id);
    expect(await shown(id)).toMatchObject({ items_published: 0, items_waiting: 2 });
    await publishIndex();
    wait(60_000);
    await work(id);
    expect(await articlesOf(stays)).toHaveLength(2);
  });

  test("what could not be stored waits, ever longer, and comes when it can", async () => {
    watchLog("error");
    const one = publisher(rss(numbered(3, 1)));
    const slug = await newOrganization({ sources: [one.url] });
    await publishIndex();
    const id = (await sourcesOf(slug))[0]?.id ?? "";
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const full = vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed: 429 Too Many Requests"));
    wait(10_000);
    await work(id);
    expect(await shown(id)).toMatchObject({
      state: "active",
      items_seen: 3,
      items_published: 0,
      items_waiting: 3,
    });
    const waits: (number | null)[] = [];
    for (let tries = 0; tries < 4; tries++) {
      waits.push(await alarmIn(followerOf(env, id)));
      wait(waits.at(-1) ?? 0);
      await work(id);
    }
    expect(waits).toEqual([5_000, 10_000, 20_000, 40_000]);
    full.mockRestore();
    wait(LIMITS.SOURCE_PUBLISH_RETRY_MS);
    await work(id);
    expect(await shown(id)).toMatchObject({ items_published: 3, items_waiting: 0 });
    expect(await articlesOf(slug)).toHaveLength(3);
  });

  test("what cannot be stored goes last, and holds up nothing", async () => {
    watchLog("error");
    const one = publisher(rss(numbered(30, 1)));
    const slug = await newOrganization({ sources: [one.url] });
    await publishIndex();
    const id = (await sourcesOf(slug))[0]?.id ?? "";
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const { put } = kv;
    vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
      const [, number = "0"] = /"title":"Title of n(\d+)"/.exec(String(rest[0])) ?? [];
      const isStuck = Number(number) > 0 && Number(number) <= 25;
      return isStuck
        ? Promise.reject(new Error("KV PUT failed: 500"))
        : Reflect.apply(put, this, [key, ...rest]);
    } as KVNamespace["put"]);
    wait(10_000);
    await work(id);
    for (let tries = 0; tries < 3; tries++) {
      wait((await alarmIn(followerOf(env, id))) ?? 0);
      await work(id);
    }
    expect(await shown(id)).toMatchObject({ items_published: 5, items_waiting: 25 });
    vi.restoreAllMocks();
    for (let tries = 0; tries < 3; tries++) {
      wait(LIMITS.SOURCE_PUBLISH_RETRY_MS);
      await work(id);
    }
    expect(await shown(id)).toMatchObject({ items_published: 30, items_waiting: 0 });
  });

  test("a source that was not told hears of itself by the watchdog", async () => {
    const lost = vi.spyOn(env.FOLLOWER, "get").mockImplementation(() => {
      throw new Error("unreachable");
    });
    watchLog("error");
    const url = `https://${fresh("up")}.example.org/feed`;
    const id = (await directoryOf(env).sources.follow(url))?.id ?? "";
    lost.mockRestore();
    expect(await rows(followerOf(env, id), "SELECT * FROM source")).toEqual([]);
    const [row] = await rows(directoryOf(env), "SELECT COUNT(*) AS count FROM watched");
    publisher(rss([]));
    await minutes(Number(row?.count));
    expect(await shown(id)).toMatchObject({ url, state: "active", whole_service: true });
  });

  test("a source whose alarm was lost is woken", async () => {
    const { id } = await follower(publisher(rss(numbered(1, 1))));
    const source = followerOf(env, id);
    await runInDurableObject(source, (_object, state) => state.storage.deleteAlarm());
    wait(2 * 86_400_000);
    expect(await source.wake()).toBe(true);
    expect(await alarmIn(source)).toBe(0);
  });

  test("what is said of a source while it is asked is not lost", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug, id } = await follower(one);
    let late = "";
    writes(one, rss(numbered(3, 1)));
    const { answer } = one;
    one.answer = async (request) => {
      if (!late) {
        late = await newOrganization({ sources: [one.url] });
        await publishIndex();
      }
      return answer(request);
    };
    await nextDay(id);
    expect((await articlesOf(late)).map(({ title }) => title)).toEqual([
      "Title of n3",
      "Title of n2",
      "Title of n1",
    ]);
    expect(await articlesOf(slug)).toHaveLength(3);
  });
});

describe("a source that remembers as many items as it may", () => {
  /** A source with a full memory, whose feed has been read since. */
  async function full() {
    const one = publisher(rss(numbered(50, 1)));
    const { id } = await follower(one);
    const source = followerOf(env, id);
    await rows(
      source,
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?2)
        INSERT INTO items (key, link, content, version, article_id, first_seen_ms, seen_ms, state, origin)
        SELECT 'old' || n, 'https://up.example/old' || n, 'c' || n, 'v' || n, 'art' || n, ?1, ?1 + n, 'published', 'o' || n
        FROM n`,
      Date.now() - 30 * 86_400_000,
      LIMITS.SOURCE_REMEMBERED_ITEMS + 100,
    );
    writes(one, rss(numbered(51, 2)));
    await nextDay(id);
    return { one, id, source };
  }

  test("forgets those that left the feed longest ago, and counts the others", async () => {
    const { id, source } = await full();
    const oldest = await rows(source, "SELECT key FROM items ORDER BY seen_ms LIMIT 1");
    expect(oldest).toEqual([{ key: "old102" }]); // one that stood in the feed has left it, too
    expect((await shown(id)).items_published).toBe(LIMITS.SOURCE_REMEMBERED_ITEMS + 50);
    const counted = await rows(source, "SELECT state, COUNT(*) AS items FROM items GROUP BY state");
    expect(await rows(source, "SELECT state, items FROM item_counts WHERE items > 0")).toEqual(counted);
  });

  test("is polled and shown for few rows", async () => {
    const { one, id } = await full();
    writes(one, rss(numbered(52, 3)));
    wait(3_600_000);
    const costs = await costsOf(() => work(id));
    expect(costs.objectCalls).toContain("accept");
    expect(costs.sqlRowsWritten).toBeLessThanOrEqual(50);
    expect(costs.sqlRowsRead).toBeLessThanOrEqual(1_000);
    expect((await costsOf(() => shown(id))).sqlRowsRead).toBeLessThanOrEqual(15);
  });
});
