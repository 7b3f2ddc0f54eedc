import { createScheduledController, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import worker from "../../../src/index.ts";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, newArticle, newOrganization } from "../../support/service.ts";
import { minute, minutes } from "../../support/sweeping.ts";

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
  test("looks at one object a tick, in turn", async () => {
    const slugs = [await newOrganization(), await newOrganization(), await newOrganization()];
    for (const slug of slugs) await publish(slug);
    await minutes(2); // what the API wrote is news to the sweep
    for (const slug of slugs) await publish(slug);
    const looks = vi.spyOn(Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace, "idFromName");
    await minutes(7);
    const looked = looks.mock.calls.map(([name]) => name).filter((name) => name !== "directory");
    expect(looked).toHaveLength(7);
    expect(new Set(looked.slice(0, 3))).toEqual(new Set(slugs));
    expect(looked.slice(3)).toEqual([...looked.slice(0, 3), looked[0]]);
  });

  test("wakes what is stuck, and looks at others at once then", async () => {
    const slugs = await stuckOrganizations(5);
    await minute();
    expect(woken().sort()).toEqual(slugs.toSorted());
    for (const slug of slugs) expect(await alarmIn(channelOf(env, slug))).toBe(0);
  });

  test("looks at twenty others at most", async () => {
    const slugs = await stuckOrganizations(30);
    const looks: number[] = [];
    for (let tick = 1; tick <= 3; tick++) {
      const { objectCalls } = await costsOf(minute);
      looks.push(objectCalls.filter((call) => call === "wake").length);
    }
    expect(Math.max(...looks)).toBe(21);
    expect(new Set(woken())).toEqual(new Set(slugs));
  });

  /** Has so many endpoints checked beside what there is. */
  const watchEndpoints = (count: number): Promise<unknown> =>
    rows(
      directoryOf(env),
      `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ${count})
        INSERT INTO watched (kind, name) SELECT 'endpoint', printf('end_%05d', n) FROM n`,
    );

  /** How many ticks pass until the alarm of an object is set. */
  async function ticksUntilWoken(stub: DurableObjectStub, most: number): Promise<number> {
    for (let ticks = 1; ticks <= most; ticks++) {
      await minute();
      if ((await alarmIn(stub)) !== null) return ticks;
    }
    return Number.POSITIVE_INFINITY;
  }

  test.each([300, 10_000])(
    "wakes a channel within three minutes, also beside %i endpoints",
    async (count) => {
      const [slug = ""] = await stuckOrganizations(1);
      await watchEndpoints(count);
      expect(await ticksUntilWoken(channelOf(env, slug), 10)).toBeLessThanOrEqual(3);
    },
  );

  test("checks all of 300 objects within ten minutes", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await minutes(3);
    await publish(slug);
    await watchEndpoints(299);
    const looks = vi.spyOn(Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace, "idFromName");
    await minutes(10);
    const endpoints = looks.mock.calls.map(([name]) => name).filter((name) => name.startsWith("end_"));
    expect(new Set(endpoints).size).toBe(299);
    expect(endpoints).toHaveLength(300);
  });

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
