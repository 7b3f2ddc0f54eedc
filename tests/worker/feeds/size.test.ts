import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClock } from "../../support/clock.ts";
import { FORMAT_NAMES, walk } from "../../support/feeds.ts";
import { pushes, runSubscription, subscribe, subscriber, topicOf } from "../../support/hub.ts";
import { publish } from "../../support/objects.ts";
import { get, json, newArticle, newOrganization } from "../../support/service.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Almost as large as an article can be. JavaScript keeps it with two bytes a character, because of the dash. */
const LARGE = `– ${"x".repeat(389_000)}`;
const ARTICLES = 7;

let slug: string; // has seven articles, of which five fit into a feed

beforeAll(async () => {
  stopClock();
  slug = await newOrganization();
  for (let number = 1; number <= ARTICLES; number++) {
    await newArticle(slug, {
      title: `Number ${number}`,
      content_text: LARGE,
      published_at: `2039-12-0${number}T00:00:00Z`,
    });
  }
  await publish(slug);
});

describe.each(FORMAT_NAMES)("feed.%s of large articles", (format) => {
  test("has the newest that fit in 2 MB", async () => {
    const response = await get(`/${slug}/feed.${format}`);
    expect((await response.arrayBuffer()).byteLength).toBeLessThan(2_000_000);
    const [feed] = await walk(`/${slug}/feed.${format}`);
    expect(feed?.document.titles).toEqual([7, 6, 5, 4, 3].map((number) => `Number ${number}`));
  });

  test("leads to the others in its archive", async () => {
    const documents = await walk(`/${slug}/feed.${format}`);
    expect(documents.map(({ path }) => path)).toEqual([
      `/${slug}/feed.${format}`,
      `/${slug}/archive/1.${format}`,
    ]);
    const ids = new Set(documents.flatMap(({ document }) => document.ids));
    expect(ids.size).toBe(ARTICLES);
  });
});

test("JSON Feed names the archive as next_url", async () => {
  const feed = await json<{ next_url: string }>(get(`/${slug}/feed.json`), 200);
  expect(feed.next_url).toMatch(new RegExp(`/${slug}/archive/1.json$`));
});

test("a feed of as many large articles as there may be is pushed", async () => {
  const { received } = subscriber();
  const many = await newOrganization();
  await publish(many);
  await subscribe(topicOf(many));
  for (let number = 1; number <= 42; number++) await newArticle(many, { content_text: LARGE });
  await publish(many);
  await runSubscription(topicOf(many));
  expect(pushes(received)).toHaveLength(1);
  expect(pushes(received)[0]?.body.length).toBeGreaterThan(1_500_000);

  // More than an RPC message can hold, with two bytes a character: so it is streamed.
  const archive = await channelOf(env, many).documents.archive(1, "rss");
  expect(archive?.body).toBeInstanceOf(ReadableStream);
  const served = await (await get(`/${many}/archive/1.rss`)).text();
  expect(served.length).toBeGreaterThan(16_000_000);
  expect(served.split("<item>")).toHaveLength(43);
});
