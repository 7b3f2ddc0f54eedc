import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { type Bindings, configuration } from "../../../src/env.ts";
import { seal } from "../../../src/objects/secrets.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, shownWebhook, switchable, titlesOf } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish, rows, withSettings } from "../../support/objects.ts";
import { verified } from "../../support/receiver.ts";
import { api, fresh, json, newArticle, newOrganization, type ShownProblem } from "../../support/service.ts";

const OWN_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

stopClockForEachTest();

const refused = async (fields: Record<string, unknown>): Promise<ShownProblem> =>
  json(
    api("POST", `/organizations/${await newOrganization()}/webhooks`, {
      url: "https://hooks.example.com/",
      ...fields,
    }),
    422,
  );

describe("PATCH …/webhooks/{id}", () => {
  test("changes only the given fields, from the next delivery on", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One"], { description: "Ours", retry_seconds: [7] });
    const { secret, ...before } = webhook;
    const changed = await json<object>(
      api("PATCH", addressOf(webhook), {
        url: "https://new.example.com:443/in",
        events: ["article.withdrawn"],
      }),
      200,
    );
    const expected = { ...before, url: "https://new.example.com/in", events: ["article.withdrawn"] };
    expect(changed).toEqual({ ...expected, health: expect.objectContaining({ state: "active" }) });
    expect(await shownWebhook(webhook)).toEqual(changed);
    await newArticle(slug, { title: "Two" });
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received.map(({ url }) => url)).toEqual(["https://new.example.com/in"]);
    expect(receiver.received[0] && verified(secret, receiver.received[0]).data.article.title).toBe("One");
  });

  test("removes a setting with null", async () => {
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { filter: "tag=a", per_minute: 5, headers: { "X-A": "b" } });
    expect(webhook).toMatchObject({ filter: "tag=a", per_minute: 5, header_names: ["x-a"] });
    const change = { filter: null, per_minute: null, headers: null };
    const changed = await json<object>(api("PATCH", addressOf(webhook), change), 200);
    for (const name of ["filter", "per_minute", "header_names"]) expect(changed).not.toHaveProperty(name);
  });

  test("reports every invalid field, and a URL that is not allowed", async () => {
    const webhook = await newWebhook(await newOrganization());
    const paths = async (change: unknown) =>
      (await json<ShownProblem>(api("PATCH", addressOf(webhook), change), 422)).errors?.map(
        ({ path }) => path,
      );
    expect(await paths({ events: [], paused: "yes", secret: OWN_SECRET })).toEqual([
      "events",
      "paused",
      "secret",
    ]);
    expect(await paths({ url: "https://10.0.0.1/" })).toEqual(["url"]);
  });

  test("returns 404 for an unknown webhook", async () => {
    const organization = await newOrganization();
    expect((await api("PATCH", addressOf({ organization, id: "end_none" }), {})).status).toBe(404);
  });
});

