import fc from "fast-check";
import { expect, test } from "vitest";
import { givenCursor, shownCursor } from "../../../src/http/api/query.ts";

const anything = fc.string({ unit: "grapheme" }).map((text) => text.toWellFormed());

test("a cursor is shown in characters that a query takes as they are, and read back", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        anything,
        anything.map((text) => `b64.${text}`),
      ),
      (cursor) => {
        const shown = shownCursor(cursor) ?? "";
        expect(new URLSearchParams({ cursor: shown }).toString()).toBe(`cursor=${shown}`);
        expect(givenCursor(shown)).toBe(cursor);
      },
    ),
  );
});

test("a cursor of before is taken as it is", () => {
  for (const cursor of [null, "2025-01-01T00:00:00.000Z art_1", "article:x", "acme", "b64.!"]) {
    expect(givenCursor(cursor)).toBe(cursor);
  }
});
