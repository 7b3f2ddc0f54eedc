import fc from "fast-check";
import { expect, test } from "vitest";
import { listsOf } from "../../../src/objects/kit/sql.ts";

const MOST_BYTES = 2_000_000;
const encoder = new TextEncoder();

test("values come back from lists in their order, one list if they are small", () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), (values) => {
      const lists = listsOf(values);
      expect(lists.flatMap((list) => JSON.parse(list) as unknown[])).toEqual(
        values.map((value) => JSON.parse(JSON.stringify(value)) as unknown),
      );
      expect(lists.length).toBe(values.length > 0 ? 1 : 0);
    }),
  );
});

test("no list is larger than a parameter may be, if no value is", () => {
  const value = fc.integer({ min: 0, max: 550_000 }).map((length) => "ж".repeat(length));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), (values) => {
      const lists = listsOf(values);
      expect(lists.flatMap((list) => JSON.parse(list) as unknown[])).toEqual(values);
      for (const list of lists) expect(encoder.encode(list).byteLength).toBeLessThanOrEqual(MOST_BYTES);
    }),
    { numRuns: 20 },
  );
});
