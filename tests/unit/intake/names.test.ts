import fc from "fast-check";
import { expect, test } from "vitest";
import { findOrganizations } from "../../../src/intake/find.ts";
import { NameIndex } from "../../../src/intake/names.ts";

const NAMES = [
  "Tea Institute",
  "Institute of Tea",
  "Harbour Board (HB)",
  "Ministry of Tea of Azerbaijan",
  "HB",
];
const TEXT = `${NAMES.join(", ")}. Azerbaijan's Tea Ministry and the Azerbaijani Minister of Tea.`;

const organization = fc.record({
  slug: fc.constantFrom("a", "b", "c"),
  name: fc.constantFrom(...NAMES),
  aliases: fc.subarray(NAMES),
});
const change = fc.oneof(organization, fc.constantFrom("a", "b", "c"));

test("an index that follows changes finds what one made of the outcome finds", () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const index = new NameIndex([]);
      const outcome = new Map<string, { slug: string; name: string; aliases: string[] }>();
      for (const one of changes) {
        if (typeof one === "string") {
          index.remove(one);
          outcome.delete(one);
        } else {
          index.put(one);
          outcome.delete(one.slug);
          outcome.set(one.slug, one);
        }
      }
      const anew = new NameIndex(outcome.values());
      expect(findOrganizations(index, { content: TEXT })).toEqual(findOrganizations(anew, { content: TEXT }));
    }),
  );
});
