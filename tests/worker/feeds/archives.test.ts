import { beforeAll, describe, expect, test, vi } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import {
  editArticle,
  FORMAT_NAMES,
  itemIds,
  linksIn,
  newArticles,
  readDocumentText,
  walk,
} from "../../support/feeds.ts";
import { publish } from "../../support/objects.ts";
import { api, fresh, get, json, newArticle, newOrganization, send } from "../../support/service.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

/** An organization that has published as many articles as are wanted. */
async function published(count: number): Promise<string> {
  const slug = await newOrganization();
  await newArticles(slug, count);
  await publish(slug);
  return slug;
}

let slug: string; // has 130 articles, which none of the tests changes

beforeAll(async () => {
  stopClock();
  slug = await published(130);
});

/** The bytes of some archive documents in all formats. */
const bytesOf = (name: string, numbers: number[]) =>
  Promise.all(
    numbers.flatMap((number) =>
      FORMAT_NAMES.map(async (format) => (await get(`/${name}/archive/${number}.${format}`)).text()),
    ),
  );

describe.each(FORMAT_NAMES)("a reader that follows prev-archive in %s", (format) => {
  test("gets all of 130 articles", async () => {
    const walked = await walk(`/${slug}/feed.${format}`);
    expect(walked.map(({ path }) => path)).toEqual([
      `/${slug}/feed.${format}`,
      `/${slug}/archive/2.${format}`,
      `/${slug}/archive/1.${format}`,
    ]);
    const found = new Set(walked.flatMap(({ document }) => document.ids));
    expect([...found].sort()).toEqual(itemIds(slug, upTo(130)).sort());
  });

  test("meets none twice in the archive, and few in the feed again", async () => {
    const [feed, ...archives] = await walk(`/${slug}/feed.${format}`);
    const archived = archives.flatMap(({ document }) => document.ids);
    expect(new Set(archived).size).toBe(archived.length);
    const again = archived.filter((id) => feed?.document.ids.includes(id));
    expect(again).toHaveLength(20); // the feed has 81 to 130, the second archive document 51 to 100
  });

  test("is told where it is: each archive document knows its own address", async () => {
    for (const { path, document } of await walk(`/${slug}/feed.${format}`)) {
      expect(document.links.self).toBe(`https://news.example${path}`);
    }
  });
});

test("a reader gets all of 1,000 articles, each once but for those that the feed has too", async () => {
  const large = await published(1_000);
  const walked = await walk(`/${large}/feed.atom`);
  expect(walked).toHaveLength(20); // the feed shows what the twentieth archive document has
  const ids = walked.flatMap(({ document }) => document.ids);
  expect(ids).toHaveLength(1_000);
  expect([...ids].sort()).toEqual(itemIds(large, upTo(1_000)).sort());
});

test("a feed that shows everything names no archive", async () => {
  const small = await published(50);
  for (const format of FORMAT_NAMES) {
    const response = await get(`/${small}/feed.${format}`);
    expect(linksIn(response)["prev-archive"]).toBeUndefined();
    expect(readDocumentText(format, await response.text()).links["prev-archive"]).toBeUndefined();
  }
});

test("an article of long ago that comes in late is in the archive", async () => {
  const late = await published(50);
  const { id } = await newArticle(late, { title: "Late", published_at: "2001-01-01" });
  await publish(late);
  for (const format of FORMAT_NAMES) {
    const found = (await walk(`/${late}/feed.${format}`)).flatMap(({ document }) => document.ids);
    expect(found).toContain(`tag:communique.example,2025:article/${id}`);
  }
});

