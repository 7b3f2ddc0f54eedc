import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { importLines } from "../../support/bulk.ts";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import {
  editArticle,
  FORMAT_NAMES,
  itemIds,
  newArticles,
  readDocumentText,
  tagsOf,
} from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, fresh, get, json, newOrganization, send } from "../../support/service.ts";

let slug: string; // has published its articles 1 to 5 one after the other
let tags: Record<string, string>[]; // the tags of its feeds after each, by format

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  tags = [];
  for (const number of [1, 2, 3, 4, 5]) {
    await newArticles(slug, 1, number);
    await publish(slug);
    tags.push(await tagsOf(slug));
  }
});

/** The feed as who has a version of it asks for what changed. */
const ask = (name: string, format: string, tag: string, headers: Record<string, string> = {}) =>
  get(`/${name}/feed.${format}`, { "a-im": "feed", "if-none-match": tag, ...headers });

/** What a delta brings. */
async function broughtBy(response: Response, format: string) {
  expect(response.status).toBe(226);
  return readDocumentText(format, await response.text());
}

describe.each(FORMAT_NAMES)("a delta in %s", (format) => {
  test("has the tag of the feed as it is now, says what it is, and may not be kept by a cache", async () => {
    const response = await ask(slug, format, tags[3]?.[format] ?? "");
    const whole = await get(`/${slug}/feed.${format}`);
    expect(response.status).toBe(226);
    expect(Object.fromEntries(response.headers)).toEqual({
      ...Object.fromEntries(whole.headers),
      im: "feed",
      "delta-base": `"${tags[3]?.[format]?.slice(1, -1)}"`,
      "cache-control": "no-store",
      vary: "Accept, A-IM, Accept-Encoding, If-None-Match, User-Agent",
    });
    await Promise.all([response.body?.cancel(), whole.body?.cancel()]);
  });

  test("is the new article alone, in a document that is whole otherwise", async () => {
    const whole = readDocumentText(format, await (await get(`/${slug}/feed.${format}`)).text());
    const delta = await broughtBy(await ask(slug, format, tags[3]?.[format] ?? ""), format);
    expect(delta).toEqual({ ...whole, ids: itemIds(slug, [5]), titles: ["News 5"] });
  });

  test("is everything since, for who was away for several versions", async () => {
    const delta = await broughtBy(await ask(slug, format, tags[1]?.[format] ?? ""), format);
    expect(delta.ids).toEqual(itemIds(slug, [5, 4, 3]));
  });

  test("is known by the first of several tags that are remembered, weakened or not", async () => {
    const [first = "", , third = ""] = tags.map((one) => one[format] ?? "");
    const since = async (list: string) => (await broughtBy(await ask(slug, format, list), format)).ids;
    expect(await since(`"unknown", ${third}`)).toEqual(itemIds(slug, [5, 4]));
    expect(await since(`W/${first}`)).toEqual(itemIds(slug, [5, 4, 3, 2]));
  });

  test("is nothing new: 304 without a body", async () => {
    const response = await ask(slug, format, tags[4]?.[format] ?? "");
    expect([response.status, response.body]).toEqual([304, null]);
  });
});

