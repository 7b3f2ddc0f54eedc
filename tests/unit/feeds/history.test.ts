import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type History, newsSince, readHistory, shortTag, writeHistory } from "../../../src/feeds/history.ts";
import { LIMITS } from "../../../src/model/limits.ts";

const tag = fc.stringMatching(/^[0-9a-z]{10}$/);

/** Histories as a channel makes them: no position is later than its own. */
const anyHistory: fc.Arbitrary<History> = fc.nat({ max: 2 ** 40 }).chain((seq) => {
  const position = fc.integer({ min: 0, max: seq });
  return fc.record({
    seq: fc.constant(seq),
    items: fc.array(position, { maxLength: 50 }),
    tags: fc.array(fc.record({ tag, seq: position }), { maxLength: 20 }),
  });
});

test("comes out as it went in", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      expect(readHistory(writeHistory(history))).toEqual(history);
    }),
  );
});

test("keeps the twenty newest tags", () => {
  const tags = Array.from({ length: 30 }, (_, index) => ({ tag: `tag0000${100 + index}`, seq: 30 - index }));
  expect(readHistory(writeHistory({ seq: 30, items: [], tags })).tags).toEqual(tags.slice(0, 20));
});

test("fits KV's 1,024 bytes of metadata with its neighbours, after a billion announcements", () => {
  const seq = 1_000_000_000;
  const items = Array.from({ length: 50 }, () => 1); // as far from the newest as can be
  const tags = Array.from({ length: 20 }, () => ({ tag: "z".repeat(10), seq: 1 }));
  const metadata = {
    etag: `"${"z".repeat(26)}"`,
    last_modified: 4_102_444_800,
    max_age: 3_600,
    archive: seq / 50,
    history: writeHistory({ seq, items, tags }),
    unlisted: true,
    bytes: 2_000_000,
    hubs: ["a".repeat(LIMITS.HUBS_CHARACTERS - LIMITS.HUBS + 1), ...Array(LIMITS.HUBS - 1).fill("b")],
  };
  expect(new TextEncoder().encode(JSON.stringify(metadata)).byteLength).toBeLessThanOrEqual(1_024);
});

describe("what is news", () => {
  const history: History = {
    seq: 9,
    items: [9, 3, 7],
    tags: [
      { tag: "newest0000", seq: 9 },
      { tag: "middle0000", seq: 7 },
      { tag: "oldest0000", seq: 2 },
    ],
  };

  test.each([
    ["newest0000", [false, false, false]],
    ["middle0000", [true, false, false]],
    ["oldest0000", [true, true, true]],
  ])("to the holder of %s", (known, news) => {
    expect(newsSince(history, `"${known}and-the-rest"`)).toEqual(news);
  });

  test("to the holder of an unknown tag cannot be told", () => {
    for (const unknown of ['"unknown0000"', '""', '"newest"']) expect(newsSince(history, unknown)).toBeNull();
  });

  test("to whoever holds bytes that stood twice is what came after the second time", () => {
    const tags = [
      { tag: "current000", seq: 8 },
      { tag: "returned00", seq: 6 },
      { tag: "returned00", seq: 2 },
    ];
    expect(newsSince({ seq: 8, items: [8, 4], tags }, '"returned00"')).toEqual([true, false]);
  });
});

test("a short tag is the beginning of the tag, without its quotes", () => {
  expect(shortTag('"0123456789abcdefghjkmnpqrs"')).toBe("0123456789");
});
