import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { digest } from "../../../src/model/digest.ts";
import type { ShownSource } from "../../../src/model/source.ts";
import { followerOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { publish, rows, titlesIn } from "../../support/objects.ts";
import {
  api,
  json,
  newOrganization,
  newToken,
  publishIndex,
  type ShownArticle,
} from "../../support/service.ts";
import {
  follower,
  nextDay,
  numbered,
  publisher,
  rss,
  sourcesOf,
  work,
  writes,
} from "../../support/upstream.ts";

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn");
});

async function articlesOf(slug: string): Promise<ShownArticle[]> {
  return (await json<{ articles: ShownArticle[] }>(api("GET", `/articles?organization=${slug}`), 200))
    .articles;
}

/** The id that version 6b9472a gave to the article of an item with a link. */
const formerId = async (link: string, ...organizations: string[]) =>
  `itm_${await digest("link", `${organizations.join(" ")} false`, link)}`;

/** The link of an item as it is compared. */
const linkOf = async (id: string): Promise<string> =>
  String((await rows(followerOf(env, id), "SELECT link FROM items"))[0]?.link);

describe("an organization that follows another one's source", () => {
  test("has articles of its own, and the other keeps its articles, its edits and its rights", async () => {
    const one = publisher(rss(numbered(2, 1)));
    const { slug: b, id } = await follower(one);
    const tokenOfB = await newToken(b);
    const [mine] = await articlesOf(b);
    const edit = { organizations: [b], title: "Edited by B" };
    await json(api("PUT", `/articles/${mine?.id}`, edit, { token: tokenOfB }), 200);

    const a = await newOrganization({ sources: [one.url] });
    const tokenOfA = await newToken(a);
    await publishIndex();
    await work(id);

    const [ofA, ofB] = [await articlesOf(a), await articlesOf(b)];
    expect([ofA.length, ofB.length]).toEqual([2, 2]);
    expect(ofA.map(({ organizations }) => organizations)).toEqual([[a], [a]]);
    expect(ofB.map(({ organizations }) => organizations)).toEqual([[b], [b]]);
    expect(new Set([...ofA, ...ofB].map((article) => article.id)).size).toBe(4);
    expect(ofB.map(({ title }) => title)).toContain("Edited by B");
    for (const { id: theirs } of ofB) {
      expect((await api("GET", `/articles/${theirs}`, undefined, { token: tokenOfA })).status).toBe(403);
      expect((await api("DELETE", `/articles/${theirs}`, undefined, { token: tokenOfA })).status).toBe(403);
    }
    expect((await api("PUT", `/articles/${mine?.id}`, edit, { token: tokenOfB })).status).toBe(200);
    expect((await api("DELETE", `/articles/${mine?.id}`, undefined, { token: tokenOfB })).status).toBe(204);
    expect(await articlesOf(a)).toHaveLength(2);
  });

  test("is not told who else follows it", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { slug: b } = await follower(one);
    const a = await newOrganization({ sources: [one.url] });
    await publishIndex();
    const token = await newToken(a);
    const answer = await api("GET", `/organizations/${a}/sources`, undefined, { token });
    const text = await answer.text();
    expect(text).not.toContain(b);
    const { sources } = JSON.parse(text) as { sources: ShownSource[] };
    expect(sources.map(({ organizations }) => organizations)).toEqual([[a]]);
    for (const [method, path] of [
      ["GET", `/sources/${sources[0]?.id}`],
      ["POST", `/sources/${sources[0]?.id}/poll`],
    ] as const) {
      expect(await (await api(method, path, undefined, { token })).text()).not.toContain(b);
    }
  });

  test("is sent what is new as everybody is, and each article may be edited by its own", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const { slug: b, id } = await follower(one);
    const a = await newOrganization({ sources: [one.url] });
    await publishIndex();
    await work(id);
    writes(one, rss(numbered(2, 1)));
    await nextDay(id);
    for (const slug of [a, b]) {
      await publish(slug);
      expect(await titlesIn(slug)).toEqual(["Title of n2", "Title of n1"]);
    }
  });

  test("cannot take the ids of articles that its items will have", async () => {
    const one = publisher(rss(numbered(1, 1)));
    const b = await newOrganization({ sources: [one.url] });
    const a = await newOrganization();
    const token = await newToken(a);
    const id = await formerId("https://up.example/n1", b);
    const squat = { organizations: [a], title: "Mine" };
    expect((await api("PUT", `/articles/${id}`, squat, { token })).status).toBe(403);
  });

  test("leaves an article alone that has come to belong to others as well", async () => {
    const one = publisher(rss([{ id: "a" }]));
    const { slug: b, id } = await follower(one);
    const other = await newOrganization();
    const [article] = await articlesOf(b);
    await json(api("PUT", `/articles/${article?.id}`, { organizations: [b, other], title: "Of both" }), 200);
    writes(one, rss([{ id: "a", title: "Changed upstream" }]));
    await nextDay(id);
    expect(await articlesOf(b)).toMatchObject([{ title: "Of both", organizations: [b, other] }]);
  });
});

describe("in a store of version 6b9472a", () => {
  test("the article of an item keeps its id", async () => {
    const one = publisher(rss([{ id: "a" }]));
    const { slug, id } = await follower(one);
    const [article] = await articlesOf(slug);
    expect(article?.id).toBe(await formerId(await linkOf(id), slug));
  });

  test("an article that two organizations share stays one, is updated, and is not brought again", async () => {
    const one = publisher(rss([{ id: "a" }]));
    const [a, b] = [
      await newOrganization({ sources: [one.url] }),
      await newOrganization({ sources: [one.url] }),
    ].sort() as [string, string];
    await publishIndex();
    const id = (await sourcesOf(a))[0]?.id ?? "";
    wait(10_000);
    await work(id);
    // As that version left it: one article of both, and an item that knows only this.
    const shared = await formerId(await linkOf(id), a, b);
    for (const slug of [a, b]) {
      for (const article of await articlesOf(slug)) await rowsGone(slug, article.id);
    }
    await json(api("PUT", `/articles/${shared}`, { organizations: [a, b], title: "Title of a" }), 201);
    await rows(
      followerOf(env, id),
      "UPDATE items SET article_id = ?, ours = 1, origin = NULL, offered = '[]'",
      shared,
    );
    writes(one, rss([{ id: "a", title: "Edited" }]));
    await nextDay(id);
    for (const slug of [a, b]) {
      expect(await articlesOf(slug)).toMatchObject([{ id: shared, title: "Edited", organizations: [a, b] }]);
    }
  });
});

/** Makes a channel forget an article, as if it had never had it. */
async function rowsGone(slug: string, id: string): Promise<void> {
  await rows(env.CHANNEL.get(env.CHANNEL.idFromName(slug)), "DELETE FROM articles WHERE id = ?", id);
}
