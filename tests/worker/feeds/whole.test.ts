import { beforeAll, describe, expect, test, vi } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, itemIds, linksIn, readDocumentText, walk } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization, send } from "../../support/service.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const numbers = (count: number, every = 1) =>
  Array.from({ length: Math.floor(count / every) }, (_, index) => (index + 1) * every);

const publishedAt = (number: number) => new Date(Date.UTC(2030, 0, 1, 0, number)).toISOString();

/** An organization with articles 1 to `count`, a minute apart; their number tells their tag, author and language. */
async function published(count: number): Promise<string> {
  const slug = await newOrganization({ name: "ICESCO", language: "en" });
  const batch = numbers(count).map((number) => ({
    id: `${slug}-${number}`,
    organizations: [slug],
    title: `News ${number}`,
    content_text: number % 90 === 0 ? "A rare word." : "What there is to say.",
    published_at: publishedAt(number),
    tags: [number % 2 === 0 ? "Even" : "odd", ...(number % 30 === 0 ? ["Rare"] : [])],
    ...(number % 40 === 0 ? { authors: [{ name: "Laman Əliyeva" }] } : {}),
    ...(number % 60 === 0 ? { language: "ar" } : {}),
  }));
  for (let first = 0; first < count; first += 500) {
    await json(api("POST", "/articles/batch", batch.slice(first, first + 500)), 200);
  }
  while (await publish(slug));
  return slug;
}

let slug: string; // has 260 articles, which none of the tests changes

beforeAll(async () => {
  stopClock();
  slug = await published(260);
});

const found = async (path: string) => (await walk(path)).flatMap(({ document }) => document.ids);

describe.each(FORMAT_NAMES)("a filtered feed in %s", (format) => {
  test.each([
    ["tag=rare", numbers(260, 30)],
    ["author=laman+%C6%8Fliyeva", numbers(260, 40)],
    ["language=ar", numbers(260, 60)],
    ["tag=rare&language=ar", numbers(260, 60)],
    ["tag=rare&exclude=language:ar", numbers(260, 30).filter((number) => number % 60 !== 0)],
    ["tag=rare&q=word", numbers(260, 90)],
  ])("by %s has the articles of the archive too, newest first", async (query, expected) => {
    const documents = await walk(`/${slug}/feed.${format}?${query}`);
    expect(documents).toHaveLength(1);
    expect(documents[0]?.document.ids).toEqual(itemIds(slug, [...expected].reverse()));
  });

  test("of more than fifty leads to archives with the same filter, and to nothing else", async () => {
    const documents = await walk(`/${slug}/feed.${format}?tag=even`);
    expect(documents.map(({ path }) => path)).toEqual([
      `/${slug}/feed.${format}?tag=even`,
      ...[4, 3, 2, 1].map((number) => `/${slug}/archive/${number}.${format}?tag=even`),
    ]);
    const ids = documents.flatMap(({ document }) => document.ids);
    expect([...new Set(ids)].sort()).toEqual(itemIds(slug, numbers(260, 2)).sort());
    for (const { path, document } of documents) {
      expect(document.links.self).toBe(`https://news.example${path}`);
    }
  });

  test("leaves out archive documents without a match", async () => {
    const documents = await walk(`/${slug}/archive/5.${format}?tag=rare&language=ar`);
    expect(documents.map(({ path }) => path.split("?")[0])).toEqual(
      [5, 4, 3, 2].map((number) => `/${slug}/archive/${number}.${format}`), // 240, 180, 120, 60
    );
  });

  test("is called after what it chooses", async () => {
    const title = async (query: string) => {
      const text = await (await get(`/${slug}/feed.${format}?${query}`)).text();
      return /<title[^>]*>([^<]*)<|"title":"([^"]*)"/.exec(text)?.slice(1).join("");
    };
    expect(await title("tag=Rare")).toBe("ICESCO: rare");
    expect(await title("language=ar&exclude=tag:odd")).toBe("ICESCO: ar, −tag:odd");
  });
});

test.each([3, 60])(
  "a search of long articles and %i short ones passes over none of those that it shows older ones of",
  async (count) => {
    const own = await published(count);
    const long = "What there is to say. ".repeat(9_000);
    for (let number = 1; number <= 4; number++)
      await newArticle(own, { content_text: long, published_at: publishedAt(2_000 + number) });
    const recent = await newArticle(own, {
      title: "Recent",
      content_text: "A rare word.",
      published_at: publishedAt(1_999),
    });
    await newArticle(own, { title: "Old", content_text: "A rare word.", published_at: publishedAt(0) });
    await publish(own);
    for (const format of FORMAT_NAMES) {
      const feed = readDocumentText(format, await (await get(`/${own}/feed.${format}?q=rare+word`)).text());
      expect(feed.titles).toEqual(["Recent", "Old"]);
      expect(feed.ids[0]).toContain(recent.id);
    }
  },
);