describe("a delta", () => {
  beforeEach(() => stopClock());

  /** What who had the feed before something happened is then brought, in each format. */
  async function broughtAfter(name: string, happens: () => Promise<unknown>) {
    const before = await tagsOf(name);
    await happens();
    await publish(name);
    return Promise.all(
      FORMAT_NAMES.map(async (format) => broughtBy(await ask(name, format, before[format] ?? ""), format)),
    );
  }

  async function published(count: number): Promise<string> {
    const name = await newOrganization();
    await newArticles(name, count);
    await publish(name);
    return name;
  }

  test("brings an edited article as it is now", async () => {
    const name = await published(3);
    for (const delta of await broughtAfter(name, () => editArticle(name, 2, "Edited"))) {
      expect([delta.ids, delta.titles]).toEqual([itemIds(name, [2]), ["Edited"]]);
    }
  });

  /** The line of an article that another service published at a place of its own. */
  const placed = (name: string, title: string, seq: number) => ({
    type: "article",
    id: `${name}-placed-${seq}`,
    organizations: [name],
    title,
    published_at: "2039-12-31T00:00:00Z",
    standing: { [name]: { ordinal: 1_000, seq, revision: 1, changed_ms: Date.now() } },
  });

  test.each([3, 0])(
    "brings an article that is imported at an earlier place, to one who has %i others",
    async (count) => {
      const name = await published(3);
      for (let number = count + 1; number <= 3; number++) await api("DELETE", `/articles/${name}-${number}`);
      await publish(name);
      const before = await tagsOf(name);
      expect(await importLines([placed(name, "From elsewhere", 2)])).toMatchObject([{ status: 201 }]);
      await publish(name);
      for (const format of FORMAT_NAMES) {
        const answer = await ask(name, format, before[format] ?? "");
        expect([200, 226]).toContain(answer.status);
        expect(readDocumentText(format, await answer.text()).titles).toContain("From elsewhere");
      }
      // Who has it already is sent only what comes after it.
      for (const delta of await broughtAfter(name, () => newArticles(name, 1, 9)))
        expect(delta.titles).toEqual(["News 9"]);
    },
  );

  test("is there, however far apart the places of articles, and however long the names of their feed", async () => {
    const name = await newOrganization();
    const address = fresh("x".repeat(50)).slice(0, LIMITS.SLUG_CHARACTERS);
    const hubs = [0, 1, 2].map((hub) => `https://hub${hub}.example/${"x".repeat(29)}`);
    await json(api("PUT", `/organizations/${name}`, { name: "Far", address, hubs }), 200);
    await newArticles(name, 49);
    for (let number = 0; number < 20; number++) {
      await editArticle(name, 1, `Edit ${number}`);
      await publish(name);
    }
    const first = await tagsOf(address);
    expect(await importLines([placed(name, "From elsewhere", 1e12)])).toMatchObject([{ status: 201 }]);
    await publish(name);
    for (const format of FORMAT_NAMES) {
      const whole = readDocumentText(format, await (await get(`/${address}/feed.${format}`)).text());
      expect(whole.titles).toContain("From elsewhere");
      const delta = await broughtBy(await ask(address, format, first[format] ?? ""), format);
      expect(delta.titles).toEqual(["From elsewhere"]);
    }
  });

  test("tells of a withdrawn article, and brings none: RSS cannot tell", async () => {
    const name = await published(3);
    const [rss, ...others] = await broughtAfter(name, () => api("DELETE", `/articles/${name}-2`));
    expect(rss).toMatchObject({ ids: [], withdrawn: [] });
    for (const delta of others) expect(delta).toMatchObject({ ids: [], withdrawn: itemIds(name, [2]) });
  });

  test("brings the fifty-first, which came in where another left", async () => {
    const name = await published(51);
    for (const delta of await broughtAfter(name, () => api("DELETE", `/articles/${name}-30`))) {
      expect(delta.ids).toEqual(itemIds(name, [1]));
    }
  });

  test("brings an article of long ago that takes its place at the end", async () => {
    const name = await published(3);
    const old = { id: `${name}-0`, organizations: [name], title: "Old", published_at: "2001-01-01" };
    for (const delta of await broughtAfter(name, () => json(api("POST", "/articles", old), 201))) {
      expect(delta.ids).toEqual(itemIds(name, [0]));
    }
  });

  test("brings an article that was withdrawn and is published again", async () => {
    const name = await published(3);
    await api("DELETE", `/articles/${name}-2`);
    await publish(name);
    for (const delta of await broughtAfter(name, () => editArticle(name, 2, "Back"))) {
      expect(delta).toMatchObject({ ids: itemIds(name, [2]), titles: ["Back"], withdrawn: [] });
    }
  });

  test("brings no article when only the organization has new words", async () => {
    const name = await published(3);
    const rename = () => api("PUT", `/organizations/${name}`, { name: "Other" });
    for (const delta of await broughtAfter(name, rename)) expect(delta.ids).toEqual([]);
  });

  test.each([
    ["numbers", ["30", "4", "201"]],
    ["words of JavaScript", ["constructor", "toString", "valueOf"]],
  ])("knows articles apart whose ids are %s", async (_name, ids) => {
    const name = await newOrganization();
    const put = (id: string, title: string, minute: number) =>
      api("PUT", `/articles/${id}`, {
        organizations: [name],
        title,
        published_at: new Date(Date.UTC(2030, 0, 1, 0, minute)).toISOString(),
      });
    await newArticles(name, 1);
    await publish(name);
    for (const title of ["New", "Edited"]) {
      for (const [minute, id] of ids.entries()) {
        for (const delta of await broughtAfter(name, () => put(id, `${title} ${id}`, minute))) {
          expect(delta.titles).toEqual([`${title} ${id}`]);
        }
      }
    }
  });

  test("costs one KV read, and calls no object", async () => {
    const statuses: number[] = [];
    const costs = await costsOf(async () => {
      const response = await ask(slug, "atom", tags[0]?.atom ?? "");
      statuses.push(response.status);
      await response.text();
    });
    expect(statuses).toEqual([226]);
    expect(costs).toMatchObject({ kvReads: 1, kvWrites: 0, objectCalls: [], sqlStatements: 0 });
  });

  test.each(["feed", "Feed", " feed ", "vcdiff, feed", "feed;q=0.5", "diffe,feed, gzip"])(
    "is given to who asks for %j",
    async (aIm) => {
      const response = await ask(slug, "rss", tags[3]?.rss ?? "", { "a-im": aIm });
      expect(response.status).toBe(226);
      await response.body?.cancel();
    },
  );
});

