import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { ChannelEvent } from "../../../src/model/event.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import type { Webhook } from "../../../src/model/webhook.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { alarmIn, countRows, deliver, rows, withSettings } from "../../support/objects.ts";
import { enforceRowLimit } from "../../support/platform.ts";
import { receive } from "../../support/receiver.ts";
import { fresh } from "../../support/service.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

stopClockForEachTest();

const event = (seq: number, more: Partial<ChannelEvent> = {}): ChannelEvent => ({
  seq,
  type: "article.published",
  article_id: `a${seq}`,
  revision: 1,
  at: Date.now(),
  data: `{"number":${seq}}`,
  ...more,
});

const ALL = { status: null, article: null, type: null, cursor: null };

/** Some turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
}

const events = (count: number): ChannelEvent[] =>
  Array.from({ length: count }, (_, index) => event(index + 1));

/** An endpoint by itself, without a channel behind it. */
async function openEndpoint(url = "https://hooks.example.com/") {
  const webhook: Webhook = {
    id: fresh("end"),
    organization: "acme",
    url,
    events: ["article.published", "article.updated", "article.withdrawn"],
    format: "standard",
    description: "",
    created_at: "2040-01-01T00:00:00Z",
  };
  const endpoint = endpointOf(env, webhook.id);
  const secrets = JSON.stringify({ secret: SECRET, former: [], headers: {} });
  await endpoint.registration.configure({ version: 1, webhook, secrets });
  return { id: webhook.id, webhook, endpoint };
}

describe("events handed to an endpoint", () => {
  test("are delivered once if they are handed over twice", async () => {
    const receiver = receive();
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue([event(1)]);
    await endpoint.deliveries.enqueue([event(1), event(2)]);
    await deliver(id);
    await endpoint.deliveries.enqueue([event(1), event(2)]);
    expect(await deliver(id)).toBe(false);
    expect(receiver.received.map(({ body }) => JSON.parse(body).data)).toEqual([
      { number: 1 },
      { number: 2 },
    ]);
  });

  test("are delivered separately for each revision of an article", async () => {
    const { endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue([event(1), event(2, { article_id: "a1", revision: 2 })]);
    expect((await endpoint.deliveries.list(ALL)).deliveries.map(({ article_id }) => article_id)).toEqual([
      "a1",
      "a1",
    ]);
  });

  test("are dropped if it is closed or was never opened", async () => {
    const receiver = receive();
    const { id, endpoint } = await openEndpoint();
    await endpoint.registration.remove();
    await endpoint.deliveries.enqueue([event(1)]);
    expect(await deliver(id)).toBe(false);
    const never = endpointOf(env, fresh("end"));
    await never.deliveries.enqueue([event(1)]);
    expect(await countRows(never, "deliveries")).toBe(0);
    expect(receiver.received).toEqual([]);
  });
});

describe("an endpoint sends", () => {
  test("all due deliveries in order, at most six at once", async () => {
    const six = Promise.withResolvers<void>();
    const receiver = receive(async (_request, number) => {
      // Who is sent beside the first six is sent before these turns are over.
      if (number === 6) turns(20).then(six.resolve);
      await six.promise;
      return new Response(null, { status: 204 });
    });
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue(events(12));
    await deliver(id);
    expect(receiver.mostAtOnce).toBe(6);
    expect(receiver.received.map(({ body }) => JSON.parse(body).data.number)).toEqual(
      Array.from({ length: 12 }, (_, index) => index + 1),
    );
  });

  test("thirty-six deliveries per alarm, and the rest in the next one", async () => {
    const receiver = receive();
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue(events(40));
    await deliver(id);
    expect(receiver.received).toHaveLength(36);
    expect(await alarmIn(endpoint)).toBe(0);
    await deliver(id);
    expect(receiver.received).toHaveLength(40);
    expect(await alarmIn(endpoint)).toBe(null);
  });

  test("with its alarm set, so that nothing is lost if the process dies", async () => {
    let meanwhile: number | null = null;
    const { id, endpoint } = await openEndpoint();
    receive(async () => {
      meanwhile = await alarmIn(endpointOf(env, id));
      return new Response(null, { status: 204 });
    });
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(meanwhile).toBe(5_000);
  });
});

describe("the log keeps of a response", () => {
  test("the first four kibibytes", async () => {
    receive(() => new Response("x".repeat(10_000), { status: 500 }));
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(await rows(endpoint, "SELECT status, length(response) AS length FROM attempts")).toEqual([
      { status: 500, length: 4_096 },
    ]);
  });

  test("the first four kibibytes of an endless one, and the request is cancelled", async () => {
    let cancelled = false;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(1_000).fill(120)),
        cancel: () => {
          cancelled = true;
        },
      });
    receive(() => new Response(endless()));
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(await rows(endpoint, "SELECT length(response) AS length FROM attempts")).toEqual([
      { length: 4_096 },
    ]);
    expect(cancelled).toBe(true);
  });

  test("the part before the connection broke", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("partly")),
      pull: (controller) => controller.error(new Error("connection lost")),
    });
    receive(() => new Response(broken));
    const { id, endpoint } = await openEndpoint();
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(await rows(endpoint, "SELECT status, error FROM attempts")).toEqual([
      { status: 200, error: "none" },
    ]);
  });
});

