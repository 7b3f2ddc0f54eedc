import { describe, expect, test } from "vitest";
import { articleFromRecord, organizationFromRecord } from "../../../src/model/record.ts";

const SEEN = Date.parse("2025-12-17T09:11:00Z");
const LEAST = { organizations: ["icesco"], title: "Opening" };

const article = (fields: object, id = "a1") => articleFromRecord(id, JSON.stringify(fields), SEEN);

const refusal = (path: string, message: string) => ({
  ok: false,
  failure: { tag: "invalid", errors: [{ path, message }] },
});

describe("the record of an article", () => {
  test("by another program may be as short as what the API takes", () => {
    expect(article(LEAST)).toEqual({
      ok: true,
      value: {
        id: "a1",
        ...LEAST,
        published_at: "2025-12-17T09:11:00Z",
        updated_at: "2025-12-17T09:11:00Z",
      },
    });
  });

  test("is dated by its publication where it does not say when it changed", () => {
    expect(article({ ...LEAST, published_at: "2025-01-01" })).toMatchObject({
      value: { published_at: "2025-01-01T00:00:00Z", updated_at: "2025-01-01T00:00:00Z" },
    });
  });

  test("of our own says when it changed and was withdrawn", () => {
    const record = {
      ...LEAST,
      updated_at: "2025-02-01T00:00:00Z",
      withdrawn_at: "2025-03-01T02:00:00+02:00",
    };
    expect(article(record)).toMatchObject({
      value: { updated_at: "2025-02-01T00:00:00Z", withdrawn_at: "2025-03-01T00:00:00Z" },
    });
  });

  test("is not withdrawn by words that are no time", () => {
    expect(article({ ...LEAST, withdrawn_at: "yes" })).not.toHaveProperty("value.withdrawn_at");
  });

  test("may name its id, but no other than its key's", () => {
    expect(article({ ...LEAST, id: "a1" })).toMatchObject({ ok: true });
    expect(article({ ...LEAST, id: "a2" })).toEqual(refusal("id", "is not the id in the key"));
  });

  test("must stand at a key that is an id", () => {
    expect(article(LEAST, "a b")).toEqual(refusal("id", "the key is no article id"));
    expect(article(LEAST, "")).toEqual(refusal("id", "the key is no article id"));
  });

  test.each(["", "null", "[]", "{", '"text"', "\u0000"])("is refused when it is %j", (text) => {
    expect(articleFromRecord("a1", text, SEEN).ok).toBe(false);
  });
});

describe("the record of an organization", () => {
  test("needs a name", () => {
    expect(organizationFromRecord("icesco", '{"name":"ICESCO"}')).toMatchObject({
      ok: true,
      value: { slug: "icesco", name: "ICESCO", language: "en" },
    });
    expect(organizationFromRecord("icesco", "{}")).toEqual(refusal("name", "is required"));
  });

  test("must stand at a key that is a usable slug", () => {
    expect(organizationFromRecord("api", '{"name":"API"}')).toEqual(
      refusal("slug", "the key is no usable slug"),
    );
  });

  test("that is no JSON is malformed", () => {
    expect(organizationFromRecord("icesco", "ICESCO")).toMatchObject({ failure: { tag: "malformed" } });
  });
});
