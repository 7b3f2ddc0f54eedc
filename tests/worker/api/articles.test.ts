import { beforeAll, describe, expect, test } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { publish } from "../../support/objects.ts";
import {
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  type ShownArticle,
  type ShownProblem,
} from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

const put = (id: string, fields: Record<string, unknown>) => api("PUT", `/articles/${id}`, fields);

/** The bytes of an organization's three feeds, once it has published. */
async function feedsOf(slug: string): Promise<string[]> {
  await publish(slug);
  return Promise.all(
    ["rss", "atom", "json"].map(async (name) => (await get(`/${slug}/feed.${name}`)).text()),
  );
}

describe("POST /articles", () => {
  test("publishes a new article and returns 201 with its address", async () => {
    const slug = await newOrganization();
    const response = await api("POST", "/articles", { organizations: [slug], title: "One" });
    expect(response.status).toBe(201);
    const article = await response.json<ShownArticle>();
    expect(article.id).toMatch(/^art_[0-9a-z]{26}$/);
    expect(response.headers.get("location")).toBe(`/api/v1/articles/${article.id}`);
    expect(article).toEqual({
      id: article.id,
      organizations: [slug],
      title: "One",
      published_at: article.updated_at,
      updated_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      page_url: `https://news.example/articles/${article.id}`,
    });
    expect(await json(api("GET", `/articles/${article.id}`), 200)).toEqual(article);
    expect(await titlesInFeed(slug)).toEqual(["One"]);
  });

  test("keeps every field", async () => {
    const slug = await newOrganization();
    const fields = {
      title: "All of it",
      url: "https://example.org/all",
      summary: "Short.",
      content_html: "<p>Long.</p>",
      language: "ar",
      authors: [{ name: "A. Author", url: "https://example.org/a" }, { name: "B. Author" }],
      tags: ["one", "two"],
      image: "https://example.org/i.png",
      attachments: [
        { url: "https://example.org/a.mp3", mime_type: "audio/mpeg", size_in_bytes: 7, title: "Hear" },
      ],
      published_at: "2025-12-17T13:11:00+04:00",
      published_precision: "day",
      source: { name: "A newspaper", url: "https://paper.example/" },
    };
    const article = await newArticle(slug, fields);
    expect(article).toMatchObject({ ...fields, published_at: "2025-12-17T09:11:00Z" });
    expect(await json(api("GET", `/articles/${article.id}`), 200)).toEqual(article);
  });

  test("accepts an id chosen by the publisher", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    expect(await newArticle(slug, { id })).toMatchObject({ id });
  });

  test("removes duplicate organizations", async () => {
    const slug = await newOrganization();
    expect(await newArticle([slug, slug])).toMatchObject({ organizations: [slug] });
    expect(await titlesInFeed(slug)).toEqual(["News"]);
  });

  test("adds the article to the feed of each of its organizations", async () => {
    const slugs = [await newOrganization(), await newOrganization(), await newOrganization()];
    await newArticle(slugs.slice(0, 2), { title: "Joint" });
    const titles = [];
    for (const slug of slugs) titles.push(await titlesInFeed(slug));
    expect(titles).toEqual([["Joint"], ["Joint"], []]);
  });

  test("rejects an unknown organization, names its index and stores nothing", async () => {
    const [slug, unknown, id] = [await newOrganization(), fresh("nobody"), fresh("release")];
    const organizations = [slug, unknown];
    const refused = await json<ShownProblem>(
      api("POST", "/articles", { id, organizations, title: "One" }),
      422,
    );
    expect(refused.errors).toEqual([
      { path: "organizations.1", message: `there is no organization ${unknown}` },
    ]);
    expect((await api("GET", `/articles/${id}`)).status).toBe(404);
    expect(await titlesInFeed(slug)).toEqual([]);
  });
});

