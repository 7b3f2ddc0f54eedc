import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import * as v from "valibot";
import { beforeEach, describe, expect, test } from "vitest";
import { LIMITS } from "../../../src/model/limits.ts";
import { OrganizationInput, organizationFrom } from "../../../src/model/organization.ts";
import { channelOf, directoryOf, endpointOf, switchboardOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { countRows, deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { type Received, receive, verified } from "../../support/receiver.ts";
import { reset } from "../../support/reset.ts";
import {
  ADMIN_TOKEN,
  api,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  scopedToken,
  send,
} from "../../support/service.ts";
import { newSharedWebhook, relay, type SharedWebhook } from "../../support/shared.ts";

stopClockForEachTest();
beforeEach(reset); // a webhook for all organizations is for those of other tests, too

interface Body {
  type: string;
  sequence: number;
  data: {
    organization: { slug: string };
    organizations?: { slug: string; name: string; sequence: number; revision: number; event_id: string }[];
    article?: { id: string; title: string; revision: number };
    webhook?: { id: string };
  };
}
const bodyOf = ({ body }: Received): Body => JSON.parse(body);
const told = (received: readonly Received[]) =>
  received.map((one) => {
    const { type, data } = bodyOf(one);
    return [type, data.article?.title, ...(data.organizations ?? []).map(({ slug }) => slug)];
  });

/** Some organizations, in the order of their slugs. */
async function organizations(count: number): Promise<string[]> {
  const slugs: string[] = [];
  for (let number = 0; number < count; number++) slugs.push(await newOrganization({ name: `Org ${number}` }));
  return slugs;
}

describe("an article of several organizations", () => {
  test("arrives once and names all of them, with the id that it has in the first one's feed", async () => {
    const { received } = receive();
    const slugs = await organizations(3);
    const webhook = await newSharedWebhook("all");
    const { id } = await newArticle(slugs, { title: "Together" });
    await relay(slugs, webhook);
    expect(told(received)).toEqual([["article.published", "Together", ...slugs]]);
    const [request] = received;
    if (!request) throw new Error("nothing was sent");
    expect(verified(webhook.secret, request).data.article.id).toBe(id);
    const { data } = bodyOf(request);
    expect(data.organizations?.map(({ name }) => name)).toEqual(["Org 0", "Org 1", "Org 2"]);
    expect(request.headers["webhook-id"]).toBe(data.organizations?.[0]?.event_id);
    for (const { slug, event_id, sequence } of data.organizations ?? []) {
      const feed = await json<{ items: { _communique: { event: string } }[] }>(
        get(`/${slug}/feed.json`),
        200,
      );
      expect(feed.items[0]?._communique.event).toBe(event_id);
      const { events } = await json<{ events: { id: string; sequence: number }[] }>(
        api("GET", `/organizations/${slug}/events`),
        200,
      );
      expect(events.find(({ id: known }) => known === event_id)?.sequence).toBe(sequence);
    }
  });

  test("is sent at last without an organization whose event does not come, and not again when it comes", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook("all");
    await newArticle([one, other], { title: "Late" });
    await relay([one], webhook);
    expect(received).toEqual([]);
    wait(LIMITS.GATHER_MS);
    await deliver(webhook.id);
    expect(told(received)).toEqual([["article.published", "Late", one]]);
    await relay([other], webhook);
    expect(received).toHaveLength(1);
  });

  /** How many versions of articles wait to be told. */
  const waiting = async ({ id }: SharedWebhook) => {
    const query = "SELECT COUNT(*) AS count FROM gathered WHERE article IS NOT NULL";
    return (await rows(endpointOf(env, id), query))[0]?.count;
  };

  test("is sent in steps with others that waited as long, whatever their number", async () => {
    receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook("all");
    const some = Array.from({ length: 130 }, (_, at) => ({ organizations: [one, other], title: `${at}` }));
    await json(api("POST", "/articles/batch", some), 200);
    for (let alarm = 0; alarm < 6; alarm++) await relay([one]);
    expect(await waiting(webhook)).toBe(130);
    wait(LIMITS.GATHER_MS);
    await deliver(webhook.id);
    expect(await waiting(webhook)).toBe(130 - LIMITS.GATHERED_TOLD);
    await deliver(webhook.id);
    expect(await waiting(webhook)).toBe(0);
    const query = "SELECT DISTINCT data ->> '$.article.title' AS title FROM deliveries";
    expect(await rows(endpointOf(env, webhook.id), query)).toHaveLength(130);
  });

  test("is sent in steps with its older versions, whatever their size", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook("all");
    const { id } = await newArticle([one, other], { title: "First" });
    const content_text = "é".repeat(220_000);
    const count = Math.ceil(LIMITS.GATHERED_CHARACTERS / content_text.length) + 1;
    const say = (title: string, slugs: string[]) =>
      json(api("PUT", `/articles/${id}`, { organizations: slugs, title, content_text }), 200);
    for (let at = 0; at < count; at++) await say(`${at}`, [one, other]);
    await say("Last", [one]); // for no other organization to report
    for (let alarm = 0; alarm < 6; alarm++) await relay([one]);
    expect(await waiting(webhook)).toBe(count + 2);
    await deliver(webhook.id);
    expect(await waiting(webhook)).toBeGreaterThan(0);
    await deliver(webhook.id);
    expect(await waiting(webhook)).toBe(0);
    await deliver(webhook.id);
    expect(told(received).at(-1)).toEqual(["article.updated", "Last", one]);
  });

  test("names only organizations that the webhook is for, which wait for no other", async () => {
    const { received } = receive();
    const [one = "", other = "", stranger = ""] = await organizations(3);
    const webhook = await newSharedWebhook([other, one]);
    await newArticle([stranger, one, other], { title: "Shared" });
    await newArticle(stranger, { title: "Foreign" });
    await relay([one, other, stranger], webhook);
    expect(told(received)).toEqual([["article.published", "Shared", one, other]]);
  });

  test("is updated when it leaves one of them, and withdrawn when it is left in none", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook([one, other]);
    const narrow = await newSharedWebhook([other], { url: "https://narrow.example.com/" });
    const { id } = await newArticle([one, other], { title: "News" });
    await relay([one, other], webhook, narrow);
    await json(api("PUT", `/articles/${id}`, { organizations: [one], title: "News" }), 200);
    await relay([other, one], webhook, narrow);
    await api("DELETE", `/articles/${id}`);
    await relay([one, other], webhook, narrow);
    const at = (host: string) => told(received.filter(({ url }) => new URL(url).host === host));
    expect(at("hooks.example.com")).toEqual([
      ["article.published", "News", one, other],
      ["article.updated", "News", one],
      ["article.withdrawn", "News", one],
    ]);
    expect(at("narrow.example.com")).toEqual([
      ["article.published", "News", other],
      ["article.withdrawn", "News", other],
    ]);
    expect(received.filter(({ url }) => url.includes("hooks.")).map((one) => bodyOf(one).sequence)).toEqual([
      1, 2, 3,
    ]);
  });

  test("is an update when it comes to a second one, which a webhook without updates is not sent", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook([one, other], { events: ["article.published"] });
    const { id } = await newArticle(one, { title: "News" });
    await relay([one], webhook);
    await json(api("PUT", `/articles/${id}`, { organizations: [one, other], title: "News" }), 200);
    await relay([other, one], webhook);
    expect(told(received)).toEqual([["article.published", "News", one]]);
  });

  test("can return to what it said before: each announcement is sent", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook("all");
    const { id } = await newArticle([one, other], { title: "A" });
    const say = async (title: string) => {
      wait(60_000);
      await json(api("PUT", `/articles/${id}`, { organizations: [one, other], title }), 200);
      await relay([one, other], webhook);
    };
    await relay([one, other], webhook);
    await say("B");
    await say("A");
    expect(told(received).map(([, title]) => title)).toEqual(["A", "B", "A"]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(3);
  });

  test("is sent once although a channel hands its event over twice", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const webhook = await newSharedWebhook("all");
    await newArticle([one, other], { title: "Once" });
    await relay([one, other], webhook);
    for (const slug of [one, other]) {
      const channel = channelOf(env, slug);
      const [coverage] = await rows(channel, "SELECT organization_id FROM coverage");
      await rows(
        channel,
        "INSERT INTO relay_entries SELECT 'switchboard:' || ?, 1, 'event', MAX(seq) FROM events",
        String(coverage?.organization_id),
      );
      await channel.wake();
      await runDurableObjectAlarm(channel);
    }
    await relay([], webhook);
    wait(LIMITS.GATHER_MS);
    await deliver(webhook.id);
    expect(received).toHaveLength(1);
    expect(await countRows(endpointOf(env, webhook.id), "deliveries")).toBe(1);
  });

  test("replaces a delivery of its own that failed, whatever the sequences of its organizations", async () => {
    let status = 503;
    const { received } = receive(() => new Response(null, { status }));
    const [one = "", other = ""] = await organizations(2);
    // The other organization's sequence is ahead.
    for (const title of ["x", "y", "z"]) await newArticle(other, { title });
    await publish(other);
    const webhook = await newSharedWebhook("all");
    const { id } = await newArticle([other], { title: "Old" });
    await relay([other], webhook);
    status = 204;
    await json(api("PUT", `/articles/${id}`, { organizations: [one], title: "New" }), 200);
    await relay([one, other], webhook);
    wait(3_600_000);
    await deliver(webhook.id);
    expect(told(received).map(([, title]) => title)).toEqual(["Old", "New"]);
    const { deliveries } = await json<{ deliveries: { status: string }[] }>(
      api("GET", `/webhooks/${webhook.id}/deliveries`),
      200,
    );
    expect(deliveries.map((delivery) => delivery.status)).toEqual(["delivered", "superseded"]);
  });
});

