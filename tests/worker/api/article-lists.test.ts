import { beforeAll, describe, expect, test } from "vitest";
import { api, fresh, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

interface Page {
  articles: { id: string; title: string; page_url: string }[];
  cursor: string | null;
}

/** The titles of each page of a list, to its end. */
async function pages(path: string): Promise<string[][]> {
  const titles: string[][] = [];
  let cursor: string | null = "";
  while (cursor !== null && titles.length < 20) {
    const next: string = cursor === "" ? path : `${path}&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await json(api("GET", next), 200);
    titles.push(page.articles.map((article) => article.title));
    cursor = page.cursor;
  }
  return titles;
}

/** `Title 119`, `Title 118` … down to `Title 0`. */
const NEWEST_FIRST = Array.from({ length: 120 }, (_, index) => `Title ${119 - index}`);

describe("GET /articles?organization=", () => {
  let slug: string;

  beforeAll(async () => {
    slug = await newOrganization();
    const other = await newOrganization();
    // Minute by minute, but handed over in another order than theirs (7 and 120 have no common divisor).
    const articles = Array.from({ length: 120 }, (_, index) => (index * 7) % 120).map((minute) => ({
      organizations: minute % 2 ? [slug] : [slug, other],
      title: `Title ${minute}`,
      published_at: new Date(Date.UTC(2025, 0, 1, 0, minute)).toISOString(),
    }));
    expect(await json(api("POST", "/articles/batch", articles), 200)).toMatchObject({ accepted: 120 });
  });

  test("lists the newest first, fifty on a page, each once", async () => {
    expect(await pages(`/articles?organization=${slug}`)).toEqual([
      NEWEST_FIRST.slice(0, 50),
      NEWEST_FIRST.slice(50, 100),
      NEWEST_FIRST.slice(100),
    ]);
  });

  test("gives cursors that go into a query as they are, and still takes those of before", async () => {
    const [, second] = await pages(`/articles?organization=${slug}`);
    const { cursor } = await json<Page>(api("GET", `/articles?organization=${slug}`), 200);
    expect(cursor).toMatch(/^[\w.-]+$/);
    for (const given of [cursor, "2025-01-01T01:10:00Z%20zzz", "2025-01-01T01:10:00Z+zzz"]) {
      const page = await json<Page>(api("GET", `/articles?organization=${slug}&cursor=${given}`), 200);
      expect([given, page.articles[0]?.title]).toEqual([given, given === cursor ? second?.[0] : "Title 70"]);
    }
  });

  test("lists articles with the same time once each", async () => {
    const same = await newOrganization();
    const articles = Array.from({ length: 70 }, () => ({
      id: fresh("same"),
      organizations: [same],
      title: "Same",
      published_at: "2025-01-01",
    }));
    await json(api("POST", "/articles/batch", articles), 200);
    const first = await json<Page>(api("GET", `/articles?organization=${same}`), 200);
    const path = `/articles?organization=${same}&cursor=${encodeURIComponent(first.cursor ?? "")}`;
    const second = await json<Page>(api("GET", path), 200);
    const ids = [...first.articles, ...second.articles].map((article) => article.id);
    expect(ids.toSorted()).toEqual(articles.map((article) => article.id).sort());
  });

  test("shows articles as GET /articles/{id} does", async () => {
    const own = await newOrganization();
    const article = await newArticle(own, { summary: "S" });
    expect(await json(api("GET", `/articles?organization=${own}`), 200)).toEqual({
      articles: [article],
      cursor: null,
    });
  });

  test("omits withdrawn articles", async () => {
    const own = await newOrganization();
    const { id } = await newArticle(own);
    await api("DELETE", `/articles/${id}`);
    expect(await json(api("GET", `/articles?organization=${own}`), 200)).toEqual({
      articles: [],
      cursor: null,
    });
  });

  test("is optional for a token with one organization", async () => {
    const own = await newOrganization();
    await newArticle(own, { title: "Own" });
    const page = await json<Page>(api("GET", "/articles", undefined, { token: await newToken(own) }), 200);
    expect(page.articles.map((article) => article.title)).toEqual(["Own"]);
  });

  test("is required for a token with several organizations", async () => {
    const token = await newToken(await newOrganization(), await newOrganization());
    expect(await json(api("GET", "/articles", undefined, { token }), 400)).toMatchObject({
      errors: [{ path: "organization", message: "is required" }],
    });
  });

  test("ends a page before large articles that have no room on it", async () => {
    const large = await newOrganization();
    const titles: string[] = [];
    for (let part = 0; part < 4; part++) {
      const articles = Array.from({ length: 12 }, (_, index) => ({
        organizations: [large],
        title: `Title ${part * 12 + index}`,
        published_at: new Date(Date.UTC(2025, 0, 1, part, index)).toISOString(),
        // One character needs two bytes, and so all others in its text: 48 articles are more than a call has room for.
        content_text: `“${"He said so. ".repeat(33_000)}`,
      }));
      expect(await json(api("POST", "/articles/batch", articles), 200)).toMatchObject({ accepted: 12 });
      titles.unshift(...articles.map(({ title }) => title).reverse());
    }
    const listed = await pages(`/articles?organization=${large}`);
    expect(listed.flat()).toEqual(titles);
    expect(listed.length).toBeGreaterThan(1);
    expect(await pages(`/articles?organization=${large}&fields=summary`)).toEqual([titles]);
  }, 60_000);

  test("returns 404 for an unknown organization", async () => {
    expect((await api("GET", `/articles?organization=${fresh("nobody")}`)).status).toBe(404);
  });
});

describe("GET /articles without an organization", () => {
  test("lists every published article once, by id, for the operator only", async () => {
    const [one, two] = [await newOrganization(), await newOrganization()];
    const ids = (await Promise.all([newArticle(one), newArticle(two), newArticle([one, two])])).map(
      ({ id }) => id,
    );
    const { id: withdrawn } = await newArticle(one);
    await api("DELETE", `/articles/${withdrawn}`);
    const listed: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null && listed.length < 1000) {
      const path: string = `/articles${cursor && `?cursor=${cursor}`}`;
      const page: Page = await json(api("GET", path), 200);
      listed.push(...page.articles.map((article) => article.id));
      cursor = page.cursor;
      expect(cursor ?? "").toMatch(/^[\w.-]*$/);
    }
    expect(listed).toEqual(expect.arrayContaining(ids));
    expect(listed).not.toContain(withdrawn);
    expect(new Set(listed).size).toBe(listed.length);
  });
});
