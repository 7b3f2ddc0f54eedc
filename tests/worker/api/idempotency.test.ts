import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { stopClock, wait } from "../../support/clock.ts";
import { titlesInFeed } from "../../support/items.ts";
import {
  api,
  fresh,
  json,
  newOrganization,
  newToken,
  type ShownArticle,
  type ShownProblem,
} from "../../support/service.ts";

beforeAll(() => {
  stopClock();
});

const HOUR_MS = 3_600_000;

/** A POST of an article under a key. */
function post(key: string, fields: Record<string, unknown>, token?: string): Promise<Response> {
  const options = { headers: { "idempotency-key": key }, ...(token ? { token } : {}) };
  return api("POST", "/articles", fields, options);
}

/** The versions that stand in a channel: each article with its times. */
async function versionsOf(slug: string): Promise<string[]> {
  const { articles } = await json<{ articles: ShownArticle[] }>(
    api("GET", `/articles?organization=${slug}`),
    200,
  );
  return articles.map((article) => `${article.id} ${article.published_at} ${article.updated_at}`);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("Idempotency-Key", () => {
  test("returns the same article for a repeated POST, marked as replayed", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    const fields = { organizations: [slug], title: "Once" };
    const first = await post(key, fields);
    wait(HOUR_MS);
    const second = await post(key, fields);
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get("idempotency-replayed")).toBeNull();
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect(second.headers.get("location")).toBe(first.headers.get("location"));
    expect(await second.json()).toEqual(await first.json());
    expect(await titlesInFeed(slug)).toEqual(["Once"]);
  });

  test("creates two articles without a key", async () => {
    const slug = await newOrganization();
    for (const _ of [1, 2])
      await json(api("POST", "/articles", { organizations: [slug], title: "Twice" }), 201);
    expect(await titlesInFeed(slug)).toEqual(["Twice", "Twice"]);
  });

  test("creates one article for simultaneous requests", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    const fields = { organizations: [slug], title: "At once" };
    const answers = await Promise.all([post(key, fields), post(key, fields), post(key, fields)]);
    const ids = await Promise.all(answers.map(async (answer) => (await answer.json<ShownArticle>()).id));
    expect(new Set(ids).size).toBe(1);
    expect(await titlesInFeed(slug)).toEqual(["At once"]);
  });

  test("ignores the order of fields and their equivalent forms", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    const first = await json<ShownArticle>(
      post(key, { organizations: [slug], title: "One", language: "az-Latn" }),
      201,
    );
    const again = { language: "az-latn", title: " One ", organizations: [slug] };
    expect(await json(post(key, again), 201)).toEqual(first);
  });

  test("ignores read-only fields, whatever their value", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    const first = await json<ShownArticle>(post(key, { organizations: [slug], title: "One" }), 201);
    let deep: unknown = "deep";
    for (let depth = 0; depth < 5_000; depth++) deep = [deep];
    const again = { organizations: [slug], title: "One", updated_at: deep, page_url: 7 };
    expect(await json(post(key, again), 201)).toEqual(first);
  });

  test("rejects other content under the same key and keeps the first", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    await json(post(key, { organizations: [slug], title: "First" }), 201);
    const refused = await json<ShownProblem>(post(key, { organizations: [slug], title: "Second" }), 422);
    expect(refused.type).toBe("urn:communique:problem:idempotency-key-reused");
    expect(await titlesInFeed(slug)).toEqual(["First"]);
  });

  test("separates the keys of different tokens", async () => {
    const [slug, key] = [await newOrganization(), "release-1"];
    const [one, two] = [await newToken(slug), await newToken(slug)];
    const articles = [
      await json<ShownArticle>(post(key, { organizations: [slug], title: "Operator's" }), 201),
      await json<ShownArticle>(post(key, { organizations: [slug], title: "First" }, one), 201),
      await json<ShownArticle>(post(key, { organizations: [slug], title: "Second" }, two), 201),
    ];
    expect(new Set(articles.map((article) => article.id)).size).toBe(3);
  });

  test("keeps a key for a day", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    await json(post(key, { organizations: [slug], title: "First" }), 201);
    const other = { organizations: [slug], title: "Second" };
    wait(23 * HOUR_MS);
    await json(post(key, other), 422);
    wait(2 * HOUR_MS);
    await json(post(key, other), 200); // the id is derived: the same article, replaced
  });

  test.each(["", "k".repeat(256)])("rejects a key without 1 to 255 characters: %j", async (key) => {
    const refused = await json<ShownProblem>(post(key, { organizations: ["any"], title: "One" }), 422);
    expect(refused.errors).toEqual([{ path: "Idempotency-Key", message: "must have 1 to 255 characters" }]);
  });

  test("keeps an id chosen by the publisher", async () => {
    const [slug, key, id] = [await newOrganization(), crypto.randomUUID(), fresh("release")];
    const fields = { id, organizations: [slug], title: "One" };
    expect(await json(post(key, fields), 201)).toEqual(await json(post(key, fields), 201));
  });

  test("releases the key of a rejected request", async () => {
    const [slug, key] = [fresh("org"), crypto.randomUUID()];
    await json(post(key, { organizations: [slug], title: "Too early" }), 422);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 201);
    await json(post(key, { organizations: [slug], title: "In time" }), 201);
  });
});

describe("while KV returns an old value", () => {
  /** A location that KV's change has not reached: it answers for the article as if there were none. */
  function unreached() {
    const records = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const real = records.get as (...parameters: unknown[]) => Promise<unknown>;
    vi.spyOn(records, "get").mockImplementation(async function (this: KVNamespace, ...parameters) {
      const [key] = parameters as unknown as [string | string[]];
      const keys = [key].flat();
      if (!keys.every((one) => one.startsWith("article:"))) return real.apply(this, parameters) as never;
      return (Array.isArray(key) ? new Map(keys.map((one) => [one, null])) : null) as never;
    });
  }

  test("makes no new version of a repeated POST with a key", async () => {
    const [slug, key] = [await newOrganization(), crypto.randomUUID()];
    const fields = { organizations: [slug], title: "Once" };
    await json(post(key, fields), 201);
    const before = await versionsOf(slug);
    unreached();
    wait(30_000);
    await post(key, fields);
    expect(await versionsOf(slug)).toEqual(before);
  });

  test("makes no new version of a repeated PUT", async () => {
    const [slug, id] = [await newOrganization(), fresh("release")];
    const fields = { organizations: [slug], title: "Once" };
    await json(api("PUT", `/articles/${id}`, fields), 201);
    const before = await versionsOf(slug);
    unreached();
    wait(30_000);
    await api("PUT", `/articles/${id}`, fields);
    expect(await versionsOf(slug)).toEqual(before);
  });
});
