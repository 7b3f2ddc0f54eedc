import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { channelOf, directoryOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import {
  newTopic,
  pushes,
  questionIn,
  questions,
  runSubscription,
  subscribe,
  subscriber,
  subscriptionsOf,
} from "../../support/hub.ts";
import { type LogLine, watchLog } from "../../support/log.ts";
import { alarmIn, newWebhook, publish, rows, titlesIn } from "../../support/objects.ts";
import {
  api,
  fresh,
  get,
  json,
  newArticle,
  newOrganization,
  newToken,
  scopedToken,
} from "../../support/service.ts";
import { minute } from "../../support/sweeping.ts";

const HOUR_MS = 3_600_000;

let errors: LogLine[];

stopClockForEachTest();
beforeEach(() => {
  errors = watchLog("error");
});

/** Makes an object unreachable until the mocks are restored. */
function cutOff(name: string): void {
  const id = env.CHANNEL.idFromName(name).toString();
  const namespace = Object.getPrototypeOf(env.CHANNEL) as DurableObjectNamespace;
  const find = namespace.get;
  vi.spyOn(namespace, "get").mockImplementation(function (this: DurableObjectNamespace, given, ...rest) {
    if (given.toString() === id) throw new Error("the object cannot be reached");
    return Reflect.apply(find, this, [given, ...rest]);
  });
}

/** The directory's alarm, when retries are due. */
async function later(): Promise<void> {
  wait(HOUR_MS);
  await runDurableObjectAlarm(directoryOf(env));
}

const put = (slug: string, name = "Acme") => api("PUT", `/organizations/${slug}`, { name });
const remove = (slug: string) => api("DELETE", `/organizations/${slug}`);
const shown = (slug: string) => api("GET", `/organizations/${slug}`);

describe("an organization whose deletion was interrupted", () => {
  test("is shown as closing, and its deletion is completed by the alarm", async () => {
    const slug = await newOrganization();
    await newArticle(slug);
    await publish(slug);
    cutOff(slug);
    expect((await remove(slug)).status).toBe(204);
    expect(await json(shown(slug), 200)).toMatchObject({ slug, state: "closing" });
    expect((await api("GET", "/organizations")).status).toBe(200);
    expect((await api("POST", "/articles", { organizations: [slug], title: "Late" })).status).toBe(422);
    expect((await get(`/${slug}/feed.json`)).status).toBe(200); // still: the channel publishes it
    expect(await alarmIn(directoryOf(env))).not.toBeNull();
    vi.restoreAllMocks();
    await later();
    expect((await shown(slug)).status).toBe(404);
    expect((await get(`/${slug}/feed.json`)).status).toBe(410);
    expect((await remove(slug)).status).toBe(404);
    expect(errors.map(({ event }) => event)).toContain("directory.relay");
  });

  test("is deleted even if the process died", async () => {
    const slug = await newOrganization();
    cutOff(slug);
    await remove(slug);
    await evictDurableObject(directoryOf(env));
    vi.restoreAllMocks();
    await later();
    expect((await shown(slug)).status).toBe(404);
    expect(await rows(channelOf(env, slug), "SELECT closed FROM channel")).toEqual([{ closed: 1 }]);
  });

  test("is deleted with all its webhooks by a second request", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    cutOff(slug);
    expect((await remove(slug)).status).toBe(204);
    vi.restoreAllMocks();
    watchLog("error");
    expect((await remove(slug)).status).toBe(204);
    expect((await shown(slug)).status).toBe(404);
    expect(await rows(directoryOf(env), "SELECT * FROM watched WHERE name = ?", id)).toEqual([]);
  });

  test("has its record deleted after KV failed", async () => {
    const slug = await newOrganization();
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    vi.spyOn(kv, "delete").mockRejectedValue(new Error("KV DELETE failed"));
    expect((await remove(slug)).status).toBe(204);
    expect(await json(shown(slug), 200)).toMatchObject({ state: "closing" });
    vi.restoreAllMocks();
    wait(300_000);
    await minute(); // the sweep meets the record, and does not open the organization again
    await minute();
    expect(await json(shown(slug), 200)).toMatchObject({ state: "closing" });
    await later();
    expect((await shown(slug)).status).toBe(404);
    expect(await env.RECORDS.get(`organization:${slug}`)).toBeNull();
  });

  test("is open with its newest description if it is created again at once", async () => {
    const slug = await newOrganization();
    cutOff(slug);
    await remove(slug);
    expect((await put(slug, "Other")).status).toBe(503);
    expect(await json(shown(slug), 200)).toEqual(expect.not.objectContaining({ state: "closing" }));
    vi.restoreAllMocks();
    await later();
    expect(await json(put(slug, "Third"), 200)).toMatchObject({ name: "Third" });
    expect(await titlesIn(slug)).toEqual([]);
  });
});