describe("which organizations", () => {
  test("includes for the operator one that is created later, from its first article on", async () => {
    const { received } = receive();
    const webhook = await newSharedWebhook("all");
    const slug = await newOrganization();
    await newArticle(slug, { title: "First" });
    await relay([slug], webhook);
    expect(told(received)).toEqual([["article.published", "First", slug]]);
  });

  test("includes one that is imported, once its channel is restored", async () => {
    const { received } = receive();
    const webhook = await newSharedWebhook("all");
    const line = JSON.stringify({ type: "organization", slug: "imported", name: "Imported" });
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/x-ndjson" };
    expect((await send("POST", "/api/v1/import", { headers, body: `${line}\n` })).status).toBe(200);
    await runDurableObjectAlarm(directoryOf(env));
    await newArticle("imported", { title: "First" });
    await relay(["imported"], webhook);
    expect(told(received)).toEqual([["article.published", "First", "imported"]]);
  });

  test("waits for the channel of one that is imported, and logs no error", async () => {
    const logged = watchLog("error");
    await newSharedWebhook("all");
    await runDurableObjectAlarm(switchboardOf(env));
    const organization = organizationFrom("half-way", v.parse(OrganizationInput, { name: "Half Way" }));
    await directoryOf(env).organizations.restore({ organization, closed: false, changedMs: Date.now() });
    await runDurableObjectAlarm(directoryOf(env));
    await channelOf(env, "half-way").organization.restore(organization, false, null);
    expect(await countRows(channelOf(env, "half-way"), "coverage")).toBe(0);
    wait(5_000);
    await runDurableObjectAlarm(directoryOf(env));
    expect(await countRows(channelOf(env, "half-way"), "coverage")).toBe(1);
    expect(logged).toEqual([]);
  });

  test("applies the filter of each webhook", async () => {
    const { received } = receive();
    const [one = ""] = await organizations(1);
    const webhook = await newSharedWebhook("all", { filter: "tag=art" });
    await newArticle(one, { title: "Art", tags: ["art"] });
    await newArticle(one, { title: "Sport", tags: ["sport"] });
    await relay([one], webhook);
    expect(told(received).map(([, title]) => title)).toEqual(["Art"]);
  });

  test("ends an organization's part when it is deleted, also for a later one with the same slug", async () => {
    const { received } = receive();
    const [one = "", other = ""] = await organizations(2);
    const token = await newToken(one, other);
    const own = await newSharedWebhook("all", { url: "https://own.example.com/" }, token);
    const all = await newSharedWebhook("all");
    expect(own.organizations).toEqual([one, other].sort());
    await api("DELETE", `/organizations/${one}`);
    await runDurableObjectAlarm(switchboardOf(env));
    await json(api("PUT", `/organizations/${one}`, { name: "Another" }), 201);
    await newArticle([one, other], { title: "Private" });
    await newArticle(one, { title: "Secret" });
    await relay([one, other], own, all);
    expect(told(received.filter(({ url }) => url.includes("own.")))).toEqual([
      ["article.published", "Private", other],
    ]);
    expect(received.filter(({ url }) => url.includes("hooks."))).toHaveLength(2);
    expect(await json(api("GET", `/webhooks/${own.id}`, undefined, { token }), 200)).toMatchObject({
      organizations: [other],
    });
  });

  test("can be changed, by a token within its own", async () => {
    const { received } = receive();
    const [one = "", other = "", stranger = ""] = await organizations(3);
    const token = await newToken(one, other);
    const webhook = await newSharedWebhook([one], {}, token);
    const path = `/webhooks/${webhook.id}`;
    expect((await api("PATCH", path, { organizations: [stranger] }, { token })).status).toBe(403);
    expect((await api("PATCH", path, { organizations: [stranger] })).status).toBe(422);
    expect(await json(api("PATCH", path, { organizations: [other] }, { token }), 200)).toMatchObject({
      organizations: [other],
    });
    await newArticle(one, { title: "One" });
    await newArticle(other, { title: "Other" });
    await relay([one, other], webhook);
    expect(told(received).map(([, title]) => title)).toEqual(["Other"]);
  });

  test("stops the channel's handing over when no shared webhook is left", async () => {
    receive();
    const [one = ""] = await organizations(1);
    const { id } = await newSharedWebhook("all");
    expect(await countRows(channelOf(env, one), "coverage")).toBe(1);
    expect((await api("DELETE", `/webhooks/${id}`)).status).toBe(204);
    await newArticle(one);
    await publish(one);
    expect(await countRows(channelOf(env, one), "coverage")).toBe(0);
    expect(await countRows(switchboardOf(env), "events")).toBe(0);
    const later = await newOrganization();
    expect(await countRows(channelOf(env, later), "coverage")).toBe(0);
  });
});

