import fc from "fast-check";
import { expect, test } from "vitest";
import seeds from "../../../seeds/organizations.json" with { type: "json" };
import { findOrganizations } from "../../../src/intake/find.ts";
import { NameIndex } from "../../../src/intake/names.ts";
import { wordsOf } from "../../../src/intake/words.ts";
import { anyText } from "../../support/arbitraries.ts";

const index = new NameIndex(seeds);
const names = seeds.flatMap(({ name, aliases }) => [name, ...aliases]);
const text = fc
  .array(fc.oneof(anyText, fc.constantFrom(...names, "of Uzbekistan", "Azerbaijan", ". ", ", ", "’s ")))
  .map((parts) => parts.join(" "));

test("whatever the text, each organization is found once, and its evidence stands where it is said to", () => {
  fc.assert(
    fc.property(text, text, text, (title, summary, content) => {
      const texts = { title, summary, content };
      const { attributions, doubts } = findOrganizations(index, texts);
      const slugs = attributions.map(({ organization }) => organization);
      expect(new Set(slugs).size).toBe(slugs.length);
      expect(
        doubts.flatMap(({ organizations }) => organizations).filter((slug) => slugs.includes(slug)),
      ).toEqual([]);
      for (const { alias, where, at } of [...attributions, ...doubts]) {
        const said = wordsOf(texts[where].slice(at)).map(({ folded }) => folded);
        expect(said.slice(0, wordsOf(alias).length)).toEqual(wordsOf(alias).map(({ folded }) => folded));
      }
    }),
  );
});

test("any name is found in the middle of a sentence, however it stands between signs", () => {
  const sign = fc.constantFrom(" ", " (", " “", " –", " «", " the ");
  const word = fc.stringMatching(/^[A-Z][a-z]{3,8}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 2, maxLength: 6 }), sign, (words, before) => {
      const index = new NameIndex([{ slug: "it", name: `${words.join(" ")} Xylofund`, aliases: [] }]);
      const content = `they met${before}${words.join(" ")} Xylofund today`;
      expect(findOrganizations(index, { content }).attributions).toMatchObject([
        { organization: "it", at: 8 + before.length },
      ]);
    }),
  );
});

test("an acronym inside a longer word is never found", () => {
  const letters = fc.stringMatching(/^[\p{L}\p{N}_]{1,4}$/u);
  const around = fc.oneof(fc.tuple(letters, fc.constant("")), fc.tuple(fc.constant(""), letters));
  const outside = (sign: string) => /\p{sc=Han}|[\u02B9-\u02BF]/u.test(sign);
  fc.assert(
    fc.property(around, fc.constantFrom("OIC", "UNESCO", "IsDB"), ([before, after], acronym) => {
      fc.pre(!outside(before) && !outside(after));
      const content = `we say ${before}${acronym}${after} here`;
      expect(findOrganizations(index, { content }).attributions).toEqual([]);
    }),
  );
});
