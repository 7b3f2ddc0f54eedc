import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { QUOTAS } from "../../../src/model/quota.ts";
import { DAY_MS, HOUR_MS } from "../../../src/model/time.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { takeTally } from "../../../src/store/tally.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf, sqlPrototype } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, publish, rows, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import {
  ADMIN_TOKEN,
  api,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  type ShownProblem,
} from "../../support/service.ts";
import { minutes } from "../../support/sweeping.ts";

const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
const USED_UP = "KV put() limit exceeded for the day.";

stopClockForEachTest();

let slug: string;

beforeEach(async () => {
  await reset(); // what the Directory remembers of quotas, too
  takeTally();
  watchLog("error");
  watchLog("warn");
  slug = await newOrganization();
  await publish(slug);
});
afterEach(() => {
  vi.restoreAllMocks();
});

const untilMidnightMs = (): number => DAY_MS - (Date.now() % DAY_MS);

/** Has KV refuse the documents of the organization until 00:00 UTC, and a publication fail. */
async function useUp(error = USED_UP): Promise<void> {
  await newArticle(slug, { title: "Late" });
  const { put } = kv;
  vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key: string, ...rest: unknown[]) {
    return key.startsWith(`${slug}/`)
      ? Promise.reject(new Error(error))
      : Reflect.apply(put, this, [key, ...rest]);
  } as KVNamespace["put"]);
  await publish(slug);
}

/** Runs the channel's alarms for a time. @returns how many there were */
async function alarmsWithin(ms: number): Promise<number> {
  const end = Date.now() + ms;
  for (let alarms = 0; ; alarms++) {
    const due = await alarmIn(channelOf(env, slug));
    if (due === null || Date.now() + due > end) {
      wait(end - Date.now());
      return alarms;
    }
    wait(Math.max(due, 0));
    await runDurableObjectAlarm(channelOf(env, slug));
  }
}

describe("a quota of KV that is used up", () => {
  test("is probed each hour at most, and again just after 00:00 UTC: nothing is lost", async () => {
    wait(untilMidnightMs() - 90 * 60_000); // half past ten in the evening
    await useUp();
    expect(await alarmsWithin(untilMidnightMs() - 1)).toBe(1);
    vi.restoreAllMocks();
    await alarmsWithin(130_000);
    expect(await titlesIn(slug)).toEqual(["Late"]);
  });

  test("stops nothing else: other organizations publish", async () => {
    await useUp();
    const other = await newOrganization();
    await newArticle(other, { title: "In time" });
    await publish(other);
    expect(await titlesIn(other)).toEqual(["In time"]);
  });

  test("is shown in GET /health, GET /usage, GET /metrics and the log, until 00:00 UTC", async () => {
    wait(untilMidnightMs() - 3 * HOUR_MS);
    const log = watchLog("error");
    await useUp();
    await minutes(2);
    expect(log).toContainEqual(expect.objectContaining({ event: "channel.documents", quota: "kv-writes" }));
    const health = await get("/health");
    expect([health.status, await health.json()]).toEqual([
      503,
      expect.objectContaining({ status: "degraded", quotas_used_up: ["kv-writes"] }),
    ]);
    expect(await json(api("GET", "/usage"), 200)).toMatchObject({ quotas_used_up: ["kv-writes"] });
    vi.restoreAllMocks();
    watchLog("error");
    wait(untilMidnightMs());
    expect(await (await get("/health")).json()).not.toHaveProperty("quotas_used_up");
    expect(await json(api("GET", "/usage"), 200)).toMatchObject({ quotas_used_up: [] });
  });

  test("is not what one refusal of the moment says: that is tried again in seconds", async () => {
    await useUp("KV PUT failed: 429 Too Many Requests");
    expect(await alarmIn(channelOf(env, slug))).toBe(5_000);
  });

  test("that was used up yesterday is no news today", async () => {
    wait(untilMidnightMs() - 60_000);
    await useUp();
    vi.restoreAllMocks();
    watchLog("error");
    watchLog("warn");
    wait(untilMidnightMs());
    await minutes(2);
    expect(await (await get("/health")).json()).not.toHaveProperty("quotas_used_up");
  });

  test("that the Directory itself finds used up is known with the next tick", async () => {
    const { health, sweep } = directoryOf(env);
    vi.spyOn(kv, "delete").mockRejectedValue(new Error("KV delete() limit exceeded for the day."));
    await api("DELETE", `/organizations/${slug}`);
    await sweep.tick();
    wait(HOUR_MS - 60_000);
    await sweep.tick({ "requests:": 1 }); // stores the counts
    wait(60_000);
    await runDurableObjectAlarm(directoryOf(env));
    wait(6 * 60_000);
    expect((await health.get()).usedUp).toEqual([]);
    await sweep.tick(); // of another isolate, which has nothing to tell
    expect((await health.get()).usedUp).toEqual(["kv-deletes"]);
  });

  test("is told to publishers with the time when it begins anew", async () => {
    vi.spyOn(kv, "put").mockRejectedValue(new Error(USED_UP));
    const answer = await api("POST", "/articles", { organizations: [slug], title: "Now" });
    expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([
      503,
      Math.ceil(untilMidnightMs() / 1000),
    ]);
    expect((await answer.json<ShownProblem>()).detail).toContain("kv-writes");
  });
});