describe("who may", () => {
  test("rejects organizations that a token is not for, and tokens without the scope", async () => {
    const [one = "", other = ""] = await organizations(2);
    const token = await newToken(one);
    const body = { organizations: [one, other], url: "https://hooks.example.com/" };
    expect((await api("POST", "/webhooks", body, { token })).status).toBe(403);
    expect((await api("POST", "/webhooks", { ...body, organizations: ["nobody-here"] })).status).toBe(422);
    expect((await api("POST", "/webhooks", { ...body, organizations: [] })).status).toBe(422);
    const reader = await scopedToken(one, "read");
    expect((await api("GET", "/webhooks", undefined, { token: reader })).status).toBe(403);
  });

  test("shows a token its own, and the operator all", async () => {
    const [one = ""] = await organizations(1);
    const [token, another] = [await newToken(one), await newToken(one)];
    const own = await newSharedWebhook([one], {}, token);
    const operators = await newSharedWebhook("all");
    const ids = async (of?: string) => {
      const listed = json<{ webhooks: SharedWebhook[] }>(
        api("GET", "/webhooks", undefined, of ? { token: of } : {}),
        200,
      );
      return (await listed).webhooks.map(({ id }) => id).sort();
    };
    expect(await ids()).toEqual([own.id, operators.id].sort());
    expect(await ids(token)).toEqual([own.id]);
    expect(await ids(another)).toEqual([]);
    for (const { id } of [own, operators])
      for (const [method, rest] of [
        ["GET", ""],
        ["DELETE", ""],
        ["POST", "/test"],
        ["GET", "/deliveries"],
      ])
        expect(
          (await api(method ?? "", `/webhooks/${id}${rest}`, undefined, { token: another })).status,
        ).toBe(403);
  });

  test("ends a token's webhooks when it is revoked, with what waits", async () => {
    const { received } = receive();
    const [one = ""] = await organizations(1);
    const token = await newToken(one);
    const webhook = await newSharedWebhook([one], {}, token);
    await newArticle(one);
    await publish(one);
    const tokenId = /^(tok_[0-9a-z]{26})/.exec(token)?.[1];
    expect((await api("DELETE", `/tokens/${tokenId}`)).status).toBe(204);
    await relay([one], webhook);
    wait(LIMITS.GATHER_MS);
    await deliver(webhook.id);
    expect(received).toEqual([]);
    expect((await api("GET", `/webhooks/${webhook.id}`)).status).toBe(404);
    expect(
      await switchboardOf(env).webhooks.add(
        { ...webhook, organization: "", owner: String(tokenId) },
        { secret: webhook.secret },
      ),
    ).toBe("full");
  });

  test("keeps the limit of a token's shared webhooks", async () => {
    const [one = ""] = await organizations(1);
    const token = await newToken(one);
    for (let number = 0; number < LIMITS.SHARED_WEBHOOKS_PER_TOKEN; number++)
      await newSharedWebhook([one], { url: `https://h${number}.example.com/` }, token);
    const body = { organizations: [one], url: "https://more.example.com/" };
    expect((await api("POST", "/webhooks", body, { token })).status).toBe(409);
  });
});

