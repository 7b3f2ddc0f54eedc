import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainText } from "../../../../src/feeds/content.ts";
import { readFeed } from "../../../../src/intake/upstream/feed.ts";
import type { UpstreamFeed } from "../../../../src/intake/upstream/item.ts";
import { type Candidate, candidatesOf, newsIn } from "../../../../src/intake/upstream/news.ts";
import type { Site } from "../../../../src/model/site.ts";

const SITE: Site = { publicUrl: "https://news.example", tagAuthority: "communique.example,2025" };

interface Said {
  id?: string;
  url?: string;
  title?: string;
  content_text?: string;
  date_published?: string;
}

/** The candidates in a JSON feed of some items. */
async function candidates(...items: Said[]): Promise<Candidate[]> {
  const text = JSON.stringify({
    version: "https://jsonfeed.org/version/1.1",
    title: "Up",
    home_page_url: "https://up.example/",
    items,
  });
  const feed = readFeed(text, "https://up.example/feed.json") as UpstreamFeed;
  return candidatesOf(feed, "up.example", SITE, plainText);
}

/** What is news in a feed after another one, by titles. */
async function news(before: Said[], after: Said[]) {
  const { fresh, changed, standing } = newsIn(await candidates(...after), await candidates(...before));
  return {
    fresh: fresh.map(({ draft }) => draft.title),
    changed: changed.map(({ candidate }) => candidate.draft.title),
    standing: standing.length,
  };
}

const item = (name: string, more: Partial<Said> = {}): Said => ({
  id: name,
  url: `https://up.example/${name}`,
  title: name,
  content_text: `Words of ${name}`,
  ...more,
});

describe("an item is one that was seen", () => {
  test("by its id, whatever else changes", async () => {
    const after = item("a", { url: "https://up.example/x", title: "x", content_text: "x" });
    expect(await news([item("a")], [after])).toEqual({ fresh: [], changed: ["x"], standing: 1 });
  });

  test("by its link, when its id changes; the way there and the part of the page make no other page", async () => {
    const after = item("a", {
      id: "new",
      title: "x",
      content_text: "x",
      url: "http://www.up.example/a/?utm_medium=feed#part",
    });
    expect(await news([item("a")], [after])).toMatchObject({ fresh: [], changed: ["x"] });
  });

  test("by its words and date, when both change", async () => {
    const after = item("a", { id: "new", url: "https://other.example/" });
    expect(await news([item("a")], [after])).toMatchObject({ fresh: [], changed: ["a"] });
    const dated = { ...after, date_published: "2030-01-01T00:00:00Z" };
    expect(await news([item("a")], [dated])).toMatchObject({ fresh: ["a"], changed: [] });
  });

  test("and is no other that stands in the feed besides", async () => {
    const twin = item("a", { id: "twin", url: "https://up.example/twin" });
    expect(await news([item("a")], [item("a"), twin])).toEqual({ fresh: [], changed: [], standing: 1 });
  });
});

describe("an item is none that was seen", () => {
  test("when only its words of next to nothing are alike", async () => {
    const bare = (name: string): Said => ({ id: name, url: `https://up.example/${name}`, title: "Untitled" });
    expect(await news([bare("a")], [bare("b")])).toMatchObject({ fresh: ["Untitled"] });
  });

  test("when its link is that of the whole feed, or of all items", async () => {
    const home = (name: string) => item(name, { url: "https://up.example/" });
    expect(await news([home("a")], [home("b"), home("c")])).toMatchObject({ fresh: ["b", "c"] });
    const all = (name: string) => item(name, { url: "https://up.example/log" });
    expect(await news([all("a"), all("b")], [all("c"), all("d")])).toMatchObject({ fresh: ["c", "d"] });
  });
});

test("what stands twice in one feed is one item", async () => {
  const same = [
    item("a"),
    item("a"),
    item("a", { id: "b", url: "https://up.example/a?fbclid=1" }),
    item("c", { title: "a", content_text: "Words of a" }),
  ];
  expect(await news([], same)).toMatchObject({ fresh: ["a"] });
});

test("ids that are not one item's are not believed", async () => {
  const items = ["a", "b", "c"].map((name) => item(name, { id: "1" }));
  expect(await news([], items)).toMatchObject({ fresh: ["a", "b", "c"] });
  expect(await news(items, [item("d", { id: "1" }), ...items])).toEqual({
    fresh: ["d"],
    changed: [],
    standing: 3,
  });
});

test("a new date alone is no change", async () => {
  const dated = (date_published: string) => item("a", { date_published });
  expect(await news([dated("2030-01-01")], [dated("2030-02-02")])).toEqual({
    fresh: [],
    changed: [],
    standing: 1,
  });
});

test("what came from this service is left out", async () => {
  const ours = [
    item("tag:communique.example,2025:article/x"),
    item("b", { url: "https://news.example/articles/art_1" }),
  ];
  expect(await candidates(...ours)).toEqual([]);
});

describe("in any order", () => {
  const said = fc.record({
    id: fc.constantFrom("1", "2", "3", "4", "5"),
    url: fc.constantFrom("https://up.example/a", "https://up.example/b", "https://up.example/"),
    title: fc.constantFrom("x", "y"),
    content_text: fc.constantFrom("", "one", "two"),
  });

  test("the same items are no news, and none is met twice", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { maxLength: 8 }),
        fc.infiniteStream(fc.nat(100)),
        async (items, order) => {
          const shuffled = items
            .map((one) => ({ one, at: order.next().value ?? 0 }))
            .sort((a, b) => a.at - b.at);
          const first = newsIn(await candidates(...items), []).fresh;
          const keys = first.map(({ key }) => key);
          expect(new Set(keys).size).toBe(keys.length);
          const again = newsIn(await candidates(...items), first);
          expect([again.fresh, again.changed]).toEqual([[], []]);
          const other = newsIn(await candidates(...shuffled.map(({ one }) => one)), first);
          expect(new Set(other.standing).size).toBe(other.standing.length);
        },
      ),
    );
  });

  test("items with ids, links and words of their own keep their names", async () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(names, async (some) => {
        const items = some.map((name) => item(name));
        const first = newsIn(await candidates(...items), []).fresh;
        expect(first).toHaveLength(items.length);
        const other = newsIn(await candidates(...items.toReversed()), first);
        expect([other.fresh, other.changed, other.standing.length]).toEqual([[], [], items.length]);
      }),
    );
  });
});
