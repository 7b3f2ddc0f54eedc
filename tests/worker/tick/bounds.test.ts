import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, rows } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, json, newOrganization } from "../../support/service.ts";
import { minute, minutes, problems, putRecord } from "../../support/sweeping.ts";

const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;

/** Subrequests of one invocation on the free plan (platform). */
const FREE_SUBREQUESTS = 50;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
});

/** Puts articles into KV as another program does. */
async function putArticles(count: number, organizations: (number: number) => string[]): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const id = `a${String(number).padStart(4, "0")}`;
    await putRecord(`article:${id}`, { organizations: organizations(number), title: `News ${number}` });
  }
}

const liveIn = (slug: string) => countRows(channelOf(env, slug), "articles WHERE live");

describe("a hundred and twenty records", () => {
  test("are read fifty at a tick, and taken in within three", async () => {
    const slug = await newOrganization();
    await minute();
    await putArticles(120, () => [slug]);
    const get = vi.spyOn(kv, "get");
    const live: number[] = [];
    for (let tick = 1; tick <= 4; tick++) {
      await minute();
      live.push(await liveIn(slug));
    }
    const read = get.mock.calls.map(([keys]) => (Array.isArray(keys) ? keys.length : 1));
    expect(live).toEqual([50, 100, 120, 120]);
    expect(read).toEqual([50, 50, 50, 50]);
  });

  test("cost each tick one list, one read and one call a channel", async () => {
    const slug = await newOrganization();
    await minute();
    await putArticles(120, () => [slug]);
    const costs = await costsOf(minute);
    expect(costs).toMatchObject({ kvLists: 1, kvReads: 1, kvWrites: 0 });
    expect(costs.objectCalls).toEqual(["tick", "claim", "accept", "handled"]);
  });

  test("are rechecked in turn, until each has been", async () => {
    const slug = await newOrganization();
    await minute();
    await putArticles(120, () => [slug]);
    await minutes(6);
    await putRecord("article:a0001", { organizations: [slug], title: "First, edited" });
    await putRecord("article:a0120", { organizations: [slug], title: "Last, edited" });
    await minutes(4);
    expect(
      await rows(channelOf(env, slug), "SELECT id FROM articles WHERE revision = 2 ORDER BY id"),
    ).toEqual([{ id: "a0001" }, { id: "a0120" }]);
  });
});

describe("however much comes in at once, a tick stays within the free plan's subrequests", () => {
  // More objects to check than there is room for beside the records.
  beforeEach(async () => {
    await rows(
      directoryOf(env),
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 300)
        INSERT INTO watched (kind, name, check_ms) SELECT 'endpoint', 'end_' || n, 0 FROM n`,
    );
  });

  test("of articles for eleven organizations, beside which others are checked", async () => {
    const slugs: string[] = [];
    for (let number = 1; number <= 11; number++) slugs.push(await newOrganization());
    await minutes(2);
    await putArticles(11, (number) => [slugs[number - 1] ?? ""]);
    await putRecord("organization:foreign", { name: "O" });
    await putRecord("article:unnamed", { title: "News of nobody" });
    const { objectCalls } = await costsOf(minute);
    expect(objectCalls.filter((call) => call === "accept")).toHaveLength(11);
    expect(objectCalls.filter((call) => call === "check").length).toBeGreaterThan(25);
    expect(objectCalls.length).toBeLessThanOrEqual(FREE_SUBREQUESTS);
  });

  test("of fifty articles for as many organizations", async () => {
    const slugs: string[] = [];
    for (let number = 1; number <= 50; number++) slugs.push(await newOrganization());
    await minutes(2);
    await putArticles(50, (number) => [slugs[number - 1] ?? ""]);
    const ticks = [await costsOf(minute), await costsOf(minute)];
    for (const { objectCalls } of ticks) expect(objectCalls.length).toBeLessThanOrEqual(FREE_SUBREQUESTS);
    const accepted = ticks.map(({ objectCalls }) => objectCalls.filter((call) => call === "accept").length);
    expect(accepted).toEqual([40, 10]);
  });

  test("of sixty organizations", async () => {
    for (let number = 10; number < 70; number++) await putRecord(`organization:o${number}`, { name: "O" });
    for (let tick = 1; tick <= 4; tick++) {
      expect((await costsOf(minute)).objectCalls.length).toBeLessThanOrEqual(FREE_SUBREQUESTS);
    }
    const { organizations } = await json<{ organizations: unknown[] }>(api("GET", "/organizations"), 200);
    expect(organizations).toHaveLength(50); // a page
    expect(await problems()).toEqual([]);
    expect(await json(api("GET", "/organizations/o69"), 200)).toMatchObject({ name: "O" });
  });
});

test("an article for as many organizations as it may have, beside another, is taken in all the same", async () => {
  const slugs: string[] = [];
  for (let number = 1; number <= 40; number++) slugs.push(await newOrganization());
  await minutes(2);
  await putRecord("article:a0000", { organizations: [slugs[0]], title: "Beside" });
  await putRecord("article:a0001", { organizations: slugs, title: "Everywhere" });
  await minutes(2);
  expect(await liveIn(slugs[0] ?? "")).toBe(2);
  expect(await liveIn(slugs[39] ?? "")).toBe(1);
});

test("where a sweep is, it knows after an eviction: pages are gone through one after the other", async () => {
  const slug = await newOrganization();
  await minute();
  await putArticles(60, () => [slug]);
  const list = kv.list;
  const cursors: (string | null | undefined)[] = [];
  vi.spyOn(kv, "list").mockImplementation(function (this: KVNamespace, options) {
    cursors.push(options?.cursor);
    return Reflect.apply(list, this, [{ ...options, limit: 20 }]);
  });
  const live: number[] = [];
  for (let tick = 1; tick <= 5; tick++) {
    await evictDurableObject(directoryOf(env));
    await minute();
    live.push(await liveIn(slug));
  }
  expect(live).toEqual([20, 40, 60, 60, 60]);
  expect(cursors[0]).toBe(undefined);
  expect(new Set(cursors.slice(0, 4)).size).toBe(4);
  expect(cursors[4]).toBe(undefined);
});

test("more than a thousand articles that wait for their organization are all taken in when it comes", async () => {
  await putArticles(1_060, () => ["late"]);
  await minutes(22);
  expect(await problems()).toHaveLength(50); // a page
  await json(api("PUT", "/organizations/late", { name: "Late" }), 201);
  await minutes(24);
  expect(await liveIn("late")).toBe(1_060);
  expect(await problems()).toEqual([]);
});