describe("everything that another webhook can do", () => {
  test("is tested, paused, rotated, replayed and explained", async () => {
    const { received } = receive();
    const [one = ""] = await organizations(1);
    const webhook = await newSharedWebhook("all", { ping: true });
    const path = `/webhooks/${webhook.id}`;
    await relay([], webhook);
    expect(bodyOf(received[0] as Received)).toMatchObject({
      type: "webhook.test",
      data: { webhook: { id: webhook.id } },
    });
    const tested = await api("POST", `${path}/test`);
    const { delivery_id, event_id } = await json<{ delivery_id: string; event_id: string }>(
      Promise.resolve(tested.clone()),
      202,
    );
    expect(tested.headers.get("location")).toBe(`/api/v1${path}/deliveries/${delivery_id}`);
    await relay([], webhook);
    expect(received[1]?.headers["webhook-id"]).toBe(event_id);
    await json(api("PATCH", path, { paused: true }), 200);
    const { id } = await newArticle(one, { title: "Held" });
    await relay([one], webhook);
    const explained = () => json<{ outcome: string }>(api("GET", `${path}/explain?article=${id}`), 200);
    expect(await explained()).toMatchObject({ outcome: "paused" });
    await json(api("POST", `${path}/enable`), 200);
    await deliver(webhook.id);
    expect(await explained()).toMatchObject({ outcome: "sent" });
    const { secret } = await json<{ secret: string }>(api("POST", `${path}/rotate-secret`), 200);
    expect(await json(api("POST", `${path}/replay`, { since: "2025-01-01" }), 202)).toEqual({ replayed: 1 });
    await deliver(webhook.id);
    expect(received.map((request) => bodyOf(request).data.article?.title)).toEqual([
      undefined,
      undefined,
      "Held",
      "Held",
    ]);
    expect(received[3]?.headers["webhook-id"]).toBe(received[2]?.headers["webhook-id"]);
    verified(secret, received[3] as Received);
    verified(webhook.secret, received[3] as Received);
    const shown = await json<Record<string, unknown>>(api("GET", path), 200);
    expect(shown).toMatchObject({ organizations: "all", owner: "admin", health: { state: "active" } });
    expect(shown).not.toHaveProperty("organization");
  });

  test("is told of older articles, each once, and with the ids that they have", async () => {
    const { received } = receive();
    const slugs = await organizations(2);
    const [one = "", other = ""] = slugs;
    await newArticle(slugs, { title: "Both" });
    await newArticle(other, { title: "Single" });
    await publish(one);
    await publish(other);
    for (const organizations of ["all", slugs] as const) {
      received.length = 0;
      const webhook = await newSharedWebhook(organizations, { backfill: { last: 5 } });
      await runDurableObjectAlarm(switchboardOf(env));
      await runDurableObjectAlarm(switchboardOf(env));
      await relay(slugs, webhook);
      expect(told(received).sort()).toEqual([
        ["article.published", "Both", one, other],
        ["article.published", "Single", other],
      ]);
      const feed = await json<{ items: { _communique: { event: string } }[] }>(get(`/${one}/feed.json`), 200);
      expect(received.map(({ headers }) => headers["webhook-id"])).toContain(
        feed.items[0]?._communique.event,
      );
    }
  });
});

