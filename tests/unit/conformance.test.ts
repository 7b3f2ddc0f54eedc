import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const TESTS = join(import.meta.dirname, "..");
const TABLE = readFileSync(join(TESTS, "conformance/README.md"), "utf8");

/** The rows of the table of clauses: which file, and which test in it. */
function rows(): { file: string; title: string }[] {
  return [...TABLE.matchAll(/^\|.*\| `([^`]+)` › (.+) \|$/gm)].map(([, file = "", title = ""]) => ({
    file,
    title,
  }));
}

/** The titles of the tests of a file, and of their groups, as they are written. */
function titlesIn(file: string): string[] {
  const path = join(TESTS, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  return [
    ...text.matchAll(/^\s*(?:(?:test|describe)(?:\.each\([^\n]*\))?|\]\))\(\s*"((?:[^"\\]|\\.)*)"/gm),
  ].map(([, title = ""]) => title);
}

test("every test that the table of clauses names is there", () => {
  const missing = rows().filter(({ file, title }) => !titlesIn(file).includes(title));
  expect(missing).toEqual([]);
});

test("and every row of it names one", () => {
  const lines = TABLE.split("\n").filter((line) => line.startsWith("|") && !/^\|(---|[ ]Clause)/.test(line));
  expect(rows()).toHaveLength(lines.length);
});
