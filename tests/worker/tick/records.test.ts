import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { tick } from "../../../src/scheduled.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, countRows, deliver, newWebhook, publish, titlesIn } from "../../support/objects.ts";
import { type Receiver, receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization } from "../../support/service.ts";
import { minute, minutes, problems, putRecord } from "../../support/sweeping.ts";

let receiver: Receiver;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  receiver = receive();
  watchLog("warn"); // the watchdog tells of alarms that a stopped clock held back
});

/** What the receivers were told: the type of each event and the title of its article. */
const told = (): [string, string][] =>
  receiver.received.map(({ body }) => {
    const { type, data } = JSON.parse(body);
    return [type, data.article.title];
  });

describe("an article that another program put into KV", () => {
  test("stands in the feeds and is told after a tick, once", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await putRecord("article:a1", { organizations: [slug], title: "By hand" });
    await minute();
    await publish(slug);
    await deliver(id);
    expect(await titlesIn(slug)).toEqual(["By hand"]);
    expect(told()).toEqual([["article.published", "By hand"]]);

    const second = await costsOf(minute);
    expect(second.kvWrites).toBe(0);
    expect(second.objectCalls).not.toContain("accept");
    await minutes(5);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
    expect(await deliver(id)).toBe(false);
  });

  test.each([7, "7", { major: 7 }])(
    "is taken in and followed with metadata of the program's own: version %o",
    async (version) => {
      const slug = await newOrganization();
      const put = (title: string): Promise<void> => {
        const record = JSON.stringify({ organizations: [slug], title });
        return env.RECORDS.put("article:a1", record, { metadata: { version } });
      };
      await put("First");
      await putRecord("article:a2", { organizations: [slug], title: "Other" });
      await minute();
      await publish(slug);
      expect((await titlesIn(slug)).sort()).toEqual(["First", "Other"]);
      await put("Second");
      await minutes(5);
      await publish(slug);
      expect((await titlesIn(slug)).sort()).toEqual(["Other", "Second"]);
    },
  );

  test("is told once by two ticks that overlap", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await putRecord("article:a1", { organizations: [slug], title: "By hand" });
    await Promise.all([tick(env), tick(env)]);
    await publish(slug);
    await deliver(id);
    expect(told()).toEqual([["article.published", "By hand"]]);
  });

  test("is dated by when it was first seen, whenever it is looked at", async () => {
    const slug = await newOrganization();
    await putRecord("article:a1", { organizations: [slug], title: "One" });
    await minute();
    const { articles } = await json<{ articles: unknown[] }>(
      api("GET", `/articles?organization=${slug}`),
      200,
    );
    expect(articles).toMatchObject([
      { published_at: "2040-01-01T00:01:00Z", updated_at: "2040-01-01T00:01:00Z" },
    ]);
    await minutes(5);
    await putRecord("article:a1", { organizations: [slug], title: "Two" });
    await minute();
    const later = await json(api("GET", `/articles?organization=${slug}`), 200);
    expect(later).toMatchObject({
      articles: [{ title: "Two", published_at: "2040-01-01T00:01:00Z", updated_at: "2040-01-01T00:07:00Z" }],
    });
  });

  test("and edited later is one update", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await putRecord("article:a1", { organizations: [slug], title: "One" });
    await minutes(3);
    await putRecord("article:a1", { organizations: [slug], title: "Two" });
    await minutes(3);
    await publish(slug);
    await deliver(id);
    expect(told()).toEqual([
      ["article.published", "One"],
      ["article.updated", "Two"],
    ]);
    expect(await titlesIn(slug)).toEqual(["Two"]);
  });

  test("and edited within two minutes of its announcement is an update when these are over", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await putRecord("article:a1", { organizations: [slug], title: "One" });
    await minute();
    await putRecord("article:a1", { organizations: [slug], title: "Two" });
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["One"]);
    await minute();
    await publish(slug);
    await deliver(id);
    expect(told()).toEqual([
      ["article.published", "One"],
      ["article.updated", "Two"],
    ]);
    await minutes(3);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
  });

  test("and withdrawn there is withdrawn", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const article = { organizations: [slug], title: "One" };
    await putRecord("article:a1", article);
    await minutes(3);
    await putRecord("article:a1", { ...article, withdrawn_at: "2040-01-01T00:03:00Z" });
    await minute();
    await publish(slug);
    await deliver(id);
    expect(told().at(-1)).toEqual(["article.withdrawn", "One"]);
    expect(await titlesIn(slug)).toEqual([]);
  });

  test("and taken from an organization leaves its feed, and no other", async () => {
    const [first, second] = [await newOrganization(), await newOrganization()];
    const webhook = await newWebhook(first);
    await putRecord("article:a1", { organizations: [first, second], title: "News" });
    await minutes(3);
    await putRecord("article:a1", { organizations: [second], title: "News" });
    await minute();
    for (const slug of [first, second]) await publish(slug);
    await deliver(webhook.id);
    expect(told()).toEqual([
      ["article.published", "News"],
      ["article.withdrawn", "News"],
    ]);
    expect([await titlesIn(first), await titlesIn(second)]).toEqual([[], ["News"]]);
  });

  test("for an organization that comes later waits for it", async () => {
    await putRecord("article:a1", { organizations: ["late"], title: "Early" });
    await minute();
    expect(await problems()).toMatchObject([
      {
        key: "article:a1",
        reason: "organization-unknown",
        errors: [{ path: "organizations.0", message: "there is no such organization" }],
        seen_at: "2040-01-01T00:01:00Z",
      },
    ]);
    await json(api("PUT", "/organizations/late", { name: "Late" }), 201);
    await minute();
    await publish("late");
    expect(await titlesIn("late")).toEqual(["Early"]);
    expect(await problems()).toEqual([]);
  });

  test("waits no longer for an organization that came while it was handed over", async () => {
    await putRecord("article:a1", { organizations: ["late"], title: "Early" });
    const { sweep } = directoryOf(env);
    const { changed } = await sweep.tick();
    await json(api("PUT", "/organizations/late", { name: "Late" }), 201);
    await sweep.handled(
      changed.map((record) => ({ record, organizations: [], waitsFor: "new-organization", problem: null })),
    );
    await minute();
    await publish("late");
    expect(await titlesIn("late")).toEqual(["Early"]);
  });

  test("costs no row when an organization comes, however many wait", async () => {
    await newOrganization();
    const { sqlRowsWritten } = await costsOf(() => newOrganization());
    for (let number = 1; number <= 60; number++)
      await putRecord(`article:a${number}`, { organizations: ["late"], title: "Early" });
    await minutes(3);
    expect(await countRows(directoryOf(env), "records WHERE waits_for = 'new-organization'")).toBe(60);
    expect((await costsOf(() => newOrganization())).sqlRowsWritten).toBe(sqlRowsWritten);
  });
});

