import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { stopClock, stopClockForEachTest, wait } from "../../support/clock.ts";
import { withoutFirstTry } from "../../support/first-try.ts";
import { alarmIn, countRows, deliver, deliveriesOf, newWebhook, publish } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { api, newArticle, newOrganization } from "../../support/service.ts";

const HOUR_MS = 3_600_000;

stopClockForEachTest();

/** An organization with a webhook, and one event on its way to it. */
async function oneDelivery(fields: Record<string, unknown> = {}) {
  const slug = await newOrganization();
  const webhook = await newWebhook(slug, fields);
  const article = await newArticle(slug, { title: "Opening", url: "https://example.org/opening" });
  await withoutFirstTry(() => publish(slug));
  return { slug, webhook, article };
}

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response(`answer ${code}`, { status: code, headers });

describe("an alert", () => {
  test("has the event as its body and a Standard Webhooks signature", async () => {
    const receiver = receive();
    const { slug, webhook, article } = await oneDelivery({ url: "https://hooks.example.com/in?a=b" });
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(1);
    const [request] = receiver.received;
    expect(request).toMatchObject({
      url: "https://hooks.example.com/in?a=b",
      headers: {
        "content-type": "application/json",
        "user-agent": "Communique/1 (+webhooks)",
        "webhook-id": expect.stringMatching(/^evt_[0-9a-z]{26}$/),
        "webhook-timestamp": "2208988805",
      },
    });
    expect(request && verified(webhook.secret, request)).toEqual({
      type: "article.published",
      timestamp: "2040-01-01T00:00:00Z",
      sequence: 1,
      data: {
        organization: { slug, name: "Acme", page_url: `https://news.example/${slug}` },
        article: { ...article, revision: 1 },
      },
    });
  });

  test("does not verify with another secret or a changed byte", async () => {
    const receiver = receive();
    const { webhook } = await oneDelivery();
    const { webhook: other } = await oneDelivery();
    await deliver(webhook.id);
    const [request] = receiver.received;
    if (!request) throw new Error("nothing was received");
    expect(() => verified(other.secret, request)).toThrow();
    expect(() => verified(webhook.secret, { ...request, body: `${request.body} ` })).toThrow();
  });

  test("is delivered by a 2xx response, which is logged", async () => {
    receive(() => new Response("thank you", { status: 202 }));
    const { webhook, article } = await oneDelivery();
    await deliver(webhook.id);
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toEqual({
      id: delivery?.event_id.replace("evt_", "dlv_"),
      event_id: expect.stringMatching(/^evt_/),
      event_type: "article.published",
      article_id: article.id,
      status: "delivered",
      attempt_count: 1,
      created_at: "2040-01-01T00:00:05Z",
      next_attempt_at: null,
      settled_at: "2040-01-01T00:00:05Z",
      attempts: [
        {
          at: "2040-01-01T00:00:05Z",
          status: 202,
          latency_ms: 0,
          error: "none",
          detail: "The receiver answered 202.",
          response: "thank you",
        },
      ],
    });
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });
});