describe("a filter", () => {
  test("passes matching articles, with the same syntax as feeds", async () => {
    const { receiver } = switchable(204);
    const slug = await newOrganization();
    const webhook = await newWebhook(slug, { filter: "?q=caravan&exclude=tag:Sport&tag=Heritage" });
    expect(webhook.filter).toBe("tag=heritage&q=caravan&exclude=tag:sport");
    const caravan = { content_html: "<p>A <b>Caravan</b>.</p>", tags: ["Heritage"] };
    await newArticle(slug, { title: "Fits", ...caravan });
    await newArticle(slug, { title: "Excluded", ...caravan, tags: ["heritage", "SPORT"] });
    await newArticle(slug, { title: "Without the tag", content_text: "caravan" });
    await newArticle(slug, { title: "Without the word", tags: ["heritage"], content_text: "caravans" });
    await publish(slug);
    await deliver(webhook.id);
    expect(titlesOf(receiver.received)).toEqual(["Fits"]);
  });

  test("applies to its own webhook only", async () => {
    const { receiver } = switchable(204);
    const slug = await newOrganization({ language: "en" });
    const all = await newWebhook(slug, { url: "https://all.example.com/" });
    const french = await newWebhook(slug, { url: "https://fr.example.com/", filter: "language=fr" });
    const english = await newWebhook(slug, { url: "https://en.example.com/", filter: "language=en" });
    await newArticle(slug, { title: "Bonjour", language: "fr-CA" });
    await newArticle(slug, { title: "Hello" });
    await withoutFirstTry(() => publish(slug));
    for (const { id } of [all, french, english]) await deliver(id);
    expect(receiver.received.map(({ url }, index) => [url, titlesOf(receiver.received)[index]])).toEqual([
      ["https://all.example.com/", "Bonjour"],
      ["https://all.example.com/", "Hello"],
      ["https://fr.example.com/", "Bonjour"],
      ["https://en.example.com/", "Hello"],
    ]);
  });

  test("is rejected with the reason if it is invalid", async () => {
    expect((await refused({ filter: "colour=red" })).errors).toEqual([
      {
        path: "filter",
        message: "colour is no filter; there are organization, tag, author, language, q and exclude",
      },
    ]);
  });
});

describe("custom headers", () => {
  test("are sent with every delivery, are never shown, and cannot replace standard ones", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"], {
      headers: { Authorization: "Bearer tok-123", "X-Kind": "a b" },
    });
    await deliver(webhook.id);
    expect(receiver.received[0]?.headers).toMatchObject({
      authorization: "Bearer tok-123",
      "x-kind": "a b",
      "content-type": "application/json",
    });
    const shown = await shownWebhook(webhook);
    expect(shown).toMatchObject({ header_names: ["authorization", "x-kind"] });
    expect(JSON.stringify([shown, webhook])).not.toContain("tok-123");
  });

  test("are replaced together, and kept by other changes", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor(["One"], { headers: { "x-a": "1" } });
    await api("PATCH", addressOf(webhook), { description: "New" });
    await deliver(webhook.id);
    await api("PATCH", addressOf(webhook), { headers: { "x-b": "2" } });
    await newArticle(slug);
    await publish(slug);
    await deliver(webhook.id);
    expect(receiver.received.map(({ headers }) => [headers["x-a"], headers["x-b"]])).toEqual([
      ["1", undefined],
      [undefined, "2"],
    ]);
  });
});

describe("a secret", () => {
  test("given by the consumer is used as it is", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"], { secret: OWN_SECRET });
    expect(webhook.secret).toBe(OWN_SECRET);
    await deliver(webhook.id);
    expect(receiver.received[0] && verified(OWN_SECRET, receiver.received[0]).type).toBe("article.published");
  });

  test.each(["whsec_short", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", ""])(
    "is rejected if it is invalid: %j",
    async (secret) => {
      expect((await refused({ secret })).errors).toEqual([
        { path: "secret", message: "must be whsec_ and base64 of 24 to 64 bytes" },
      ]);
    },
  );

  test("that was rotated also signs for a day", async () => {
    const { receiver } = switchable(204);
    const { slug, webhook } = await alertsFor([]);
    const rotated = await json<{ secret: string; former_signs_until: string }>(
      api("POST", `${addressOf(webhook)}/rotate-secret`),
      200,
    );
    expect(rotated.former_signs_until).toBe("2040-01-02T00:00:00Z");
    expect(rotated.secret).toMatch(/^whsec_/);
    for (const hours of [0, 25]) {
      wait(hours * 3_600_000);
      await newArticle(slug);
      await publish(slug);
      await deliver(webhook.id);
    }
    const [during, after] = receiver.received;
    if (!during || !after) throw new Error("not delivered");
    expect(after.headers["webhook-signature"]?.split(" ")).toHaveLength(1);
    verified(rotated.secret, after);
    expect(() => verified(webhook.secret, after)).toThrow();
    vi.setSystemTime(Number(during.headers["webhook-timestamp"]) * 1_000);
    expect(during.headers["webhook-signature"]?.split(" ")).toHaveLength(2);
    for (const secret of [webhook.secret, rotated.secret]) verified(secret, during);
  });

  test("can be rotated to a given one at once", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"]);
    const rotation = { secret: OWN_SECRET, overlap_seconds: 0 };
    await json(api("POST", `${addressOf(webhook)}/rotate-secret`, rotation), 200);
    await deliver(webhook.id);
    const [request] = receiver.received;
    if (!request) throw new Error("not delivered");
    verified(OWN_SECRET, request);
    expect(() => verified(webhook.secret, request)).toThrow();
  });
});

