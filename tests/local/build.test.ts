import { basename } from "node:path";
import { expect, test } from "vitest";
import { workerFiles } from "../../src/local/build.ts";

/** What an isolate runs before it answers its first request. Measured: about 66 kB. */
const FIRST_BYTES = 80_000;
/** What the platform reads at the start, whether it is needed or not. Measured: about 1.52 MB. */
const ALL_BYTES = 1_650_000;

const files = new Map(
  workerFiles()
    .filter(({ path }) => path.endsWith(".mjs"))
    .map(({ path, text, contents }) => [basename(path), { text, bytes: contents.length }]),
);

/** A file of the built Worker, and those that it imports before it runs. */
function withImports(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const { text = "" } = files.get(name) ?? {};
  for (const [, part = ""] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) withImports(part, found);
  return found;
}

const bytesOf = (names: Iterable<string>): number =>
  [...names].reduce((sum, name) => sum + (files.get(name)?.bytes ?? Number.NaN), 0);

test("runs little before the first request", () => {
  const first = withImports("index.mjs");
  expect(first.size).toBeGreaterThan(1); // the pattern finds imports
  expect(bytesOf(first)).toBeLessThan(FIRST_BYTES);
});

test("stays small enough to start soon", () => {
  expect(bytesOf(files.keys())).toBeLessThan(ALL_BYTES);
});
