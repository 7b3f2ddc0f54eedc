import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { type Costs, costsOf } from "../../support/counting.ts";
import { countRows, deliver, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { api, get, json, newOrganization, publishIndex, type ShownArticle } from "../../support/service.ts";
import {
  follower,
  nextDay,
  numbered,
  publisher,
  rss,
  shown,
  sourcesOf,
  work,
  writes,
} from "../../support/upstream.ts";

stopClockForEachTest();

/** What a webhook was told since the organization was made. */
async function alerts(slug: string, webhook: { id: string; url: string }, one: ReturnType<typeof publisher>) {
  await publish(slug);
  await deliver(webhook.id);
  return titlesOf(one.receiver.received.filter(({ url }) => url === webhook.url));
}

/** An organization with a webhook, which then follows a publisher. */
async function heardFollower(one: ReturnType<typeof publisher>) {
  const slug = await newOrganization();
  const webhook = await newWebhook(slug);
  await json(api("PUT", `/organizations/${slug}`, { name: "Acme", sources: [one.url] }), 200);
  await publishIndex();
  const [source] = await sourcesOf(slug);
  wait(10_000);
  await work(source?.id ?? "");
  return { slug, webhook, id: source?.id ?? "" };
}

describe("first contact", () => {
  test("brings what stands in the feed, in its order, and alerts nobody", async () => {
    const one = publisher(rss(numbered(3, 1)));
    const { slug, webhook, id } = await heardFollower(one);
    expect(await alerts(slug, webhook, one)).toEqual([]);
    expect(await titlesIn(slug)).toEqual(["Title of n3", "Title of n2", "Title of n1"]);
    expect(await shown(id)).toMatchObject({
      url: one.url,
      address: one.url,
      organizations: [slug],
      whole_service: false,
      title: "The upstream",
      state: "active",
      last_status: 200,
      error: null,
      items_seen: 3,
      items_published: 3,
      items_waiting: 0,
    });
  });

  test("makes articles that lead to where they come from, and say from whom", async () => {
    const { slug } = await follower(publisher(rss(numbered(1, 1))));
    await publish(slug);
    const { articles } = await json<{ articles: ShownArticle[] }>(
      api("GET", `/articles?organization=${slug}`),
      200,
    );
    expect(articles).toMatchObject([
      {
        title: "Title of n1",
        url: "https://up.example/n1",
        content_text: "Words of n1.",
        published_at: "2030-01-01T01:00:00Z",
        source: { name: "The upstream", url: "https://up.example/n1" },
      },
    ]);
    const rssText = await (await get(`/${slug}/feed.rss`)).text();
    expect(rssText).toContain('<source url="https://up.example/n1">The upstream</source>');
  });

  test("takes the newest fifty, and never the others later", async () => {
    const one = publisher(rss(numbered(120, 1).reverse()));
    const { slug, id } = await follower(one);
    await publish(slug);
    const titles = await titlesIn(slug);
    expect([titles.length, titles[0], titles.at(-1)]).toEqual([50, "Title of n120", "Title of n71"]);
    expect(await shown(id)).toMatchObject({ items_seen: 120, items_published: 50 });
    writes(one, rss(numbered(121, 1).reverse()));
    await nextDay(id);
    expect(await shown(id)).toMatchObject({ items_seen: 121, items_published: 51 });
  });

  test("publishes at most twenty articles in one alarm", async () => {
    const one = publisher(rss(numbered(45, 1)));
    const slug = await newOrganization({ sources: [one.url] });
    await publishIndex();
    const [source] = await sourcesOf(slug);
    wait(10_000);
    expect(await work(source?.id ?? "")).toBe(1 + 3);
    expect(await countRows(channelOf(env, slug), "articles")).toBe(45);
  });
});

describe("afterwards", () => {
  test("a new item is news, and alerts", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug, webhook, id } = await heardFollower(one);
    writes(one, rss(numbered(3, 1)));
    await nextDay(id);
    expect(await alerts(slug, webhook, one)).toEqual(["Title of n3"]);
    expect(await titlesIn(slug)).toEqual(["Title of n3", "Title of n2", "Title of n1"]);
  });

  test("an edit is an update, and a new date alone is none", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug, webhook, id } = await heardFollower(one);
    const [second, first] = numbered(2, 1);
    writes(
      one,
      rss([
        { ...second, id: "n2", date: new Date(Date.UTC(2031, 0, 1)).toUTCString() },
        { ...first, id: "n1", title: "Mended" },
      ]),
    );
    await nextDay(id);
    expect(await alerts(slug, webhook, one)).toEqual(["Mended"]);
    const types = one.receiver.received
      .filter(({ url }) => url === webhook.url)
      .map(({ body }) => JSON.parse(body).type);
    expect(types).toEqual(["article.updated"]);
    expect(await titlesIn(slug)).toEqual(["Title of n2", "Mended"]);
  });

  test("what leaves the feed stays here", async () => {
    const one = publisher(rss(numbered(3, 1)));
    const { slug, webhook, id } = await heardFollower(one);
    writes(one, rss(numbered(4, 3)));
    await nextDay(id);
    expect(await alerts(slug, webhook, one)).toEqual(["Title of n4"]);
    expect(await titlesIn(slug)).toHaveLength(4);
  });

  test("an item that was withdrawn here does not come back, not even changed", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug, id } = await follower(one);
    const { articles } = await json<{ articles: ShownArticle[] }>(
      api("GET", `/articles?organization=${slug}`),
      200,
    );
    const withdrawn = articles.find(({ title }) => title === "Title of n1");
    expect((await api("DELETE", `/articles/${withdrawn?.id}`)).status).toBe(204);
    writes(one, rss([{ id: "n2" }, { id: "n1", title: "Back again" }, { id: "n3" }]));
    await nextDay(id);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["Title of n2", "Title of n3"]);
    expect((await api("GET", `/articles/${withdrawn?.id}`)).status).toBe(410);
  });

  test("an item under another id, link or both is the same item", async () => {
    const one = publisher(
      rss([{ id: "a" }, { id: "b" }, { id: "c", date: "Tue, 01 Jan 2030 00:00:00 GMT" }]),
    );
    const { slug, webhook, id } = await heardFollower(one);
    writes(
      one,
      rss([
        { id: "a", link: "https://up.example/moved" },
        {
          id: "other",
          title: "Title of b",
          text: "Words of b.",
          link: "http://www.up.example/b?utm_source=rss#top",
        },
        {
          id: "c2",
          title: "Title of c",
          text: "Words of c.",
          link: "https://up.example/c2",
          date: "Tue, 01 Jan 2030 00:00:00 GMT",
        },
      ]),
    );
    await nextDay(id);
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["Title of a", "Title of b", "Title of c"]);
    expect(new Set(await alerts(slug, webhook, one))).toEqual(
      new Set(["Title of a", "Title of b", "Title of c"]),
    );
    const types = one.receiver.received
      .filter(({ url }) => url === webhook.url)
      .map(({ body }) => JSON.parse(body).type);
    expect(new Set(types)).toEqual(new Set(["article.updated"])); // since their links are others now
  });
});