test("does not call a URL that is no longer allowed", async () => {
  const receiver = receive();
  const { id, endpoint, webhook } = await openEndpoint("http://127.0.0.1:9999/");
  await withSettings(id, { ALLOW_LOOPBACK_RECEIVERS: "false" });
  await endpoint.deliveries.enqueue([event(1)]);
  await deliver(id);
  expect(receiver.received).toEqual([]);
  const { deliveries } = await endpoint.deliveries.list(ALL);
  expect(await endpoint.deliveries.get(deliveries[0]?.id ?? "")).toMatchObject({
    status: "pending",
    attempts: [{ status: null, error: "address", detail: "url must not lead to a loopback address" }],
  });
  expect(webhook.url).toBe("http://127.0.0.1:9999/");
});

test("an alarm does not throw and is set again if storage fails", async () => {
  const log = watchLog("error");
  const { id, endpoint } = await openEndpoint();
  await endpoint.deliveries.enqueue([event(1)]);
  await rows(endpoint, "ALTER TABLE deliveries RENAME TO lost");
  expect(await deliver(id)).toBe(true);
  expect(log).toMatchObject([{ event: "endpoint.alarm" }]);
  expect(await alarmIn(endpoint)).toBe(5_000);
});

describe("a delivery whose message cannot be made", () => {
  const broken = { data: "{" };

  test.each([{ format: "cloudevents" as const }, { format: "text" as const, include: "summary" as const }])(
    "fails alone, visibly, and stops no other: $format",
    async (settings) => {
      const log = watchLog("error");
      const receiver = receive();
      const { id, webhook, endpoint } = await openEndpoint();
      const secrets = JSON.stringify({ secret: SECRET, former: [], headers: {} });
      await endpoint.registration.configure({ version: 2, webhook: { ...webhook, ...settings }, secrets });
      const data = JSON.stringify({
        organization: { name: "A", page_url: "https://a.example/" },
        article: { title: "T", page_url: "https://a.example/t" },
      });
      await endpoint.deliveries.enqueue([event(1, { data }), event(2, broken), event(3, { data })]);
      await deliver(id);
      expect(receiver.received).toHaveLength(2);
      const { deliveries } = await endpoint.deliveries.list(ALL);
      expect(deliveries.map(({ status }) => status)).toEqual(["delivered", "failed", "delivered"]);
      expect(await endpoint.deliveries.get(deliveries[1]?.id ?? "")).toMatchObject({
        attempts: [{ error: "internal", detail: "The message could not be made." }],
      });
      expect((await endpoint.health.get())?.state).toBe("active");
      expect(log).toMatchObject([{ event: "endpoint.message", endpoint: id }]);
    },
  );

  test("is separated from its batch", async () => {
    watchLog("error");
    const receiver = receive();
    const { id, webhook, endpoint } = await openEndpoint();
    const secrets = JSON.stringify({ secret: SECRET, former: [], headers: {} });
    const format = "cloudevents";
    await endpoint.registration.configure({
      version: 2,
      webhook: { ...webhook, format, batch_seconds: 1 },
      secrets,
    });
    const data = JSON.stringify({ organization: { slug: "acme" }, article: { id: "a" } });
    await endpoint.deliveries.enqueue([
      event(1, { data }),
      event(2, { data }),
      event(3, broken),
      event(4, { data }),
    ]);
    for (let round = 0; round < 8; round++) {
      wait(2_000);
      await deliver(id);
    }
    const { deliveries } = await endpoint.deliveries.list(ALL);
    expect(receiver.received.length).toBeGreaterThan(0);
    expect(deliveries.map(({ status }) => status)).toEqual(["delivered", "failed", "delivered", "delivered"]);
  });
});

test("a batch whose answer is as long as one that is kept, and needs escapes, is stored", async () => {
  const undo = await enforceRowLimit();
  try {
    receive(() => new Response("\u0001".repeat(LIMITS.RESPONSE_KEPT_BYTES)));
    const { id, webhook, endpoint } = await openEndpoint();
    const secrets = JSON.stringify({ secret: SECRET, former: [], headers: {} });
    const inBatches = { ...webhook, format: "cloudevents" as const, batch_seconds: 1 };
    await endpoint.registration.configure({ version: 2, webhook: inBatches, secrets });
    const data = JSON.stringify({ organization: { slug: "acme" }, article: { id: "a" } });
    await endpoint.deliveries.enqueue(
      Array.from({ length: LIMITS.BATCH_MESSAGES }, (_, at) => event(at + 1, { data })),
    );
    wait(2_000);
    await deliver(id);
    const statuses = await rows(endpoint, "SELECT DISTINCT status FROM deliveries");
    expect(statuses).toEqual([{ status: "delivered" }]);
  } finally {
    undo();
  }
});
