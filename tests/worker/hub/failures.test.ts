import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf, directoryOf, subscriptionOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import {
  addListeners,
  newTopic,
  objectOf,
  pushes,
  runSubscription,
  subscribe,
  subscriber,
} from "../../support/hub.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, countRows, publish, rows } from "../../support/objects.ts";
import { newArticle } from "../../support/service.ts";

let slug: string;
let topic: string;
let log: LogLine[];

stopClockForEachTest();
beforeEach(async () => {
  log = watchLog("error");
  ({ slug, topic } = await newTopic());
});

/** Makes a subscription's object unreachable until mocks are restored. */
function unreachable(id: string): void {
  const name = env.SUBSCRIPTION.idFromName(id).toString();
  const namespace = Object.getPrototypeOf(env.SUBSCRIPTION) as DurableObjectNamespace;
  const find = namespace.get;
  vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, one, ...rest) {
    if (one.toString() === name) throw new Error("the object cannot be reached");
    return Reflect.apply(find, this, [one, ...rest]);
  });
}

describe("a publication", () => {
  test("notifies a bounded number of subscriptions per alarm, with consecutive alarms", async () => {
    await addListeners(slug, topic, 100);
    await newArticle(slug);
    const channel = channelOf(env, slug);
    const first = await costsOf(() => publish(slug));
    expect(first.objectCalls).toEqual(Array(45).fill("news"));
    expect(first.kvWrites).toBe(3);
    expect(await alarmIn(channel)).toBe(0);
    const rest = await costsOf(async () => {
      while (await runDurableObjectAlarm(channel));
    });
    expect(rest.objectCalls).toHaveLength(55);
    expect(rest.kvWrites).toBe(0);
  });

  test("to ten thousand subscriptions is queued at once, and each alarm costs the same", async () => {
    await addListeners(slug, topic, LIMITS.SUBSCRIPTIONS_PER_TOPIC);
    await newArticle(slug);
    const channel = channelOf(env, slug);
    const first = await costsOf(() => publish(slug));
    expect(first.objectCalls).toEqual(Array(45).fill("news"));
    expect(first.sqlStatements).toBeLessThanOrEqual(500);
    expect(first.sqlRowsWritten).toBeLessThanOrEqual(LIMITS.SUBSCRIPTIONS_PER_TOPIC + 300);
    expect(await alarmIn(channel)).toBe(0);
    const next = await costsOf(() => runDurableObjectAlarm(channel));
    expect(next.objectCalls).toEqual(Array(45).fill("news"));
    expect(next.sqlRowsRead).toBeLessThanOrEqual(1_500);
    expect(next.sqlRowsWritten).toBeLessThanOrEqual(300);
  });

  test("removes subscriptions that have ended", async () => {
    await addListeners(slug, topic, 3);
    await newArticle(slug);
    await publish(slug);
    expect(await countRows(channelOf(env, slug), "subscriptions")).toBe(0);
  });

  test("retries failed subscriptions after the others", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    const { id } = (await rows(channelOf(env, slug), "SELECT id FROM subscriptions"))[0] ?? {};
    unreachable(String(id));
    await newArticle(slug);
    await publish(slug);
    expect(log.map(({ event }) => event)).toEqual(["channel.relay"]);
    expect(await alarmIn(channelOf(env, slug))).toBe(5_000);
    expect((await rows(channelOf(env, slug), "SELECT failures FROM relay_failures"))[0]).toEqual({
      failures: 1,
    });
    vi.restoreAllMocks();
    const { received: afterwards } = subscriber();
    wait(5_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    await runSubscription(topic);
    expect(pushes([...received, ...afterwards])).toHaveLength(1);
  });
});

test("a channel with the tables of an older version continues", async () => {
  const { received } = subscriber();
  await newArticle(slug, { title: "Before" });
  await publish(slug);
  await rows(channelOf(env, slug), "ALTER TABLE channel DROP COLUMN published_ms");
  await rows(channelOf(env, slug), "DROP TABLE published");
  await rows(channelOf(env, slug), "DELETE FROM schema_versions WHERE name IN ('channel', 'publications')");
  await evictDurableObject(channelOf(env, slug));
  await subscribe(topic);
  await newArticle(slug, { title: "After" });
  await publish(slug);
  await runSubscription(topic);
  expect(pushes(received)).toHaveLength(1);
});

describe("a subscription", () => {
  test("whose alarm was lost is woken by the tick", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    await newArticle(slug);
    await withoutFirstTry(() => publish(slug));
    const object = await objectOf(topic);
    await runInDurableObject(object, (_object, state) => state.storage.deleteAlarm());
    expect(await object.wake()).toBe(false);
    wait(60_000);
    expect(await object.wake()).toBe(true);
    expect(await alarmIn(object)).toBe(0);
    await runSubscription(topic);
    expect(pushes(received)).toHaveLength(1);
  });

  test("is checked by the watchdog while it lasts", async () => {
    subscriber();
    const watched = () => countRows(directoryOf(env), "watched WHERE kind = 'subscription'");
    const before = await watched();
    await subscribe(topic, { "hub.lease_seconds": "60" });
    expect(await watched()).toBe(before + 1);
    wait(60_000);
    await runSubscription(topic);
    expect(await watched()).toBe(before);
  });

  test("whose alarm fails retries, and does not throw", async () => {
    subscriber();
    await subscribe(topic);
    const object = await objectOf(topic);
    await rows(object, "ALTER TABLE subscription RENAME TO lost");
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(log.map(({ event }) => event)).toEqual(["subscription.alarm"]);
    expect(await alarmIn(object)).toBe(5_000);
  });

  test("starts later if its channel could not be reached after the verification", async () => {
    const { received } = subscriber();
    const name = env.CHANNEL.idFromName(slug).toString();
    const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
    const find = namespace.get;
    const mayAdd = () => Promise.resolve("yes");
    const add = () => Promise.reject(new Error("unreachable"));
    const failing = vi.spyOn(namespace, "get").mockImplementation(function (
      this: DurableObjectNamespace,
      one,
      ...rest
    ) {
      const stub = Reflect.apply(find, this, [one, ...rest]);
      if (one.toString() !== name) return stub;
      return new Proxy(stub, {
        get: (target, method) => {
          if (method === "subscribers") return { mayAdd, add };
          if (method === "documents") return Reflect.get(target, method);
          const value: unknown = Reflect.get(target, method);
          if (typeof value !== "function" || method === "fetch") return value;
          return (...parameters: unknown[]) => Reflect.apply(value, target, parameters);
        },
      });
    });
    await subscribe(topic);
    expect(log.map(({ event }) => event)).toEqual(["subscription.verify"]);
    failing.mockRestore();
    wait(5_000);
    await runSubscription(topic);
    await newArticle(slug);
    await publish(slug);
    await runSubscription(topic);
    expect(pushes(received)).toHaveLength(1);
  });

  test("that does not exist returns false for news, and sets no alarm", async () => {
    const object = subscriptionOf(env, "sub_nobody");
    expect(await object.lease.news({ id: "sub_nobody", topic, hub: null })).toBe(false);
    expect(await object.lease.get()).toBeNull();
    expect(await alarmIn(object)).toBeNull();
  });
});
