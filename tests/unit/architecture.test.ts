import { describe, expect, test } from "vitest";
import { type SourceFile, sourceFile, sourceFiles } from "../support/source.ts";

/** The floors of the house, ground first. A file or folder may use the floors below it, and itself. */
const FLOORS: readonly (readonly string[])[] = [
  ["model"],
  ["feeds", "delivery", "intake", "local"],
  ["store", "env.ts"],
  ["objects"],
  ["publishing"],
  ["http", "follower", "scheduled.ts"],
  ["index.ts"],
];

const roomOf = (path: string): string => path.split("/")[0] ?? "";
const floorOf = (path: string): number => FLOORS.findIndex((rooms) => rooms.includes(roomOf(path)));

/** The imports of a file that do not go downward. */
function upward(file: SourceFile): string[] {
  return file.imports
    .filter(({ path, typeOnly }) => {
      if (roomOf(path) === roomOf(file.path)) return false;
      // The bindings are typed by the objects they lead to, and nothing of that is left at run time.
      if (file.path === "env.ts" && ["objects", "follower"].includes(roomOf(path))) return !typeOnly;
      return floorOf(path) >= floorOf(file.path);
    })
    .map(({ path }) => `${file.path} imports ${path}`);
}

/** The room in objects/ that a file stands in; null for what stands in none. */
const objectRoom = (path: string): string | null => /^objects\/(\w+)\//.exec(path)?.[1] ?? null;

const files = sourceFiles();

describe("the house", () => {
  test("has a floor for every file", () => {
    expect(files.filter(({ path }) => floorOf(path) < 0).map(({ path }) => path)).toEqual([]);
  });

  test("has the files that the floors name", () => {
    const rooms = new Set(files.map(({ path }) => roomOf(path)));
    expect(FLOORS.flat().filter((room) => !rooms.has(room))).toEqual([]);
  });

  test("imports downward only, types too", () => {
    expect(files.flatMap(upward)).toEqual([]);
  });

  test("keeps the parts of an object to its room", () => {
    const parts = files.filter(({ path }) => objectRoom(path) !== null);
    const strange = parts.flatMap(({ path, imports }) =>
      imports
        .filter((one) => !one.typeOnly && one.path.startsWith("objects/"))
        .filter((one) => ![null, "kit", objectRoom(path)].includes(objectRoom(one.path)))
        .map((one) => `${path} imports ${one.path}`),
    );
    expect(strange).toEqual([]);
  });

  test("asks objects only by their stubs", () => {
    const classes = ["channel", "endpoint", "subscription", "directory"].map((name) => `objects/${name}.ts`);
    classes.push("follower/follower.ts");
    const direct = files.flatMap(({ path, imports }) =>
      imports.filter((one) => !one.typeOnly && classes.includes(one.path)).map(() => path),
    );
    expect([...new Set(direct)]).toEqual(["index.ts"]);
  });

  test("keeps the programs a person runs out of the Worker", () => {
    const worker = files.filter(({ path }) => roomOf(path) !== "local");
    const local = worker.filter(({ imports }) => imports.some(({ path }) => roomOf(path) === "local"));
    expect(local.map(({ path }) => path)).toEqual([]);
  });
});

describe("the check itself", () => {
  test.each([
    ["feeds/rss.ts", 'import { sign } from "../delivery/signing.ts";'],
    ["feeds/rss.ts", 'import type { AddressPolicy } from "../delivery/addresses.ts";'],
    ["model/article.ts", 'export { post } from "../store/outgoing.ts";'],
    ["http/app.ts", 'import { tick } from "../scheduled.ts";'],
    ["store/records.ts", 'export type * from "../objects/log.ts";'],
    ["store/records.ts", 'const ledger = await import("../objects/ledger.ts");'],
    ["env.ts", 'import { Channel } from "./objects/channel.ts";'],
    ["env.ts", 'import { type Listed, Ledger } from "./objects/ledger.ts";'],
    ["objects/directory.ts", 'import { publish } from "../publishing/pipeline.ts";'],
    ["objects/stubs.ts", 'import type { Follower } from "../follower/follower.ts";'],
    ["publishing/pipeline.ts", 'import { refuse } from "../http/problem.ts";'],
    ["http/app.ts", 'import { TakeIn } from "../follower/take-in.ts";'],
  ])("refuses in %s: %s", (path, text) => {
    expect(upward(sourceFile(path, text))).toHaveLength(1);
  });

  test.each([
    ["http/api/articles.ts", 'import { ok } from "../../model/result.ts";'],
    ["objects/channel.ts", 'import { Ledger } from "./ledger.ts";'],
    ["env.ts", 'import type { Channel } from "./objects/channel.ts";'],
    ["env.ts", 'import { type Channel } from "./objects/channel.ts";'],
  ])("allows in %s: %s", (path, text) => {
    expect(upward(sourceFile(path, text))).toEqual([]);
  });
});

describe("a file", () => {
  test("is named after something of the domain", () => {
    const vague = /(^|[/.-])(utils?|utilities|helpers?|managers?|services?|misc|common|shared)([/.-]|$)/i;
    expect(files.map(({ path }) => path).filter((path) => vague.test(path))).toEqual([]);
  });

  test("spells the table of article owners only in the directory's part for it", () => {
    const spelled = files.filter(({ texts }) => texts.some((text) => /\barticle_owners\b/.test(text)));
    expect(spelled.map(({ path }) => path)).toEqual(["objects/directory/articles.ts"]);
  });

  test("spells a key of RECORDS only in store/", () => {
    const spelled = files.filter(({ texts }) => texts.some((text) => /^(article|organization):/.test(text)));
    expect(spelled.map(({ path }) => path)).toEqual(["store/records.ts"]);
  });
});