describe("PUT /articles/{id}", () => {
  test("creates an article with 201, and replaces it with 200 without the omitted fields", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const created = await put(id, { organizations: [slug], title: "One", summary: "S" });
    expect([created.status, created.headers.get("location")]).toEqual([201, `/api/v1/articles/${id}`]);
    expect(await titlesInFeed(slug)).toEqual(["One"]);
    const replaced = await put(id, { organizations: [slug], title: "Two" });
    expect([replaced.status, replaced.headers.get("location")]).toEqual([200, null]);
    expect(await replaced.json()).not.toHaveProperty("summary");
    expect(await titlesInFeed(slug)).toEqual(["Two"]);
  });

  test("changes neither times nor feeds when the content is the same", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const fields = { organizations: [slug], title: "One", tags: ["a"] };
    const first = await json(put(id, fields), 201);
    const feeds = await feedsOf(slug);
    wait(60_000);
    expect(await json(put(id, fields), 200)).toEqual(first);
    expect(await feedsOf(slug)).toEqual(feeds);
  });

  test("sets a new updated_at and keeps published_at when the content changes", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const first = await json<ShownArticle>(put(id, { organizations: [slug], title: "One" }), 201);
    wait(60_000);
    const second = await json<ShownArticle>(put(id, { organizations: [slug], title: "Two" }), 200);
    expect(second.published_at).toBe(first.published_at);
    expect(Date.parse(second.updated_at)).toBe(Date.parse(first.updated_at) + 60_000);
  });

  test("accepts an article as it was returned, without a change", async () => {
    const article = await newArticle(await newOrganization(), { content_text: "Text" });
    const read = await json<Record<string, unknown>>(api("GET", `/articles/${article.id}`), 200);
    expect(await json(put(article.id, read), 200)).toEqual(article);
  });

  test("ignores read-only fields", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const claims = {
      updated_at: "1999-01-01",
      withdrawn_at: "1999-01-01",
      page_url: "https://evil.example/",
    };
    const article = await json(put(id, { organizations: [slug], title: "One", ...claims }), 201);
    expect(article).toMatchObject({
      updated_at: expect.stringMatching(/^20[2-9]/),
      page_url: `https://news.example/articles/${id}`,
    });
    expect(article).not.toHaveProperty("withdrawn_at");
  });

  test("removes an article from the feed of an organization that it leaves", async () => {
    const [from, to, id] = [await newOrganization(), await newOrganization(), fresh("release")];
    await json(put(id, { organizations: [from], title: "Moved" }), 201);
    expect(await titlesInFeed(from)).toEqual(["Moved"]);
    await json(put(id, { organizations: [to], title: "Moved" }), 200);
    expect([await titlesInFeed(from), await titlesInFeed(to)]).toEqual([[], ["Moved"]]);
  });

  test.each([
    ["-a", "must be letters, digits, hyphens and underscores"],
    ["a.b", "must be letters, digits, hyphens and underscores"],
    ["a%2Fb", "must be letters, digits, hyphens and underscores"],
  ])("rejects the id %s", async (id, message) => {
    const refused = await json<ShownProblem>(put(id, { organizations: ["any"], title: "One" }), 422);
    expect(refused.errors).toEqual([{ path: "id", message }]);
  });

  test("rejects an id in the body that differs from the id in the path", async () => {
    const refused = await json<ShownProblem>(
      put("one", { id: "two", organizations: ["any"], title: "T" }),
      422,
    );
    expect(refused.errors).toEqual([{ path: "id", message: "is not the id in the address" }]);
  });
});

describe("DELETE /articles/{id}", () => {
  test("withdraws an article with 204, also the second time, and removes it from the feeds", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug, { title: "Mistaken" });
    expect(await titlesInFeed(slug)).toEqual(["Mistaken"]);
    expect((await api("DELETE", `/articles/${id}`)).status).toBe(204);
    expect((await api("DELETE", `/articles/${id}`)).status).toBe(204);
    const gone = await json<ShownProblem>(api("GET", `/articles/${id}`), 410);
    expect(gone.type).toBe("urn:communique:problem:gone");
    expect((await get(`/articles/${id}`)).status).toBe(410);
    expect(await titlesInFeed(slug)).toEqual([]);
  });

  test("changes no feed the second time", async () => {
    const slug = await newOrganization();
    const { id } = await newArticle(slug);
    await api("DELETE", `/articles/${id}`);
    const feeds = await feedsOf(slug);
    wait(60_000);
    await api("DELETE", `/articles/${id}`);
    expect(await feedsOf(slug)).toEqual(feeds);
  });

  test("lets PUT publish the article again", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const fields = { organizations: [slug], title: "Back" };
    await json(put(id, fields), 201);
    await api("DELETE", `/articles/${id}`);
    expect(await titlesInFeed(slug)).toEqual([]);
    await json(put(id, fields), 200);
    expect(await titlesInFeed(slug)).toEqual(["Back"]);
    expect(await json(api("GET", `/articles/${id}`), 200)).not.toHaveProperty("withdrawn_at");
    expect((await get(`/articles/${id}`)).status).toBe(200);
  });

  test("returns 404 for an id that never existed", async () => {
    expect((await api("DELETE", `/articles/${fresh("nothing")}`)).status).toBe(404);
  });
});
