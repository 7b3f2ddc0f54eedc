import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES } from "../../support/feeds.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

let slug: string;
let feed: string;
const settings = env as { SITE_FEED?: string };

beforeEach(async () => {
  await reset();
  settings.SITE_FEED = "on";
  watchLog("error");
  watchLog("warn");
  slug = await newOrganization();
  await publish(slug);
  await newArticle(slug, { id: "a1", title: "Ours alone" });
  await publish(slug);
  const reader = api("POST", `/organizations/${slug}/readers`, {});
  const { feeds } = await json<{ feeds: { rss: string } }>(reader, 201);
  feed = new URL(feeds.rss).pathname;
});

afterEach(() => {
  settings.SITE_FEED = "off"; // files share isolates
});

const FEEDS = FORMAT_NAMES.map((name) => `/feed.${name}`);

/** Has KV refuse to write at some keys. */
function refuseWrites(at: (key: string) => boolean = () => true): void {
  const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
  const write = kv.put as (key: string, ...rest: unknown[]) => Promise<void>;
  vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
    if (at(key)) return Promise.reject(new Error("KV put() limit exceeded for the day."));
    return Reflect.apply(write, this, [key, ...rest]);
  } as never);
}

async function put(fields: Record<string, unknown>): Promise<void> {
  await api("PUT", `/organizations/${slug}`, { name: "Quiet", ...fields });
  await publish(slug);
}

/** The addresses, below some names, where everybody can read the article. */
async function shownAt(...names: string[]): Promise<string[]> {
  const paths = names.flatMap((name) => ["", ...FEEDS, "/feed.atom?q=ours"].map((path) => `/${name}${path}`));
  const all = [...paths, `/feed.rss?organization=${slug}`, "/articles/a1", "/feed.rss", "/"];
  const texts = await Promise.all(
    all.map(async (path) => {
      const { status, headers } = await get(path);
      return (await (await get(status === 301 ? (headers.get("location") ?? "") : path)).text()) ?? "";
    }),
  );
  return all.filter((_, index) => texts[index]?.includes("Ours alone"));
}

/** The answer to a reader with an address of its own. */
const privately = async (): Promise<[number, boolean]> => {
  const answer = await get(feed);
  return [answer.status, (await answer.text()).includes("Ours alone")];
};

describe("an organization that becomes unlisted while KV refuses to write anything", () => {
  test("shows nothing at once, and then is there for its readers", async () => {
    expect(await shownAt(slug)).toHaveLength(9);
    refuseWrites();
    await put({ unlisted: true });
    expect(await shownAt(slug)).toEqual([]);
    vi.restoreAllMocks();
    wait(86_400_000);
    await publish(slug);
    await runDurableObjectAlarm(directoryOf(env));
    expect(await shownAt(slug)).toEqual([]);
    expect(await privately()).toEqual([200, true]);
    expect(await env.RECORDS.get(`organization:${slug}`, "json")).toMatchObject({ unlisted: true });
    await put({});
    expect(await shownAt(slug)).toHaveLength(9);
  });

  test("shows nothing at its other addresses either", async () => {
    await put({ address: "quiet" });
    expect((await get(`/${slug}/feed.rss`)).status).toBe(301);
    refuseWrites();
    await put({ address: "quiet", unlisted: true });
    expect(await shownAt(slug, "quiet")).toEqual([]);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(404);
  });

  test("shows nothing where it was before it moved", async () => {
    refuseWrites();
    await put({ address: "quiet", unlisted: true });
    expect(await shownAt(slug, "quiet")).toEqual([]);
  });

  test("shows nothing of what was written when the others were refused", async () => {
    await put({ unlisted: true });
    refuseWrites((key) => key === `${slug}/feed.rss`);
    await put({});
    vi.restoreAllMocks();
    refuseWrites();
    await put({ unlisted: true }); // the publication waits an hour for the next attempt
    expect(await shownAt(slug)).toEqual([]);
  });
});

test("an organization that was unlisted before is kept for its readers while KV refuses its changes", async () => {
  await put({ unlisted: true });
  refuseWrites();
  const costs = await costsOf(() => put({ unlisted: true, description: "Changed" }));
  expect(costs.kvDeletes).toBe(1); // its record, by which nothing is shown
  expect(await privately()).toEqual([200, true]);
});

test("documents of which only some were written agree again when the change is taken back", async () => {
  await put({ name: "First" });
  refuseWrites((key) => key === `${slug}/feed.rss`);
  await put({ name: "Second" });
  vi.restoreAllMocks();
  await put({ name: "First" });
  wait(3_600_000);
  await publish(slug);
  for (const path of FEEDS) expect(await (await get(`/${slug}${path}`)).text()).not.toContain("Second");
});
