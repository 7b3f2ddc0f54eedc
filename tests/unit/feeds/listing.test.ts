import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FORMATS, type Format } from "../../../src/feeds/formats.ts";
import { type Listing, readListing, writeListing } from "../../../src/feeds/listing.ts";

const format = FORMATS[0] as Format;
const read = (text: string): Listing =>
  readListing(
    text,
    format,
    () => {
      throw new Error("the document was read");
    },
    0,
  );

const name = fc.string({ unit: "grapheme", maxLength: 20 });
const names = fc.array(name, { maxLength: 4 });
const milliseconds = fc.integer({ min: 0, max: 4_102_444_800_000 });
const listing: fc.Arbitrary<Listing> = fc.record(
  {
    title: name,
    language: name,
    logo: name,
    podcast: fc.constant(true as const),
    timeZone: name,
    archive: fc.nat(),
    start: fc.nat(),
    items: fc.array(
      fc.record({
        id: name,
        publishedMs: milliseconds,
        changedMs: milliseconds,
        organizations: names,
        tags: names,
        authors: names,
        language: fc.option(name),
        bytes: fc.nat(),
      }),
    ),
  },
  { requiredKeys: ["title", "language", "archive", "start", "items"] },
);

describe("a listing", () => {
  test("is read as it was written", () => {
    fc.assert(
      fc.property(listing, (one) => {
        expect(read(writeListing(one))).toEqual(one);
      }),
    );
  });

  test("is read as it stood in KV until 28 November 2026", () => {
    fc.assert(
      fc.property(listing, (one) => {
        expect(read(JSON.stringify(one))).toEqual(one);
      }),
    );
  });

  test("takes at most 80 bytes an item where items share their tags and authors", () => {
    const items = Array.from({ length: 50 }, (_, index) => ({
      id: `bakuworks-${1000 + index}`,
      publishedMs: 1_765_962_660_000 + index,
      changedMs: 1_765_962_660_000 + index,
      organizations: ["bakuworks"],
      tags: ["meeting", `field-${index % 5}`],
      authors: ["Office of the Spokesperson"],
      language: "en",
      bytes: 1_700,
    }));
    const about = { title: "BakuWorks", language: "en", archive: 0, start: 500 };
    expect(writeListing({ ...about, items }).length).toBeLessThanOrEqual(50 * 80);
  });
});