describe("what it costs", () => {
  const NO_KV: Partial<Costs> = { kvReads: 0, kvWrites: 0, kvLists: 0, kvDeletes: 0, objectCalls: [] };

  test("not modified: no KV, no other object, and a request with both validators", async () => {
    const one = publisher(
      () =>
        new Response(rss(numbered(2, 1)), {
          headers: { etag: '"v1"', "last-modified": "Tue, 01 Jan 2030 00:00:00 GMT" },
        }),
    );
    const { id } = await follower(one);
    one.answer = () => new Response(null, { status: 304 });
    wait(86_400_000);
    expect(await costsOf(() => work(id))).toMatchObject(NO_KV);
    expect(one.asked()).toHaveLength(2);
    expect(one.asked()[1]?.headers).toMatchObject({
      "if-none-match": '"v1"',
      "if-modified-since": "Tue, 01 Jan 2030 00:00:00 GMT",
      "user-agent": "Communique/1 (+https://news.example/)",
    });
    expect(await shown(id)).toMatchObject({ state: "active", last_status: 304 });
  });

  test("the same again from a server without validators: the same", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { id } = await follower(one);
    wait(86_400_000);
    expect(await costsOf(() => work(id))).toMatchObject(NO_KV);
    expect(one.asked()).toHaveLength(2);
  });

  test("the same again under another tag: that is what it is asked for next", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { id } = await follower(one);
    writes(one, rss(numbered(2, 1)), { etag: '"v2"' });
    await nextDay(id);
    await nextDay(id);
    expect(one.asked().map(({ headers }) => headers["if-none-match"])).toEqual([
      undefined,
      undefined,
      '"v2"',
    ]);
  });

  test("one new item among fifty: one record", async () => {
    const one = publisher(rss(numbered(50, 1)));
    const { slug, id } = await follower(one);
    await publish(slug);
    writes(one, rss(numbered(51, 1)));
    wait(86_400_000);
    const costs = await costsOf(() => work(id));
    expect(costs).toMatchObject({ kvReads: 1, kvWrites: 1, kvLists: 0 });
    expect(costs.objectCalls).toEqual(["remembered", "claim", "accept"]);
  });
});