describe("an organization whose change was interrupted", () => {
  test("returns 503, exists, and its change is completed by the alarm", async () => {
    const slug = fresh("org");
    cutOff(slug);
    const refused = await put(slug);
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("2");
    expect(await env.RECORDS.get(`organization:${slug}`, "json")).toMatchObject({ name: "Acme" });
    vi.restoreAllMocks();
    await later();
    expect((await get(`/${slug}/feed.json`)).status).toBe(200);
    expect((await put(slug)).status).toBe(200);
  });

  test("has its record written after KV failed", async () => {
    const slug = await newOrganization();
    const kv = Object.getPrototypeOf(env.RECORDS) as KVNamespace;
    vi.spyOn(kv, "put").mockRejectedValue(new Error("KV PUT failed"));
    expect((await put(slug, "New")).status).toBe(503);
    vi.restoreAllMocks();
    await later();
    expect(await env.RECORDS.get(`organization:${slug}`, "json")).toMatchObject({ name: "New" });
  });
});

describe("a reused slug", () => {
  async function usedAgain(slug: string): Promise<void> {
    expect((await remove(slug)).status).toBe(204);
    await json(put(slug, "Another"), 201);
  }

  test("rejects the tokens of the previous organization", async () => {
    const [slug, other] = [await newOrganization(), await newOrganization()];
    const token = await newToken(slug, other);
    await usedAgain(slug);
    expect((await api("GET", `/organizations/${slug}`, undefined, { token })).status).toBe(403);
    const body = { organizations: [slug], title: "Mine" };
    expect((await api("POST", "/articles", body, { token })).status).toBe(403);
    expect((await api("GET", `/organizations/${other}`, undefined, { token })).status).toBe(200);
    const { tokens } = await json<{ tokens: { id: string; organizations: string[] }[] }>(
      api("GET", "/tokens"),
      200,
    );
    expect(tokens.find(({ id }) => token.startsWith(id))?.organizations).toEqual([other]);
    const anew = await newToken(slug);
    expect((await api("POST", "/articles", body, { token: anew })).status).toBe(201);
  });

  test("rejects the readers of the previous organization", async () => {
    const slug = await newOrganization({ unlisted: true });
    const { feeds } = await json<{ feeds: { json: string } }>(
      api("POST", `/organizations/${slug}/readers`, {}),
      201,
    );
    const path = new URL(feeds.json).pathname;
    expect((await get(path)).status).toBe(200);
    await usedAgain(slug);
    expect((await get(path)).status).toBe(404);
    expect(await json(api("GET", `/organizations/${slug}/readers`), 200)).toMatchObject({ readers: [] });
  });

  test("is closed to the subscribers of before, who are told so, and may subscribe again", async () => {
    const { received } = subscriber();
    const { slug, topic } = await newTopic();
    await subscribe(topic);
    await usedAgain(slug); // before any alarm has come
    await newArticle(slug, { title: "Another's" });
    await publish(slug);
    await runSubscription(topic);
    expect(pushes(received)).toEqual([]);
    expect(questions(received).map((question) => questionIn(question)["hub.mode"])).toEqual([
      "subscribe",
      "denied",
    ]);
    expect(await subscriptionsOf(slug)).toEqual([]);
    expect(await runSubscription(topic)).toBe(false);
    await subscribe(topic);
    await newArticle(slug, { title: "More" });
    await publish(slug);
    await runSubscription(topic);
    expect(pushes(received)).toHaveLength(1);
  });

  test("keeps who subscribed again, though the denial was delayed", async () => {
    const { received } = subscriber();
    const { slug, topic } = await newTopic();
    await subscribe(topic);
    const [before] = await subscriptionsOf(slug);
    await usedAgain(slug);
    const delayed =
      "INSERT INTO relay_entries (target, position, action) VALUES ('subscription:' || ?, 1, 'deny')";
    await rows(channelOf(env, slug), delayed, before?.id ?? "");
    await subscribe(topic);
    await newArticle(slug, { title: "Another's" });
    await publish(slug);
    await publish(slug);
    await runSubscription(topic);
    expect(await subscriptionsOf(slug)).toHaveLength(1);
    expect(pushes(received)).toHaveLength(1);
  });
});

describe("deleting an organization", () => {
  test("requires its own scope, which tokens do not have by default", async () => {
    const slug = await newOrganization();
    for (const token of [await newToken(slug), await scopedToken(slug, "publish")]) {
      const refused = await api("DELETE", `/organizations/${slug}`, undefined, { token });
      expect(refused.status).toBe(403);
      expect(await refused.json()).toMatchObject({ detail: "This token lacks the scope manage." });
    }
    const token = await scopedToken(slug, "manage");
    expect((await api("DELETE", `/organizations/${slug}`, undefined, { token })).status).toBe(204);
  });

  test("costs four object calls: two of the Directory, one of the channel and one of the audit log", async () => {
    const slug = await newOrganization();
    const costs = await costsOf(() => remove(slug));
    expect(costs.objectCalls).toEqual(["shown", "close", "close", "addToAudit"]);
    expect(costs).toMatchObject({ kvDeletes: 1, kvWrites: 3, kvLists: 0, kvReads: 0 });
  });
});
