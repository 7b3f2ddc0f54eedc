import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Article } from "../../../src/model/article.ts";
import { articleVersion, base32, canonicalJson, digest, randomId } from "../../../src/model/digest.ts";
import { eventId, formerEventId } from "../../../src/model/event.ts";

const ARTICLE: Article = {
  id: "a1",
  organizations: ["icesco", "unesco"],
  title: "Opening",
  authors: [{ name: "A", url: "https://example.org/" }],
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};

describe("an article's version", () => {
  const version = articleVersion(ARTICLE);

  test("is the same for the same content, however its fields are ordered", async () => {
    const turned = Object.fromEntries(Object.entries(ARTICLE).reverse()) as unknown as Article;
    const authors = [{ url: "https://example.org/", name: "A" }];
    expect(await articleVersion({ ...turned, authors })).toBe(await version);
  });

  test("does not know when it was accepted or withdrawn", async () => {
    expect(await articleVersion({ ...ARTICLE, updated_at: "2026-01-01T00:00:00Z" })).toBe(await version);
    const [monday, tuesday] = await Promise.all([
      articleVersion({ ...ARTICLE, withdrawn_at: "2026-01-05T00:00:00Z" }),
      articleVersion({ ...ARTICLE, withdrawn_at: "2026-01-06T00:00:00Z" }),
    ]);
    expect(monday).toBe(tuesday);
  });

  test.each([
    ["title", { title: "Closing" }],
    ["organizations", { organizations: ["icesco"] }],
    ["an author's name", { authors: [{ name: "B", url: "https://example.org/" }] }],
    ["the date of publication", { published_at: "2025-12-17T09:12:00Z" }],
    ["a field more", { summary: "" }],
    ["withdrawal", { withdrawn_at: "2026-01-05T00:00:00Z" }],
  ])("is another when it changes in %s", async (_what, change) => {
    expect(await articleVersion({ ...ARTICLE, ...change })).not.toBe(await version);
  });
});

describe("canonical JSON", () => {
  test("is one text for equal values", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }], a: "é" })).toBe('{"a":"é","b":[{"c":null,"d":1}]}');
  });

  test("says all that JSON says", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(plain);
        expect(canonicalJson(plain)).toBe(canonicalJson(value));
      }),
    );
  });
});

describe("base 32", () => {
  test("is written in Crockford's letters, five bits each", () => {
    expect(base32(new Uint8Array([0, 0x44, 0x32, 0x14, 0xc7]), 26)).toBe("01234567");
    expect(base32(new Uint8Array([255, 0, 1]), 26)).toBe("zw00");
    expect(base32(new Uint8Array(100), 26)).toBe("0".repeat(26));
  });

  test("reads as the number that the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 5, maxLength: 40 }), (bytes) => {
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 5));
        const value = [...base32(whole, 100)].reduce(
          (sum, letter) => sum * 32n + BigInt("0123456789abcdefghjkmnpqrstvwxyz".indexOf(letter)),
          0n,
        );
        expect(value).toBe(BigInt(`0x${Buffer.from(whole).toString("hex")}`));
      }),
    );
  });
});

test("a digest is the beginning of SHA-256, and depends on every part", async () => {
  // printf a | sha256sum: ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb
  expect(await digest("a")).toBe("sabr24pa3eywnyp266ssm8yw9p");
  expect(await digest("a", "b")).not.toBe(await digest("b", "a"));
  expect(await digest("a", 1)).toBe(await digest("a", "1"));
});

test("an event's id never changes: receivers know the event by it", async () => {
  expect(await eventId("icesco", "art_1", 1)).toBe("evt_4vn6nt9td8pfjjph0vdts5kjfx");
  expect(await formerEventId("icesco", "art_1", 1, "end_1")).toBe("evt_y44gbmrbfaqfx47dsbvtdkknj9");
});

test("an event's id is another for each organization, article and revision", async () => {
  const ids = await Promise.all([
    eventId("icesco", "art_1", 1),
    eventId("unesco", "art_1", 1),
    eventId("icesco", "art_2", 1),
    eventId("icesco", "art_1", 2),
    formerEventId("icesco", "art_1", 1, "end_1"),
    formerEventId("icesco", "art_1", 1, "end_2"),
  ]);
  expect(new Set(ids).size).toBe(6);
});

test("a random id has its prefix and 26 letters, and is drawn anew each time", () => {
  expect(randomId("art_")).toMatch(/^art_[0-9a-hjkmnp-tv-z]{26}$/);
  expect(new Set(Array.from({ length: 1_000 }, () => randomId(""))).size).toBe(1_000);
});
