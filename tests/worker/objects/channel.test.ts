import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { alarmIn, publish, rows, titlesIn } from "../../support/objects.ts";
import { api, fresh, get, json, newArticle, newOrganization } from "../../support/service.ts";

stopClockForEachTest();

/** As many articles of an organization as are wanted, published minutes apart in 2030. */
async function newArticles(slug: string, count: number): Promise<void> {
  const batch = Array.from({ length: count }, (_, index) => ({
    organizations: [slug],
    title: `News ${index + 1}`,
    published_at: new Date(Date.UTC(2030, 0, 1, 0, index)).toISOString(),
  }));
  await json(api("POST", "/articles/batch", batch), 200);
}

describe("a channel publishes", () => {
  test("a second after a change", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticle(slug, { title: "One" });
    expect(await alarmIn(channelOf(env, slug))).toBe(1_000);
    expect(await titlesIn(slug)).toEqual([]);
    wait(1_000);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(await titlesIn(slug)).toEqual(["One"]);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
  });

  test("a second after the last change, and at most five seconds after the first", async () => {
    const slug = await newOrganization();
    await publish(slug);
    const alarms: (number | null)[] = [];
    for (const pause of [0, 800, 900, 900, 900, 900, 500]) {
      wait(pause);
      await newArticle(slug);
      alarms.push(await alarmIn(channelOf(env, slug)));
    }
    expect(alarms).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 600, 100]);
  });

  test("nothing if its alarm is early, and sets it again", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await newArticle(slug, { title: "One" });
    wait(300);
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(await titlesIn(slug)).toEqual([]);
    expect(await alarmIn(channelOf(env, slug))).toBe(700);
  });

  test("a burst of twenty articles with one write per document", async () => {
    const slug = await newOrganization();
    await publish(slug);
    const channel = channelOf(env, slug);
    for (let number = 1; number <= 20; number++) await newArticle(slug);
    wait(1_000);
    expect((await costsOf(() => runDurableObjectAlarm(channel))).kvWrites).toBe(3);
    expect(await titlesIn(slug)).toHaveLength(20);
  });

  test("nothing if nothing changed", async () => {
    const slug = await newOrganization();
    const id = fresh("a");
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "One" }), 201);
    await publish(slug);
    await json(api("PUT", `/articles/${id}`, { organizations: [slug], title: "One" }), 200);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
  });

  test("nothing if the description of the organization is unchanged", async () => {
    const slug = await newOrganization();
    await publish(slug);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 200);
    expect(await alarmIn(channelOf(env, slug))).toBe(1_000);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(0);
  });

  test("all documents again if the description has changed", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    await publish(slug);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme Incorporated" }), 200);
    expect((await costsOf(() => publish(slug))).kvWrites).toBe(3);
    const feed = await json(get(`/${slug}/feed.json`), 200);
    expect(feed).toMatchObject({ title: "Acme Incorporated", items: [{ title: "One" }] });
  });

  test("no feed for an article older than the newest fifty", async () => {
    const slug = await newOrganization();
    await newArticles(slug, 50);
    await newArticle(slug, { title: "Old", published_at: "2029-12-31" });
    await publish(slug);
    const etags = () =>
      Promise.all(
        ["rss", "atom", "json"].map(async (name) => (await get(`/${slug}/feed.${name}`)).headers.get("etag")),
      );
    const before = await etags();
    await newArticle(slug, { title: "Older", published_at: "2029-12-30" });
    await publish(slug);
    expect(await etags()).toEqual(before);
    expect(await titlesIn(slug)).not.toContain("Older");
    expect(await rows(channelOf(env, slug), "SELECT COUNT(*) AS live FROM articles WHERE live")).toEqual([
      { live: 52 },
    ]);
  });

  test("the fifty-first article if one of the fifty is withdrawn", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "Old", published_at: "2029-12-31" });
    const { id } = await newArticle(slug, { title: "New", published_at: "2031-01-01" });
    await newArticles(slug, 49);
    await publish(slug);
    expect(await titlesIn(slug)).not.toContain("Old");
    await api("DELETE", `/articles/${id}`);
    await publish(slug);
    expect((await titlesIn(slug)).slice(-2)).toEqual(["News 1", "Old"]);
  });

  test("articles from another version of the rendering again", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    await publish(slug);
    const channel = channelOf(env, slug);
    await rows(channel, `UPDATE articles SET rendering = '0', rss = '', atom = '', json = '{"title":"Old"}'`);
    await channel.organization.describe({
      slug,
      name: "Acme",
      description: "",
      language: "en",
      aliases: [],
      sources: [],
    });
    await publish(slug);
    expect(await titlesIn(slug)).toEqual(["One"]);
    expect(await (await get(`/${slug}/feed.rss`)).text()).toContain("<title>One</title>");
  });

  test("a later date with each change, even within one second", async () => {
    const slug = await newOrganization();
    const modified = async () => (await get(`/${slug}/feed.rss`)).headers.get("last-modified");
    const first = Date.parse((await modified()) ?? "");
    await newArticle(slug);
    await rows(channelOf(env, slug), "UPDATE channel SET first_change_ms = 0, last_change_ms = 0");
    await runDurableObjectAlarm(channelOf(env, slug));
    expect(Date.parse((await modified()) ?? "")).toBe(first + 1_000);
  });
});

describe("an organization that is closed", () => {
  test("has no feeds until it is reopened with the same description", async () => {
    const slug = await newOrganization();
    await newArticle(slug, { title: "One" });
    await publish(slug);
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(410);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 201);
    expect(await titlesIn(slug)).toEqual(["One"]);
  });

  test("publishes nothing, and sets no alarm", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await api("DELETE", `/organizations/${slug}`);
    await publish(slug);
    expect((await get(`/${slug}/feed.rss`)).status).toBe(410);
    expect(await alarmIn(channelOf(env, slug))).toBe(null);
    wait(3_600_000);
    expect(await channelOf(env, slug).wake()).toBe(false);
  });
});
