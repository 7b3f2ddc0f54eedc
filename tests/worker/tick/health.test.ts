import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { Follower } from "../../../src/follower/follower.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { Channel } from "../../../src/objects/channel.ts";
import { Endpoint } from "../../../src/objects/endpoint.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { newWebhook, publish } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { ADMIN_TOKEN, api, get, json, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

interface Shown {
  status: string;
  objects_with_errors?: number;
  objects?: { kind: string; name: string; failing: string[]; since: string; overdue_since?: string }[];
  problems?: number;
}

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("error");
  watchLog("warn");
});

const OPERATOR = { authorization: `Bearer ${ADMIN_TOKEN}` };
const shown = async (headers: Record<string, string> = {}): Promise<Shown> =>
  (await get("/health", headers)).json();

/** An organization whose documents cannot be written, with news. */
async function failing(): Promise<string> {
  const slug = await newOrganization();
  await publish(slug);
  await newArticle(slug);
  const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
  vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed: 500"));
  await publish(slug);
  return slug;
}

describe("an object that fails", () => {
  test("is counted for everybody and named for the operator; after minutes the service is degraded", async () => {
    const slug = await failing();
    await minutes(4);
    expect(await shown()).toMatchObject({ status: "ok", objects_with_errors: 1 });
    await minutes(8);
    const response = await get("/health");
    expect(response.status).toBe(503);
    const text = await response.text();
    expect(JSON.parse(text)).toMatchObject({ status: "degraded", objects_with_errors: 1 });
    expect(text).not.toContain(slug);
    const { objects } = await shown(OPERATOR);
    // No alarm goes off by itself while the clock stands still, so it is late, too.
    expect(objects).toEqual([
      {
        kind: "channel",
        name: slug,
        failing: ["documents"],
        overdue_since: "2040-01-01T00:00:15Z",
        since: "2040-01-01T00:03:10Z",
      },
    ]);
    expect(await shown({ authorization: `Bearer ${await newToken(slug)}` })).not.toHaveProperty("objects");
  });

  test("is forgotten once it works again", async () => {
    const slug = await failing();
    await minutes(12);
    vi.restoreAllMocks();
    wait(3_600_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    await minutes(5);
    expect(await shown(OPERATOR)).toMatchObject({ status: "ok", objects: [] });
  });

  test("is forgotten once it is deleted", async () => {
    const slug = await failing();
    await minutes(12);
    vi.restoreAllMocks();
    await api("DELETE", `/organizations/${slug}`);
    await minutes(75);
    expect((await shown(OPERATOR)).objects).toEqual([]);
  });

  test("is forgotten if it is deleted while it is checked", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    vi.spyOn(Endpoint.prototype, "check").mockImplementation(async () => {
      await api("DELETE", `/organizations/${slug}/webhooks/${id}`);
      await publish(slug);
      throw new Error("out of memory");
    });
    await minutes(4);
    expect(Endpoint.prototype.check).toHaveBeenCalledOnce();
    await minutes(75);
    expect(await shown(OPERATOR)).toMatchObject({ objects: [] });
    expect(await shown()).not.toHaveProperty("objects_with_errors");
  });

  test("is forgotten if it is the follower of a source that nobody names any more", async () => {
    const slug = await newOrganization({ sources: ["https://upstream.example.org/feed"] });
    vi.spyOn(Follower.prototype, "check").mockRejectedValue(new Error("out of memory"));
    await minutes(4);
    expect((await shown(OPERATOR)).objects).toMatchObject([{ kind: "follower", failing: ["check"] }]);
    await json(api("PUT", `/organizations/${slug}`, { name: "Alone" }), 200);
    await runDurableObjectAlarm(directoryOf(env));
    expect((await shown(OPERATOR)).objects).toEqual([]);
  });

  test("is named if even its check fails", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    vi.spyOn(Channel.prototype, "check").mockRejectedValue(new Error("out of memory"));
    await minutes(4);
    expect((await shown(OPERATOR)).objects).toEqual([
      { kind: "channel", name: slug, failing: ["check"], since: expect.any(String) },
    ]);
  });
});

describe("the Directory, which nothing else checks", () => {
  const refusing = () => {
    const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
    const put = kv.put as (key: string, ...rest: unknown[]) => Promise<void>;
    vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
      if (key === "organizations.json") return Promise.reject(new Error("KV PUT failed: 500"));
      return Reflect.apply(put, this, [key, ...rest]);
    } as never);
  };

  test("is named when it fails, and forgotten once it works again", async () => {
    await newOrganization();
    refusing();
    for (let minute = 0; minute < 12; minute++) {
      await minutes(1);
      await runDurableObjectAlarm(directoryOf(env));
    }
    expect(await shown(OPERATOR)).toMatchObject({
      status: "degraded",
      objects: [{ kind: "directory", failing: ["publish-lists"] }],
    });
    vi.restoreAllMocks();
    wait(3_600_000);
    await runDurableObjectAlarm(directoryOf(env));
    await minutes(5);
    expect(await shown(OPERATOR)).toMatchObject({ status: "ok", objects: [] });
  });

  test("is not taken for an organization of its name", async () => {
    await json(api("PUT", "/organizations/directory", { name: "The Directory" }), 201);
    refusing();
    await minutes(1);
    await runDurableObjectAlarm(directoryOf(env));
    await minutes(10);
    expect((await shown(OPERATOR)).objects?.filter(({ kind }) => kind === "directory")).toHaveLength(1);
  });
});

test("what the operator sees counts the records that cannot be used", async () => {
  await env.RECORDS.put("article:x", "no JSON");
  await minutes(3);
  expect((await shown(OPERATOR)).problems).toBe(1);
  const { problems } = await json<{ problems: unknown[] }>(api("GET", "/problems"), 200);
  expect(problems).toHaveLength(1);
});

test("GET /health costs one object call and no KV read", async () => {
  const { kvReads, objectCalls } = await costsOf(() => shown());
  expect([kvReads, objectCalls]).toEqual([0, ["get"]]);
});

test("costs as few rows with as many objects with errors as are remembered", async () => {
  const failing = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => ({
      kind: "endpoint" as const,
      name: `end_${from + index}`,
      checkMs: null,
      dueMs: null,
      failing: ["deliver"],
    }));
  const { watchdog } = directoryOf(env);
  for (const { kind, name } of failing(0, LIMITS.OBJECT_ERRORS + 10)) await watchdog.watch({ kind, name });
  await watchdog.checked(failing(0, LIMITS.OBJECT_ERRORS));
  expect(await shown()).toMatchObject({ objects_with_errors: LIMITS.OBJECT_ERRORS });
  expect((await costsOf(() => get("/health"))).sqlRowsRead).toBeLessThan(20);
  const checked = await costsOf(() => directoryOf(env).watchdog.checked(failing(190, 20)));
  expect(checked.sqlRowsRead).toBeLessThan(20 * 10);
  expect(await shown()).toMatchObject({ objects_with_errors: LIMITS.OBJECT_ERRORS });
});
