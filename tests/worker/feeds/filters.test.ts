import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, linksIn, readDocumentText } from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import {
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  type ShownProblem,
  send,
} from "../../support/service.ts";

let a: string;
let b: string;

beforeAll(async () => {
  stopClock();
  a = await newOrganization({ name: "A" });
  b = await newOrganization({ name: "B", language: "fr" });
  const at = (minute: number) => ({ published_at: `2030-01-01T00:0${minute}:00Z` });
  await newArticle(a, { title: "Sport", tags: ["Sport", "Café"], ...at(1) });
  await newArticle(a, { title: "Arabic", language: "ar", content_text: "البيان الأول", ...at(2) });
  await newArticle([a, b], { title: "Shared", language: "en", authors: [{ name: "Laman" }], ...at(3) });
  await newArticle(b, { title: "Conference opens", summary: "In Baku", tags: ["sport"], ...at(4) });
  await publish(a);
  await publish(b);
});

/** The titles that a filtered feed has, in each format. */
const titlesAt = (path: string, query: string) =>
  Promise.all(
    FORMAT_NAMES.map(async (format) => {
      const response = await get(`${path}.${format}?${query}`);
      expect(response.status).toBe(200);
      return readDocumentText(format, await response.text()).titles.join(", ");
    }),
  );

describe("an organization's feed, filtered", () => {
  test.each([
    ["tag=sport", "Sport"],
    ["tag=caf%C3%A9", "Sport"],
    ["tag=sport,other&tag=third", "Sport"],
    ["author=laman", "Shared"],
    ["language=ar", "Arabic"],
    ["language=en", "Shared, Sport"],
    ["q=البيان", "Arabic"],
    ["q=sport", "Sport"],
    ["exclude=tag:sport", "Shared, Arabic"],
    ["exclude=author:laman,language:ar", "Sport"],
    ["exclude=sport", "Shared, Arabic"],
    ["language=en&exclude=tag:sport", "Shared"],
    ["tag=nothing", ""],
  ])("by %s: %s", async (query, titles) => {
    expect(await titlesAt(`/${a}/feed`, query)).toEqual([titles, titles, titles]);
  });

  test("by organizations that are left out", async () => {
    const titles = "Arabic, Sport";
    expect(await titlesAt(`/${a}/feed`, `exclude=organization:${b}`)).toEqual([titles, titles, titles]);
  });
});

describe("several organizations' feeds in one", () => {
  test.each([
    ["", "Conference opens, Shared, Arabic, Sport"],
    ["&tag=sport", "Conference opens, Sport"],
    ["&q=baku", "Conference opens"],
    ["&author=LAMAN", "Shared"],
    ["&language=fr", "Conference opens"],
    ["&exclude=tag:sport", "Shared, Arabic"],
  ])("with %s: %s", async (query, titles) => {
    expect(await titlesAt("/feed", `organization=${a},${b}${query}`)).toEqual([titles, titles, titles]);
  });

  test("of which one is left out", async () => {
    const titles = "Arabic, Sport";
    const query = `organization=${a}&exclude=organization:${b}`;
    expect(await titlesAt("/feed", query)).toEqual([titles, titles, titles]);
  });
});

