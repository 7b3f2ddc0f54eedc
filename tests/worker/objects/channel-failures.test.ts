import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, countRows, deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, fresh, get, json, newArticle, newOrganization } from "../../support/service.ts";

const kv = Object.getPrototypeOf(env.DOCUMENTS) as KVNamespace;
const FORMATS = ["rss", "atom", "json"];

let log: LogLine[];

stopClockForEachTest();
beforeEach(() => {
  log = watchLog("error");
});

/** Whether each of an organization's documents has a text in it. */
const documentsWith = (slug: string, text: string): Promise<boolean[]> =>
  Promise.all(
    FORMATS.map(async (name) => (await (await get(`/${slug}/feed.${name}`)).text()).includes(text)),
  );

describe("an announcement that fails halfway", () => {
  test("changes neither ledger nor outbox nor alarm, and can be repeated", async () => {
    const slug = await newOrganization();
    await newWebhook(slug);
    await publish(slug);
    const channel = channelOf(env, slug);
    await rows(
      channel,
      "CREATE TRIGGER full BEFORE INSERT ON relay_entries BEGIN SELECT RAISE(ABORT, 'disk is full'); END",
    );
    const id = fresh("a");
    const article = { organizations: [slug], title: "One" };
    expect((await api("PUT", `/articles/${id}`, article)).status).toBe(503);
    for (const table of ["articles", "events", "relay_entries"])
      expect(await countRows(channel, table)).toBe(0);
    expect(await rows(channel, "SELECT seq, first_change_ms FROM channel")).toEqual([
      { seq: 0, first_change_ms: null },
    ]);
    expect(await alarmIn(channel)).toBe(null);

    await rows(channel, "DROP TRIGGER full");
    expect((await api("PUT", `/articles/${id}`, article)).status).toBe(200);
    for (const table of ["articles", "events", "relay_entries"])
      expect(await countRows(channel, table)).toBe(1);
  });

  test("accepts none of the articles in the same call", async () => {
    const slug = await newOrganization();
    await publish(slug);
    const channel = channelOf(env, slug);
    await rows(
      channel,
      `CREATE TRIGGER odd BEFORE INSERT ON articles WHEN (SELECT seq FROM channel) = 1
        BEGIN SELECT RAISE(ABORT, 'no'); END`,
    );
    const batch = [1, 2, 3].map((number) => ({ organizations: [slug], title: `News ${number}` }));
    expect(await json(api("POST", "/articles/batch", batch), 200)).toMatchObject({ accepted: 0, failed: 3 });
    for (const table of ["articles", "events", "relay_entries"])
      expect(await countRows(channel, table)).toBe(0);
  });
});

describe("when KV fails", () => {
  test("once, the documents are written by a retry", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    vi.spyOn(kv, "put").mockRejectedValueOnce(new Error("KV PUT failed: 429 Too Many Requests"));
    expect(await publish(slug)).toBe(true);
    expect(log).toMatchObject([{ level: "error", event: "channel.documents" }]);
    expect(await alarmIn(channelOf(env, slug))).toBe(5_000);
    expect(await publish(slug)).toBe(true);
    expect(await documentsWith(slug, "One")).toEqual([true, true, true]);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
  });

  test("alerts are still sent", async () => {
    const receiver = receive();
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed: 500"));
    await publish(slug);
    await deliver(id);
    expect(receiver.received).toHaveLength(1);
  });

  test("at the opening of a channel, the caller gets the error and can retry", async () => {
    const slug = fresh("org");
    const put = kv.put;
    const failing = vi.spyOn(kv, "put").mockImplementation(function (this: KVNamespace, key, ...rest) {
      if (key === `${slug}/feed.atom`) return Promise.reject(new Error("KV PUT failed: 500"));
      return Reflect.apply(put, this, [key, ...rest]);
    });
    expect((await api("PUT", `/organizations/${slug}`, { name: "Acme" })).status).toBe(503);
    failing.mockRestore();
    expect((await api("PUT", `/organizations/${slug}`, { name: "Acme" })).status).toBe(201);
    expect(await documentsWith(slug, "Acme")).toEqual([true, true, true]);
  });
});

test("an alarm does not throw and is set again if storage fails", async () => {
  const slug = await newOrganization();
  await newArticle(slug);
  const channel = channelOf(env, slug);
  await rows(channel, "ALTER TABLE channel RENAME TO lost");
  expect(await runDurableObjectAlarm(channel)).toBe(true);
  expect(log.map(({ event }) => event)).toEqual(["channel.alarm"]);
  expect(await alarmIn(channel)).toBe(5_000);
});

test("a channel keeps its state after an eviction", async () => {
  const slug = await newOrganization();
  await newArticle(slug, { title: "One" });
  await evictDurableObject(channelOf(env, slug));
  await publish(slug);
  expect(await documentsWith(slug, "One")).toEqual([true, true, true]);
});

test("publishes a change that arrives while documents are written", async () => {
  const slug = await newOrganization();
  await newArticle(slug, { title: "One" });
  const put = kv.put;
  let late: Promise<unknown> | undefined;
  vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, key, ...rest) {
    if (key.startsWith(slug)) {
      late ??= newArticle(slug, { title: "Two" });
      await late;
    }
    return Reflect.apply(put, this, [key, ...rest]);
  });
  await publish(slug);
  expect(await documentsWith(slug, "Two")).toEqual([false, false, false]);
  await publish(slug);
  expect(await documentsWith(slug, "Two")).toEqual([true, true, true]);
});

test("removes documents that are written while the channel closes", async () => {
  const slug = await newOrganization();
  await newArticle(slug, { title: "One" });
  const put = kv.put;
  let closing: Promise<unknown> | undefined;
  vi.spyOn(kv, "put").mockImplementation(async function (this: KVNamespace, key, ...rest) {
    closing ??= channelOf(env, slug).organization.close();
    await vi.waitFor(async () =>
      expect(await rows(channelOf(env, slug), "SELECT closed FROM channel")).toEqual([{ closed: 1 }]),
    );
    return Reflect.apply(put, this, [key, ...rest]);
  });
  await publish(slug);
  await closing;
  expect(await Promise.all(FORMATS.map(async (name) => (await get(`/${slug}/feed.${name}`)).status))).toEqual(
    [410, 410, 410],
  );
});
