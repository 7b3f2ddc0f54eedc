import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { channelOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import {
  askHub,
  newTopic,
  runSubscription,
  subscribe,
  subscriber,
  subscription,
  topicOf,
} from "../../support/hub.ts";
import { publish, rows } from "../../support/objects.ts";
import { api, json, newOrganization, send } from "../../support/service.ts";

let slug: string;
let topic: string;
/** Tests share the stopped clock's minute: each has clients and a victim of its own. */
let number = 0;

stopClockForEachTest();
beforeEach(async () => {
  number++;
  ({ slug, topic } = await newTopic());
});

const client = (host: number) => `192.0.${number}.${host}`;
const victim = (path: number | string) => `https://victim-${number}.example/${path}`;
const anywhere = (at: number) => `https://r${at}-${number}.example/`;

/** Asks the hub from a client's address. */
const askFrom = (client: string, fields: Record<string, string>): Promise<Response> =>
  send("POST", "/hub", {
    headers: { "content-type": "application/x-www-form-urlencoded", "cf-connecting-ip": client },
    body: new URLSearchParams(fields).toString(),
  });

/** Asks for a number of subscriptions, each to another filtered feed; returns how many are to be verified. */
async function flood(from: string, count: number, callback: (at: number) => string): Promise<number> {
  let accepted = 0;
  for (let at = 0; at < count; at++) {
    const filtered = `${topic}?tag=${from.replace(/\W/g, "x")}-${at}`;
    const fields = subscription(filtered, { "hub.callback": callback(at) });
    if ((await askFrom(from, fields)).status === 202) accepted++;
  }
  return accepted;
}

describe("verifications, for any number of filtered feeds,", () => {
  test("are limited per host and client", async () => {
    expect(await flood(client(1), 60, victim)).toBe(LIMITS.VERIFICATIONS_OF_CLIENT_AT_HOST);
    wait(60_000);
    expect(await flood(client(1), 1, victim)).toBe(1);
  });

  test("are limited per client, over all hosts and feeds", async () => {
    expect(await flood(client(1), 120, anywhere)).toBe(LIMITS.VERIFICATIONS_PER_CLIENT);
    expect(await flood(client(2), 1, anywhere)).toBe(1);
  });

  test("are limited per host, with a share for each client", async () => {
    const accepted: number[] = [];
    for (let each = 1; each <= 6; each++) accepted.push(await flood(client(each), 40, victim));
    const { VERIFICATIONS_OF_CLIENT_AT_HOST: most, VERIFICATIONS_SHARE: share } = LIMITS;
    expect(accepted).toEqual([most, most, most, most, share, share]);
  });

  test("are counted per IPv6 network", async () => {
    const accepted: number[] = [];
    for (let host = 1; host <= 40; host++) accepted.push(await flood(`2001:db8::${host}`, 1, victim));
    expect(accepted.filter((count) => count === 1)).toHaveLength(LIMITS.VERIFICATIONS_OF_CLIENT_AT_HOST);
  });
});

describe("a flood against a host", () => {
  test("does not prevent verifications for other clients", async () => {
    await flood(client(1), 60, victim);
    const fields = subscription(topic, { "hub.callback": victim("honest") });
    expect((await askFrom("198.51.100.1", fields)).status).toBe(202);
  });

  test("does not prevent renewing and ending a confirmed subscription", async () => {
    subscriber();
    await subscribe(topic, { "hub.callback": victim("honest") });
    for (let each = 1; each <= 5; each++) await flood(client(each), 40, victim);
    const fields = subscription(topic, { "hub.callback": victim("honest") });
    expect((await askFrom(client(1), fields)).status).toBe(202);
    expect((await askFrom(client(1), { ...fields, "hub.mode": "unsubscribe" })).status).toBe(202);
  });

  test("has a limit of renewals per minute", async () => {
    subscriber();
    await subscribe(topic);
    const statuses: number[] = [];
    for (let time = 0; time <= LIMITS.RENEWALS_PER_MINUTE; time++) {
      statuses.push((await askHub(subscription(topic))).status);
    }
    expect(statuses.filter((status) => status === 202)).toHaveLength(LIMITS.RENEWALS_PER_MINUTE);
    expect(statuses.at(-1)).toBe(503);
  });
});

describe("confirmed subscriptions of callbacks at one host", () => {
  const confirm = (at: number) =>
    channelOf(env, slug).subscribers.add(`sub_${at}`, `${topic}?tag=${at}`, Date.now(), "many.example");

  test("are limited per organization; other hosts have room, and existing ones can be renewed", async () => {
    const { received } = subscriber();
    const callback = "https://many.example/first";
    await subscribe(topic, { "hub.callback": callback });
    for (let at = 1; at < LIMITS.SUBSCRIPTIONS_PER_HOST; at++) {
      expect(await confirm(at)).toBe(true);
    }
    expect(await confirm(LIMITS.SUBSCRIPTIONS_PER_HOST)).toBe(false);
    const late = await askHub(
      subscription(`${topic}?tag=late`, { "hub.callback": "https://many.example/late" }),
    );
    expect(late.status).toBe(409);
    expect(await late.text()).toContain("at one host");
    expect((await askHub(subscription(`${topic}?tag=late`))).status).toBe(202);
    expect((await askHub(subscription(topic, { "hub.callback": callback }))).status).toBe(202);
    expect(received).toHaveLength(1);
  });

  test("are denied if the host is full after the verification", async () => {
    const { received } = subscriber();
    const callback = "https://many.example/late";
    await askHub(subscription(topic, { "hub.callback": callback }));
    for (let at = 1; at <= LIMITS.SUBSCRIPTIONS_PER_HOST; at++) await confirm(at);
    await runSubscription(topic, callback);
    await runSubscription(topic, callback);
    expect(received.map(({ url }) => new URL(url).searchParams.get("hub.mode"))).toEqual([
      "subscribe",
      "denied",
    ]);
  });

  test("free their room when they end", async () => {
    for (let at = 1; at <= LIMITS.SUBSCRIPTIONS_PER_HOST; at++) await confirm(at);
    await channelOf(env, slug).subscribers.remove("sub_1");
    expect(await confirm(0)).toBe(true);
    const hosts = await rows(channelOf(env, slug), "SELECT DISTINCT host FROM subscriptions");
    expect(hosts).toEqual([{ host: "many.example" }]);
  });
});

describe("an unlisted and an unknown organization", () => {
  test.each(["subscribe", "unsubscribe"])("get the same response at the same cost to %s", async (mode) => {
    const hidden = await newOrganization({ unlisted: true });
    await publish(hidden);
    const closed = await newOrganization();
    await json(api("PUT", `/organizations/${closed}`, { name: "Acme" }), 200);
    await api("DELETE", `/organizations/${closed}`);
    for (const callback of ["https://reader.example/push", "https://10.0.0.1/", "nowhere"]) {
      const seen: unknown[] = [];
      for (const address of [
        topicOf(hidden),
        topicOf(closed),
        topicOf("nobody"),
        `${topicOf(hidden)}?tag=a`,
        `${topicOf("nobody")}?tag=a`,
      ]) {
        const answers: unknown[] = [];
        const { objectCalls } = await costsOf(async () => {
          const response = await askHub({
            ...subscription(address, { "hub.callback": callback }),
            "hub.mode": mode,
          });
          answers.push(response.status, await response.text());
        });
        seen.push([...answers, objectCalls]);
      }
      expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
      expect(seen[0]).toMatchObject([422, expect.any(String), expect.any(Array)]);
    }
  });
});