describe.each(FORMAT_NAMES)("a filtered feed in %s", (format) => {
  const path = () => `/feed.${format}?organization=${a},${b}&exclude=tag:other`;

  test("has its whole address as self link, in the header too, however it was asked for", async () => {
    const written = `/feed.${format}?exclude=tag:Other&organization=${b}&organization=${a}`;
    const inOrder = [a, b].sort().join(",");
    const address = `https://news.example/feed.${format}?organization=${inOrder}&exclude=tag:other`;
    const response = await get(written);
    expect(linksIn(response).self).toEqual([address]);
    expect(readDocumentText(format, await response.text()).links.self).toBe(address);
  });

  test("has the headers of a feed", async () => {
    const [filtered, whole] = [await get(path()), await get(`/${a}/feed.${format}`)];
    for (const name of ["content-type", "cache-control", "vary", "access-control-allow-origin"]) {
      expect(filtered.headers.get(name)).toBe(whole.headers.get(name));
    }
    expect(filtered.headers.get("etag")).toMatch(/^"[0-9a-z]{26}"$/);
    await Promise.all([filtered.body?.cancel(), whole.body?.cancel()]);
  });

  test("has one tag for equal filters, and others for others", async () => {
    const tagAt = async (query: string) => {
      const response = await get(`/feed.${format}?${query}`);
      await response.body?.cancel();
      return response.headers.get("etag");
    };
    const tag = await tagAt(`organization=${a},${b}&tag=sport`);
    expect(await tagAt(`tag=SPORT&organization=${b}&organization=${a},${a}`)).toBe(tag);
    expect(await tagAt(`organization=${a},${b}&tag=other`)).not.toBe(tag);
    expect(await tagAt(`organization=${a}&tag=sport`)).not.toBe(tag);
  });

  test("is 304 for who has it, and has no body for HEAD", async () => {
    const response = await get(path());
    await response.body?.cancel();
    const etag = response.headers.get("etag") ?? "";
    const unchanged = await get(path(), { "if-none-match": `W/${etag}` });
    expect([unchanged.status, unchanged.headers.get("etag"), unchanged.body]).toEqual([304, etag, null]);
    const head = await send("HEAD", path());
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([200, etag, ""]);
  });

  test("is another once one of its organizations has news", async () => {
    const own = await newOrganization();
    const address = `/feed.${format}?organization=${a},${own}`;
    const etag = (await get(address)).headers.get("etag") ?? "";
    await newArticle(own, { title: "Fresh", published_at: "2031-01-01" });
    await publish(own);
    const response = await get(address, { "if-none-match": etag });
    expect(response.status).toBe(200);
    expect(readDocumentText(format, await response.text()).titles[0]).toBe("Fresh");
  });

  test("is never dated: of its organizations one may change after another with a later date", async () => {
    const response = await get(path(), { "if-modified-since": new Date(Date.now() + 60_000).toUTCString() });
    await response.body?.cancel();
    expect([response.status, response.headers.get("last-modified")]).toEqual([200, null]);
  });

  test("costs one KV read for each organization named, and calls no object", async () => {
    const costs = async (query: string) =>
      costsOf(async () => (await get(`/feed.${format}?${query}`)).text());
    const nothing = { kvWrites: 0, kvLists: 0, objectCalls: [], sqlStatements: 0 };
    expect(await costs(`organization=${a}`)).toMatchObject({ ...nothing, kvReads: 1 });
    expect(await costs(`organization=${a},${b},${a}&tag=x&q=y`)).toMatchObject({ ...nothing, kvReads: 2 });
    expect(await costs(`organization=${a}&exclude=organization:${b}`)).toMatchObject({
      ...nothing,
      kvReads: 2,
    });
  });
});

describe("an address that asks for what there is not", () => {
  const many = () => Array.from({ length: 11 }, (_, index) => `org-${index}`).join();
  const cases: [string, () => string, number, string][] = [
    ["no organization", () => "/feed.rss", 400, "organization must name at least one"],
    ["only a tag", () => "/feed.atom?tag=a", 400, "organization must name at least one"],
    ["an unknown one", () => `/feed.json?organization=${a},nobody`, 400, "there is no organization nobody"],
    ["what cannot be one", () => "/feed.json?organization=No%20One", 400, "there is no organization no one"],
    ["more than ten", () => `/feed.rss?organization=${many()}`, 400, "at most 10 values"],
    ["an unknown one to leave out", () => `/${a}/feed.rss?exclude=organization:nobody`, 400, "nobody"],
    [
      "one in the path and one in the query",
      () => `/${a}/feed.rss?organization=${b}`,
      400,
      "in the path already",
    ],
    ["an unknown field", () => `/${a}/feed.rss?colour=red`, 400, "colour is no filter"],
    ["an empty value", () => `/${a}/feed.rss?tag=`, 400, "tag must not be empty"],
    ["what is no language", () => `/${a}/feed.rss?language=english!`, 400, "is not a language tag"],
    ["a part of an unknown one's feed", () => `/${fresh("nobody")}/feed.rss?tag=a`, 404, "nothing"],
  ];

  test.each(cases)("%s", async (_name, path, status, detail) => {
    const response = get(path());
    expect((await response).headers.get("access-control-allow-origin")).toBe("*");
    const problem = await json<ShownProblem>(response, status);
    expect(problem.detail).toContain(detail);
  });

  test("costs no KV read when more than ten organizations are named", async () => {
    expect((await costsOf(() => get(`/feed.rss?organization=${many()}`))).kvReads).toBe(0);
  });
});
