import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { rows } from "../../support/objects.ts";
import {
  api,
  fresh,
  json,
  newOrganization,
  newToken,
  type ShownArticle,
  type ShownProblem,
} from "../../support/service.ts";

let a: string;
let b: string;
let tokenOfA: string;
let tokenOfB: string;

stopClockForEachTest();
beforeEach(async () => {
  [a, b] = [await newOrganization(), await newOrganization()];
  [tokenOfA, tokenOfB] = [await newToken(a), await newToken(b)];
});
afterEach(() => {
  vi.restoreAllMocks();
});

const post = (key: string, fields: Record<string, unknown>, token = tokenOfA) =>
  api("POST", "/articles", fields, { token, headers: { "idempotency-key": key } });

/** Holds every write of an article's record until it is let go. No promise is shared: each request has its own I/O. */
function heldWrites(): { begun(): Promise<void>; letGo(): void } {
  const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
  const put = kv.put as (...parameters: unknown[]) => Promise<void>;
  const state = { begun: false, free: false };
  vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, ...parameters) {
    if (String(parameters[0]).startsWith("article:")) {
      state.begun = true;
      while (!state.free) await scheduler.wait(5);
    }
    return put.apply(this, parameters);
  });
  return {
    begun: async () => {
      while (!state.begun) await scheduler.wait(5);
    },
    letGo: () => {
      state.free = true;
    },
  };
}

describe("two requests with one key at once", () => {
  test("that name another organization's article are both refused, 30 times", async () => {
    const id = fresh("theirs");
    const theirs = { id, organizations: [b], title: "B's, not yet public", published_at: "2041-01-01" };
    await json(api("POST", "/articles", theirs, { token: tokenOfB }), 201);
    for (let round = 0; round < 30; round++) {
      const fields = { id, organizations: [a], title: "A's" };
      const answers = await Promise.all([post(`key-${round}`, fields), post(`key-${round}`, fields)]);
      expect(answers.map(({ status }) => status)).toEqual([403, 403]);
      for (const answer of answers) expect(await answer.text()).not.toContain("B's");
    }
  });

  test("are one article: the second has the answer of the first", async () => {
    const fields = { organizations: [a], title: "Once" };
    const held = heldWrites();
    const first = post("key", fields);
    await held.begun();
    const second = post("key", fields);
    held.letGo();
    const answers = await Promise.all([first, second].map((answer) => json<ShownArticle>(answer, 201)));
    expect(answers[1]).toEqual(answers[0]);
  });

  test("the second is told to come again when the first takes long, and has its answer then", async () => {
    const fields = { organizations: [a], title: "Once" };
    const held = heldWrites();
    const first = post("key", fields);
    await held.begun();
    const early = await post("key", fields);
    expect([early.status, early.headers.get("retry-after")]).toEqual([409, "1"]);
    const problem = (await early.json()) as ShownProblem;
    expect(problem.type).toBe("urn:communique:problem:idempotency-key-in-use");
    held.letGo();
    const created = await json(first, 201);
    const replayed = await post("key", fields);
    expect(replayed.headers.get("idempotency-replayed")).toBe("true");
    expect(await json(Promise.resolve(replayed), 201)).toEqual(created);
  });
});

describe("a repeated request", () => {
  test("has the answer of the first, also after the article has moved to another organization", async () => {
    const fields = { id: fresh("moved"), organizations: [a], title: "A's" };
    const first = await json<ShownArticle>(post("key", fields), 201);
    await json(api("PUT", `/articles/${fields.id}`, { organizations: [b], title: "B's secret" }), 200);
    expect(await json(post("key", fields), 201)).toEqual(first);
  });

  test("has it also after an edit, and after a withdrawal, and changes nothing", async () => {
    const fields = { organizations: [a], title: "First" };
    const first = await json<ShownArticle>(post("key", fields), 201);
    await json(api("PUT", `/articles/${first.id}`, { organizations: [a], title: "Edited" }), 200);
    expect(await json(post("key", fields), 201)).toEqual(first);
    expect(await json(api("GET", `/articles/${first.id}`), 200)).toMatchObject({ title: "Edited" });
    await api("DELETE", `/articles/${first.id}`);
    expect(await json(post("key", fields), 201)).toEqual(first);
    expect((await api("GET", `/articles/${first.id}`)).status).toBe(410);
  });

  test("has the status of the first, too: 200 where it changed what stood there", async () => {
    const id = fresh("stands");
    await json(api("PUT", `/articles/${id}`, { organizations: [a], title: "Before" }), 201);
    const fields = { id, organizations: [a], title: "After" };
    const first = await json(post("key", fields), 200);
    expect(await json(post("key", fields), 200)).toEqual(first);
  });

  test("has the organizations that were found then, with the evidence", async () => {
    const silk = await newOrganization({ name: "Zyxwv Council" });
    const token = await newToken(silk);
    const first = await json<ShownArticle>(post("key", { title: "News of the Zyxwv Council" }, token), 201);
    expect(first.attributions).toHaveLength(1);
    expect(await json(post("key", { title: "News of the Zyxwv Council" }, token), 201)).toEqual(first);
  });

  test("costs two object calls and writes nothing", async () => {
    const fields = { organizations: [a], title: "Once" };
    await json(post("key", fields), 201);
    const costs = await costsOf(() => post("key", fields));
    expect(costs).toMatchObject({ kvWrites: 0, objectCalls: ["holder", "claim"] });
  });

  test("of another token is another request", async () => {
    const other = await newToken(a);
    const fields = { organizations: [a], title: "Once" };
    const ids = [
      await json<ShownArticle>(post("key", fields), 201),
      await json<ShownArticle>(post("key", fields, other), 201),
    ];
    expect(new Set(ids.map(({ id }) => id)).size).toBe(2);
  });
});

describe("a request that did not succeed", () => {
  test("has not used its key when it was refused", async () => {
    const theirs = { id: fresh("theirs"), organizations: [b], title: "B's" };
    await json(api("POST", "/articles", theirs, { token: tokenOfB }), 201);
    expect((await post("key", { ...theirs, organizations: [a] })).status).toBe(403);
    expect(
      (await post("key", { organizations: [a], title: "T", content_html: "<b>".repeat(1_000) })).status,
    ).toBe(422);
    await json(post("key", { organizations: [a], title: "Another" }), 201);
  });

  test("may be sent again at once when it broke off, and is one article", async () => {
    watchLog("error");
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const full = vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed"));
    const fields = { organizations: [a], title: "Once" };
    expect((await post("key", fields)).status).toBe(503);
    full.mockRestore();
    await json(post("key", fields), 201);
    const { articles } = await json<{ articles: unknown[] }>(api("GET", `/articles?organization=${a}`), 200);
    expect(articles).toHaveLength(1);
  });

  test("that died may be sent again after a minute, by a key whose answer was never kept", async () => {
    watchLog("error");
    const fields = { organizations: [a], title: "Once" };
    const first = await json<ShownArticle>(post("key", fields), 201);
    await rows(
      directoryOf(env),
      "UPDATE claims SET answer = NULL, lease_until_ms = ?",
      Date.now() + LIMITS.IDEMPOTENCY_LEASE_SECONDS * 1000,
    );
    expect((await post("key", fields)).status).toBe(409);
    wait(LIMITS.IDEMPOTENCY_LEASE_SECONDS * 1000);
    expect(await json(post("key", fields), 200)).toEqual(first);
    expect((await post("key", { ...fields, title: "Another" })).status).toBe(422);
  });
});
