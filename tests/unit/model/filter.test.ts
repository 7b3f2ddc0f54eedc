import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Filter,
  type FilterInput,
  filterQuery,
  matches,
  parseFilter,
} from "../../../src/model/filter.ts";
import { anyText } from "../../support/arbitraries.ts";

/** The filter of a query that is right. */
function filterOf(query: string): Filter {
  const filter = parseFilter(new URLSearchParams(query));
  if (!filter.ok) throw new Error(JSON.stringify(filter.failure));
  return filter.value;
}

/** What is wrong with a query, field by field. */
function errorsOf(query: string): [path: string, message: string][] {
  const filter = parseFilter(new URLSearchParams(query));
  if (filter.ok || filter.failure.tag !== "malformed-query") throw new Error("is no malformed query");
  return filter.failure.errors.map(({ path, message }) => [path, message]);
}

const normal = (query: string): string => filterQuery(filterOf(query));

describe("equal filters are one text", () => {
  test.each([
    ["organization=b,a", "organization=a,b"],
    ["organization=b&organization=a", "organization=a,b"],
    ["organization=a,a,%20a%20,,", "organization=a"],
    ["tag=Sport", "tag=sport"],
    ["q=x&organization=a&tag=t", "organization=a&tag=t&q=x"],
    ["q=two+words", "q=two,words"],
    ["q=words&q=two", "q=two,words"],
    ["q=Words,+two!", "q=two,words"],
    ["tag=two+words", "tag=two%20words"],
    ["tag=Cafe%CC%81", "tag=caf%C3%A9"],
    ["language=EN-gb,ar", "language=ar,en-gb"],
    ["exclude=tag:Sport,organization:b", "exclude=organization:b,tag:sport"],
    ["exclude=word&exclude=tag:a", "exclude=tag:a,word"],
    ["exclude=q:word", "exclude=word"],
    ["exclude=Word!", "exclude=word"],
    ["exclude=what:ever", "exclude=what%20ever"],
    ["exclude=q:tag:a", "exclude=tag%20a"],
    ["", ""],
  ])("%s is %s", (query, text) => {
    expect(normal(query)).toBe(text);
  });

  const name = fc.constantFrom("organization", "tag", "author", "q", "exclude");
  const value = fc.oneof(
    anyText,
    fc.constantFrom("tag:a", "q:tag:a", "tag:", ":", "İ\u0327", "Σ", "author:É,b", "a:b:c", "organization:x"),
  );
  const parameters = fc.array(fc.tuple(name, value), { maxLength: 4 });

  test("and that text, read again, is the same filter", () => {
    fc.assert(
      fc.property(parameters, (given) => {
        const read = parseFilter(new URLSearchParams(given));
        fc.pre(read.ok);
        expect(filterOf(filterQuery(read.value))).toEqual(read.value);
      }),
    );
  });

  test("whatever the order of parameters and values, and however they are written", () => {
    const values = fc.array(fc.stringMatching(/^[a-zé]{1,6}$/), { minLength: 1, maxLength: 5 });
    const shuffled = values.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.shuffledSubarray([...list, ...list], { minLength: 2 * list.length, maxLength: 2 * list.length }),
      ),
    );
    fc.assert(
      fc.property(name, shuffled, fc.boolean(), (field, [list, other], repeated) => {
        const upper = other.map((one) => one.toUpperCase().normalize("NFD"));
        const again = repeated
          ? upper.map((one) => [field, ` ${one}`])
          : [[field, upper.map((one) => `${one} `).join(",")]];
        const first = parseFilter(new URLSearchParams([[field, list.join(",")]]));
        fc.pre(first.ok);
        expect(normal(new URLSearchParams(again).toString())).toBe(filterQuery(first.value));
      }),
    );
  });
});