describe("an alert that fails", () => {
  test("is retried with the same id and bytes, a new timestamp and a valid signature", async () => {
    const receiver = receive((_request, number) => status(number < 3 ? 500 : 200));
    const { webhook } = await oneDelivery();
    await deliver(webhook.id);
    wait(10_000);
    await deliver(webhook.id);
    wait(100_000);
    await deliver(webhook.id);
    expect(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).toEqual([
      "2208988805",
      "2208988815",
      "2208988915",
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
    vi.setSystemTime(2_208_988_815_000); // the library refuses what is more than five minutes old
    for (const request of receiver.received) verified(webhook.secret, request);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({
      status: "delivered",
      attempt_count: 3,
      attempts: [
        { status: 500, error: "status" },
        { status: 500, error: "status" },
        { status: 200, error: "none" },
      ],
    });
  });

  test("is retried according to the schedule", async () => {
    receive(() => status(503));
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { webhook } = await oneDelivery();
    const alarms: (number | null)[] = [];
    for (let attempt = 1; attempt <= 4; attempt++) {
      await deliver(webhook.id);
      const next = await alarmIn(endpointOf(env, webhook.id));
      alarms.push(next);
      wait(next ?? 0);
    }
    expect(alarms).toEqual([5_000, 60_000, 300_000, 1_800_000]);
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toMatchObject({ status: "pending", attempt_count: 4, settled_at: null });
    expect(delivery?.next_attempt_at).toBe(new Date().toISOString().replace(".000", ""));
  });

  test("is not retried early", async () => {
    const receiver = receive(() => status(500));
    const { webhook } = await oneDelivery();
    await deliver(webhook.id);
    wait(1_000);
    await deliver(webhook.id);
    expect(receiver.received).toHaveLength(1);
  });

  test("is given up after ten attempts", async () => {
    const receiver = receive(() => status(500));
    const { webhook } = await oneDelivery();
    while (await deliver(webhook.id)) wait(30 * HOUR_MS);
    expect(receiver.received).toHaveLength(10);
    const [delivery] = await deliveriesOf(webhook);
    expect(delivery).toMatchObject({ status: "failed", attempt_count: 10, next_attempt_at: null });
    expect(delivery?.attempts).toHaveLength(10);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });

  test("does not delay the next one", async () => {
    const receiver = receive((_request, number) => status(number === 1 ? 500 : 200));
    vi.spyOn(Math, "random").mockReturnValue(0.999); // the retry is due in six seconds, the next one in five
    const { slug, webhook } = await oneDelivery();
    await deliver(webhook.id);
    await newArticle(slug, { title: "Second" });
    await publish(slug);
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(0);
    await deliver(webhook.id);
    expect(JSON.parse(receiver.received.at(-1)?.body ?? "").data.article.title).toBe("Second");
  });

  test("logs a redirect, and does not follow it", async () => {
    const receiver = receive(() => status(307, { location: "https://elsewhere.example/" }));
    const { webhook } = await oneDelivery();
    await deliver(webhook.id);
    expect(receiver.received.map(({ url }) => url)).toEqual(["https://hooks.example.com/"]);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({
      status: "pending",
      attempts: [{ status: 307, error: "redirect" }],
    });
  });

  test("logs a refused connection", async () => {
    receive(() => {
      throw new TypeError("Network connection lost.");
    });
    const { webhook } = await oneDelivery();
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]).toMatchObject({
      status: "pending",
      attempts: [{ status: null, error: "connection", response: "" }],
    });
  });

  test("logs a timeout after fifteen seconds", async () => {
    stopClock("setTimeout", "clearTimeout");
    receive(({ signal }) => {
      const hanging = new Promise<Response>((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
      vi.advanceTimersByTime(14_999);
      expect(signal.aborted).toBe(false);
      vi.advanceTimersByTime(1);
      return hanging;
    });
    const { webhook } = await oneDelivery();
    await deliver(webhook.id);
    expect((await deliveriesOf(webhook))[0]?.attempts).toEqual([
      {
        at: "2040-01-01T00:00:05Z",
        status: null,
        latency_ms: 15_000,
        error: "timeout",
        detail: "No answer came within 15 s.",
        response: "",
      },
    ]);
  });
});

describe("a webhook that was deleted", () => {
  test("is sent nothing, not even waiting deliveries, and stores nothing", async () => {
    const receiver = receive();
    const { slug, webhook } = await oneDelivery();
    await api("DELETE", `/organizations/${slug}/webhooks/${webhook.id}`);
    await deliver(webhook.id);
    expect(receiver.received).toEqual([]);
    for (const table of ["endpoint", "deliveries", "attempts"]) {
      expect(await countRows(endpointOf(env, webhook.id), table)).toBe(0);
    }
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });

  test("stores nothing if it was deleted during a request", async () => {
    const { slug, webhook } = await oneDelivery();
    receive(async () => {
      await api("DELETE", `/organizations/${slug}/webhooks/${webhook.id}`);
      return status(500);
    });
    await deliver(webhook.id);
    for (const table of ["endpoint", "deliveries", "attempts"]) {
      expect(await countRows(endpointOf(env, webhook.id), table)).toBe(0);
    }
    expect(await alarmIn(endpointOf(env, webhook.id))).toBe(null);
  });
});
