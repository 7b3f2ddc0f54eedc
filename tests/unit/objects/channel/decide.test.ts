import { describe, expect, test } from "vitest";
import type { Article } from "../../../../src/model/article.ts";
import { decide, type Offer, publishAt, type Seen } from "../../../../src/objects/channel/decide.ts";

const NOW = 1_765_962_660_000;
const LONG_AGO = NOW - 120_000;

const ARTICLE: Article = {
  id: "a1",
  organizations: ["icesco"],
  title: "Opening",
  published_at: "2025-12-17T09:11:00Z",
  updated_at: "2025-12-17T09:11:00Z",
};
const WITHDRAWN: Article = { ...ARTICLE, withdrawn_at: "2025-12-18T00:00:00Z" };
const TO_COME: Article = { ...ARTICLE, published_at: "2025-12-17T09:11:01Z" };
const MOVED: Article = { ...ARTICLE, organizations: ["unesco"] };

const offer = (version: string, article = ARTICLE, from: Offer["from"] = "api"): Offer => ({
  article,
  version,
  from,
});
const seen = (version: string, more: Partial<Seen> = {}): Seen => ({
  version,
  revision: 3,
  live: true,
  changedMs: LONG_AGO,
  ...more,
});
const gone = (version: string, more: Partial<Seen> = {}): Seen => seen(version, { live: false, ...more });

describe("decide", () => {
  test.each<[string, Seen | null, Offer, object]>([
    [
      "never seen is published",
      null,
      offer("v1"),
      { outcome: "announced", type: "article.published", revision: 1, live: true },
    ],
    ["the same again is nothing", seen("v1"), offer("v1"), { outcome: "unchanged" }],
    ["never seen and to come is nothing yet", null, offer("v1", TO_COME), { outcome: "unchanged" }],
    [
      "seen and to come now is withdrawn until then",
      seen("v1"),
      offer("v2", TO_COME),
      { outcome: "announced", type: "article.withdrawn", revision: 4, live: false },
    ],
    [
      "another version is an update",
      seen("v1"),
      offer("v2"),
      { outcome: "announced", type: "article.updated", revision: 4, live: true },
    ],
    [
      "withdrawn",
      seen("v1"),
      offer("v2", WITHDRAWN),
      { outcome: "announced", type: "article.withdrawn", revision: 4, live: false },
    ],
    ["withdrawn again is nothing", gone("v2"), offer("v2", WITHDRAWN), { outcome: "unchanged" }],
    ["withdrawn in other words is nothing", gone("v2"), offer("v3", WITHDRAWN), { outcome: "unchanged" }],
    ["withdrawn before it was ever seen is nothing", null, offer("v2", WITHDRAWN), { outcome: "unchanged" }],
    [
      "moved to another organization is withdrawn here",
      seen("v1"),
      offer("v2", MOVED),
      { outcome: "announced", type: "article.withdrawn", revision: 4, live: false },
    ],
    ["of another organization is nothing here", null, offer("v1", MOVED), { outcome: "unchanged" }],
    [
      "published again after its withdrawal",
      gone("v2"),
      offer("v1"),
      { outcome: "announced", type: "article.published", revision: 4, live: true },
    ],
    [
      "published again just as it was withdrawn",
      gone("v1"),
      offer("v1"),
      { outcome: "announced", type: "article.published", revision: 4, live: true },
    ],
  ])("%s", (_what, known, offered, decision) => {
    expect(decide("icesco", known, offered, NOW)).toEqual(decision);
    expect(decide("icesco", known, { ...offered, from: "sweep" }, NOW)).toEqual(decision);
  });

  test.each<[string, Seen, Offer]>([
    ["an update", seen("v1", { changedMs: NOW - 119_999 }), offer("v2", ARTICLE, "sweep")],
    ["a withdrawal", seen("v1", { changedMs: NOW }), offer("v2", WITHDRAWN, "sweep")],
    ["a republication", gone("v2", { changedMs: NOW - 1 }), offer("v1", ARTICLE, "sweep")],
  ])("%s that KV shows soon after the ledger changed is not believed yet", (_what, known, offered) => {
    expect(decide("icesco", known, offered, NOW)).toEqual({ outcome: "unsettled" });
    expect(decide("icesco", known, offered, known.changedMs + 120_000)).toMatchObject({
      outcome: "announced",
    });
  });

  test("what the API says is believed at once", () => {
    const known = seen("v1", { changedMs: NOW });
    expect(decide("icesco", known, offer("v2"), NOW)).toMatchObject({ type: "article.updated" });
    expect(decide("icesco", known, offer("v2", WITHDRAWN), NOW)).toMatchObject({ type: "article.withdrawn" });
  });

  test("what a sweep finds new, or the same, needs no settling", () => {
    expect(decide("icesco", null, offer("v1", ARTICLE, "sweep"), NOW)).toMatchObject({
      type: "article.published",
    });
    const known = seen("v1", { changedMs: NOW });
    expect(decide("icesco", known, offer("v1", ARTICLE, "sweep"), NOW)).toEqual({ outcome: "unchanged" });
  });
});

describe("publishAt", () => {
  test.each([
    ["a second after a single change", 0, 0, 1_000],
    ["a second after the last of a burst", 0, 2_500, 3_500],
    ["five seconds after the first of one that does not end", 0, 4_000, 5_000],
    ["five seconds after the first, though it goes on", 0, 60_000, 5_000],
  ])("is %s", (_what, firstMs, lastMs, at) => {
    expect(publishAt(NOW + firstMs, NOW + lastMs)).toBe(NOW + at);
  });
});