describe("what is wrong is said", () => {
  test.each([
    ["colour=red", "colour", "is no filter"],
    ["utm_source=x", "utm_source", "is no filter"],
    ["tag=", "tag", "must not be empty"],
    ["tag=,+,", "tag", "must not be empty"],
    ["q=!!!", "q", "must not be empty"],
    ["exclude=", "exclude", "must not be empty"],
    ["exclude=...", "exclude", "must not be empty"],
    ["language=english!", "language", "is not a language tag"],
    ["language=e", "language", "is not a language tag"],
    [`tag=${"a".repeat(201)}`, "tag", "at most 200 characters"],
    [`exclude=tag:${"a".repeat(201)}`, "tag", "at most 200 characters"],
    [`organization=${Array.from({ length: 11 }, (_, index) => index)}`, "organization", "at most 10 values"],
    [
      `organization=1,2,3,4,5,6&exclude=${[7, 8, 9, 10, 11].map((n) => `organization:${n}`)}`,
      "organization",
      "10",
    ],
    [`tag=${Array.from({ length: 21 }, (_, index) => index)}`, "tag", "at most 20 values"],
    [`q=${Array.from({ length: 21 }, (_, index) => `w${index}`).join("+")}`, "q", "at most 20 values"],
    ["__proto__=a", "__proto__", "is no filter"],
  ])("%s", (query, path, message) => {
    expect(errorsOf(query)).toEqual([[path, expect.stringContaining(message)]]);
  });

  test("all of it at once", () => {
    expect(errorsOf("colour=red&tag=&language=!").map(([path]) => path)).toEqual([
      "colour",
      "tag",
      "language",
    ]);
  });
});

describe("an article", () => {
  const article: FilterInput = {
    organizations: ["icesco", "oic"],
    tags: ["Sport", "Café culture"],
    authors: ["Laman İsmayılova", "A. Author"],
    language: "en-GB",
    text: "The Opening of the first café: Straße, البيان 2025, don't stop",
  };

  test.each([
    "",
    "organization=icesco",
    "organization=other,oic",
    "tag=sport",
    "tag=SPORT",
    "tag=caf%C3%A9+culture",
    "tag=Cafe%CC%81+Culture", // the accent as a character of its own
    "tag=other,sport",
    "author=a.+author",
    "author=laman+i̇smayılova",
    "language=en",
    "language=EN-gb",
    "language=fr,en",
    "q=opening",
    "q=opening,first",
    "q=CAF%C3%89",
    "q=البيان",
    "q=2025",
    "q=straße",
    "q=don't",
    "organization=oic&tag=sport&author=a.+author&language=en&q=first",
    "exclude=tag:other,organization:other,author:nobody,language:fr,closing",
    "exclude=language:en-us",
    "exclude=open", // a part of a word is not that word
    "exclude=first+opening",
  ])("fits %s", (query) => {
    expect(matches(filterOf(query), article)).toBe(true);
  });

  test.each([
    "organization=other",
    "tag=other",
    "tag=spor",
    "tag=cafe+culture", // an accent tells words apart
    "author=author",
    "language=fr",
    "language=en-us",
    "language=en-gb-oxendict",
    "q=closing",
    "q=opening,closing", // all the words, not any
    "q=open",
    "q=cafe",
    "tag=sport&organization=other",
    "exclude=tag:sport",
    "exclude=TAG:SPORT",
    "exclude=organization:oic",
    "exclude=author:a.+author",
    "exclude=language:en",
    "exclude=opening",
    "exclude=q:opening",
    "exclude=the+first", // words next to each other
    "exclude=other,tag:other,first",
    "tag=sport&exclude=tag:sport",
    "organization=icesco&exclude=organization:oic",
  ])("does not fit %s", (query) => {
    expect(matches(filterOf(query), article)).toBe(false);
  });

  test("without a tag, an author or a word fits no filter that wants one", () => {
    const bare: FilterInput = { organizations: ["icesco"], tags: [], authors: [], language: "en", text: "" };
    for (const query of ["tag=a", "author=a", "q=a"]) {
      expect(matches(filterOf(query), bare)).toBe(false);
      expect(matches(filterOf(`exclude=${query.replace("=", ":")}`), bare)).toBe(true);
    }
  });

  test("fits exactly one of a filter and its opposite", () => {
    const field = fc.constantFrom("organization", "tag", "author", "q");
    fc.assert(
      fc.property(
        field,
        fc.stringMatching(/^[a-z]{1,3}$/),
        fc.array(fc.stringMatching(/^[a-z]{1,3}$/)),
        (name, value, words) => {
          const subject = {
            organizations: words,
            tags: words,
            authors: words,
            language: "en",
            text: words.join(" "),
          };
          const wanted = matches(filterOf(`${name}=${value}`), subject);
          expect(wanted).toBe(words.includes(value));
          expect(matches(filterOf(`exclude=${name}:${value}`), subject)).toBe(!wanted);
        },
      ),
    );
  });
});
