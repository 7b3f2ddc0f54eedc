import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { FORMAT_NAMES, newArticles, readDocumentText } from "../../support/feeds.ts";
import { watchLog } from "../../support/log.ts";
import { publish } from "../../support/objects.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minutes, problems } from "../../support/sweeping.ts";

stopClockForEachTest();

let slug: string;
let other: string;
let article: string;

beforeEach(async () => {
  [slug, other] = [await newOrganization(), await newOrganization()];
  await newArticles(slug, 51);
  article = (await newArticle(slug, { title: "Ours" })).id;
  await newArticle(other, { title: "Theirs" });
  for (const one of [slug, other]) await publish(one);
});

/** Deletes the organization, and has its documents removed. */
async function remove(): Promise<void> {
  expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
  await publish(slug);
}

const PUBLIC = [
  "",
  "/archive/1.rss",
  ...FORMAT_NAMES.map((name) => `/feed.${name}`),
  "/feed.atom?tag=x",
  "?tag=x",
];

describe("a deleted organization", () => {
  test.each(PUBLIC)("returns 410 at /{slug}%s, which is not kept for long", async (path) => {
    await remove();
    const answer = await get(`/${slug}${path}`);
    expect([answer.status, answer.headers.get("cache-control")]).toEqual([410, "no-store"]);
    expect(await answer.text()).toContain("deleted");
  });

  test("returns 410 to a reader that revalidates, and to a browser at a feed", async () => {
    const { headers } = await get(`/${slug}/feed.rss`);
    await remove();
    const known = { "if-none-match": headers.get("etag") ?? "" };
    expect((await get(`/${slug}/feed.rss`, known)).status).toBe(410);
    const page = await get(`/${slug}/feed.rss`, { accept: "text/html", "accept-language": "ar" });
    expect([page.status, await page.text()]).toEqual([410, expect.stringContaining("حُذفت هذه المؤسسة")]);
  });

  test("returns 410 at the pages of its articles, but not of those that another one publishes too", async () => {
    const shared = await newArticle([slug, other], { title: "Shared" });
    await remove();
    expect((await get(`/articles/${article}`)).status).toBe(410);
    expect((await get(`/articles/${shared.id}`)).status).toBe(200);
  });

  test("returns 410 at the pages of its articles also while KV refuses to delete anything", async () => {
    watchLog("error");
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    vi.spyOn(kv, "delete").mockRejectedValue(new Error("KV delete() limit exceeded for the day."));
    await remove();
    expect((await get(`/articles/${article}`)).status).toBe(410);
    wait(300_000);
    await minutes(2); // the sweep meets what is left of the record
    expect((await get(`/articles/${article}`)).status).toBe(410);
    expect(await problems()).toEqual([]);
    vi.restoreAllMocks();
    wait(86_400_000);
    await runDurableObjectAlarm(directoryOf(env));
    await json(api("GET", `/organizations/${slug}`), 404);
    expect(await env.RECORDS.get(`organization:${slug}`)).toBeNull();
  });

  test("shows nothing at once also while KV refuses to write anything, and then returns 410", async () => {
    watchLog("error");
    watchLog("warn");
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    vi.spyOn(kv, "put").mockRejectedValue(new Error("KV put() limit exceeded for the day."));
    await remove();
    for (const path of PUBLIC) expect([path, (await get(`/${slug}${path}`)).status]).toEqual([path, 404]);
    vi.restoreAllMocks();
    wait(86_400_000);
    await publish(slug);
    for (const path of PUBLIC) expect([path, (await get(`/${slug}${path}`)).status]).toEqual([path, 410]);
  });

  test("keeps nothing of its content, for three KV writes", async () => {
    expect((await costsOf(remove)).kvWrites).toBe(3);
    for (const name of FORMAT_NAMES) expect(await env.DOCUMENTS.get(`${slug}/feed.${name}`)).toBe("");
  });

  test("is served again when it is opened again", async () => {
    await remove();
    await api("PUT", `/organizations/${slug}`, { name: "Again" });
    await publish(slug);
    for (const name of FORMAT_NAMES) expect((await get(`/${slug}/feed.${name}`)).status).toBe(200);
  });

  test("is left out of a combined feed, which names it", async () => {
    await remove();
    for (const name of FORMAT_NAMES) {
      const answer = await get(`/feed.${name}?organization=${slug},${other}`);
      expect([answer.status, answer.headers.get("communique-omitted")]).toEqual([200, slug]);
      expect(answer.headers.get("access-control-expose-headers")).toContain("Communique-Omitted");
      expect(readDocumentText(name, await answer.text()).titles).toEqual(["Theirs"]);
    }
    const unknown = await get(`/feed.rss?organization=${slug},${other},never-there`);
    expect(await unknown.json()).toMatchObject({
      status: 400,
      errors: [{ path: "organization", message: "there is no organization never-there" }],
    });
    expect((await get(`/feed.rss?organization=${slug}`)).status).toBe(410);
  });
});

test("an organization that never was returns 404", async () => {
  for (const path of PUBLIC) expect((await get(`/never-there${path}`)).status).toBe(404);
});

test("a deleted organization that was not listed is known to its readers alone", async () => {
  const hidden = await newOrganization({ unlisted: true });
  await publish(hidden);
  const { feeds } = await json<{ feeds: Record<string, string> }>(
    api("POST", `/organizations/${hidden}/readers`, {}),
    201,
  );
  await api("DELETE", `/organizations/${hidden}`);
  await publish(hidden);
  expect((await get(`/${hidden}/feed.rss`)).status).toBe(404);
  expect((await get(new URL(feeds.rss ?? "").pathname)).status).toBe(410);
});
