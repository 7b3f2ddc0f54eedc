import { createScheduledController, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import worker from "../../../src/index.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, directoryOf, endpointOf, followerOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, countRows, deliver, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, json, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { minute, minutes, putRecord } from "../../support/sweeping.ts";

let log: LogLine[];

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  log = watchLog("warn");
});

/** The names of the objects that were woken. */
const woken = () => log.filter(({ event }) => event === "watchdog.woke").map(({ name }) => name);

/** Organizations that the sweep has seen, each with an article to publish and its alarm lost. */
async function stuckOrganizations(count: number): Promise<string[]> {
  const slugs: string[] = [];
  for (let number = 1; number <= count; number++) slugs.push(await newOrganization());
  for (const slug of slugs) await newArticle(slug);
  await minutes(2 + Math.ceil((3 * count) / 50));
  for (const slug of slugs) {
    await runInDurableObject(channelOf(env, slug), (_channel, state) => state.storage.deleteAlarm());
  }
  log.length = 0;
  return slugs;
}

describe("the watchdog", () => {
  test("leaves objects alone that have nothing to do, but for their turn each day", async () => {
    const slugs = [await newOrganization(), await newOrganization(), await newOrganization()];
    for (const slug of slugs) await publish(slug);
    await minutes(5); // what the API wrote is news to the sweep
    for (const slug of slugs) await publish(slug);
    await minutes(4);
    const looks = vi.spyOn(Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace, "idFromName");
    await minutes(1_440);
    const looked = looks.mock.calls.map(([name]) => name).filter((name) => name !== "directory");
    expect(looked.sort()).toEqual(slugs.toSorted());
  }, 120_000);

  test("wakes what is stuck, all at once", async () => {
    const slugs = await stuckOrganizations(5);
    await minutes(2);
    expect(new Set(woken())).toEqual(new Set(slugs));
    for (const slug of slugs) expect(await alarmIn(channelOf(env, slug))).not.toBe(null);
  });

  test("stays within the free plan's subrequests in each tick, and checks all in ten minutes", async () => {
    const slugs = await stuckOrganizations(60);
    const looks: number[] = [];
    for (let tick = 1; tick <= 10; tick++) {
      const { objectCalls } = await costsOf(minute);
      looks.push(objectCalls.length);
    }
    expect(Math.max(...looks)).toBeLessThanOrEqual(50);
    expect(new Set(woken())).toEqual(new Set(slugs));
  });

  /** Has so many endpoints watched beside what there is. */
  const watchEndpoints = (count: number): Promise<unknown> =>
    rows(
      directoryOf(env),
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
        INSERT INTO watched (kind, name) SELECT 'endpoint', printf('end_%05d', n) FROM n`,
    );

  const loseAlarm = (stub: DurableObjectStub): Promise<void> =>
    runInDurableObject(stub, (_object, state) => state.storage.deleteAlarm());

  /** How many ticks pass until the alarm of an object is set. */
  async function ticksUntilWoken(stub: DurableObjectStub, most: number): Promise<number> {
    for (let ticks = 1; ticks <= most; ticks++) {
      await minute();
      if ((await alarmIn(stub)) !== null) return ticks;
    }
    return Number.POSITIVE_INFINITY;
  }

  test.each([300, 10_000])("wakes a channel within five minutes, also beside %i endpoints", async (count) => {
    const slug = await newOrganization();
    await publish(slug);
    await minutes(6);
    await watchEndpoints(count);
    await newArticle(slug);
    await loseAlarm(channelOf(env, slug));
    expect(await ticksUntilWoken(channelOf(env, slug), 10)).toBeLessThanOrEqual(5);
  });

  test("wakes a channel that an article reached by a token, or that a scheduled one waits in", async () => {
    const slug = await newOrganization();
    const token = await newToken(slug);
    await minutes(10);
    await publish(slug);
    await minutes(10);
    await json(api("POST", "/articles", { organizations: [slug], title: "Now" }, { token }), 201);
    await loseAlarm(channelOf(env, slug));
    expect(await ticksUntilWoken(channelOf(env, slug), 10)).toBeLessThanOrEqual(5);
    await publish(slug);
    const published_at = new Date(Date.now() + 5 * 3_600_000).toISOString();
    await newArticle(slug, { published_at });
    await minutes(10);
    await publish(slug);
    await loseAlarm(channelOf(env, slug));
    expect(await ticksUntilWoken(channelOf(env, slug), 400)).toBeLessThanOrEqual(300);
  });

  /** An organization with webhooks that were all alerted, and wait for their alarms. */
  async function alerted(count: number): Promise<{ slug: string; ids: string[] }> {
    const slug = await newOrganization();
    const ids: string[] = [];
    for (let number = 1; number <= count; number++) ids.push((await newWebhook(slug)).id);
    await publish(slug);
    await minutes(6);
    await newArticle(slug);
    while (await publish(slug));
    return { slug, ids: ids.sort() };
  }

  test("wakes any of 120 webhooks that were alerted within ten minutes, one after the other", async () => {
    const { ids } = await alerted(120);
    for (const id of ids) await loseAlarm(endpointOf(env, id));
    await minutes(10);
    expect(new Set(woken())).toEqual(new Set(ids));
    const { objectCalls } = await costsOf(minute);
    expect(objectCalls.length).toBeLessThanOrEqual(50);
  });

  test("wakes a webhook whose delivery is tried again, when that is due", async () => {
    receive(() => new Response(null, { status: 500 }));
    const { ids } = await alerted(1);
    const [id = ""] = ids;
    for (let failures = 1; failures <= 4; failures++) {
      wait(Math.max(0, (await alarmIn(endpointOf(env, id))) ?? 0));
      await deliver(id);
    }
    const due = Math.ceil(((await alarmIn(endpointOf(env, id))) ?? 0) / 60_000);
    expect(due).toBeGreaterThan(10);
    await minutes(6); // it is found to be busy
    await loseAlarm(endpointOf(env, id));
    const ticks = await ticksUntilWoken(endpointOf(env, id), due + 10);
    expect(ticks).toBeGreaterThanOrEqual(due - 7);
    expect(ticks).toBeLessThanOrEqual(due);
  });

  test("wakes a webhook whose deliveries are replayed", async () => {
    receive();
    const { slug, ids } = await alerted(1);
    const [id = ""] = ids;
    await deliver(id);
    await minutes(10);
    await api("POST", `/organizations/${slug}/webhooks/${id}/replay`, { since: "2039-01-01" });
    await loseAlarm(endpointOf(env, id));
    expect(await ticksUntilWoken(endpointOf(env, id), 10)).toBeLessThanOrEqual(5);
  });

  test("wakes a follower soon after its poll was due", async () => {
    const slug = await newOrganization();
    await json(
      api("PUT", `/organizations/${slug}`, { name: "Follows", sources: ["https://source.example/feed"] }),
      200,
    );
    await runDurableObjectAlarm(directoryOf(env));
    const [followed] = await rows(directoryOf(env), "SELECT name FROM watched WHERE kind = 'follower'");
    const follower = followerOf(env, String(followed?.name));
    await loseAlarm(follower);
    expect(await ticksUntilWoken(follower, 10)).toBeLessThanOrEqual(5);
  });

  test("does not take a check that is under way for one of what comes meanwhile", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await minutes(6);
    await publish(slug);
    await minutes(4);
    await newArticle(slug);
    wait(180_000);
    const { watch } = await directoryOf(env).sweep.tick();
    await publish(slug);
    const [check] = watch.checks.filter(({ name }) => name === slug);
    await newArticle(slug);
    await loseAlarm(channelOf(env, slug));
    await directoryOf(env).watchdog.checked([
      { kind: "channel", name: slug, checkMs: check?.checkMs ?? null, dueMs: null },
    ]);
    expect(await ticksUntilWoken(channelOf(env, slug), 10)).toBeLessThanOrEqual(5);
  });

  test("checks all objects of an older store once", async () => {
    await watchEndpoints(90);
    await rows(directoryOf(env), "UPDATE watched SET check_ms = 0"); // as the migration does
    await minutes(4);
    expect(await countRows(directoryOf(env), "watched WHERE check_ms IS NOT NULL")).toBe(0);
  });

  test("checks 300 objects within ten minutes also while each tick hands a record over", async () => {
    const slug = await newOrganization();
    await minutes(3);
    await watchEndpoints(300);
    await rows(directoryOf(env), "UPDATE watched SET check_ms = 0 WHERE kind = 'endpoint'");
    const calls: number[] = [];
    for (let tick = 1; tick <= 10; tick++) {
      await putRecord(`article:a${tick}`, { organizations: [slug], title: "News" });
      calls.push((await costsOf(minute)).objectCalls.length);
    }
    expect(await countRows(channelOf(env, slug), "articles")).toBe(10);
    expect(await countRows(directoryOf(env), "watched WHERE kind = 'endpoint' AND check_ms <= 0")).toBe(0);
    expect(Math.max(...calls)).toBeLessThanOrEqual(50);
  });

  test.each([300, 10_000])(
    "beside %i idle objects, six hours stay under two percent of a quarter of the free plan",
    async (count) => {
      const slug = await newOrganization();
      await publish(slug);
      await minutes(10);
      await publish(slug);
      await minutes(10);
      while (await runDurableObjectAlarm(directoryOf(env))) wait(60_000);
      await watchEndpoints(count);
      for (let number = 1; number <= LIMITS.WATCH_ROUND_A_DAY; number++)
        await endpointOf(env, `end_${String(number).padStart(5, "0")}`).wake(); // creates its tables
      const hours = await costsOf(() => minutes(360));
      expect(hours.objectCalls.length).toBeLessThanOrEqual(500);
      expect(hours.sqlRowsWritten + hours.alarmsSet).toBeLessThanOrEqual(500);
      expect(hours.sqlRowsRead).toBeLessThanOrEqual(25_000);
      expect(hours.kvLists).toBeLessThanOrEqual(125 + LIMITS.SWEEP_BURST);
      expect(hours).toMatchObject({ kvReads: 0, kvWrites: 0, kvDeletes: 0 });
    },
  );

  test("wakes endpoints, too, until their webhook is deleted", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await publish(slug);
    wait(120_000);
    await minutes(4);
    expect(woken()).toContain(id);
    await api("DELETE", `/organizations/${slug}/webhooks/${id}`);
    log.length = 0;
    await minutes(4);
    expect(woken()).not.toContain(id);
  });

  test("is not stopped by an object that cannot be reached", async () => {
    const errors = watchLog("error");
    const slugs = await stuckOrganizations(3);
    await rows(channelOf(env, slugs[1] ?? ""), "ALTER TABLE channel RENAME TO lost");
    await minutes(4);
    expect(errors.map(({ event, name }) => [event, name])).toContainEqual(["watchdog", slugs[1]]);
    expect(new Set(woken())).toEqual(new Set([slugs[0], slugs[2]]));
  });
});

describe("an object that does not answer a check", () => {
  /** Has each call of an object's `check` hang. Resolves when there was one. */
  function hangChecks(id: DurableObjectId): Promise<void> {
    const called = Promise.withResolvers<void>();
    const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
    const { get } = namespace;
    vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, ...parameters) {
      const stub = Reflect.apply(get, this, parameters);
      if (parameters[0].toString() !== id.toString()) return stub;
      const check = () => {
        called.resolve();
        return new Promise(() => {});
      };
      return new Proxy(stub, { get: (of, name) => (name === "check" ? check : Reflect.get(of, name)) });
    });
    return called.promise;
  }

  test.each([
    ["channel", (slug: string, _id: string) => env.CHANNEL.idFromName(slug)],
    ["endpoint", (_slug: string, id: string) => env.ENDPOINT.idFromName(id)],
  ])("holds up no other: %s", async (kind, hanging) => {
    const errors = watchLog("error");
    const [slug, other] = await stuckOrganizations(2);
    const { id } = await newWebhook(slug ?? "");
    await newWebhook(other ?? "");
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: Date.now() });
    await rows(directoryOf(env), "UPDATE watched SET check_ms = 0");
    const called = hangChecks(hanging(slug ?? "", id));
    const ticking = minute();
    await called;
    await vi.advanceTimersByTimeAsync(LIMITS.WATCH_ANSWER_MS);
    await ticking;
    const name = kind === "channel" ? slug : id;
    expect(errors).toMatchObject([{ event: "watchdog", kind, name }]);
    expect(woken()).toContain(other);
    expect(await countRows(directoryOf(env), "watched WHERE check_ms = 0")).toBe(0);
    expect(await rows(directoryOf(env), "SELECT name FROM watched WHERE failures > 0")).toEqual([{ name }]);
  });
});

describe("the scheduled handler", () => {
  const scheduled = () => worker.scheduled(createScheduledController({ cron: "* * * * *" }), env);

  test("ticks", async () => {
    const slug = await newOrganization();
    await env.RECORDS.put("article:a1", JSON.stringify({ organizations: [slug], title: "By hand" }));
    await scheduled();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["By hand"]);
  });

  test("logs a failure and lets the platform know, and the next tick works", async () => {
    const errors = watchLog("error");
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    const failing = vi.spyOn(kv, "list").mockRejectedValue(new Error("KV LIST failed: 500"));
    await expect(scheduled()).rejects.toThrow("KV LIST failed");
    expect(errors).toMatchObject([{ event: "tick", error: "Error: KV LIST failed: 500" }]);
    failing.mockRestore();
    await scheduled();
    expect(await directoryOf(env).problems.page(null)).toEqual({ problems: [], cursor: null });
  });
});