describe("an organization that another program put into KV", () => {
  test("is there after a tick, with the articles that came with it", async () => {
    await putRecord("article:a1", { organizations: ["by-hand"], title: "News" });
    await putRecord("organization:by-hand", { name: "By hand" });
    await minute();
    expect((await get("/by-hand/feed.rss")).status).toBe(200);
    expect(await json(api("GET", "/organizations/by-hand"), 200)).toMatchObject({ name: "By hand" });
    await publish("by-hand");
    expect(await titlesIn("by-hand")).toEqual(["News"]);
    expect(await problems()).toEqual([]);
  });

  test("has other words after its record has", async () => {
    await putRecord("organization:by-hand", { name: "By hand" });
    await minutes(3);
    await putRecord("organization:by-hand", { name: "By another hand" });
    await minute();
    await publish("by-hand");
    expect(await json(get("/by-hand/feed.json"), 200)).toMatchObject({ title: "By another hand" });
  });
});

describe("what came by the API", () => {
  test("is nothing new to the tick", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug, { title: "One" });
    await publish(slug);
    await deliver(id);
    await minutes(3);
    await publish(slug);
    expect(await deliver(id)).toBe(false);
    expect(told()).toEqual([["article.published", "One"]]);
  });

  test("is not undone by an older record that KV still shows", async () => {
    const slug = await newOrganization();
    await json(api("PUT", "/articles/a1", { organizations: [slug], title: "One" }), 201);
    await minutes(3);
    const old = await env.RECORDS.get("article:a1");
    await json(api("PUT", "/articles/a1", { organizations: [slug], title: "Two" }), 200);
    const current = await env.RECORDS.getWithMetadata("article:a1");
    await putRecord("article:a1", old);
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Two"]);
    await env.RECORDS.put("article:a1", current.value ?? "", { metadata: current.metadata });
    await minutes(3);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Two"]);
  });

  test("is not undone by an organization's older record, nor by one that was deleted", async () => {
    const [renamed, closed] = [await newOrganization({ name: "Old" }), await newOrganization()];
    const stale = await Promise.all([renamed, closed].map((slug) => env.RECORDS.get(`organization:${slug}`)));
    await json(api("PUT", `/organizations/${renamed}`, { name: "New" }), 200);
    await api("DELETE", `/organizations/${closed}`);
    const current = (await env.RECORDS.get(`organization:${renamed}`)) ?? "";
    await putRecord(`organization:${renamed}`, stale[0]);
    await putRecord(`organization:${closed}`, stale[1]);
    await minute();
    await putRecord(`organization:${renamed}`, current);
    await env.RECORDS.delete(`organization:${closed}`);
    await minutes(3);
    await publish(renamed);
    expect(await json(get(`/${renamed}/feed.json`), 200)).toMatchObject({ title: "New" });
    expect((await get(`/${closed}/feed.json`)).status).toBe(410);
    expect((await api("GET", `/organizations/${closed}`)).status).toBe(404);
  });

  test("but was not announced, because the Worker died in between, is announced by the tick", async () => {
    const slug = await newOrganization();
    await json(api("PUT", "/articles/a1", { organizations: [slug], title: "One" }), 201);
    const { value, metadata } = await env.RECORDS.getWithMetadata("article:a1");
    await env.RECORDS.put("article:a2", value?.replace('"a1"', '"a2"') ?? "", { metadata });
    wait(1_000);
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["One", "One"]);
  });
});
