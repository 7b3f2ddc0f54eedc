import { describe, expect, test } from "vitest";
import { type Article, ArticleInput, articleFrom, withdrawn } from "../../../src/model/article.ts";
import { OrganizationInput, organizationFrom } from "../../../src/model/organization.ts";
import { parse, parseJson } from "../../../src/model/parse.ts";

const NOW = Date.parse("2025-12-17T09:11:00Z");
const LEAST = { organizations: ["icesco"], title: "Opening" };

/** The fields that the schema holds against an input, with what it says. */
function errorsOf(input: unknown): Record<string, string> {
  const result = parse(ArticleInput, input);
  if (result.ok || result.failure.tag !== "invalid") return {};
  return Object.fromEntries(result.failure.errors.map(({ path, message }) => [path, message]));
}

function fieldsOf(input: Record<string, unknown>) {
  const result = parse(ArticleInput, { ...LEAST, ...input });
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

describe("an article's input", () => {
  test("needs a title", () => {
    expect(errorsOf({})).toEqual({ title: "is required" });
    expect(parse(ArticleInput, LEAST)).toEqual({ ok: true, value: LEAST });
  });

  test("names each organization once", () => {
    expect(fieldsOf({ organizations: ["b", "a", "b"] }).organizations).toEqual(["b", "a"]);
  });

  test("has every bad field named, in its place", () => {
    const bad = {
      organizations: ["icesco", "Bad Slug"],
      title: " ",
      url: "ftp://example.org",
      language: "english language",
      published_at: "30 February",
      attachments: [{ url: "https://example.org/a.pdf", mime_type: "pdf" }],
      authors: [{ name: "A" }, { name: "B", mail: "b@example.org" }],
      colour: "red",
    };
    expect(errorsOf(bad)).toEqual({
      "organizations.1": "must be lower-case letters, digits and single hyphens",
      title: "must not be empty",
      url: "must be an absolute http or https URL",
      language: "must be a language tag (BCP 47), such as en or az-Latn",
      published_at:
        "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)",
      "attachments.0.mime_type": "must be a media type, such as image/jpeg",
      "authors.1.mail": "is not a known field",
      colour: "is not a known field",
    });
  });

  test("has one content", () => {
    expect(errorsOf({ ...LEAST, content_html: "<p>a", content_text: "a" })).toEqual({
      content_text: "give content_html or content_text, not both",
    });
  });

  test.each([
    ["a null", { summary: null }],
    ["a number for a text", { title: 7 }],
    ["a negative size", { attachments: [attachment({ size_in_bytes: -1 })] }],
    ["half a byte", { attachments: [attachment({ size_in_bytes: 0.5 })] }],
    ["a size beyond exact numbers", { attachments: [attachment({ size_in_bytes: 2 ** 53 })] }],
    ["51 tags", { tags: Array(51).fill("a") }],
    ["51 organizations", { organizations: Array.from({ length: 51 }, (_, index) => `o${index}`) }],
    ["no organization", { organizations: [] }],
    ["an unknown precision", { published_precision: "decade" }],
    ["a source without a name", { source: { url: "https://example.org/" } }],
  ])("refuses %s", (_what, input) => {
    expect(parse(ArticleInput, { ...LEAST, ...input }).ok).toBe(false);
  });

  test.each([[[]], ["text"], [null], [7]])("refuses %j", (input) => {
    expect(parse(ArticleInput, input).ok).toBe(false);
  });

  test("takes what was read back, and does not believe it", () => {
    const read = { ...LEAST, updated_at: "whenever", withdrawn_at: 7, page_url: null };
    const article = articleFrom("a1", fieldsOf(read), null, NOW);
    expect(article).toEqual({
      id: "a1",
      ...LEAST,
      published_at: "2025-12-17T09:11:00Z",
      updated_at: "2025-12-17T09:11:00Z",
    });
  });
});

function attachment(more: object): object {
  return { url: "https://example.org/a.pdf", mime_type: "application/pdf", ...more };
}

describe("an article", () => {
  const before: Article = {
    id: "a1",
    ...LEAST,
    published_at: "2024-01-01T00:00:00Z",
    published_precision: "year",
    updated_at: "2024-01-01T00:00:00Z",
  };

  test("keeps its date of publication and its precision when a change gives none", () => {
    expect(articleFrom("a1", fieldsOf({}), before, NOW)).toEqual({
      ...before,
      updated_at: "2025-12-17T09:11:00Z",
    });
  });

  test("loses the old precision when it is given a new date", () => {
    const article = articleFrom("a1", fieldsOf({ published_at: "2025-12-01T10:00:00Z" }), before, NOW);
    expect(article.published_at).toBe("2025-12-01T10:00:00Z");
    expect(article).not.toHaveProperty("published_precision");
  });

  test("says nothing of the precision that goes without saying", () => {
    const exact = fieldsOf({ published_at: "2025-12-01", published_precision: "time" });
    expect(articleFrom("a1", exact, null, NOW)).not.toHaveProperty("published_precision");
  });

  test("that is withdrawn stays as it was, with the time of its withdrawal", () => {
    expect(withdrawn(before, NOW)).toEqual({ ...before, withdrawn_at: "2025-12-17T09:11:00Z" });
  });
});

test("an organization is made of its name alone", () => {
  const input = parse(OrganizationInput, { name: " ICESCO ", slug: "not believed" });
  expect(input.ok && organizationFrom("icesco", input.value)).toEqual({
    slug: "icesco",
    name: "ICESCO",
    description: "",
    language: "en",
    aliases: [],
    sources: [],
  });
});

test("JSON that is none is a failure, not an exception", () => {
  expect(parseJson('{"a":1}')).toEqual({ ok: true, value: { a: 1 } });
  expect(parseJson("{")).toEqual({
    ok: false,
    failure: {
      tag: "malformed",
      detail: "The text is not JSON. Line 1, column 2: Expected property name or '}'.",
    },
  });
});
