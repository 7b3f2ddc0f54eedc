import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { feedPath, openPublicDocument, writeDocument } from "../../../src/store/documents.ts";
import { Demand, Memory } from "../../../src/store/memory.ts";

const KEPT_MS = 10_000;

describe("a memory", () => {
  test("returns a value until it is as old as is allowed, and not from a time to come", () => {
    const memory = new Memory<string>(100);
    memory.set("a", "A", 10, 5_000);
    expect(memory.get("a", KEPT_MS, 5_000)).toBe("A");
    expect(memory.get("a", KEPT_MS, 14_999)).toBe("A");
    expect(memory.get("a", KEPT_MS, 15_000)).toBeUndefined();
    expect(memory.bytes).toBe(0);
    memory.set("a", "A", 10, 5_000);
    expect(memory.get("a", KEPT_MS, 4_999)).toBeUndefined();
  });

  test("forgets first what was used least lately", () => {
    const memory = new Memory<string>(30);
    for (const key of ["a", "b", "c"]) memory.set(key, key, 10, 0);
    memory.get("a", KEPT_MS, 1);
    memory.set("d", "d", 10, 1);
    expect(["a", "b", "c", "d"].filter((key) => memory.get(key, KEPT_MS, 1))).toEqual(["a", "c", "d"]);
  });

  test("keeps nothing that alone is too large, and then forgets what it had under that key", () => {
    const memory = new Memory<string>(30);
    memory.set("a", "small", 10, 0);
    memory.set("b", "other", 10, 0);
    memory.set("a", "large", 31, 0);
    expect(["a", "b"].map((key) => memory.get(key, KEPT_MS, 0))).toEqual([undefined, "other"]);
  });

  test("never keeps more bytes than it may, and counts those that it keeps", () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e");
    const step = fc.oneof(
      fc.record({ set: key, bytes: fc.nat(60) }),
      fc.record({ get: key }),
      fc.record({ delete: key }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(4_000), step)), (steps) => {
        const memory = new Memory<number>(100);
        const last = new Map<string, number>();
        let nowMs = 0;
        for (const [waitMs, one] of steps) {
          nowMs += waitMs;
          if ("set" in one) {
            memory.set(one.set, one.bytes, one.bytes, nowMs);
            last.set(one.set, one.bytes);
          } else if ("delete" in one) {
            memory.delete(one.delete);
            last.delete(one.delete);
          } else {
            expect([undefined, last.get(one.get)]).toContain(memory.get(one.get, KEPT_MS, nowMs));
          }
          expect(memory.bytes).toBeLessThanOrEqual(100);
        }
        const left = ["a", "b", "c", "d", "e"].map((one) => memory.get(one, KEPT_MS, nowMs) ?? 0);
        expect(memory.bytes).toBe(left.reduce((sum, bytes) => sum + bytes, 0));
      }),
    );
  });
});

describe("demand", () => {
  test("is counted by key, anew in each period", () => {
    const demand = new Demand(10);
    const counts = (nowMs: number) => ["a", "a", "b"].map((key) => demand.count(key, 1_000, nowMs));
    expect(counts(5_000)).toEqual([1, 2, 1]);
    expect(counts(5_999)).toEqual([3, 4, 2]);
    expect(counts(6_000)).toEqual([1, 2, 1]);
    expect(counts(5_000)).toEqual([1, 2, 1]);
  });

  test("is counted of a bounded number of keys", () => {
    const demand = new Demand(3);
    for (const key of ["a", "b", "c", "a"]) demand.count(key, 1_000, 0);
    expect(demand.count("a", 1_000, 0)).toBeLessThan(3);
  });
});

test("a document that was read before a change is not kept after it", async () => {
  const metadata = { etag: '"a"', last_modified: 0, max_age: 60, archive: 0, history: "" };
  const stored = new Map<string, string>();
  let delay = Promise.resolve();
  const kv = {
    async getWithMetadata(key: string, { type }: { type: string }) {
      const response = new Response(stored.get(key));
      await delay;
      return { value: type === "stream" ? response.body : await response.arrayBuffer(), metadata };
    },
    put: async (key: string, body: string) => void stored.set(key, body),
  } as unknown as KVNamespace;
  const path = feedPath("slow", "rss");
  const read = async () => {
    const document = await openPublicDocument(kv, path, 60_000, false);
    return document.ok ? document.value.text() : undefined;
  };

  await writeDocument(kv, path, "old", metadata);
  for (let time = 1; time < LIMITS.HOT_REQUESTS; time++) await read();
  const { promise, resolve } = Promise.withResolvers<void>();
  delay = promise;
  const slow = read();
  await writeDocument(kv, path, "new", metadata);
  resolve();
  expect(await slow).toBe("old");
  expect(await read()).toBe("new");
  stored.set(path, "by another isolate");
  expect(await read()).toBe("new");
});
