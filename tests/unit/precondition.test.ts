import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holds, preconditionOf, tagOf } from "../../src/model/precondition.ts";

const read = (ifMatch: string) => preconditionOf(new Headers({ "if-match": ifMatch }));
const version = fc.stringMatching(/^[0-9a-z]{1,26}$/);

describe("If-Match", () => {
  test.each([
    ["*", "*"],
    [" * ", "*"],
    ['"a"', ["a"]],
    ['W/"a"', ["a"]],
    ['"a", "b"', ["a", "b"]],
    ['"a","b" ', ["a", "b"]],
    ['""', [""]],
  ])("reads %j", (field, ifMatch) => {
    expect(read(field)).toEqual({ ok: true, value: { ifMatch, ifNoneMatch: null } });
  });

  test.each([
    "",
    " ",
    "a",
    '"a',
    'a"',
    '"a" "b"',
    '"a",',
    ',"a"',
    '*, "a"',
    '"a", *',
    'w/"a"',
    '"a, b"',
    "'a'",
    '"a"b',
    '"a"b"',
  ])("rejects %j", (field) => {
    expect(read(field)).toMatchObject({ ok: false, failure: { tag: "malformed" } });
  });

  test("reads every list of tags that it writes, and takes no time for anything else", () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 1 }), (versions) => {
        expect(read(versions.map(tagOf).join(", "))).toMatchObject({ value: { ifMatch: versions } });
      }),
    );
    expect(read('"a",'.repeat(20_000))).toMatchObject({ ok: false });
    expect(read(`"a"${" ".repeat(60_000)}x`)).toMatchObject({ ok: false });
  });
});

test("is null without a precondition", () => {
  expect(preconditionOf(new Headers())).toEqual({ ok: true, value: null });
});

describe("a precondition", () => {
  const ifMatch = (given: "*" | string[]) => ({ ifMatch: given, ifNoneMatch: null });
  const ifNoneMatch = (given: "*" | string[]) => ({ ifMatch: null, ifNoneMatch: given });

  test.each([
    [ifMatch(["a"]), "a", "b", true],
    [ifMatch(["a"]), "c", "b", false],
    [ifMatch(["a"]), null, "b", false],
    [ifMatch(["a"]), "b", "b", true],
    [ifMatch(["a"]), null, null, false],
    [ifMatch(["c", "a"]), "a", "b", true],
    [ifMatch("*"), "a", "b", true],
    [ifMatch("*"), null, "b", false],
    [ifNoneMatch("*"), null, "b", true],
    [ifNoneMatch("*"), "a", "b", false],
    [ifNoneMatch("*"), "b", "b", false],
    [ifNoneMatch(["a"]), "a", "b", false],
    [ifNoneMatch(["a"]), "c", "b", true],
    [{ ifMatch: ["a"], ifNoneMatch: "*" as const }, "a", "b", false],
  ])("%j with %s standing and %s wanted: %s", (precondition, current, wanted, expected) => {
    expect(holds(precondition, current, wanted)).toBe(expected);
  });
});
