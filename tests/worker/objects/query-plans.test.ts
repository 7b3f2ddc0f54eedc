import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { Headline } from "../../../src/model/headline.ts";
import type { ShownSource } from "../../../src/model/source.ts";
import { channelOf, directoryOf, endpointOf, followerOf, switchboardOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, deliverForDays, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { newLink, signedIn, Visitor } from "../../support/console.ts";
import {
  addListeners,
  newTopic,
  objectOf,
  runSubscription,
  subscribe,
  subscriber,
  topicOf,
} from "../../support/hub.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, deliveriesOf, newWebhook, publish, rows } from "../../support/objects.ts";
import { plansOf } from "../../support/plans.ts";
import { receive } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { newSharedWebhook, relay } from "../../support/shared.ts";
import { minutes, putRecord } from "../../support/sweeping.ts";
import { publisher, rss, work } from "../../support/upstream.ts";

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  watchLog("error");
});

/** The texts of all source files (Vite). */
const SOURCES = import.meta.glob("../../../src/**/*.ts", { query: "?raw", import: "default", eager: true });

/** The tables that files in some folders create. */
function tablesIn(...folders: string[]): string[] {
  const texts = Object.entries(SOURCES).filter(([path]) =>
    folders.some((folder) => path.includes(`/src/${folder}`)),
  );
  const created = texts.flatMap(([, text]) => [
    ...text.matchAll(/CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(/g),
  ]);
  return [...new Set(created.map(([, table]) => String(table)))].filter((table) => !UNREAD.includes(table));
}

/** One row each, read when an object starts, or written by the first event. */
const UNREAD = ["places", "names"];

/** Expects that what is done executes statements on every table of some folders, none of which scans one that grows. */
async function expectIndexed(folders: string[], act: () => Promise<unknown>): Promise<void> {
  const { statements, scans } = await plansOf(act);
  const missed = tablesIn(...folders).filter(
    (table) => !statements.some((one) => new RegExp(`\\b(FROM|INTO|UPDATE|JOIN) ${table}\\b`).test(one)),
  );
  expect(missed).toEqual([]);
  expect(scans).toEqual([]);
}

test("reports a statement that scans a growing table, also as one of several", async () => {
  const slug = await newOrganization();
  const queries = ["SELECT seq FROM events WHERE type = 'a'", "SELECT seq FROM events ORDER BY type LIMIT 2"];
  const { scans } = await plansOf(async () => {
    for (const query of queries) await rows(channelOf(env, slug), query);
    await rows(channelOf(env, slug), "SELECT seq FROM events LIMIT 2");
  });
  expect(scans).toEqual(queries.map((query) => `SCAN events: ${query}`));
});

test("no statement of a channel scans a growing table", async () => {
  const slug = await newOrganization();
  const channel = channelOf(env, slug);
  await expectIndexed(["objects/channel/", "objects/kit/"], async () => {
    await addListeners(slug, topicOf(slug), 3);
    const { id } = await newWebhook(slug, { filter: "tag=art", backfill: { last: 5 } });
    await newSharedWebhook([slug]);
    await runDurableObjectAlarm(directoryOf(env));
    const article = await newArticle(slug, { tags: ["art"] });
    await newArticle(slug, { published_at: new Date(Date.now() + 60_000).toISOString() });
    await publish(slug);
    await api("GET", `/organizations/${slug}/events`);
    await api("GET", `/organizations/${slug}/events?after=evt_unknown`);
    const readers = `/organizations/${slug}/readers`;
    const reader = await json<{ id: string }>(api("POST", readers, { description: "Ada" }), 201);
    await api("GET", readers);
    const aggregator = { "user-agent": "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 16 subscribers)" };
    await get(`/${slug}/feed.atom`, aggregator);
    await api("GET", `/organizations/${slug}/subscribers`);
    await api("DELETE", `${readers}/${reader.id}`);
    await channel.documents.archive(1, "rss");
    const states = ["published", "scheduled", "withdrawn"] as const;
    await channel.articles.list({ states, words: [], isShort: false, limit: 50, cursor: null });
    await channel.articles.known([article.id]);
    await channel.articles.announced("0");
    await channel.articles.scheduled("");
    await channel.webhooks.page(null);
    await api("POST", "/articles/preview", { organizations: [slug], title: "News" });
    await channel.announcements.of(article.id, null);
    await api("PUT", `/articles/${article.id}`, { organizations: [slug], title: "Changed" });
    await channel.versions.of(article.id);
    await channel.versions.at(article.id, 1);
    await channel.subscribers.page(null, null);
    await channel.subscribers.page(topicOf(slug), null);
    await api("PATCH", `/organizations/${slug}/webhooks/${id}`, { paused: true });
    const elsewhere = { url: "https://elsewhere.example/in" };
    await api("PATCH", `/organizations/${slug}/webhooks/${id}`, elsewhere, { token: await newToken(slug) });
    await channel.subscribers.mayAdd(topicOf(slug), "sub_other", "reader.example");
    wait(60_000);
    await runDurableObjectAlarm(channel);
    await publish(slug);
    await api("DELETE", `/articles/${article.id}`);
    wait(40 * 86_400_000);
    await channel.wake();
    await publish(slug);
    await api("DELETE", `/organizations/${slug}`);
  });
});

test("no statement of an endpoint scans a growing table", async () => {
  const { answer } = switchable(204);
  const { slug, webhook } = await alertsFor([], { retry_seconds: [5] });
  const shared = await newSharedWebhook([slug]);
  await runDurableObjectAlarm(directoryOf(env));
  await expectIndexed(["objects/endpoint/"], async () => {
    for (const [status, change] of [
      [204, { batch_seconds: 5 }],
      [500, { batch_seconds: null, ordered: true }],
      [429, { per_minute: 5 }],
      [500, { ordered: false }],
    ] as const) {
      answer.status = status;
      await newArticle(slug);
      await relay([slug], shared);
      await deliverForDays(webhook.id, 0.1);
      await api("PATCH", addressOf(webhook), change);
    }
    await deliverForDays(webhook.id, 2);
    await api("POST", `${addressOf(webhook)}/test`);
    await publish(slug);
    await api("PATCH", addressOf(webhook), { paused: true });
    await deliver(webhook.id);
    await api("POST", `${addressOf(webhook)}/enable`);
    for (const query of [
      "",
      "?status=failed",
      "?status=pending",
      "?status=delivered",
      "?status=superseded",
      "?article=a&type=b",
    ]) {
      await api("GET", `${addressOf(webhook)}/deliveries${query}`);
    }
    const [delivery] = await deliveriesOf(webhook);
    await api("POST", `${addressOf(webhook)}/deliveries/${delivery?.id}/retry`);
    await api("POST", `${addressOf(webhook)}/replay`, { status: "failed" });
    await api("POST", `${addressOf(webhook)}/replay`, { since: "2039-01-01" });
    wait(40 * 86_400_000);
    await deliverForDays(webhook.id, 2);
    await endpointOf(env, webhook.id).wake();
    await endpointOf(env, shared.id).wake();
    await api("DELETE", addressOf(webhook));
  });
});

test("no statement of a subscription scans a growing table", async () => {
  let status = 204;
  subscriber(() => new Response(null, { status }));
  const { slug, topic } = await newTopic();
  await subscribe(topic);
  const object = await objectOf(topic);
  await expectIndexed(["objects/subscription/"], async () => {
    for (status of [204, 500]) {
      await newArticle(slug);
      await publish(slug);
      await runSubscription(topic);
    }
    await subscribe(topic, { "hub.secret": "new" });
    await api("GET", `/organizations/${slug}/subscriptions`);
    await object.wake();
  });
});

test("no statement of the switchboard scans a growing table", async () => {
  receive();
  const [one, other] = [await newOrganization(), await newOrganization()];
  await expectIndexed(["objects/switchboard/"], async () => {
    const token = await newToken(one);
    const webhook = await newSharedWebhook([one, other], { backfill: { last: 5 } });
    const every = await newSharedWebhook("all");
    await newSharedWebhook([one], {}, token);
    await runDurableObjectAlarm(directoryOf(env));
    await newArticle([one, other]);
    await relay([one, other], webhook, every);
    await api("GET", "/webhooks");
    await api("PATCH", `/webhooks/${webhook.id}`, { organizations: [one], paused: true });
    const { tokens } = await json<{ tokens: { id: string }[] }>(api("GET", "/tokens"), 200);
    for (const { id } of tokens) await api("DELETE", `/tokens/${id}`);
    await api("DELETE", `/organizations/${other}`);
    await api("DELETE", `/webhooks/${every.id}`);
    wait(40 * 86_400_000);
    await switchboardOf(env).wake();
    await runDurableObjectAlarm(switchboardOf(env));
  });
});

const HEADLINE: Headline = {
  id: "a",
  organization: { slug: "acme", name: "Acme" },
  title: "News",
  published_at: "2030-01-01T00:00:00Z",
  updated_at: "2030-01-01T00:00:00Z",
};

test("no statement of the directory scans a growing table", async () => {
  subscriber(() => new Response(null, { status: 204 }));
  await expectIndexed(["objects/directory/"], async () => {
    const slug = await newOrganization();
    const { url } = publisher(rss([{ id: "a" }]));
    await api("PATCH", `/organizations/${slug}`, { sources: [url] });
    const { id } = await json<ShownSource>(api("POST", "/sources", { url }), 201);
    await api("GET", "/sources");
    await api("GET", `/organizations/${slug}/sources`);
    await api("DELETE", `/sources/${id}`);
    await newSharedWebhook("all");
    await newArticle(slug);
    const { id: tokenId, token, link } = await newLink(slug);
    await new Visitor().submit(link);
    const visitor = await signedIn(token);
    await visitor.get("/admin/sessions");
    await visitor.submit("/admin/sign-out");
    await directoryOf(env).sessions.send("form");
    await api("DELETE", `/tokens/${tokenId}`);
    await directoryOf(env).news.put(slug, []);
    await directoryOf(env).news.put(slug, [HEADLINE]);
    await directoryOf(env).news.latest();
    const headers = { "idempotency-key": crypto.randomUUID() };
    await api("POST", "/articles", { organizations: [slug], title: "Once" }, { headers });
    await putRecord("article:wrong", { organizations: [slug] });
    await putRecord("article:unknown", { organizations: ["nobody"], title: "News" });
    await putRecord("organization:foreign", { name: "Foreign" });
    await minutes(5);
    await api("GET", "/problems");
    await newToken(slug);
    await api("GET", "/tokens");
    await api("PUT", "/publishers", { publishers: [] });
    await api("GET", "/organizations");
    await api("GET", `/organizations/${slug}`);
    await api("POST", "/attributions", { text: "News" });
    await subscribe(topicOf(slug));
    await api("GET", "/usage");
    await api("GET", "/articles/unknown");
    await directoryOf(env).health.get();
    await directoryOf(env).health.details();
    await directoryOf(env).health.noted("kv-writes", Date.now());
    await runDurableObjectAlarm(directoryOf(env));
    await minutes(60);
    await api("DELETE", `/organizations/${slug}`);
    await runDurableObjectAlarm(directoryOf(env));
    await newOrganization();
  });
});

test("no statement of the audit log scans a growing table", async () => {
  const slug = await newOrganization();
  await expectIndexed(["objects/audit/"], async () => {
    await newArticle(slug);
    await newArticle([slug, await newOrganization()]);
    await api("GET", "/audit");
    await api("GET", `/organizations/${slug}/audit`);
    wait(400 * 86_400_000);
    await newArticle(slug);
  });
});

test("no statement of a follower scans a growing table", async () => {
  const one = publisher(rss([{ id: "a" }, { id: "b" }]));
  await expectIndexed(["follower/"], async () => {
    const slug = await newOrganization();
    const { id } = await json<ShownSource>(api("POST", "/sources", { url: one.url }), 201);
    await api("PATCH", `/organizations/${slug}`, { sources: [one.url] });
    wait(10_000);
    await work(id);
    await api("GET", `/sources/${id}`);
    wait(86_400_000);
    await work(id);
    await followerOf(env, id).wake();
    await api("DELETE", `/sources/${id}`);
    await runDurableObjectAlarm(directoryOf(env));
  });
});
