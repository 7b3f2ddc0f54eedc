import { describe, expect, test } from "vitest";
import { plainText } from "../../../../src/feeds/content.ts";
import { dateOf, draftOf } from "../../../../src/intake/upstream/article.ts";
import { decoded } from "../../../../src/intake/upstream/charset.ts";
import { readFeed } from "../../../../src/intake/upstream/feed.ts";
import { rfc3339 } from "../../../../src/model/time.ts";
import { KINDS } from "../../../support/kinds.ts";

describe("a feed of each kind says the same", () => {
  test.each(KINDS)("$name", ({ bytes, contentType, title, text, link, published }) => {
    const feed = readFeed(decoded(bytes, contentType), "https://up.example/feed");
    expect(feed).toMatchObject({ title: "Up" });
    const [item, ...more] = feed?.items ?? [];
    if (!feed || !item) throw new Error("no item");
    expect(more).toEqual([]);
    const draft = draftOf(item, feed, "up.example", plainText);
    const date = dateOf(item);
    expect(draft).toMatchObject({ title, url: link, source: { name: "Up", url: link } });
    expect(plainText(draft?.content_html ?? draft?.content_text ?? "")).toBe(text);
    expect(date && rfc3339(date.ms)).toBe(published);
  });
});
