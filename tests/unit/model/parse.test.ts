import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { parse, parseJson } from "../../../src/model/parse.ts";

describe("parseJson", () => {
  test("reads any JSON that is not too deep, whatever its strings hold", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
      }),
    );
    const brackets = JSON.stringify(['[{"\\', "[".repeat(2 * LIMITS.JSON_DEPTH), { '{"': '\\"[' }]);
    expect(parseJson(brackets)).toEqual({ ok: true, value: JSON.parse(brackets) });
  });

  test.each([
    ["arrays", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("refuses %s nested deeper than its bound, with what to do", (_, open, close) => {
    const nested = (depth: number) => open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(depth);
    expect(parseJson(nested(LIMITS.JSON_DEPTH)).ok).toBe(true);
    expect(parseJson(nested(LIMITS.JSON_DEPTH + 1))).toMatchObject({
      ok: false,
      failure: { tag: "malformed", detail: expect.stringContaining(String(LIMITS.JSON_DEPTH)) },
    });
    expect(parseJson(open.repeat(1_000_000))).toMatchObject({ ok: false });
  });

  test("refuses what is no JSON", () => {
    for (const text of ["", "{", '"', "nul", "[1,]", '"\\']) {
      expect(parseJson(text)).toMatchObject({ ok: false, failure: { tag: "malformed" } });
    }
  });
});

test("an input with a crowded field is refused at that field, not once for each entry", () => {
  const schema = v.object({ list: v.object({ items: v.array(v.string()) }) });
  const items = (count: number) => ({ list: { items: Array.from({ length: count }, () => 1) } });
  expect(parse(schema, items(LIMITS.INPUT_ENTRIES + 1))).toEqual({
    ok: false,
    failure: {
      tag: "invalid",
      errors: [{ path: "list.items", message: `must have at most ${LIMITS.INPUT_ENTRIES} entries` }],
    },
  });
  expect(parse(schema, items(2))).toMatchObject({ failure: { errors: [{}, {}] } });
});
