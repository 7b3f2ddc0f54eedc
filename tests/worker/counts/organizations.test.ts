import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { findNames } from "../../../src/objects/names.ts";
import { stopClock, wait } from "../../support/clock.ts";
import { type Costs, costsOf, sqlPrototype } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { load, unload } from "../../support/many.ts";
import { publish } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newToken, publishIndex } from "../../support/service.ts";

const SIZES = [100, 2_000];

/** What each act costs at each size, without the methods' order. */
const costs = new Map<string, Costs[]>();
/** Rows written by each act at each size. */
const written = new Map<string, number[]>();

async function rowsWrittenBy(act: () => Promise<unknown>): Promise<number> {
  const sql = await sqlPrototype();
  let rows = 0;
  const exec = sql.exec;
  const spy = vi.spyOn(sql, "exec").mockImplementation(function (this: SqlStorage, query, ...bound) {
    const cursor = Reflect.apply(exec, this, [query, ...bound]);
    queueMicrotask(() => {
      rows += cursor.rowsWritten;
    });
    return cursor;
  } as typeof exec);
  await act();
  spy.mockRestore();
  return rows;
}

async function measure(name: string, act: () => Promise<unknown>): Promise<void> {
  let cost: Costs | undefined;
  const rows = await rowsWrittenBy(async () => {
    cost = await costsOf(act);
  });
  if (cost) costs.set(name, [...(costs.get(name) ?? []), cost]);
  written.set(name, [...(written.get(name) ?? []), rows]);
}

const put = (slug: string, name: string, status: number) =>
  json(api("PUT", `/organizations/${slug}`, { name }), status);

beforeAll(async () => {
  stopClock();
  wait(86_400_000); // no alarm goes off by itself while something is counted
  watchLog("warn");
  await reset();
  let loaded = 0;
  for (const size of SIZES) {
    await load(loaded + 1, size);
    loaded = size + 1; // with the one that warms
    const slug = `fresh-${size}`;
    await put(`warm-${size}`, "Warm", 201); // the first requests of an object read more
    await publishIndex();
    await measure("opens an organization", () => put(slug, "Fresh", 201));
    await measure("publishes the list after it", publishIndex);
    await measure("changes an organization", () => put(slug, "Renamed", 200));
    await measure("publishes the list after a change", publishIndex);
    await measure("lists organizations through the API", () => api("GET", "/organizations"));
    const token = await newToken(slug);
    await measure("lists a token's organizations", () => api("GET", "/organizations", undefined, { token }));
    await measure("shows the home page", () => get("/"));
    await measure("shows a page of the list", () => get("/organizations?page=2"));
    await measure("serves the OPML", () => get("/feeds.opml"));
    const { id } = await newArticle(slug, { title: "News" });
    await publish(slug);
    await measure("shows an article", () => get(`/articles/${id}`));
    await measure("publishes an article", () => newArticle(slug, { title: `More at ${size}` }));
    await findNames(env, [{ title: "warms the index" }]);
    await measure("finds the names in a text", () => findNames(env, [{ title: "Board 7 speaks" }]));
    await publish(slug);
    await put(`warm-${size}`, "Warm again", 200); // an object that was idle for ten seconds was evicted
    await publishIndex();
    await measure("deletes an organization", () => api("DELETE", `/organizations/${slug}`));
    await measure("publishes the list after a deletion", publishIndex);
  }
}, 300_000);
afterAll(async () => {
  vi.useRealTimers();
  await unload();
});

test.each([
  "opens an organization",
  "publishes the list after it",
  "changes an organization",
  "publishes the list after a change",
  "lists organizations through the API",
  "lists a token's organizations",
  "shows the home page",
  "shows a page of the list",
  "serves the OPML",
  "shows an article",
  "publishes an article",
  "finds the names in a text",
  "deletes an organization",
  "publishes the list after a deletion",
])("costs the same among 100 and among 2,000 organizations: %s", (name) => {
  const [few, many] = costs.get(name) ?? [];
  expect(many).toEqual(few);
  const [fewRows, manyRows] = written.get(name) ?? [];
  expect(manyRows).toBe(fewRows);
});
