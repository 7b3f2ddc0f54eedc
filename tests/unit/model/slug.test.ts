import { expect, test } from "vitest";
import { parse } from "../../../src/model/parse.ts";
import { articleId, RESERVED_SLUGS, slug } from "../../../src/model/slug.ts";

test.each(["icesco", "a", "0", "un-women", "a1-b2-c3", "a".repeat(64)])("%s can be a slug", (text) => {
  expect(parse(slug, text)).toEqual({ ok: true, value: text });
});

test.each([
  ["", "must be lower-case letters, digits and single hyphens"],
  ["Icesco", "must be lower-case letters, digits and single hyphens"],
  ["a--b", "must be lower-case letters, digits and single hyphens"],
  ["-a", "must be lower-case letters, digits and single hyphens"],
  ["a-", "must be lower-case letters, digits and single hyphens"],
  ["a_b", "must be lower-case letters, digits and single hyphens"],
  ["a/b", "must be lower-case letters, digits and single hyphens"],
  ["a\n", "must be lower-case letters, digits and single hyphens"],
  ["é", "must be lower-case letters, digits and single hyphens"],
  ["api", "is a reserved word"],
  ["articles", "is a reserved word"],
  ["hub", "is a reserved word"],
])("%j cannot be a slug: %s", (text, message) => {
  expect(parse(slug, text)).toEqual({
    ok: false,
    failure: { tag: "invalid", errors: [{ path: "", message }] },
  });
});

test("a slug has at most 64 characters", () => {
  expect(parse(slug, "a".repeat(65)).ok).toBe(false);
});

test("every reserved word would be a slug otherwise", () => {
  for (const word of RESERVED_SLUGS) expect(word).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
});

test.each(["art_01", "A", "2025-12-17_x", "a".repeat(100)])("%s can be an article's id", (text) => {
  expect(parse(articleId, text)).toEqual({ ok: true, value: text });
});

test.each(["", "_a", "-a", "a b", "a/b", "a.b", "a:b", "é", "a\n", "a".repeat(101)])(
  "%j cannot be an article's id",
  (text) => {
    expect(parse(articleId, text).ok).toBe(false);
  },
);
