import { parseAtomFeed, parseJsonFeed, parseRssFeed } from "feedsmith";
import { beforeAll, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { stopClock } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { publish } from "../../support/objects.ts";
import {
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  publishIndex,
  type ShownProblem,
} from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

const put = (slug: string, fields: Record<string, unknown>) => api("PUT", `/organizations/${slug}`, fields);

/** The errors that come of putting an organization. */
async function errorsOf(slug: string, fields: Record<string, unknown>) {
  return (await json<ShownProblem>(put(slug, fields), 422)).errors;
}

describe("PUT /organizations/{slug}", () => {
  test("creates an organization with 201 and default values", async () => {
    const slug = fresh("org");
    expect(await json(put(slug, { name: "Acme" }), 201)).toEqual({
      slug,
      name: "Acme",
      description: "",
      language: "en",
      aliases: [],
      sources: [],
    });
  });

  test("keeps every field, with canonical languages and addresses", async () => {
    const slug = fresh("org");
    const fields = {
      name: " Islamic  World\nEducational Organization ",
      description: "First line.\r\nSecond line.",
      homepage: "HTTPS://Example.org",
      language: "az-latn",
      aliases: ["ICESCO", "ISESCO"],
      logo: "https://example.org/logo.png",
      sources: ["https://example.org/feed.xml"],
    };
    await json(put(slug, fields), 201);
    expect(await json(api("GET", `/organizations/${slug}`), 200)).toEqual({
      ...fields,
      slug,
      name: "Islamic World Educational Organization",
      description: "First line.\nSecond line.",
      homepage: "https://example.org/",
      language: "az-Latn",
    });
  });

  test("replaces an organization with 200, without the omitted fields", async () => {
    const slug = await newOrganization({ name: "Old", homepage: "https://example.org/" });
    const replaced = await json<object>(put(slug, { name: "New" }), 200);
    expect(replaced).toMatchObject({ slug, name: "New" });
    expect(replaced).not.toHaveProperty("homepage");
  });

  test("accepts an organization as it was returned", async () => {
    const slug = await newOrganization();
    const read = await json<Record<string, unknown>>(api("GET", `/organizations/${slug}`), 200);
    expect(await json(put(slug, read), 200)).toEqual(read);
  });

  test("updates the feeds with a new name and description", async () => {
    const slug = await newOrganization({ name: "Old" });
    await json(put(slug, { name: "New & better" }), 200);
    await publish(slug);
    expect(parseRssFeed(await (await get(`/${slug}/feed.rss`)).text()).title).toBe("New & better");
  });

  test.each(["api", "hub", "articles", "feed", "health", "cdn-cgi", "favicon"])(
    "rejects the reserved slug %s",
    async (slug) => {
      expect(await errorsOf(slug, { name: "Acme" })).toEqual([
        { path: "slug", message: "is a reserved word" },
      ]);
    },
  );

  test.each(["Acme", "a_b", "a--b", "-a", "a-", "%C3%A9", "a.b", "a%20b"])(
    "rejects the slug %s",
    async (slug) => {
      const message = "must be lower-case letters, digits and single hyphens";
      expect(await errorsOf(slug, { name: "Acme" })).toEqual([{ path: "slug", message }]);
    },
  );

  test("rejects a slug of more than 64 characters", async () => {
    await json(put(fresh("a".repeat(55)), { name: "Acme" }), 201);
    expect(await errorsOf("a".repeat(65), { name: "Acme" })).toMatchObject([{ path: "slug" }]);
  });

  test("names every invalid field with its path", async () => {
    const errors = await errorsOf(fresh("org"), {
      description: 5,
      homepage: "example.org",
      language: "not a language",
      aliases: ["fine", " "],
      sources: ["ftp://example.org/"],
      colour: "red",
    });
    expect(errors).toEqual([
      { path: "name", message: "is required" },
      { path: "description", message: expect.stringContaining("string") },
      { path: "homepage", message: "must be an absolute http or https URL" },
      { path: "language", message: "must be a language tag (BCP 47), such as en or az-Latn" },
      { path: "aliases.1", message: "must not be empty" },
      { path: "sources.0", message: "must be an absolute http or https URL" },
      { path: "colour", message: "is not a known field" },
    ]);
  });

  test("creates nothing when it rejects an organization", async () => {
    const slug = fresh("org");
    await errorsOf(slug, {});
    expect((await api("GET", `/organizations/${slug}`)).status).toBe(404);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(404);
  });
});

describe("a new organization", () => {
  test("has valid, empty feeds at once, before any alarm", async () => {
    const slug = await newOrganization({ name: "Acme" });
    const rss = parseRssFeed(await (await get(`/${slug}/feed.rss`)).text());
    expect(rss).toMatchObject({ title: "Acme", link: `https://news.example/${slug}` });
    expect(rss.items ?? []).toEqual([]);
    const atom = parseAtomFeed(await (await get(`/${slug}/feed.atom`)).text());
    expect(atom).toMatchObject({ id: `tag:communique.example,2025:organization/${slug}` });
    expect(atom.entries ?? []).toEqual([]);
    const text = await (await get(`/${slug}/feed.json`)).text();
    expect(parseJsonFeed(text)).toMatchObject({ title: "Acme", description: "News of Acme" });
    expect(JSON.parse(text)).toMatchObject({ version: "https://jsonfeed.org/version/1.1", items: [] });
  });
});

describe("GET /organizations", () => {
  test("lists all organizations by slug, page by page", async () => {
    const slugs = Array.from({ length: LIMITS.PAGE_ITEMS + 5 }, () => fresh("listed"));
    for (const slug of slugs) await json(put(slug, { name: "Acme" }), 201);
    const listed: string[] = [];
    let cursor: string | null = "";
    for (let page = 0; cursor !== null && page < 10; page++) {
      const path: string = `/organizations?cursor=${encodeURIComponent(cursor)}`;
      const answer: { organizations: { slug: string }[]; cursor: string | null } = await json(
        api("GET", path),
        200,
      );
      expect(answer.organizations.length).toBeLessThanOrEqual(50);
      listed.push(...answer.organizations.map((organization) => organization.slug));
      cursor = answer.cursor;
    }
    expect(listed).toEqual([...new Set(listed)].sort());
    expect(listed.filter((slug) => slug.startsWith("listed"))).toEqual(slugs.toSorted());
  });
});

describe("DELETE /organizations/{slug}", () => {
  test("deletes the organization with its feeds, page and publishing rights, then returns 410 at their addresses", async () => {
    const slug = await newOrganization();
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect((await api("GET", `/organizations/${slug}`)).status).toBe(404);
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(404);
    for (const path of ["feed.rss", "feed.atom", "feed.json"]) {
      expect((await get(`/${slug}/${path}`)).status).toBe(410);
    }
    expect((await get(`/${slug}`)).status).toBe(410);
    const refused = await json<ShownProblem>(
      api("POST", "/articles", { organizations: [slug], title: "Late" }),
      422,
    );
    expect(refused.errors).toEqual([
      { path: "organizations.0", message: `there is no organization ${slug}` },
    ]);
  });

  test("removes it from the lists", async () => {
    const slug = await newOrganization({ name: "Leaving Ltd" });
    await publishIndex();
    expect(await (await get("/")).text()).toContain("Leaving Ltd");
    await api("DELETE", `/organizations/${slug}`);
    await publishIndex();
    expect(await (await get("/")).text()).not.toContain("Leaving Ltd");
  });

  test("keeps a shared article in the other organization's feed", async () => {
    const [leaving, staying] = [await newOrganization(), await newOrganization()];
    await newArticle([leaving, staying], { title: "Shared" });
    await publish(leaving);
    await api("DELETE", `/organizations/${leaving}`);
    expect(await titlesInFeed(staying)).toEqual(["Shared"]);
  });

  test("restores the articles in the feeds when it is created again", async () => {
    const slug = await newOrganization({ name: "Acme" });
    await newArticle(slug, { title: "Kept" });
    expect(await titlesInFeed(slug)).toEqual(["Kept"]);
    await api("DELETE", `/organizations/${slug}`);
    await json(put(slug, { name: "Acme" }), 201);
    expect(await titlesInFeed(slug)).toEqual(["Kept"]);
  });
});
