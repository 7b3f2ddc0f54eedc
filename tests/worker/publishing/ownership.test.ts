import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { articleVersion } from "../../../src/model/digest.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { importLines } from "../../support/bulk.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { publish, rows, titlesIn } from "../../support/objects.ts";
import {
  api,
  fresh,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownArticle,
} from "../../support/service.ts";
import { minute, minutes, putRecord } from "../../support/sweeping.ts";

/** Two organizations, each with a token. */
let a: string;
let b: string;
let tokenOfA: string;
let tokenOfB: string;

stopClockForEachTest();
beforeEach(async () => {
  [a, b] = [await newOrganization(), await newOrganization()];
  [tokenOfA, tokenOfB] = [await newToken(a), await newToken(b)];
  watchLog("warn");
});
afterEach(() => {
  vi.restoreAllMocks();
});

const put = (id: string, organization: string, token?: string, fields: Record<string, unknown> = {}) =>
  api(
    "PUT",
    `/articles/${id}`,
    { organizations: [organization], title: organization, ...fields },
    token ? { token } : {},
  );

const ownersOf = (id: string) =>
  rows(directoryOf(env), "SELECT organizations FROM article_owners WHERE id = ?", id);

/** KV as a location sees it that the latest writes have not reached: it shows no articles. */
function unreached(): void {
  const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
  const real = kv.get as (...parameters: unknown[]) => Promise<unknown>;
  vi.spyOn(kv, "get").mockImplementation(async function (this: KVNamespace, ...parameters) {
    const keys = [parameters[0] as unknown as string | string[]].flat();
    if (!keys.some((key) => key.startsWith("article:"))) return real.apply(this, parameters) as never;
    return (Array.isArray(parameters[0]) ? new Map(keys.map((key) => [key, null])) : null) as never;
  });
}

describe("an id that two organizations name at once", () => {
  test("belongs to exactly one of them, 25 times", async () => {
    for (let round = 0; round < 25; round++) {
      const id = fresh("race");
      const answers = await Promise.all([put(id, a, tokenOfA), put(id, b, tokenOfB)]);
      const statuses = answers.map(({ status }) => status);
      expect([...statuses].sort()).toEqual([201, 403]);
      const [winner, loser] = statuses[0] === 201 ? [a, b] : [b, a];
      expect(await json(api("GET", `/articles/${id}`), 200)).toMatchObject({ organizations: [winner] });
      const { articles } = await json<{ articles: ShownArticle[] }>(
        api("GET", `/articles?organization=${loser}`),
        200,
      );
      expect(articles.map((article) => article.id)).not.toContain(id);
    }
  });

  test("is refused as somebody else's existing article is", async () => {
    const id = fresh("taken");
    await json(put(id, a, tokenOfA), 201);
    const bodies = await Promise.all(
      [put(id, b, tokenOfB), put(fresh("x"), a, tokenOfB)].map(async (answer) => (await answer).text()),
    );
    expect(bodies[0]).toBe(bodies[1]);
  });

  test("in a batch and in a PUT, too: one of them has it", async () => {
    for (let round = 0; round < 10; round++) {
      const id = fresh("race");
      const line = { id, organizations: [a], title: "In a batch" };
      const [batch, single] = await Promise.all([
        json<{ results: { status: number }[] }>(
          api("POST", "/articles/batch", [line], { token: tokenOfA }),
          200,
        ),
        put(id, b, tokenOfB),
      ]);
      expect([batch.results[0]?.status, single.status].sort()).toEqual([201, 403]);
    }
  });
});