describe("operational events", () => {
  test("of every organization's webhooks come to the operator's, if it asks for them", async () => {
    const { received } = receive(
      ({ url }) => new Response(null, { status: url.includes("gone") ? 410 : 204 }),
    );
    const [one = "", other = ""] = await organizations(2);
    const operators = await newSharedWebhook("all", {
      events: ["endpoint.disabled", "endpoint.secret_rotated", "endpoint.recovered"],
    });
    const failing = await newWebhook(one, { url: "https://gone.example.com/" });
    const rotated = await newWebhook(other, { url: "https://other.example.com/" });
    await newArticle(one, { title: "News" });
    await publish(one);
    await deliver(failing.id);
    await deliver(failing.id);
    await api("POST", `/organizations/${other}/webhooks/${rotated.id}/rotate-secret`);
    await json(api("POST", `/organizations/${one}/webhooks/${failing.id}/enable`), 200);
    await deliver(failing.id);
    await relay([one, other], operators);
    const at = received.filter(({ url }) => url.includes("hooks.")).map(bodyOf);
    expect(at.map(({ type, data }) => [type, data.organization.slug, data.webhook?.id]).sort()).toEqual([
      ["endpoint.disabled", one, failing.id],
      ["endpoint.recovered", one, failing.id],
      ["endpoint.secret_rotated", other, rotated.id],
    ]);
  });

  test("of a shared webhook come to the operator's others, and it stands among the problems", async () => {
    const { received } = receive(
      ({ url }) => new Response(null, { status: url.includes("gone") ? 410 : 204 }),
    );
    const [one = ""] = await organizations(1);
    const token = await newToken(one);
    const operators = await newSharedWebhook("all", { events: ["endpoint.disabled"] });
    const failing = await newSharedWebhook([one], { url: "https://gone.example.com/" }, token);
    await newArticle(one);
    await relay([one], failing);
    await deliver(failing.id);
    await relay([], operators);
    expect(received.filter(({ url }) => url.includes("hooks.")).map(bodyOf)).toMatchObject([
      { type: "endpoint.disabled", data: { webhook: { id: failing.id } } },
    ]);
    expect(await json(api("GET", "/problems"), 200)).toMatchObject({
      problems: [{ key: `webhook:${failing.id}`, reason: "webhook-disabled" }],
    });
  });
});

