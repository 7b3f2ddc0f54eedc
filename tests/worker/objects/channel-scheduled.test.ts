import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import {
  alarmIn,
  countRows,
  deliveriesOf,
  newWebhook,
  publish,
  rows,
  titlesIn,
} from "../../support/objects.ts";
import { reset } from "../../support/reset.ts";
import { api, get, json, newOrganization, newToken, type ShownArticle } from "../../support/service.ts";
import { minute, putRecord } from "../../support/sweeping.ts";

const HOUR_MS = 3_600_000;

let slug: string;

stopClockForEachTest();
beforeEach(async () => {
  await reset();
  watchLog("warn");
  slug = await newOrganization();
  await publish(slug);
});

/** A time to come, as the API takes it. */
const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();

const put = (fields: Record<string, unknown> = {}, status = 201): Promise<ShownArticle> =>
  json(
    api("PUT", "/articles/a1", {
      organizations: [slug],
      title: "Secret",
      published_at: inMs(HOUR_MS),
      ...fields,
    }),
    status,
  );

const alarm = (): Promise<boolean> => runDurableObjectAlarm(channelOf(env, slug));
const pageStatus = async (): Promise<number> => (await get("/articles/a1")).status;

/** What anybody can see of the article: in the feed, on its page, as alerts. */
async function seen(webhook: Parameters<typeof deliveriesOf>[0]) {
  const alerts = (await deliveriesOf(webhook)).map(({ event_type }) => event_type);
  return { feed: await titlesIn(slug), page: await pageStatus(), alerts };
}

const NOTHING = { feed: [], page: 404, alerts: [] };
const ALL = { feed: ["Secret"], page: 200, alerts: ["article.published"] };

