import { beforeEach, describe, expect, test } from "vitest";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import {
  newTopic,
  pushes,
  questionIn,
  runSubscription,
  subscribe,
  subscriber,
  subscriptionsOf,
  topicOf,
} from "../../support/hub.ts";
import { publish } from "../../support/objects.ts";
import type { Received } from "../../support/receiver.ts";
import { api, json, newArticle, newOrganization, newToken } from "../../support/service.ts";

let slug: string;
let topic: string;

stopClockForEachTest();
beforeEach(async () => {
  ({ slug, topic } = await newTopic());
});

const SECRET_CALLBACK = "https://reader.example:8443/push/very-secret-path?key=word";
const path = (id = ""): string => `/organizations/${slug}/subscriptions${id && `/${id}`}`;

describe("the list of subscriptions", () => {
  test("shows terms, lease and health, but neither secret nor path", async () => {
    subscriber();
    await subscribe(topic, { "hub.secret": "a-secret-word", "hub.callback": SECRET_CALLBACK });
    const response = await api("GET", path());
    const text = await response.text();
    expect(JSON.parse(text)).toEqual({
      subscriptions: [
        {
          id: expect.stringMatching(/^sub_/),
          topic,
          kind: "subscriber",
          callback_host: "reader.example:8443",
          signed: true,
          created_at: "2040-01-01T00:00:05Z",
          lease_ends_at: "2040-01-11T00:00:05Z",
          last_delivery_at: null,
          failures: 0,
          last_failure: null,
          next_attempt_at: null,
        },
      ],
      cursor: null,
    });
    expect(text).not.toMatch(/a-secret-word|very-secret|word/);
  });

  test("can be filtered by topic, and has pages", async () => {
    subscriber();
    await subscribe(topicOf(slug, "rss"));
    for (let number = 0; number < 27; number++) {
      await subscribe(topic, { "hub.callback": `https://r${number}.example/` });
    }
    const query = `?topic=${encodeURIComponent(topic)}`;
    const first = await json<{ subscriptions: { id: string }[]; cursor: string }>(
      api("GET", path() + query),
      200,
    );
    const next = await subscriptionsOf(slug, `${query}&cursor=${first.cursor}`);
    const ids = [...first.subscriptions, ...next].map(({ id }) => id);
    expect(first.subscriptions).toHaveLength(25);
    expect(new Set(ids).size).toBe(27);
  });

  test("requires access to the organization", async () => {
    subscriber();
    await subscribe(topic);
    const [mine, other] = [await newToken(slug), await newToken(await newOrganization())];
    expect((await api("GET", path(), undefined, { token: mine })).status).toBe(200);
    expect((await api("GET", path(), undefined, { token: other })).status).toBe(403);
  });
});

describe("ending a subscription", () => {
  test("notifies the subscriber, and sends nothing more", async () => {
    const { received } = subscriber();
    await subscribe(topic, { "hub.callback": SECRET_CALLBACK });
    const [one] = await subscriptionsOf(slug);
    expect((await api("DELETE", path(one?.id))).status).toBe(204);
    expect(await subscriptionsOf(slug)).toEqual([]);
    await runSubscription(topic, SECRET_CALLBACK);
    const last = received.at(-1) as Received;
    expect(last.url.startsWith(`${SECRET_CALLBACK}&`)).toBe(true);
    expect(questionIn(last)).toMatchObject({ "hub.mode": "denied", "hub.topic": topic });
    await newArticle(slug);
    await publish(slug);
    expect(pushes(received)).toEqual([]);
    expect(await runSubscription(topic, SECRET_CALLBACK)).toBe(false);
  });

  test("returns 404 for an unknown one", async () => {
    expect((await api("DELETE", path("sub_none"))).status).toBe(404);
    expect((await api("GET", path("sub_none"))).status).toBe(404);
  });

  test("does not prevent a new subscription", async () => {
    const { received } = subscriber();
    await subscribe(topic);
    const [one] = await subscriptionsOf(slug);
    await api("DELETE", path(one?.id));
    await runSubscription(topic);
    await subscribe(topic);
    wait(1_000);
    await newArticle(slug, { title: "One" });
    await publish(slug);
    await runSubscription(topic);
    expect(pushes(received)).toHaveLength(1);
  });
});
