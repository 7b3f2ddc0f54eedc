import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { publish, titlesIn } from "../../support/objects.ts";
import {
  follower,
  nextDay,
  numbered,
  type Publisher,
  publisher,
  rss,
  shown,
  writes,
} from "../../support/upstream.ts";

stopClockForEachTest();
beforeEach(() => {
  watchLog("warn");
});

const NEXT = (href: string) =>
  `<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="next" href="${href}"/>`;
const MOVED = (url: string) =>
  `<itunes:new-feed-url xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">${url}</itunes:new-feed-url>`;
const pathsOf = (one: Publisher): string[] =>
  one.asked().map(({ url }) => new URL(url).pathname + new URL(url).search);

/** Gzip of a text. */
async function zipped(text: string): Promise<ArrayBuffer> {
  return new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
}

describe("a feed in pages", () => {
  test("is read to its end at first contact, and then only its first page", async () => {
    const one = publisher(({ url }) => {
      const page = Number(new URL(url).searchParams.get("page") ?? 1);
      return new Response(
        rss(numbered(8 - 2 * page, 7 - 2 * page), page < 3 ? NEXT(`?page=${page + 1}`) : ""),
      );
    });
    const { slug, id } = await follower(one);
    expect(pathsOf(one)).toEqual(["/feed", "/feed?page=2", "/feed?page=3"]);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([6, 5, 4, 3, 2, 1].map((number) => `Title of n${number}`));
    await nextDay(id);
    expect(pathsOf(one)).toHaveLength(4);
  });

  test("without an end is read for a few pages, and a page that is none ends it", async () => {
    const one = publisher(({ url }) => {
      const page = Number(new URL(url).searchParams.get("page") ?? 1);
      return new Response(rss([{ id: `p${page}` }], NEXT(`?page=${page + 1}`)));
    });
    const { id } = await follower(one);
    expect(pathsOf(one)).toHaveLength(LIMITS.SOURCE_FIRST_PAGES);
    expect(await shown(id)).toMatchObject({ state: "active", items_seen: LIMITS.SOURCE_FIRST_PAGES });
    const other = publisher(
      ({ url }) => new Response(url.includes("?") ? "<p>no</p>" : rss(numbered(2, 1), NEXT("?x"))),
    );
    expect(await shown((await follower(other)).id)).toMatchObject({ state: "active", items_seen: 2 });
  });

  test("does not lead to a private address", async () => {
    const one = publisher(rss(numbered(1, 1), NEXT("http://10.0.0.1/feed")));
    const { id } = await follower(one);
    expect(await shown(id)).toMatchObject({ state: "active", items_seen: 1 });
    expect(one.receiver.received.some(({ url }) => url.includes("10.0.0.1"))).toBe(false);
  });
});

describe("a feed that says it has moved (itunes:new-feed-url)", () => {
  const moves = (one: Publisher, there: string) => {
    one.answer = ({ url }) =>
      new Response(url === one.url ? rss(numbered(1, 1), MOVED(new URL("/new", one.url).href)) : there);
  };

  test("is followed there", async () => {
    const one = publisher("");
    moves(one, rss(numbered(2, 1)));
    const { slug, id } = await follower(one);
    expect(await shown(id)).toMatchObject({
      url: one.url,
      address: new URL("/new", one.url).href,
      state: "active",
    });
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Title of n2", "Title of n1"]);
    await nextDay(id);
    expect(pathsOf(one)).toEqual(["/feed", "/new", "/new"]);
  });

  test.each([
    ["what is no feed", "<p>no</p>"],
    ["one that sends it on", rss(numbered(2, 1), MOVED("https://third.example/"))],
    ["nothing", ""],
  ])("to %s stays where it is", async (_what, there) => {
    const one = publisher("");
    moves(one, there);
    const { id } = await follower(one);
    expect(await shown(id)).toMatchObject({ address: one.url, state: "active", items_seen: 1 });
  });
});

describe("a body in gzip that does not say so", () => {
  test("is read", async () => {
    const body = await zipped(rss(numbered(1, 1)));
    const { id } = await follower(publisher(() => new Response(body)));
    expect(await shown(id)).toMatchObject({ state: "active", items_seen: 1 });
  });

  test.each([
    ["that is cut off", async () => (await zipped(rss(numbered(9, 1)))).slice(0, 100)],
    ["of more than may be read", () => zipped(" ".repeat(LIMITS.SOURCE_BYTES + 1))],
    ["of what is no feed", () => zipped("<p>no</p>")],
  ])("%s is told of", async (_what, make) => {
    const body = await make();
    const { id } = await follower(publisher(() => new Response(body)));
    expect(await shown(id)).toMatchObject({ state: "failing", error: expect.stringContaining("gzip") });
  });
});

describe("items that share a link", () => {
  const NOTICES = "https://up.example/notices";
  const notice = (id: string, title: string) => ({ id, title, link: NOTICES });
  const linkOnly = (feed: string) => feed.replaceAll(/<guid[^>]*>[^<]*<\/guid>/g, "");

  test("are articles of their own, also when each stands alone in the feed later", async () => {
    const one = publisher(linkOnly(rss([notice("1", "First")])));
    const { slug, id } = await follower(one);
    writes(one, linkOnly(rss([notice("2", "Second"), notice("1", "First")])));
    await nextDay(id);
    writes(one, linkOnly(rss([notice("3", "Third")])));
    await nextDay(id);
    await publish(slug);
    expect((await titlesIn(slug)).toSorted()).toEqual(["First", "Second", "Third"]);
  });
});
