import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { findNames } from "../../../src/objects/names.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { load, numbered, unload } from "../../support/many.ts";
import { reset } from "../../support/reset.ts";
import { api, fresh, json, newOrganization } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => reset());
afterEach(unload);

/** The organizations that a title names. */
async function found(title: string): Promise<string[]> {
  const [findings] = await findNames(env, [{ title }]);
  return findings?.attributions.map(({ organization }) => organization) ?? [];
}

const put = (slug: string, fields: object) =>
  json(api("PUT", `/organizations/${slug}`, { name: "Acme", ...fields }), 200);

test("finds a new organization and its changed names at once, and no longer finds a closed one", async () => {
  const slug = await newOrganization({ name: "Lighthouse Board" });
  expect(await found("The Lighthouse Board speaks")).toEqual([slug]);
  await put(slug, { name: "Harbour Board", aliases: ["Board of Harbours"] });
  expect(await found("The Lighthouse Board speaks")).toEqual([]);
  expect(await found("The Board of Harbours speaks")).toEqual([slug]);
  await put(slug, { name: "Harbour Board", unlisted: true });
  expect(await found("The Harbour Board speaks")).toEqual([]);
  await put(slug, { name: "Harbour Board" });
  expect(await found("The Harbour Board speaks")).toEqual([slug]);
  await api("DELETE", `/organizations/${slug}`);
  expect(await found("The Harbour Board speaks")).toEqual([]);
});

test("does not attribute a name that two organizations share", async () => {
  const [one, two] = [
    await newOrganization({ name: "Tea Institute" }),
    await newOrganization({ name: "Tea Institute" }),
  ];
  expect(await found("At the Tea Institute")).toEqual([]);
  await api("DELETE", `/organizations/${two}`);
  expect(await found("At the Tea Institute")).toEqual([one]);
});

test("costs one call, and reads no SQL if nothing has changed since the last call", async () => {
  await newOrganization({ name: "Lighthouse Board" });
  await found("first");
  const texts = Array.from({ length: 24 }, () => ({ content: "The Lighthouse Board. ".repeat(18_000) }));
  const costs = await costsOf(() => findNames(env, texts));
  expect(costs).toMatchObject({ objectCalls: ["changesSince"], sqlStatements: 0, kvReads: 0 });
});

test("returns only the names that changed, and nothing after a change of description", async () => {
  const slugs = [await newOrganization({ name: "One Board" }), await newOrganization({ name: "Two Board" })];
  await found("first");
  await put(slugs[0] ?? "", { name: "One Board", description: "News" });
  expect((await costsOf(() => found("x"))).sqlStatements).toBe(0);
  await put(slugs[0] ?? "", { name: "Three Board" });
  expect(await costsOf(() => found("x"))).toMatchObject({ sqlStatements: 1, sqlRowsRead: 1 });
});

test("reads all names once, a thousand per call", async () => {
  await load(1, 2 * LIMITS.NAMES_PER_CALL + 1);
  const [first, again] = [await costsOf(() => found("Board 2001")), await costsOf(() => found("Board 2001"))];
  expect(first.objectCalls).toEqual(["changesSince", "changesSince", "changesSince"]);
  expect(again.objectCalls).toEqual(["changesSince"]);
  expect(await found(`The Board 2001 and ${fresh("nobody")}`)).toEqual([numbered(2001)]);
}, 60_000);

test("lets other requests run while it builds an index, and finds the same in all of them", async () => {
  await load(1, LIMITS.NAMES_PER_CALL);
  const turns = vi.spyOn(scheduler, "wait");
  const asked = Array.from({ length: 3 }, () => found("The Board 1000 speaks"));
  expect(await Promise.all(asked)).toEqual([[numbered(1000)], [numbered(1000)], [numbered(1000)]]);
  expect(turns.mock.calls.length).toBeGreaterThanOrEqual(LIMITS.NAMES_PER_CALL / LIMITS.NAMES_INDEXED - 1);
}, 60_000);
