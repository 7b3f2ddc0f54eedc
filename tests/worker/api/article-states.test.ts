import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { newArticles } from "../../support/feeds.ts";
import {
  api,
  get,
  json,
  newArticle,
  newOrganization,
  type ShownArticle,
  type ShownProblem,
  scopedToken,
} from "../../support/service.ts";

interface Listed {
  articles: (ShownArticle & { state?: string })[];
  cursor: string | null;
}

stopClockForEachTest();

let slug: string;

const inHours = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
const list = (query: string): Promise<Listed> =>
  json<Listed>(api("GET", `/articles?organization=${slug}&${query}`), 200);
const shownIn = async (query: string) =>
  (await list(query)).articles.map(({ title, state }) => (state ? `${title}: ${state}` : title));

/** One article in each state, and one that was published in the past. */
async function oneOfEach(): Promise<string> {
  await newArticle(slug, {
    title: "Old",
    published_at: "2020-01-01T00:00:00Z",
    content_text: "About carpets",
  });
  await newArticle(slug, { title: "Now", summary: "CARPETS again" });
  await newArticle(slug, { title: "Later", published_at: inHours(2), content_html: "<p>All of it</p>" });
  const { id } = await newArticle(slug, { title: "Gone" });
  expect((await api("DELETE", `/articles/${id}`)).status).toBe(204);
  return id;
}

beforeEach(async () => {
  slug = await newOrganization();
});

describe("GET /articles?organization=&state=", () => {
  test("returns the articles in the states asked for, the latest date first, each with its state", async () => {
    await oneOfEach();
    expect(await shownIn("")).toEqual(["Now", "Old"]);
    expect(await shownIn("state=scheduled")).toEqual(["Later: scheduled"]);
    expect(await shownIn("state=withdrawn")).toEqual(["Gone: withdrawn"]);
    expect((await shownIn("state=scheduled,withdrawn,published")).slice(0, 1)).toEqual(["Later: scheduled"]);
    expect((await shownIn("state=scheduled,withdrawn,published")).sort()).toEqual([
      "Gone: withdrawn",
      "Later: scheduled",
      "Now: published",
      "Old: published",
    ]);
    wait(3 * 3_600_000);
  });

  test("returns every article once, in pages of any size", async () => {
    await newArticles(slug, 25);
    await oneOfEach();
    const seen: string[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 20; page++) {
      const { articles, cursor: next }: Listed = await list(
        `state=published,scheduled,withdrawn&limit=3${cursor ? `&cursor=${cursor}` : ""}`,
      );
      expect(articles.length).toBeLessThanOrEqual(3);
      seen.push(...articles.map(({ id }) => id));
      cursor = next;
      if (cursor === null) break;
    }
    expect([cursor, seen.length, new Set(seen).size]).toEqual([null, 29, 29]);
  });

  test("returns those that have all words, in any place and any case", async () => {
    await oneOfEach();
    expect(await shownIn("q=carpets")).toEqual(["Now", "Old"]);
    expect(await shownIn("q=carpets+ABOUT")).toEqual(["Old"]);
    expect(await shownIn("q=nothing")).toEqual([]);
    expect(await shownIn("state=scheduled&q=all+later")).toEqual(["Later: scheduled"]);
  });

  test("searches a part of a long list, and goes on from there", async () => {
    await newArticle(slug, { title: "Rare", published_at: "2020-01-01T00:00:00Z" });
    await newArticles(slug, 600);
    const first = await list("q=rare");
    expect([first.articles, first.cursor === null]).toEqual([[], false]);
    const second = await list(`q=rare&cursor=${first.cursor}`);
    expect(second.articles.map(({ title }) => title)).toEqual(["Rare"]);
  });

  test("leaves out contents if summaries are asked for", async () => {
    await oneOfEach();
    const { articles } = await list("fields=summary&state=scheduled,published");
    for (const article of articles) {
      expect(article).not.toHaveProperty("content_html");
      expect(article).not.toHaveProperty("content_text");
    }
    expect(articles.find(({ title }) => title === "Now")).toMatchObject({ summary: "CARPETS again" });
  });

  test("costs the rows of a page, however many articles there are", async () => {
    await newArticles(slug, 300);
    const costs = await costsOf(() => list("limit=10"));
    expect(costs.kvReads).toBe(0);
    expect(costs.sqlRowsRead).toBeLessThan(40);
  });

  test.each([
    ["state=draft", "state", "must be of published, scheduled, withdrawn"],
    ["fields=all", "fields", "must be one of summary"],
    ["limit=0", "limit", "must be 1 at least"],
    ["limit=51", "limit", "must be 50 at most"],
    ["limit=ten", "limit", "must be a number"],
    [
      "tag=x",
      "tag",
      "is no parameter; there are organization, state, q, language, since, until, fields, limit, cursor",
    ],
    ["cursor=nonsense", "cursor", "is not a valid cursor"],
  ])("rejects %s", async (query, path, message) => {
    const { errors } = await json<ShownProblem>(api("GET", `/articles?organization=${slug}&${query}`), 400);
    expect(errors).toEqual([{ path, message }]);
  });

  test("returns those of all organizations to the operator, by state", async () => {
    const id = await oneOfEach();
    const all = await json<Listed>(api("GET", "/articles?state=withdrawn&fields=summary"), 200);
    expect(all.articles.map((one) => one.id)).toContain(id);
    expect(new Set(all.articles.map(({ state }) => state))).toEqual(new Set(["withdrawn"]));
  });
});

