import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { parseOpml } from "feedsmith";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { load, numbered, unload } from "../../support/many.ts";
import { alarmIn, rows } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newOrganization, publishIndex } from "../../support/service.ts";

stopClockForEachTest();
beforeEach(() => reset());
afterEach(unload);

const outlines = async (path: string) =>
  parseOpml(await (await get(path)).text()).body?.outlines?.map(({ text }) => text) ?? [];

const linksOn = async (path: string) => {
  const html = await (await get(path)).text();
  return [...html.matchAll(/<h2><a href="https:\/\/news\.example\/([^"]*)"/g)].map(([, slug]) => slug);
};

test("shows every organization on one page of the list, and links the pages", async () => {
  await load(1, 2 * LIMITS.LIST_ORGANIZATIONS + 1);
  const pages = ["/", "/organizations", "/organizations?page=2", "/organizations?page=3"];
  const [home, first, second, third] = await Promise.all(pages.map(linksOn));
  expect(home).toEqual(first);
  expect([...(first ?? []), ...(second ?? []), ...(third ?? [])]).toEqual(
    Array.from({ length: 2 * LIMITS.LIST_ORGANIZATIONS + 1 }, (_, index) => numbered(index + 1)),
  );
  const middle = await (await get("/organizations?page=2")).text();
  expect(middle).toContain('<a href="https://news.example/organizations" rel="prev">');
  expect(middle).toContain('<a href="https://news.example/organizations?page=3" rel="next">');
  expect(await (await get("/organizations?page=3")).text()).not.toContain('rel="next"');
  for (const path of ["?page=4", "?page=0", "?page=x", "?page=-1"]) {
    expect((await get(`/organizations${path}`)).status).toBe(404);
  }
});

test("gives the place of a closed organization to the next new one", async () => {
  await load(1, LIMITS.LIST_ORGANIZATIONS + 1);
  await api("DELETE", `/organizations/${numbered(7)}`);
  const added = await newOrganization({ name: "Added" });
  await publishIndex();
  expect(await linksOn("/organizations")).toContain(added);
  expect(await linksOn("/organizations?page=2")).toEqual([numbered(LIMITS.LIST_ORGANIZATIONS + 1)]);
  await api("PUT", `/organizations/${numbered(7)}`, { name: "Seven" });
  await publishIndex();
  expect(await linksOn("/organizations?page=2")).toEqual([
    numbered(7),
    numbered(LIMITS.LIST_ORGANIZATIONS + 1),
  ]);
  const places = await rows(directoryOf(env), "SELECT COUNT(DISTINCT place) AS places FROM organizations");
  expect(places).toEqual([{ places: LIMITS.LIST_ORGANIZATIONS + 2 }]);
});

test("keeps a change that is made while the list is written, and retries a failed write", async () => {
  watchLog("error");
  const slug = await newOrganization({ name: "One" });
  const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
  const put = kv.put;
  vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, ...parameters) {
    if (parameters[0] === "organizations.json") throw new Error("KV PUT failed");
    return Reflect.apply(put, this, parameters);
  } as typeof put);
  await publishIndex();
  vi.restoreAllMocks();
  expect(await linksOn("/")).not.toContain(slug);
  expect(await rows(directoryOf(env), "SELECT number FROM list_pages")).toEqual([{ number: 1 }]);
  wait(60_000);
  await publishIndex();
  expect(await linksOn("/")).toContain(slug);
  expect(await rows(directoryOf(env), "SELECT number FROM list_pages")).toEqual([]);
});

