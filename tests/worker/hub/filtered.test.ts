import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest } from "../../support/clock.ts";
import { newArticles, readDocumentText } from "../../support/feeds.ts";
import {
  askHub,
  feedAt,
  pushes,
  runSubscription,
  subscribe,
  subscriber,
  subscription,
  subscriptionsOf,
} from "../../support/hub.ts";
import { publish } from "../../support/objects.ts";
import type { Received } from "../../support/receiver.ts";
import { newArticle, newOrganization, SITE } from "../../support/service.ts";

let one: string;
let two: string;

stopClockForEachTest();
beforeEach(async () => {
  one = await newOrganization({ name: "One" });
  two = await newOrganization({ name: "Two" });
  await publish(one);
  await publish(two);
});

const titlesIn = ({ body }: Received): string[] => readDocumentText("atom", body).titles;
const combined = () => `${SITE}/feed.atom?organization=${[one, two].sort().join(",")}`;

async function announce(slug: string, topic: string, fields: Record<string, unknown>): Promise<void> {
  await newArticle(slug, fields);
  await publish(slug);
  await runSubscription(topic);
}

describe("a combined feed", () => {
  test("names the hub, and is sent if one of its organizations publishes", async () => {
    const { received } = subscriber();
    const topic = combined();
    await subscribe(topic);
    await announce(one, topic, { title: "Of one", published_at: "2039-12-31T00:00:00Z" });
    await announce(two, topic, { title: "Of two" });
    expect(pushes(received).map(titlesIn)).toEqual([["Of one"], ["Of two", "Of one"]]);
    const feed = await feedAt(topic);
    expect(readDocumentText("atom", feed.body).links.hub).toBe(`${SITE}/hub`);
    expect(readDocumentText("atom", feed.body).links.self).toBe(topic);
    expect(pushes(received)[1]?.headers).toMatchObject({
      "content-type": feed.type,
      link: `<${SITE}/hub>; rel="hub", <${topic}>; rel="self"`,
    });
    expect(titlesIn(pushes(received)[1] as Received)).toEqual(readDocumentText("atom", feed.body).titles);
  });

  test("is in the list of each of its organizations", async () => {
    subscriber();
    await subscribe(combined());
    expect((await subscriptionsOf(one)).map(({ topic }) => topic)).toEqual([combined()]);
    expect((await subscriptionsOf(two)).map(({ topic }) => topic)).toEqual([combined()]);
  });

  test("is rejected as a topic if an organization is unknown", async () => {
    subscriber();
    const response = await askHub(subscription(`${SITE}/feed.atom?organization=nobody-here`));
    expect(response.status).toBe(422);
  });
});

describe("a filtered feed", () => {
  test("is sent as it is served, with what it has of the archive", async () => {
    const { received } = subscriber();
    await newArticle(one, { title: "First", tags: ["sport"], published_at: "2029-01-01" });
    await newArticles(one, 60);
    await publish(one);
    const topic = `${SITE}/${one}/feed.atom?tag=sport&exclude=language:ru`;
    await subscribe(topic);
    await announce(one, topic, { title: "Second", tags: ["sport"], published_at: "2031-01-01" });
    const [pushed] = pushes(received);
    expect(titlesIn(pushed as Received)).toEqual(["Second", "First"]);
    expect(pushed?.body).toBe((await feedAt(topic)).body);
  });

  test("is sent only if one of its items has changed", async () => {
    const { received } = subscriber();
    const topic = `${SITE}/${one}/feed.atom?tag=sport`;
    await subscribe(topic);
    await announce(one, topic, { title: "Opera", tags: ["music"] });
    expect(pushes(received)).toEqual([]);
    await announce(one, topic, { title: "Chess", tags: ["sport"] });
    await announce(one, topic, { title: "Ballet", tags: ["dance"] });
    expect(pushes(received).map(titlesIn)).toEqual([["Chess"]]);
  });
});