describe("an archive document", () => {
  test("says that it is one, of which feed it is, and what came before (RFC 5005 §4)", async () => {
    for (const format of ["rss", "atom"]) {
      const text = await (await get(`/${slug}/archive/2.${format}`)).text();
      expect(text).toContain("<fh:archive");
      expect(readDocumentText(format, text).links).toMatchObject({
        current: `https://news.example/${slug}/feed.${format}`,
        "prev-archive": `https://news.example/${slug}/archive/1.${format}`,
      });
      expect(await (await get(`/${slug}/feed.${format}`)).text()).not.toContain("<fh:archive");
    }
  });

  test.each(FORMAT_NAMES)(
    "in %s has its media type, validators, CORS and a Link to itself",
    async (format) => {
      const response = await get(`/${slug}/archive/1.${format}`);
      const own = await get(`/${slug}/feed.${format}`);
      expect(response.headers.get("content-type")).toBe(own.headers.get("content-type"));
      expect(response.headers.get("etag")).toMatch(/^"[0-9a-z]{26}"$/);
      expect(response.headers.get("access-control-allow-origin")).toBe("*");
      expect(linksIn(response).self).toEqual([`https://news.example/${slug}/archive/1.${format}`]);
    },
  );

  test("may be kept for a day once it is full, and as long as the feed while it grows", async () => {
    const cacheControl = async (path: string) => (await get(path)).headers.get("cache-control");
    expect(await cacheControl(`/${slug}/archive/2.atom`)).toMatch(/^public, max-age=86400,/);
    expect(await cacheControl(`/${slug}/archive/3.atom`)).toBe(await cacheControl(`/${slug}/feed.atom`));
  });

  test("is 304 for who has it, and has no body for HEAD", async () => {
    const path = `/${slug}/archive/1.json`;
    const headers = { "if-none-match": (await get(path)).headers.get("etag") ?? "" };
    const unchanged = await get(path, headers);
    expect([unchanged.status, unchanged.body]).toEqual([304, null]);
    const head = await send("HEAD", path);
    expect([head.status, head.headers.get("etag"), await head.text()]).toEqual([
      200,
      headers["if-none-match"],
      "",
    ]);
  });

  test("stays the same bytes when further articles come", async () => {
    const growing = await published(100);
    const before = await bytesOf(growing, [1, 2]);
    await newArticles(growing, 60, 101);
    await newArticle(growing, { title: "Late", published_at: "2001-01-01" });
    await publish(growing);
    expect(await bytesOf(growing, [1, 2])).toEqual(before);
  });

  test("changes when one of its own articles is edited, and no other does", async () => {
    const edited = await published(130);
    const before = await bytesOf(edited, [1, 2, 3]);
    const fields = { organizations: [edited], title: "Edited", published_at: "2030-01-01T00:07:00Z" };
    await json(api("PUT", `/articles/${edited}-7`, fields), 200);
    await publish(edited);
    const after = await bytesOf(edited, [1, 2, 3]);
    expect(after.slice(3)).toEqual(before.slice(3));
    for (const [index, format] of FORMAT_NAMES.entries()) {
      const { ids, titles } = readDocumentText(format, after[index] ?? "");
      expect(titles).toContain("Edited");
      expect(ids).toEqual(readDocumentText(format, before[index] ?? "").ids);
    }
  });

  test("loses an article that is withdrawn, and no other document changes", async () => {
    const edited = await published(130);
    const before = await bytesOf(edited, [1, 2, 3]);
    await api("DELETE", `/articles/${edited}-60`);
    await publish(edited);
    const after = await bytesOf(edited, [1, 2, 3]);
    expect([...after.slice(0, 3), ...after.slice(6)]).toEqual([...before.slice(0, 3), ...before.slice(6)]);
    for (const [index, format] of FORMAT_NAMES.entries()) {
      const { ids, withdrawn } = readDocumentText(format, after[3 + index] ?? "");
      expect(ids).toHaveLength(49);
      expect(ids).not.toContain(itemIds(edited, [60])[0]);
      expect(withdrawn).toEqual(format === "rss" ? [] : itemIds(edited, [60])); // RSS has no tombstones
    }
  });

  test("is not what who had it before has, after an edit, be it within the same second", async () => {
    const edited = await published(60);
    const path = `/${edited}/archive/1.atom`;
    await editArticle(edited, 4, "Once");
    const { headers } = await get(path);
    await editArticle(edited, 4, "Twice");
    const tag = headers.get("etag") ?? "";
    const date = new Date(Date.now()).toUTCString();
    for (const one of [tag, `W/${tag}`]) expect((await get(path, { "if-none-match": one })).status).toBe(200);
    expect((await get(path, { "if-modified-since": date })).status).toBe(200);
    expect(headers.get("last-modified")).toBeNull(); // whole seconds would not tell the two apart
  });
});

describe("what is no archive", () => {
  test.each(["0", "4", "01", "-1", "1.5", "999999999", "1e3", "9999999999"])("%s: 404", async (number) => {
    expect((await get(`/${slug}/archive/${number}.atom`)).status).toBe(404);
  });

  test.each(["1", "1.xml", "1.atom.gz", ".atom", "x.atom"])("%s: 404", async (file) => {
    expect((await get(`/${slug}/archive/${file}`)).status).toBe(404);
  });

  test("of an organization that is not there: 404, one KV read, and no object is called", async () => {
    const statuses: number[] = [];
    const costs = await costsOf(async () => {
      statuses.push((await get(`/${fresh("nobody")}/archive/1.atom`)).status);
    });
    expect(statuses).toEqual([404]);
    expect(costs).toMatchObject({ kvReads: 1, objectCalls: [], sqlStatements: 0 });
  });

  test("of an organization that was ended: 410", async () => {
    const ended = await published(60);
    expect((await get(`/${ended}/archive/1.atom`)).status).toBe(200);
    await api("DELETE", `/organizations/${ended}`);
    expect((await get(`/${ended}/archive/1.atom`)).status).toBe(410);
  });
});

test("building one reads its own articles only, however many there are", async () => {
  const large = await published(600);
  const costs = (name: string) => costsOf(async () => (await get(`/${name}/archive/2.atom`)).text());
  const few = await costs(slug);
  expect(few).toMatchObject({ kvReads: 1, kvWrites: 0, kvLists: 0, objectCalls: ["archive"] });
  expect(few.sqlRowsRead).toBeLessThanOrEqual(5 * 50); // each row by its index, twice, and sorted
  expect((await costs(large)).sqlRowsRead).toBe(few.sqlRowsRead);
});

test("an archive is public no longer than its organization is, though KV shows the feed as it was", async () => {
  const name = await published(51);
  expect((await get(`/${name}/archive/1.rss`)).status).toBe(200);
  await json(api("PUT", `/organizations/${name}`, { name: "Hidden", unlisted: true }), 200);
  for (const path of [`/${name}/archive/1.rss`, `/${name}/archive/1.rss?tag=x`, `/${name}?archive=1`])
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  const { feeds } = await json<{ feeds: { rss: string } }>(
    api("POST", `/organizations/${name}/readers`, {}),
    201,
  );
  const own = new URL(feeds.rss).pathname.replace("feed.rss", "archive/1.rss");
  expect((await get(own)).status).toBe(200);
});