test("moves with an export: the operator's, paused, with a new secret, and unchanged the second time", async () => {
  const { received } = receive();
  const [one = "", other = ""] = await organizations(2);
  const all = await newSharedWebhook("all");
  const named = await newSharedWebhook([other], { url: "https://named.example.com/" });
  await newSharedWebhook([one], { url: "https://token.example.com/" }, await newToken(one));
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/x-ndjson" };
  let lines = "";
  for (let cursor = ""; ; ) {
    const page = await (
      await send("GET", `/api/v1/export${cursor && `?cursor=${cursor}`}`, { headers })
    ).text();
    lines += page;
    const last = JSON.parse(page.trim().split("\n").at(-1) ?? "{}");
    if (last.cursor === null) break;
    cursor = last.cursor;
  }
  const shared = lines.split("\n").filter((line) => line.includes('"shared-webhook"'));
  expect(shared.map((line) => JSON.parse(line).id)).toEqual([all.id, named.id].sort());
  await reset();
  const load = async () =>
    (await (await send("POST", "/api/v1/import", { headers, body: lines })).text())
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "shared-webhook");
  expect(await load()).toMatchObject([
    { status: 201, paused: true },
    { status: 201, paused: true },
  ]);
  expect(await load()).toMatchObject([{ outcome: "unchanged" }, { outcome: "unchanged" }]);
  for (const { id } of [all, named]) await json(api("PATCH", `/webhooks/${id}`, { paused: false }), 200);
  await runDurableObjectAlarm(directoryOf(env));
  await newArticle([one, other], { title: "Moved" });
  await relay([one, other], all, named);
  expect(told(received).sort()).toEqual(
    [
      ["article.published", "Moved", other],
      ["article.published", "Moved", ...[one, other]],
    ].sort(),
  );
});

test("names all organizations in a message for people", async () => {
  const { received } = receive();
  const slugs = await organizations(2);
  const webhook = await newSharedWebhook("all", { format: "text" });
  await newArticle(slugs, { title: "Together" });
  await relay(slugs, webhook);
  expect(received[0]?.body).toMatch(/^Org 0, Org 1: Together/);
});

test("is logged for the organizations that it names", async () => {
  const [one = ""] = await organizations(1);
  const token = await newToken(one);
  const { id } = await newSharedWebhook([one], {}, token);
  await api("DELETE", `/webhooks/${id}`, undefined, { token });
  const { entries } = await json<{ entries: object[] }>(
    api("GET", `/audit?organization=${one}`, undefined, { token: ADMIN_TOKEN }),
    200,
  );
  expect(entries.slice(0, 2)).toMatchObject([
    { action: "webhook.delete", object: id, organizations: [one] },
    { action: "webhook.create", object: id, organizations: [one] },
  ]);
});
