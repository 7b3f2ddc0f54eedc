import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jsonFault } from "../../../src/model/json-fault.ts";

describe("jsonFault", () => {
  test.each([
    ['{"a":1,}', 1, 8, "Expected double-quoted property name"],
    ['{"title": "He said "hi""}', 1, 21, "Expected ',' or '}' after property value"],
    ['{\n  "a": x\n}', 2, 8, "Unexpected token 'x'"],
    ["[1,\n2,\n\t3,]", 3, 4, "Unexpected token ']'"],
    ['{"a":\u00a01}', 1, 6, "Unexpected token '\u00a0'"],
    ['{"a":1} x', 1, 9, "Unexpected non-whitespace character after JSON"],
    ["", 1, 1, "Unexpected end of JSON input"],
    ['{"a":\n', 2, 1, "Unexpected end of JSON input"],
    ["[truE]", 1, 5, "Unexpected token 'E'"],
  ])("returns where %j stops being JSON, and why", (text, line, column, reason) => {
    expect(jsonFault(text)).toEqual({ line, column, reason });
  });

  test("returns null for JSON", () => {
    fc.assert(fc.property(fc.json(), (text) => jsonFault(text) === null));
  });

  test("returns the place of a character that JSON has nowhere", () => {
    const text = fc.array(fc.json({ noUnicodeString: false, maxDepth: 2 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(text, (values) => {
        const lines = `[${values.join(",\n")},\n\u2028]`;
        expect(jsonFault(lines)).toMatchObject({ line: lines.split("\n").length, column: 1 });
      }),
    );
  });

  test("returns null for a fault that V8 does not place in a long text", () => {
    expect(jsonFault(`[${"1,".repeat(300_000)}x]`)).toBeNull();
  });
});