describe("the tag of a filtered feed", () => {
  const etagOf = async (path: string) => (await send("HEAD", path)).headers.get("etag");

  test("stays when other articles are published, edited and withdrawn", async () => {
    const own = await published(60);
    const paths = ["tag=rare", "tag=nothing", "language=ar"].map((query) => `/${own}/feed.atom?${query}`);
    const before = await Promise.all(paths.map(etagOf));
    const whole = await etagOf(`/${own}/feed.atom`);
    await newArticle(own, { tags: ["other"], published_at: publishedAt(1_000) });
    await publish(own);
    await api("DELETE", `/articles/${own}-1`);
    await publish(own);
    wait(60_000);
    expect(await etagOf(`/${own}/feed.atom`)).not.toBe(whole);
    expect(await Promise.all(paths.map(etagOf))).toEqual(before);
  });

  test("changes when one of its own comes, is edited or is withdrawn, in the archive too", async () => {
    const own = await published(120);
    const path = `/${own}/feed.rss?tag=rare`;
    const tags = [await etagOf(path)];
    const edit = (fields: object) =>
      json(
        api("PUT", `/articles/${own}-30`, { organizations: [own], published_at: publishedAt(30), ...fields }),
        200,
      );
    const changes = [
      () => newArticle(own, { tags: ["rare"], published_at: publishedAt(1_000) }),
      () => edit({ title: "Edited", tags: ["rare"] }),
      () => edit({ title: "Edited", tags: ["common"] }),
      () => api("DELETE", `/articles/${own}-60`),
    ];
    for (const change of changes) {
      await change();
      await publish(own);
      wait(60_000);
      tags.push(await etagOf(path));
    }
    expect(new Set(tags).size).toBe(5);
    expect(await found(path)).not.toContain(itemIds(own, [30])[0]);
    expect(await found(`/${own}/feed.rss?tag=common`)).toEqual(itemIds(own, [30]));
  });
});

test("every spelling of a filter is answered with one document, whose self address is its own", async () => {
  const written = `/${slug}/feed.atom?tag=even,rare&exclude=language:ar`;
  for (const spelling of [
    written,
    `/${slug}/feed.atom?exclude=language%3AAR&tag=Rare&tag=EVEN`,
    `/${slug}/feed.atom?tag=rare%2Ceven%2Crare&exclude=language:ar`,
  ]) {
    const response = await get(spelling);
    expect(linksIn(response).self).toEqual([`https://news.example${written}`]);
    expect(readDocumentText("atom", await response.text()).links.self).toBe(`https://news.example${written}`);
  }
});

describe("what a filtered feed costs", () => {
  const costs = (path: string) => costsOf(async () => void (await (await get(path)).text()));

  test("one KV read when fifty of the newest match, or there is no archive", async () => {
    const small = await published(40);
    for (const path of [`/${slug}/feed.rss?exclude=tag:nothing`, `/${small}/feed.rss?tag=rare`]) {
      expect(await costs(path)).toMatchObject({ kvReads: 1, kvWrites: 0, objectCalls: [], sqlStatements: 0 });
    }
  });

  test("else one call of the channel more, and none again while it is kept", async () => {
    const path = `/${slug}/feed.json?author=nobody`;
    expect(await costs(path)).toMatchObject({ kvReads: 1, kvWrites: 0, objectCalls: ["search"] });
    expect(await costs(path)).toMatchObject({ kvReads: 1, objectCalls: [] });
  });

  test("few rows once the archive was searched, and none of them when an article is published", async () => {
    const own = await published(520);
    await costs(`/${own}/feed.rss?tag=first`);
    expect((await costs(`/${own}/feed.rss?tag=second`)).sqlRowsRead).toBeLessThanOrEqual(3 * 11);
    await newArticle(own);
    await publish(own);
    wait(60_000);
    // The archive document that the article came into is listed again.
    expect((await costs(`/${own}/feed.rss?tag=third`)).sqlRowsRead).toBeLessThanOrEqual(3 * 11 + 60);
  });
});

test("a search of a long archive ends, and goes on from where it ended", async () => {
  const own = await newOrganization();
  for (let first = 1; first <= 2_200; first += 440) {
    const batch = Array.from({ length: 440 }, (_, index) => ({
      id: `${own}-${first + index}`,
      organizations: [own],
      title: `News ${first + index}`,
      published_at: publishedAt(first + index),
      ...(first + index === 7 ? { tags: ["lost"] } : {}),
    }));
    await json(api("POST", "/articles/batch", batch), 200);
  }
  while (await publish(own));
  const path = `/${own}/feed.atom?tag=lost`;
  const cost = await costsOf(async () => void (await (await get(path)).text()));
  expect(cost.sqlRowsRead).toBeLessThanOrEqual(40 * 100 + 300); // forty archive documents are listed in one call
  expect(await found(path)).toEqual(itemIds(own, [7]));
  wait(60_000);
  expect((await walk(path)).map(({ document }) => document.ids)).toEqual([itemIds(own, [7])]);
  const words = await costsOf(async () => void (await (await get(`/${own}/feed.atom?q=nowhere`)).text()));
  expect(words.sqlRowsRead).toBeLessThanOrEqual(700); // six hundred articles, and what they stand in
});