describe("the whole feed is given", () => {
  const known = () => tags[3]?.atom ?? "";
  const cases: [string, () => Record<string, string>][] = [
    ["to who does not ask for deltas", () => ({ "if-none-match": known() })],
    ["to who asks for others", () => ({ "if-none-match": known(), "a-im": "vcdiff, feeds" })],
    ["to who has nothing yet", () => ({ "a-im": "feed" })],
    ["to who has an unknown version", () => ({ "a-im": "feed", "if-none-match": '"unknown"' })],
    ["to who has none, as sfeed says it", () => ({ "a-im": "feed", "if-none-match": '""' })],
    [
      "to who has the version of another format",
      () => ({ "a-im": "feed", "if-none-match": tags[3]?.rss ?? "" }),
    ],
    [
      "to rss2email, which takes 226 for an error",
      () => ({
        "a-im": "feed",
        "if-none-match": known(),
        "user-agent": "feedparser/6.0.11 +https://github.com/",
      }),
    ],
  ];

  test.each(cases)("%s", async (_name, headers) => {
    const response = await get(`/${slug}/feed.atom`, headers());
    expect([response.status, response.headers.get("im")]).toEqual([200, null]);
    expect(response.headers.get("cache-control")).toMatch(/^public/);
    expect(readDocumentText("atom", await response.text()).ids).toEqual(itemIds(slug, [5, 4, 3, 2, 1]));
  });

  test("when everything in it is news", async () => {
    const name = await newOrganization();
    const { atom = "" } = await tagsOf(name);
    await newArticles(name, 2);
    await publish(name);
    expect((await ask(name, "atom", atom)).status).toBe(200);
  });

  test("after more versions than are remembered", async () => {
    const name = await newOrganization();
    await newArticles(name, 2);
    await publish(name);
    const { json: oldest = "" } = await tagsOf(name);
    for (let version = 1; version <= 19; version++) {
      await editArticle(name, 1, `Version ${version}`);
      await publish(name);
    }
    expect((await ask(name, "json", oldest)).status).toBe(226);
    const remembered = await tagsOf(name);
    await editArticle(name, 1, "Version 20");
    await publish(name);
    expect((await ask(name, "json", oldest)).status).toBe(200);
    expect((await ask(name, "json", remembered.json ?? "")).status).toBe(226);
  });

  test("without its body, for HEAD", async () => {
    const response = await send("HEAD", `/${slug}/feed.atom`, {
      headers: { "a-im": "feed", "if-none-match": known() },
    });
    expect([response.status, response.headers.get("im"), await response.text()]).toEqual([200, null, ""]);
  });
});
