import fc from "fast-check";
import { expect, test } from "vitest";
import { mapConcurrent } from "../../../src/store/concurrency.ts";

/** Calls that end only when told to, and what they show of themselves. */
function gate() {
  const waiting = new Map<number, () => void>();
  let most = 0;
  const run = (item: number) =>
    new Promise<number>((resolve) => {
      waiting.set(item, () => {
        waiting.delete(item);
        resolve(item * 10);
      });
      most = Math.max(most, waiting.size);
    });
  return { run, waiting, most: () => most };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test("begins no more than the limit, and the next as soon as one ends", async () => {
  const { run, waiting } = gate();
  const all = mapConcurrent(2, [1, 2, 3, 4], run);
  expect([...waiting.keys()]).toEqual([1, 2]);
  waiting.get(2)?.();
  await nextTurn();
  expect([...waiting.keys()]).toEqual([1, 3]);
  waiting.get(3)?.();
  await nextTurn();
  for (const end of [...waiting.values()]) end();
  expect(await all).toEqual([10, 20, 30, 40]);
});

test("gives results in the items' order, whatever the order of their ends", async () => {
  const items = fc.uniqueArray(fc.nat(1_000), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat(5)),
      async (list, limit, picks) => {
        const { run, waiting, most } = gate();
        const all = mapConcurrent(limit, list, run);
        while (waiting.size > 0) {
          const ends = [...waiting.values()];
          ends[(picks.next().value ?? 0) % ends.length]?.();
          await nextTurn();
        }
        expect(await all).toEqual(list.map((item) => item * 10));
        expect(most()).toBe(Math.min(limit, list.length));
      },
    ),
    { numRuns: 50 },
  );
});

test("runs nothing for no items", async () => {
  expect(await mapConcurrent(6, [], () => Promise.reject(new Error("called")))).toEqual([]);
});