describe("a quota of objects that is used up", () => {
  const refuse = (what: string) =>
    vi.spyOn(Object.getPrototypeOf(env.DIRECTORY), "get").mockImplementation(() => {
      throw new Error(`Exceeded allowed ${what} in Durable Objects free tier.`);
    });

  test.each([
    ["rows written", "object-rows-written"],
    ["rows read", "object-rows-read"],
    ["duration", "object-duration"],
    ["volume of requests", "object-requests"],
  ])(
    "(%s) is answered with 503 and the time when it begins anew, and shown in GET /health",
    async (what, quota) => {
      refuse(what);
      const answer = await api("GET", "/organizations");
      expect([answer.status, Number(answer.headers.get("retry-after"))]).toEqual([
        503,
        Math.ceil(untilMidnightMs() / 1000),
      ]);
      expect((await answer.json<ShownProblem>()).detail).toContain(quota);
      const health = await get("/health");
      expect([health.status, await health.json()]).toEqual([
        503,
        { status: "degraded", quotas_used_up: [quota] },
      ]);
      expect(QUOTAS).toContain(quota);
    },
  );

  test("is logged in one line by an alarm that cannot write down either what it has stopped", async () => {
    wait(DAY_MS); // what other tests have used up
    await newArticle(slug, { title: "Late" });
    const log = watchLog("error");
    await runInDurableObject(channelOf(env, slug), async (_object, { storage }) => {
      const sql = Object.getPrototypeOf(storage.sql) as SqlStorage;
      const { exec } = sql;
      vi.spyOn(sql, "exec").mockImplementation(function (
        this: SqlStorage,
        query: string,
        ...rest: unknown[]
      ) {
        if (/^\s*(INSERT|UPDATE|DELETE)/.test(query))
          throw new Error("Exceeded allowed rows written in Durable Objects free tier.");
        return Reflect.apply(exec, this, [query, ...rest]);
      } as typeof exec);
    });
    await publish(slug);
    expect(log).toMatchObject([{ event: "channel.documents", quota: "object-rows-written" }]);
    vi.restoreAllMocks();
    await minutes(11); // what isolates count is added up each ten
    expect(await (await get("/health")).json()).toMatchObject({ quotas_used_up: ["object-rows-written"] });
  });

  /** Has every object find that its rows of the day are used up. @returns the undoing */
  async function useUpRows(which: "read" | "written"): Promise<() => void> {
    const error = new Error(`Exceeded allowed rows ${which} in Durable Objects free tier.`);
    const sql = await sqlPrototype();
    const { exec } = sql;
    const stopped = which === "read" ? /^\s*(?!CREATE)/ : /^\s*(INSERT|UPDATE|DELETE)/;
    sql.exec = function (this: SqlStorage, query: string, ...parameters: unknown[]) {
      if (stopped.test(query)) throw error;
      return Reflect.apply(exec, this, [query, ...parameters]);
    } as SqlStorage["exec"];
    return () => {
      sql.exec = exec;
    };
  }

  test("(rows written, while rows can be read) is shown in GET /health, /usage and /metrics, and stops no reading", async () => {
    await newArticle(slug, { title: "Here" });
    await publish(slug);
    const token = await newToken(slug);
    const undo = await useUpRows("written");
    try {
      const refused = await api("POST", "/articles", { organizations: [slug], title: "Now" });
      expect(refused.status).toBe(503);
      expect(await json(get("/health"), 503)).toMatchObject({ quotas_used_up: ["object-rows-written"] });
      expect(await json(api("GET", "/usage"), 200)).toMatchObject({
        quotas_used_up: ["object-rows-written"],
        today: { kv_writes: expect.any(Number) },
      });
      const metrics = await (await get("/metrics", { authorization: `Bearer ${ADMIN_TOKEN}` })).text();
      expect(metrics).toContain('communique_quota_used_up{quota="object-rows-written"} 1');
      expect(metrics).toMatch(/communique_quota_refusals_total\{quota="object-rows-written"\} [1-9]/);
      expect((await api("GET", `/articles?organization=${slug}`, undefined, { token })).status).toBe(200);
      expect((await get(`/${slug}/feed.json?q=nothing`)).status).toBe(200);
    } finally {
      undo();
    }
    wait(untilMidnightMs());
    await minutes(2);
    expect(await json(get("/health"), 200)).not.toHaveProperty("quotas_used_up");
    expect(await json(api("GET", "/usage"), 200)).toMatchObject({ quotas_used_up: [] });
  });

  test.each(["read", "written"] as const)(
    "(rows %s) stops ticks for an hour each time: KV is not listed in vain, and the log says it once",
    async (which) => {
      await minutes(60); // the sweep has used up its burst
      const log = watchLog("warn");
      const undo = await useUpRows(which);
      try {
        const costs = await costsOf(() => minutes(120));
        expect(costs.kvLists).toBeLessThanOrEqual(3);
        expect(log.map(({ event, quota }) => [event, quota])).toEqual(
          Array(log.length).fill(["quota.used-up", `object-rows-${which}`]),
        );
        expect(log.length).toBeLessThanOrEqual(3);
        expect((await get("/health")).status).toBe(503);
        expect(await (await get("/health")).json()).toMatchObject({
          quotas_used_up: [`object-rows-${which}`],
        });
      } finally {
        undo();
      }
      await newArticle(slug, { title: "Afterwards" });
      await runInDurableObject(channelOf(env, slug), (_object, { storage }) => storage.deleteAlarm());
      wait(untilMidnightMs() + 121_000);
      await minutes(5);
      expect(await alarmIn(channelOf(env, slug))).not.toBe(null);
    },
  );

  test("leaves no alarm that the platform would repeat, and the watchdog finds the work afterwards", async () => {
    await newArticle(slug, { title: "Late" });
    const channel = channelOf(env, slug);
    await runInDurableObject(channel, async (_object, { storage }) => {
      vi.spyOn(Object.getPrototypeOf(storage), "setAlarm").mockRejectedValue(
        new Error("Exceeded allowed rows written in Durable Objects free tier."),
      );
    });
    await publish(slug); // does not throw
    vi.restoreAllMocks();
    watchLog("error");
    watchLog("warn");
    await runInDurableObject(channel, (_object, { storage }) => storage.deleteAlarm());
    await minutes(15);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Late"]);
    expect(await rows(directoryOf(env), "SELECT name FROM watched WHERE name = ?", slug)).toHaveLength(1);
  });
});