describe("a page whose write fails", () => {
  /** Lets the writes of some pages fail. Returns how often each page was tried. */
  function failing(error: string, ...paths: string[]): Record<string, number> {
    const tries: Record<string, number> = {};
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    const put = kv.put;
    vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, ...parameters) {
      const path = String(parameters[0]);
      tries[path] = (tries[path] ?? 0) + 1;
      if (paths.includes(path)) throw new Error(error);
      return Reflect.apply(put, this, parameters);
    } as typeof put);
    return tries;
  }

  /** Runs the directory's alarm whenever it goes off within some seconds. */
  async function pass(seconds: number): Promise<void> {
    const untilMs = Date.now() + seconds * 1_000;
    for (;;) {
      const inMs = await alarmIn(directoryOf(env));
      if (inMs === null || Date.now() + inMs > untilMs) break;
      wait(Math.max(0, inMs));
      await runDurableObjectAlarm(directoryOf(env));
    }
    wait(untilMs - Date.now());
  }

  const rename = (number: number, name: string) =>
    json(api("PUT", `/organizations/${numbered(number)}`, { name }), 200);

  test("holds up no other page, and is tried less and less often until it is written", async () => {
    const logged = watchLog("error");
    await load(1, 2 * LIMITS.LIST_ORGANIZATIONS);
    const tries = failing("KV PUT failed", "organizations.json");
    await rename(1, "First");
    await pass(3_600);
    const before = tries["organizations.json"] ?? 0;
    expect(before).toBeGreaterThan(5);
    expect(before).toBeLessThan(15);
    await rename(LIMITS.LIST_ORGANIZATIONS + 1, "Second");
    await pass(2);
    expect(await (await get("/organizations?page=2")).text()).toContain("Second");
    expect(tries["organizations.json"]).toBe(before);
    expect(logged.map(({ event, page }) => [event, page])).toContainEqual(["directory.publish-lists", 1]);
    vi.restoreAllMocks();
    await pass(3_600);
    expect(await (await get("/organizations")).text()).toContain("First");
    expect(await rows(directoryOf(env), "SELECT number FROM list_pages")).toEqual([]);
    expect(await alarmIn(directoryOf(env))).toBe(null);
  });

  test("because a quota is used up has all wait: no other can be written either", async () => {
    watchLog("error");
    watchLog("warn");
    await load(1, 2 * LIMITS.LIST_ORGANIZATIONS);
    const path = "organizations.json";
    const tries = failing("KV put() limit exceeded for the day.", path, "organizations/2.json");
    await rename(1, "First");
    await pass(3_500);
    await rename(LIMITS.LIST_ORGANIZATIONS + 1, "Second");
    await pass(60);
    expect(tries[path]).toBe(1);
    expect(tries["organizations/2.json"]).toBe(undefined);
  });
});

test("writes at most ten pages in one alarm, and the others in the next", async () => {
  await load(1, 1);
  await rows(
    directoryOf(env),
    "INSERT INTO list_pages (number, changes) SELECT value, 1 FROM json_each(?)",
    JSON.stringify(Array.from({ length: 25 }, (_, index) => index + 1)),
  );
  await rows(directoryOf(env), "UPDATE lists SET changed_ms = 0");
  await directoryOf(env).wake();
  expect((await costsOf(publishIndex)).kvWrites).toBe(LIMITS.LIST_WRITES);
  await publishIndex();
  expect((await costsOf(publishIndex)).kvWrites).toBe(5);
});

test("serves the OPML in documents of a thousand organizations, each with a link to the next", async () => {
  const size = LIMITS.LIST_ORGANIZATIONS * LIMITS.OPML_PAGES;
  await load(1, size + 1);
  await publishIndex();
  const first = await get("/feeds.opml");
  expect(first.headers.get("link")).toBe('<https://news.example/feeds.opml?page=2>; rel="next"');
  const all = [...(await outlines("/feeds.opml")), ...(await outlines("/feeds.opml?page=2"))];
  expect(all).toEqual(Array.from({ length: size + 1 }, (_, index) => `Board ${index + 1}`));
  const last = await get("/feeds.opml?page=2");
  expect(last.headers.get("link")).toBeNull();
  expect((await get("/feeds.opml?page=3")).status).toBe(404);
}, 60_000);

test("cuts a long description in the list, and not in the middle of a character", async () => {
  await newOrganization({ name: "Long", description: `${"x".repeat(299)}😀 and more` });
  await publishIndex();
  const html = await (await get("/")).text();
  expect(html).toContain(`<p>${"x".repeat(299)}…</p>`);
});