describe("GET /articles/{id}?withdrawn=true", () => {
  test("returns a withdrawn article to who may publish, and it can be put back", async () => {
    const id = await oneOfEach();
    expect((await api("GET", `/articles/${id}`)).status).toBe(410);
    const token = await scopedToken(slug, "read", "publish");
    const article = await json<ShownArticle>(
      api("GET", `/articles/${id}?withdrawn=true`, undefined, { token }),
      200,
    );
    expect(article).toMatchObject({ id, title: "Gone", withdrawn_at: expect.any(String) });
    await json(api("PUT", `/articles/${id}`, article, { token }), 200);
    expect((await api("GET", `/articles/${id}`)).status).toBe(200);
    expect((await list("")).articles.map(({ title }) => title)).toContain("Gone");
  });

  test("is refused to who may only read", async () => {
    const id = await oneOfEach();
    const token = await scopedToken(slug, "read");
    const answer = await api("GET", `/articles/${id}?withdrawn=true`, undefined, { token });
    expect([answer.status, (await answer.json<ShownProblem>()).detail]).toEqual([
      403,
      "This token lacks the scope publish.",
    ]);
  });
});

test.each(["/organizations?page=2", "/me?x=1", "/tokens?limit=5"])(
  "a parameter that there is not is an error: %s",
  async (path) => {
    const { errors } = await json<ShownProblem>(api("GET", path), 400);
    expect(errors?.[0]?.message).toMatch(/^is no parameter/);
  },
);

describe("a plain date of publication", () => {
  test("is known to the day, and pages show no time of it", async () => {
    const body = { organizations: [slug], title: "Plain", published_at: "2025-03-04" };
    const article = await json<ShownArticle>(api("PUT", "/articles/plain", body), 201);
    expect(article).toMatchObject({ published_at: "2025-03-04T00:00:00Z", published_precision: "day" });
    const page = await (await get("/articles/plain")).text();
    expect(page).toContain('<time datetime="2025-03-04">4 March 2025</time>');
    expect((await api("PUT", "/articles/plain", body)).status).toBe(200);
    expect(await json(api("GET", "/articles/plain"), 200)).toEqual(article);
  });

  test("says what is said of it beside it", async () => {
    const body = { organizations: [slug], title: "Plain", published_at: "2025-03-04" };
    const article = await json<ShownArticle>(
      api("POST", "/articles", { ...body, published_precision: "month" }),
      201,
    );
    expect(article.published_precision).toBe("month");
    const exact = await json<ShownArticle>(
      api("POST", "/articles", { ...body, published_at: "2025-03-04T00:00:00Z" }),
      201,
    );
    expect(exact).not.toHaveProperty("published_precision");
  });
});

describe("GET /articles?organization=&since=&until=&language=", () => {
  test("returns the articles of a time, from its beginning to before its end, over pages", async () => {
    for (const day of ["01", "02", "03", "04"])
      await newArticle(slug, { title: day, published_at: `2020-05-${day}T00:00:00Z` });
    expect(await shownIn("since=2020-05-02&until=2020-05-04")).toEqual(["03", "02"]);
    expect(await shownIn("until=2020-05-02T00:00:00Z")).toEqual(["01"]);
    const first = await list("since=2020-05-02&limit=2");
    expect(first.articles.map(({ title }) => title)).toEqual(["04", "03"]);
    const next = await list(`since=2020-05-02&limit=2&cursor=${first.cursor}`);
    expect([next.articles.map(({ title }) => title), next.cursor]).toEqual([["02"], null]);
  });

  test("returns the articles in a language, in one of its region, and in the organization's own", async () => {
    for (const language of ["en-GB", "az", undefined])
      await newArticle(slug, { title: language ?? "own", ...(language ? { language } : {}) });
    expect((await shownIn("language=en")).sort()).toEqual(["en-GB", "own"]);
    expect(await shownIn("language=az")).toEqual(["az"]);
  });

  test("rejects what is no time and no language", async () => {
    for (const wrong of ["since=yesterday", "until=x", "language=!"]) {
      const { errors } = await json<ShownProblem>(api("GET", `/articles?organization=${slug}&${wrong}`), 400);
      expect(errors?.[0]?.path).toBe(wrong.split("=")[0]);
    }
  });
});

describe("GET /organizations/{slug}/articles/counts", () => {
  const counts = (options?: { token: string }) =>
    json(api("GET", `/organizations/${slug}/articles/counts`, undefined, options), 200);

  test("counts articles by state, and the drafts for a token that may publish", async () => {
    expect(await counts()).toEqual({ published: 0, scheduled: 0, withdrawn: 0, drafts: 0 });
    await oneOfEach();
    await json(api("POST", `/organizations/${slug}/drafts`, { title: "Begun" }), 201);
    expect(await counts()).toEqual({ published: 2, scheduled: 1, withdrawn: 1, drafts: 1 });
    const token = await scopedToken(slug, "read");
    expect(await counts({ token })).toEqual({ published: 2, scheduled: 1, withdrawn: 1 });
  });

  test("counts to a hundred, and reads no more rows", async () => {
    await newArticles(slug, 120);
    expect(await counts()).toMatchObject({ published: 100 });
    const { sqlRowsRead } = await costsOf(() => counts());
    expect(sqlRowsRead).toBeLessThanOrEqual(110);
  });
});