describe("with SECRETS_KEY", () => {
  /** An endpoint that has another setting than the rest of the Worker. */
  async function endpointWith(id: string, setting: Partial<Bindings>) {
    await withSettings(id, setting);
    return endpointOf(env, id);
  }

  const webhook = (id: string) => ({
    id,
    organization: "acme",
    url: "https://hooks.example.com/",
    events: ["article.published" as const],
    format: "standard" as const,
    description: "",
    created_at: "2040-01-01T00:00:00Z",
  });

  /** Tells an endpoint of its webhook, with its secrets sealed by some settings. */
  async function configure(
    endpoint: ReturnType<typeof endpointOf>,
    id: string,
    settings: Bindings,
    headers: Record<string, string> = {},
  ) {
    const secrets = { secret: OWN_SECRET, former: [], headers };
    await endpoint.registration.configure({
      version: 1,
      webhook: webhook(id),
      secrets: await seal(configuration(settings), id, secrets),
    });
  }

  const event = {
    seq: 1,
    type: "article.published" as const,
    article_id: "a1",
    revision: 1,
    at: 0,
    data: "{}",
  };

  test("seals secrets and headers, and opens them to sign", async () => {
    const { receiver } = switchable(204);
    const id = fresh("end");
    const endpoint = await endpointWith(id, { SECRETS_KEY: KEY });
    await configure(endpoint, id, { ...env, SECRETS_KEY: KEY }, { "x-key": "hidden" });
    const [row] = await rows(endpoint, "SELECT confidential FROM endpoint");
    expect(row?.confidential).toMatch(/^sealed:1:/);
    expect(row?.confidential).not.toMatch(/whsec|hidden/);
    await endpoint.deliveries.enqueue([event]);
    await deliver(id);
    expect(receiver.received[0]?.headers["x-key"]).toBe("hidden");
    expect(receiver.received[0] && verified(OWN_SECRET, receiver.received[0])).toMatchObject({ data: {} });
  });

  test("sends and loses nothing if the key is lost, and logs the reason", async () => {
    const log = watchLog("error");
    const { receiver } = switchable(204);
    const id = fresh("end");
    const endpoint = await endpointWith(id, { SECRETS_KEY: KEY });
    await configure(endpoint, id, { ...env, SECRETS_KEY: KEY });
    await endpoint.deliveries.enqueue([event]);
    await endpointWith(id, {});
    await deliver(id);
    expect(receiver.received).toEqual([]);
    expect(log).toMatchObject([{ event: "endpoint.secrets", error: expect.stringContaining("SECRETS_KEY") }]);
    await endpointWith(id, { SECRETS_KEY: KEY });
    await endpoint.wake();
    await deliver(id);
    expect(receiver.received).toHaveLength(1);
  });

  test("logs a warning if the key is missing outside development", async () => {
    const log = watchLog("warn");
    const id = fresh("end");
    const endpoint = await endpointWith(id, { ALLOW_LOOPBACK_RECEIVERS: "false" });
    await configure(endpoint, id, { ...env, ALLOW_LOOPBACK_RECEIVERS: "false" });
    expect(log).toMatchObject([{ event: "secret.unsealed", endpoint: id }]);
  });
});
