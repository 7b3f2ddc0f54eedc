import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { subscriptionOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { FORMAT_NAMES, linksIn, readDocumentText } from "../../support/feeds.ts";
import { subscriptionsOf, topicOf } from "../../support/hub.ts";
import { publish } from "../../support/objects.ts";
import { receive } from "../../support/receiver.ts";
import { api, get, json, newArticle, newOrganization, SITE, send } from "../../support/service.ts";
import { minutes, putRecord } from "../../support/sweeping.ts";

const HUB = "https://hub.example/ping";

stopClockForEachTest();

/** Runs the alarms of the hubs that an organization's feeds name. */
async function runHubs(slug: string): Promise<void> {
  for (const { id } of await subscriptionsOf(slug)) await runDurableObjectAlarm(subscriptionOf(env, id));
}

async function announce(slug: string, title = "News"): Promise<void> {
  await newArticle(slug, { title });
  await publish(slug);
  await runHubs(slug);
}

describe.each(FORMAT_NAMES)("feed.%s", (format) => {
  test.each([
    ["its own hub, where nothing is said", {}, [`${SITE}/hub`]],
    ["another hub instead", { hubs: [HUB] }, [HUB]],
    ["another hub beside its own", { hubs: [HUB, `${SITE}/hub`] }, [HUB, `${SITE}/hub`]],
    ["no hub", { hubs: [] }, undefined],
  ])("names %s: in headers of GET and HEAD, and in the document", async (_what, fields, hubs) => {
    const slug = await newOrganization(fields);
    await publish(slug);
    const path = `/${slug}/feed.${format}`;
    const whole = await get(path);
    expect(linksIn(whole).hub).toEqual(hubs);
    expect(linksIn(whole).self).toEqual([topicOf(slug, format)]);
    expect(linksIn(await send("HEAD", path))).toEqual(linksIn(whole));
    const { links } = readDocumentText(format, await whole.text());
    expect(links.self).toBe(topicOf(slug, format));
    expect([undefined, ...(hubs ?? [])]).toContain(links.hub);
    expect(links.hub === undefined).toBe(hubs === undefined);
  });
});

describe("hubs of an organization", () => {
  test.each([
    ["no address", ["hub"]],
    ["too many", [1, 2, 3, 4].map((n) => `https://h${n}.example/`)],
    ["too long together", [`https://hub.example/${"x".repeat(150)}`]],
    ["private", ["https://10.0.0.1/hub"]],
    ["loopback by another name", ["https://127.0.0.1.nip.io/"]],
    ["at another port", ["https://hub.example:8080/"]],
    ["plain http", ["http://hub.example/"]],
    ["with a password", ["https://user:secret@hub.example/"]],
    ["with a line break", ["https://hub.example/\r\nX: y"]],
    ["with white space", ["https://hub.example/a b"]],
  ])("rejects hubs that are %s", async (_what, hubs) => {
    const response = await api("PUT", "/organizations/hubs-test", { name: "Acme", hubs });
    expect(response.status).toBe(422);
  });
});

describe("another hub", () => {
  test("is notified of each changed feed, and of no others", async () => {
    const { received } = receive();
    const slug = await newOrganization({ hubs: [HUB] });
    await publish(slug);
    received.length = 0;
    await announce(slug);
    const pings = received.map(({ method, url, headers, body }) => {
      const form = new URLSearchParams(body);
      return [method, url, headers["content-type"], form.get("hub.mode"), form.get("hub.url")];
    });
    expect(pings.sort()).toEqual(
      FORMAT_NAMES.map((format) => [
        "POST",
        HUB,
        "application/x-www-form-urlencoded",
        "publish",
        topicOf(slug, format),
      ]).sort(),
    );
    await runHubs(slug);
    expect(received).toHaveLength(3);
  });

  test("is retried after a failure, like subscribers", async () => {
    let status = 500;
    const { received } = receive(() => new Response(null, { status }));
    const slug = await newOrganization({ hubs: [HUB] });
    await announce(slug);
    expect((await subscriptionsOf(slug)).map(({ kind, failures }) => [kind, failures])).toEqual([
      ["hub", 1],
      ["hub", 1],
      ["hub", 1],
    ]);
    status = 204;
    wait(6_000);
    await runHubs(slug);
    expect(received).toHaveLength(6);
    expect((await subscriptionsOf(slug)).map(({ failures }) => failures)).toEqual([0, 0, 0]);
  });

  test("is retried after a 410, because only the publisher removes it", async () => {
    receive(() => new Response(null, { status: 410 }));
    const slug = await newOrganization({ hubs: [HUB] });
    await announce(slug);
    expect(await subscriptionsOf(slug)).toHaveLength(3);
  });

  test("is not notified any more once it is removed", async () => {
    const { received } = receive();
    const slug = await newOrganization({ hubs: [HUB] });
    await announce(slug);
    const before = await subscriptionsOf(slug);
    await json(api("PUT", `/organizations/${slug}`, { name: "Acme" }), 200);
    expect(await subscriptionsOf(slug)).toEqual([]);
    for (const { id } of before) await runDurableObjectAlarm(subscriptionOf(env, id));
    received.length = 0;
    await announce(slug);
    expect(received).toEqual([]);
  });

  test("cannot be ended through the list of subscriptions", async () => {
    receive();
    const slug = await newOrganization({ hubs: [HUB] });
    await announce(slug);
    const [one] = await subscriptionsOf(slug);
    expect((await api("DELETE", `/organizations/${slug}/subscriptions/${one?.id}`)).status).toBe(405);
  });

  test("is not called at a URL that is not allowed", async () => {
    const { received } = receive();
    const slug = await newOrganization();
    await putRecord(`organization:${slug}`, { name: "Acme", hubs: ["https://10.0.0.1/hub"] });
    await minutes(4);
    await announce(slug);
    expect(received).toEqual([]);
    expect((await subscriptionsOf(slug))[0]?.last_failure?.detail).toContain("must not lead to");
  });
});