describe("whose an article is", () => {
  test("is known where KV does not show it yet: of an id of its publisher's, and of one of ours", async () => {
    const id = fresh("new");
    await json(put(id, a, tokenOfA), 201);
    const drawn = await json<ShownArticle>(
      api("POST", "/articles", { organizations: [a], title: "Drawn" }, { token: tokenOfA }),
      201,
    );
    unreached();
    for (const each of [id, drawn.id]) {
      expect((await put(each, b, tokenOfB)).status).toBe(403);
      expect((await put(each, a, tokenOfA, { title: "Edited" })).status).toBe(200);
    }
  });

  test("moves with it: who has lost it may neither change nor withdraw it, whatever KV shows", async () => {
    const id = fresh("moved");
    await json(put(id, a, tokenOfA), 201);
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const stale = await env.RECORDS.get(`article:${id}`);
    await json(put(id, b), 200);
    const get = vi
      .spyOn(kv, "get")
      .mockImplementation((async (key: string | string[]) =>
        Array.isArray(key) ? new Map(key.map((one) => [one, stale])) : stale) as never);
    expect((await put(id, a, tokenOfA, { title: "Mine again" })).status).toBe(403);
    expect((await api("DELETE", `/articles/${id}`, undefined, { token: tokenOfA })).status).toBe(403);
    get.mockRestore();
    await publish(b);
    expect(await titlesIn(b)).toEqual([b]);
  });

  test("is what its record says in a store of an older version", async () => {
    const { page_url: _, ...article } = await newArticle(a, { title: "Of an older version" });
    const old = { ...article, id: fresh("old") };
    await env.RECORDS.put(`article:${old.id}`, JSON.stringify(old), {
      metadata: { version: await articleVersion(old) },
    });
    expect(await ownersOf(old.id)).toEqual([]);
    expect((await put(old.id, b, tokenOfB)).status).toBe(403);
    expect((await api("DELETE", `/articles/${old.id}`, undefined, { token: tokenOfB })).status).toBe(403);
    expect((await put(old.id, a, tokenOfA)).status).toBe(200);
    expect(await ownersOf(old.id)).toEqual([{ organizations: JSON.stringify([a]) }]);
  });

  test("is what another program says in KV, once the sweep has met it", async () => {
    const id = fresh("kv");
    await putRecord(`article:${id}`, { organizations: [b], title: "By hand" });
    await minute();
    expect(await ownersOf(id)).toEqual([{ organizations: JSON.stringify([b]) }]);
    unreached();
    expect((await put(id, a, tokenOfA)).status).toBe(403);
    expect((await put(id, b, tokenOfB)).status).toBe(200);
  });

  test("is not what an older record in KV says, until that has stood for two minutes", async () => {
    const id = fresh("kv");
    await minutes(2);
    await json(put(id, a, tokenOfA), 201);
    await putRecord(`article:${id}`, { organizations: [b], title: "Older, or another program's" });
    await minute();
    expect(await ownersOf(id)).toEqual([{ organizations: JSON.stringify([a]) }]);
    wait(LIMITS.KV_SETTLE_SECONDS * 1000);
    await minute();
    expect(await ownersOf(id)).toEqual([{ organizations: JSON.stringify([b]) }]);
    await publish(a);
    await publish(b);
    expect([await titlesIn(a), await titlesIn(b)]).toEqual([[], ["Older, or another program's"]]);
  });

  test("is the operator's to say in an import, too", async () => {
    const id = fresh("imported");
    await importLines([{ id, organizations: [a], title: "Imported" }]);
    expect((await put(id, b, tokenOfB)).status).toBe(403);
    await importLines([{ id, organizations: [b], title: "Imported", updated_at: "2050-01-01" }]);
    expect((await put(id, b, tokenOfB)).status).toBe(200);
    expect((await put(id, a, tokenOfA)).status).toBe(403);
  });

  test("is nobody's but the operator's where a record names no organization", async () => {
    const id = fresh("nobody");
    await putRecord(`article:${id}`, { title: "About nobody that is known" });
    expect((await put(id, a, tokenOfA)).status).toBe(403);
    expect((await api("DELETE", `/articles/${id}`, undefined, { token: tokenOfA })).status).toBe(403);
    expect((await put(id, a)).status).toBe(200);
  });
});

describe("content that cannot be rendered", () => {
  test("is refused alike at an id that is taken and at one that is free, and takes none", async () => {
    const deep = { content_html: "<div>".repeat(1_000) };
    const [taken, free] = [fresh("taken"), fresh("free")];
    await json(put(taken, b, tokenOfB), 201);
    const answers = await Promise.all([taken, free].map((id) => put(id, a, tokenOfA, deep)));
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    const [first, second] = await Promise.all(answers.map((answer) => answer.text()));
    expect(first).toBe(second);
    expect((await put(free, b, tokenOfB)).status).toBe(201);
  });
});

describe("what a claim costs", () => {
  test("a PUT of a new id is as many object calls as before there were claims", async () => {
    const costs = await costsOf(() => put(fresh("new"), a, tokenOfA));
    expect(costs.objectCalls).toEqual(["holder", "claim", "accept", "addToAudit"]);
    expect(costs).toMatchObject({ kvReads: 1, kvWrites: 1 });
  });

  test("a change of what has been still for two minutes is no more; its channel is asked before that", async () => {
    const id = fresh("edited");
    await json(put(id, a, tokenOfA), 201);
    const calls = async (title: string) => (await costsOf(() => put(id, a, tokenOfA, { title }))).objectCalls;
    expect(await calls("At once")).toEqual(["holder", "claim", "live", "accept", "addToAudit"]);
    wait(LIMITS.KV_SETTLE_SECONDS * 1000);
    expect(await calls("Later")).toEqual(["holder", "claim", "accept", "addToAudit"]);
  });

  test("five hundred articles with ids are one claim", async () => {
    const lines = Array.from({ length: 500 }, () => ({
      id: fresh("many"),
      organizations: [a],
      title: "Many",
    }));
    const costs = await costsOf(() => api("POST", "/articles/batch", lines, { token: tokenOfA }));
    expect(costs.objectCalls).toEqual(["holder", "claim", "accept", "addToAudit"]);
  });
});
