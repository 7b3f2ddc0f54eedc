import { equal } from "node:assert/strict";
import { findOrganizations } from "../../src/intake/find.ts";
import { NameIndex } from "../../src/intake/names.ts";
import type { Comparison } from "./report.ts";
import { alternate } from "./statistics.ts";

const ORGANIZATIONS = 10_000;
const ALIASES = 5;
const WORDS = 5_000;
const NAMED = 20;

const SYLLABLES = [
  "ba",
  "ko",
  "ri",
  "sha",
  "zo",
  "men",
  "tur",
  "gal",
  "ve",
  "nid",
  "ras",
  "lum",
  "pe",
  "qua",
];
const KINDS = ["Council", "Institute", "Ministry", "Union", "Foundation", "Academy", "Forum", "Fund"];
const LINKS = ["said", "of", "the", "and", "in", "a", "for", "culture", "with", "Council", "met", "Union"];

/** Milliseconds to index all names, and to find those in an article, beside looking for each name by itself. */
export async function find(rounds: number): Promise<Comparison[]> {
  const organizations = Array.from({ length: ORGANIZATIONS }, (_, number) => organization(number));
  const names = organizations.flatMap(({ name, aliases }) => [name, ...aliases]);
  const content = article();
  const index = new NameIndex(organizations);
  const [built = [], found = [], others = []] = await alternate(rounds, [
    async () => timed(() => new NameIndex(organizations)),
    async () => timed(() => equal(findOrganizations(index, { content }).attributions.length, NAMED)),
    async () => timed(() => equal(names.filter((name) => content.includes(name)).length >= NAMED, true)),
  ]);
  const beside = { other: "60,000 times includes()", others, unit: "ms" };
  return [
    { name: "find in 5,000 words", ours: found, ...beside },
    { name: "index 60,000 names", ours: built, ...beside },
  ];
}

function timed(act: () => unknown): number {
  const startMs = performance.now();
  act();
  return performance.now() - startMs;
}

/** A made-up proper name for each number. */
function proper(number: number): string {
  let rest = number + SYLLABLES.length ** 3;
  let word = "";
  for (; rest > 0; rest = Math.floor(rest / SYLLABLES.length)) word += SYLLABLES[rest % SYLLABLES.length];
  return word.charAt(0).toUpperCase() + word.slice(1);
}

const nameOf = (number: number, which: number) =>
  `${KINDS[(number + which) % KINDS.length]} of ${proper(number)} for ${proper(number * ALIASES + which)}`;

function organization(number: number) {
  const aliases = Array.from({ length: ALIASES - 1 }, (_, which) => nameOf(number, which + 1));
  return {
    slug: `o${number}`,
    name: nameOf(number, 0),
    aliases: [...aliases, proper(number).toUpperCase()],
  };
}

/** An article of ordinary words and capitals that begin names, with some whole names in it. */
function article(): string {
  const every = Math.floor(WORDS / NAMED);
  return Array.from({ length: WORDS }, (_, word) =>
    word % every === 0
      ? nameOf(word * 2, 2)
      : word % 7 === 0
        ? proper(word)
        : LINKS[(word * 31) % LINKS.length],
  ).join(" ");
}
