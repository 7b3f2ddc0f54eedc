import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { organizationTag } from "../../../src/model/cache-tag.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { Purges } from "../../../src/objects/directory/purges.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import { api, fresh, get, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest("setTimeout", "clearTimeout");

let purged: string[][];
let answer: () => Promise<boolean>;
let purges: Purges;

beforeEach(() => {
  purged = [];
  answer = async () => true;
  const shared = {
    purge(tags: string[]) {
      purged.push(tags);
      return answer();
    },
  };
  purges = new Purges({ ...env, WORKERS_CACHE: "on" }, () => shared);
});

describe("purges of the Workers Cache", () => {
  test("are made at once while there are some left, then together as they come back", async () => {
    const tags = Array.from({ length: 30 }, (_, index) => `organization-${index}`);
    for (const tag of tags) await purges.add([tag]);
    expect(purged).toEqual(tags.slice(0, LIMITS.PURGES_AT_ONCE).map((tag) => [tag]));
    await vi.advanceTimersByTimeAsync(60_000 / LIMITS.PURGES_PER_MINUTE);
    expect(purged[LIMITS.PURGES_AT_ONCE]).toEqual(tags.slice(LIMITS.PURGES_AT_ONCE));
    expect(purged).toHaveLength(LIMITS.PURGES_AT_ONCE + 1);
  });

  test("name a tag once, and at most as many as the platform takes", async () => {
    for (let index = 0; index < LIMITS.PURGES_AT_ONCE; index++) await purges.add(["x"]);
    await purges.add(Array.from({ length: 150 }, (_, index) => `organization-${index % 120}`));
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    const later = purged.slice(LIMITS.PURGES_AT_ONCE);
    expect(later.map((tags) => tags.length)).toEqual([LIMITS.PURGED_TAGS, 20]);
  });

  test("stay under the platform's limits, whatever is published", async () => {
    for (let second = 0; second < 600; second++) {
      await purges.add([`organization-${second % 7}`]);
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(purged.length).toBeLessThanOrEqual(25 + 5 * 10);
    expect(new Set(purged.slice(-2).flat()).size).toBe(7);
  });

  test("that are refused are logged, and stop nothing", async () => {
    const lines = watchLog("warn");
    answer = async () => false;
    await purges.add(["organization-a"]);
    answer = () => Promise.reject(new Error("network"));
    await purges.add(["organization-b"]);
    expect(lines.map(({ event }) => event)).toEqual(["cache.purge", "cache.purge"]);
    answer = async () => true;
    await purges.add(["organization-c"]);
    expect(purged.at(-1)).toEqual(["organization-c"]);
  });
});

describe("a publication", () => {
  const asked = () => vi.spyOn(Purges.prototype, "add").mockResolvedValue();

  test("has what shows its organization purged, and so has its end", async () => {
    Object.assign(env, { WORKERS_CACHE: "on" });
    const slug = await newOrganization();
    await publish(slug);
    const add = asked();
    await newArticle(slug);
    await publish(slug);
    await vi.waitFor(() => expect(add).toHaveBeenCalledWith([organizationTag(slug)]));
    add.mockClear();
    await api("DELETE", `/organizations/${slug}`);
    await vi.waitFor(() => expect(add).toHaveBeenCalledWith([organizationTag(slug)]));
    Object.assign(env, { WORKERS_CACHE: undefined });
  });

  test("has combined feeds purged that name the organization as it was called before", async () => {
    Object.assign(env, { WORKERS_CACHE: "on" });
    const [slug, address] = [await newOrganization(), fresh("moved")];
    await json(api("PUT", `/organizations/${slug}`, { name: "Moved", address }), 200);
    await publish(slug);
    const add = asked();
    await newArticle(slug, { title: "Under the former name, too" });
    await publish(slug);
    expect(await (await get(`/feed.rss?organization=${slug}`)).text()).toContain("Under the former name");
    await vi.waitFor(() =>
      expect(add).toHaveBeenCalledWith([organizationTag(address), organizationTag(slug)]),
    );
    Object.assign(env, { WORKERS_CACHE: undefined });
  });

  test("costs no call more where the cache is off", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticle(slug);
    const { objectCalls } = await costsOf(async () => void (await publish(slug)));
    expect(objectCalls).not.toContain("add");
  });
});