describe("an article that is published in the future", () => {
  test("is hidden until its date, and appears everywhere within two seconds after it", async () => {
    const webhook = await newWebhook(slug);
    await put();
    await publish(slug);
    expect(await seen(webhook)).toEqual(NOTHING);

    wait((await alarmIn(channelOf(env, slug))) ?? 0);
    expect(inMs(0)).toBe("2040-01-01T01:00:05.000Z");
    await alarm();
    expect(await alarmIn(channelOf(env, slug))).toBeLessThanOrEqual(1_000);
    wait(1_000);
    await alarm();
    expect(await seen(webhook)).toEqual(ALL);
    expect(await alarmIn(channelOf(env, slug))).toBeNull();
  });

  test("does not hold up another if it cannot be announced, and is tried again later and later", async () => {
    const broken = (offer: string) =>
      rows(channelOf(env, slug), "UPDATE held SET offer = ? WHERE id = 'a1' RETURNING id", offer);
    const lines = watchLog("error");
    await put();
    const [held] = await rows(channelOf(env, slug), "SELECT offer FROM held");
    const other = { organizations: [slug], title: "Other", published_at: inMs(HOUR_MS) };
    await json(api("PUT", "/articles/a2", other), 201);
    await broken("{}");
    wait(HOUR_MS + 1_000);
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Other"]);
    expect(await pageStatus()).toBe(404);
    for (let hour = 0; hour < 24; hour++) {
      wait(HOUR_MS);
      await alarm();
    }
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThan(30);
    expect(lines[0]).toMatchObject({
      event: "channel.release",
      organization: slug,
      article: "a1",
      failures: 1,
    });
    await broken(String(held?.offer));
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect((await titlesIn(slug)).sort()).toEqual(["Other", "Secret"]);
    expect(await alarmIn(channelOf(env, slug))).toBeNull();
  });

  test("is not released by an early alarm", async () => {
    const webhook = await newWebhook(slug);
    await put();
    wait(HOUR_MS - 1_000);
    await alarm();
    expect(await seen(webhook)).toEqual(NOTHING);
    expect(await alarmIn(channelOf(env, slug))).toBe(1_000);
  });

  test("is returned to tokens of its organization only", async () => {
    const { id } = await put();
    const [own, other] = [await newToken(slug), await newToken(await newOrganization())];
    expect(await json(api("GET", `/articles/${id}`, undefined, { token: own }), 200)).toMatchObject({
      title: "Secret",
      updated_at: "2040-01-01T01:00:05Z",
    });
    expect((await api("GET", `/articles/${id}`, undefined, { token: other })).status).toBe(403);
  });

  test("publishes the latest version once if it changes before its date", async () => {
    const webhook = await newWebhook(slug);
    await put({ title: "Draft" });
    wait(60_000);
    const changed = await put({ published_at: "2040-01-01T01:00:05Z" }, 200);
    expect(changed.updated_at).toBe("2040-01-01T01:00:05Z");
    expect(await put({ published_at: "2040-01-01T01:00:05Z" }, 200)).toEqual(changed);
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await seen(webhook)).toEqual(ALL);
  });

  test("can be postponed or published at once", async () => {
    const webhook = await newWebhook(slug);
    await put();
    await put({ published_at: inMs(2 * HOUR_MS) }, 200);
    wait(HOUR_MS + 1_000);
    await alarm();
    await publish(slug);
    expect(await seen(webhook)).toEqual(NOTHING);
    await put({ published_at: inMs(-1_000) }, 200);
    await publish(slug);
    expect(await seen(webhook)).toEqual(ALL);
    wait(2 * HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await seen(webhook)).toEqual(ALL);
  });

  test("is never published if it is withdrawn before its date", async () => {
    const webhook = await newWebhook(slug);
    await put();
    expect((await api("DELETE", "/articles/a1")).status).toBe(204);
    expect(await pageStatus()).toBe(404);
    wait(HOUR_MS + 1_000);
    await alarm();
    await publish(slug);
    expect(await seen(webhook)).toEqual({ ...NOTHING, page: 410 });
  });

  test("can move to another organization before its date", async () => {
    const other = await newOrganization();
    await put();
    await put({ organizations: [other] }, 200);
    wait(HOUR_MS + 1_000);
    await alarm();
    await publish(slug);
    await publish(other);
    expect([await titlesIn(slug), await titlesIn(other)]).toEqual([[], ["Secret"]]);
  });

  test("is withdrawn until its date if it was public before", async () => {
    const webhook = await newWebhook(slug);
    await put({ published_at: inMs(0) });
    await publish(slug);
    await put({}, 200);
    await publish(slug);
    expect(await seen(webhook)).toMatchObject({ feed: [], page: 404 });
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await seen(webhook)).toMatchObject({ feed: ["Secret"], page: 200 });
    const types = (await deliveriesOf(webhook)).map(({ event_type }) => event_type);
    expect(types.sort()).toEqual(["article.published", "article.published", "article.withdrawn"]);
  });

  test("stays scheduled while the organization is closed, and is published after it reopens", async () => {
    await put();
    const { name } = await json<{ name: string }>(api("GET", `/organizations/${slug}`), 200);
    await api("DELETE", `/organizations/${slug}`);
    wait(HOUR_MS + 1_000);
    await alarm();
    await json(api("PUT", `/organizations/${slug}`, { name }), 201);
    await publish(slug);
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Secret"]);
  });

  test("is also scheduled if another program wrote its record", async () => {
    await putRecord("article:a1", { organizations: [slug], title: "Secret", published_at: inMs(HOUR_MS) });
    await minute();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([]);
    expect(await pageStatus()).toBe(404);
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["Secret"]);
  });

  test("is not scheduled again by an out-of-date KV record after a withdrawal", async () => {
    await put();
    const { value, metadata } = await env.RECORDS.getWithMetadata("article:a1");
    await api("DELETE", "/articles/a1");
    await env.RECORDS.put("article:a1", value ?? "", { metadata });
    await minute();
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await titlesIn(slug)).toEqual([]);
  });

  test("leaves no rows behind", async () => {
    await put();
    wait(HOUR_MS);
    await alarm();
    await publish(slug);
    expect(await countRows(channelOf(env, slug), "held")).toBe(0);
  });
});

test("publishes all of sixty articles with the same date", async () => {
  const published_at = inMs(HOUR_MS);
  const lines = Array.from({ length: 60 }, (_, number) => ({
    id: `n${number}`,
    organizations: [slug],
    title: `No. ${number}`,
    published_at,
  }));
  await json(api("POST", "/articles/batch", lines), 200);
  wait(HOUR_MS);
  await alarm();
  expect(await alarmIn(channelOf(env, slug))).toBe(0);
  await alarm();
  expect(await countRows(channelOf(env, slug), "articles")).toBe(60);
});

test("publishes an article without a date at once", async () => {
  await put({ published_precision: "undated" });
  await publish(slug);
  expect(await titlesIn(slug)).toEqual(["Secret"]);
});
