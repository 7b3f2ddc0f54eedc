import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { stopClock } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import { api, fresh, json, newOrganization, type ShownProblem } from "../../support/service.ts";

let slug: string;

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
});

/** The errors of an article that is right but for these fields. */
async function errorsOf(fields: Record<string, unknown>) {
  const body = { organizations: [slug], title: "News", ...fields };
  return (await json<ShownProblem>(api("POST", "/articles", body), 422)).errors;
}

const URL_WANTED = "must be an absolute http or https URL";
const DATE_WANTED =
  "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)";
const LANGUAGE_WANTED = "must be a language tag (BCP 47), such as en or az-Latn";

describe("dates", () => {
  test.each([
    "yesterday",
    "",
    "2025-12-17T13:11:00",
    "2025-12-17 13:11",
    "2025-02-30",
    "2025-02-29T00:00:00Z",
    "2025-13-01",
    "2025-12-17T24:30:00Z",
    "17 Dec 2025 09:11:00 GMT",
    "+012025-12-17T00:00:00Z",
  ])("rejects %j", async (published_at) => {
    expect(await errorsOf({ published_at })).toEqual([{ path: "published_at", message: DATE_WANTED }]);
  });

  test("rejects a number", async () => {
    expect(await errorsOf({ published_at: 1_766_000_000 })).toMatchObject([{ path: "published_at" }]);
  });

  test("accepts five values of published_precision", async () => {
    expect(await errorsOf({ published_precision: "hour" })).toMatchObject([{ path: "published_precision" }]);
  });
});

describe("addresses", () => {
  test.each([
    "example.org",
    "/relative",
    "//example.org/",
    "javascript:alert(1)",
    "data:text/plain,x",
    "ftp://example.org/",
    "http://",
    "https://exa mple.org/",
    "http:example.org",
    "",
  ])("rejects %j", async (url) => {
    expect(await errorsOf({ url })).toEqual([{ path: "url", message: URL_WANTED }]);
  });

  test("are checked in every field", async () => {
    const bad = "javascript:alert(1)";
    const errors = await errorsOf({
      image: bad,
      authors: [{ name: "A" }, { name: "B", url: bad }],
      attachments: [{ url: bad, mime_type: "image/png" }],
      source: { name: "S", url: bad },
    });
    expect(errors).toEqual(
      ["authors.1.url", "image", "attachments.0.url", "source.url"].map((path) => ({
        path,
        message: URL_WANTED,
      })),
    );
  });

  test("have at most 2,000 characters", async () => {
    const url = `https://example.org/${"a".repeat(2000)}`;
    expect(await errorsOf({ url })).toMatchObject([{ path: "url" }]);
  });
});

test.each(["english!", "e", "en_GB", "", "en-", "123"])("rejects the language %j", async (language) => {
  expect(await errorsOf({ language })).toEqual([{ path: "language", message: LANGUAGE_WANTED }]);
});

describe("texts", () => {
  test("rejects a title of more than 500 characters", async () => {
    const body = { organizations: [slug], title: "t".repeat(500) };
    await json(api("POST", "/articles", body), 201);
    expect(await errorsOf({ title: "t".repeat(501) })).toMatchObject([{ path: "title" }]);
  });

  test.each(["", "   ", "\n\t", "\u0000\u0007\uFFFF"])("rejects the empty title %j", async (title) => {
    expect(await errorsOf({ title })).toEqual([{ path: "title", message: "must not be empty" }]);
  });

  test("rejects a summary over 5,000 characters, a tag over 100 and a name over 200", async () => {
    const errors = await errorsOf({
      summary: "s".repeat(5001),
      tags: ["fine", "t".repeat(101)],
      authors: [{ name: "n".repeat(201) }],
    });
    expect(errors?.map((error) => error.path)).toEqual(["summary", "authors.0.name", "tags.1"]);
  });

  test("rejects HTML and text content together", async () => {
    expect(await errorsOf({ content_html: "<p>A</p>", content_text: "A" })).toEqual([
      { path: "content_text", message: "give content_html or content_text, not both" },
    ]);
  });

  test("rejects content that cannot be rendered, with the reason", async () => {
    const body = { organizations: [slug], title: "Deep", content_html: "<div>".repeat(1000) };
    const refused = await json<ShownProblem>(api("POST", "/articles", body), 422);
    expect(refused.type).toBe("urn:communique:problem:unrenderable");
    expect(refused.detail).toContain("more than 256 deep");
  });
});

describe("the whole article", () => {
  test("names every invalid field", async () => {
    const errors = await json<ShownProblem>(
      api("POST", "/articles", {
        organizations: [],
        url: "nowhere",
        language: "??",
        attachments: [{ url: "https://example.org/", mime_type: "picture", size_in_bytes: -1 }],
        published_at: "soon",
      }),
      422,
    );
    expect(errors.errors?.map((error) => error.path)).toEqual([
      "organizations",
      "url",
      "language",
      "attachments.0.mime_type",
      "attachments.0.size_in_bytes",
      "published_at",
      "title",
    ]);
    expect(errors.detail).toBe(
      "Invalid fields: organizations, url, language, attachments.0.mime_type, attachments.0.size_in_bytes, published_at, title.",
    );
  });

  test("names unknown fields", async () => {
    expect(await errorsOf({ colour: "red", authors: [{ name: "A", email: "a@example.org" }] })).toEqual([
      { path: "authors.0.email", message: "is not a known field" },
      { path: "colour", message: "is not a known field" },
    ]);
  });

  test("makes a title of the first words of an article without one", async () => {
    const slug = await newOrganization();
    const content_text = "The reading room is closed on Monday. It opens again on Tuesday.";
    const made = await json<{ title: string }>(
      api("POST", "/articles", { organizations: [slug], content_text }),
      201,
    );
    expect(made.title).toBe("The reading room is closed on Monday");
  });

  test("names a missing field", async () => {
    expect((await json<ShownProblem>(api("POST", "/articles", {}), 422)).errors).toEqual([
      { path: "title", message: "is required" },
    ]);
  });

  test.each([[[]], ["text"], [7], [null], [true]])("rejects %j as an article", async (body) => {
    const refused = await json<ShownProblem>(api("POST", "/articles", body), 422);
    expect(refused.errors?.length).toBeGreaterThan(0);
  });

  test("changes no record and no feed when it rejects an article", async () => {
    const [own, id] = [await newOrganization(), fresh("refused")];
    const bad = { organizations: [own], title: "Half", url: "nowhere" };
    expect((await api("PUT", `/articles/${id}`, bad)).status).toBe(422);
    expect(await env.RECORDS.get(`article:${id}`)).toBeNull();
    expect(await titlesInFeed(own)).toEqual([]);
  });

  test("keeps the former article when it rejects a new one", async () => {
    const [own, id] = [await newOrganization(), fresh("kept")];
    await json(api("PUT", `/articles/${id}`, { organizations: [own], title: "Kept" }), 201);
    expect((await api("PUT", `/articles/${id}`, { organizations: [own], title: "" })).status).toBe(422);
    expect(await json(api("GET", `/articles/${id}`), 200)).toMatchObject({ title: "Kept" });
    expect(await titlesInFeed(own)).toEqual(["Kept"]);
  });
});
