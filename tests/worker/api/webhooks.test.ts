import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Delivery } from "../../../src/model/delivery.ts";
import type { Webhook } from "../../../src/model/webhook.ts";
import { stopClock } from "../../support/clock.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { api, fresh, json, newArticle, newOrganization, type ShownProblem } from "../../support/service.ts";

const RECEIVER = "https://hooks.example.com/acme";

beforeAll(() => {
  stopClock();
  // The network ends here: every receiver takes everything.
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("thanks"));
});

afterAll(() => {
  vi.restoreAllMocks();
});

describe("POST …/webhooks", () => {
  test("creates a webhook with 201, its address and its secret, shown once", async () => {
    const slug = await newOrganization();
    const response = await api("POST", `/organizations/${slug}/webhooks`, { url: RECEIVER });
    expect(response.status).toBe(201);
    const { secret, ...webhook } = await response.json<Webhook & { secret: string }>();
    const path = `/organizations/${slug}/webhooks`;
    expect(response.headers.get("location")).toBe(`/api/v1${path}/${webhook.id}`);
    expect(webhook).toEqual({
      id: expect.stringMatching(/^end_[0-9a-z]{26}$/),
      organization: slug,
      url: RECEIVER,
      events: ["article.published", "article.updated", "article.withdrawn"],
      format: "standard",
      description: "",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]+=*$/);
    const bytes = atob(secret.slice("whsec_".length)).length;
    expect(bytes).toBeGreaterThanOrEqual(24);
    expect(bytes).toBeLessThanOrEqual(64);
    const health = { state: "active", since: null, failures: 0, progress_percent: 0, reason: "none" };
    expect(await json(api("GET", `${path}/${webhook.id}`), 200)).toEqual({ ...webhook, health });
    const webhooks = [{ ...webhook, health, last_outcome: null }];
    expect(await json(api("GET", path), 200)).toEqual({ webhooks, cursor: null });
  });

  test("gives each webhook its own secret", async () => {
    const slug = await newOrganization();
    const [one, two] = [await newWebhook(slug), await newWebhook(slug)];
    expect(one.secret).not.toBe(two.secret);
  });

  test("keeps each event type once, and the canonical address", async () => {
    const webhook = await newWebhook(await newOrganization(), {
      url: " HTTPS://Hooks.Example.com:443/a#part ",
      events: ["article.withdrawn", "article.withdrawn"],
      description: " Ours ",
    });
    expect(webhook).toMatchObject({
      url: "https://hooks.example.com/a",
      events: ["article.withdrawn"],
      description: "Ours",
    });
  });

  test.each([
    ["hooks.example.com", "must be an absolute https URL"],
    ["http://hooks.example.com/", "must be an absolute https URL"],
    ["ftp://hooks.example.com/", "must be an absolute https URL"],
    ["", "must be an absolute https URL"],
    ["https://user:secret@hooks.example.com/", "must not carry a user name or a password"],
    ["https://hooks.example.com:22/", "must use port 443 or 8443"],
    ["https://10.0.0.1/", "must not lead to a private address"],
    ["https://169.254.169.254/latest/meta-data/", "must not lead to a link-local address"],
    ["https://[::ffff:10.0.0.1]/", "must not lead to an IPv4 address within an IPv6 address"],
    ["https://printer.local/", "must not lead to a private name"],
    ["https://intranet/", "must not lead to a private name"],
    ["https://hooks.example.com./", "must not end its host name with a dot"],
  ])("%s: %s", async (url, message) => {
    const slug = await newOrganization();
    const problem = await json<ShownProblem>(api("POST", `/organizations/${slug}/webhooks`, { url }), 422);
    expect(problem.errors).toEqual([{ path: "url", message }]);
    expect(await json(api("GET", `/organizations/${slug}/webhooks`), 200)).toEqual({
      webhooks: [],
      cursor: null,
    });
  });

  test("names every invalid field", async () => {
    const slug = await newOrganization();
    const body = { events: ["article.published", "article.liked"], format: "carrier-pigeon", colour: "red" };
    const { errors } = await json<ShownProblem>(api("POST", `/organizations/${slug}/webhooks`, body), 422);
    expect(errors?.map(({ path }) => path)).toEqual(["url", "events.1", "format", "colour"]);
  });

  test("returns 404 for an unknown organization", async () => {
    const path = `/organizations/${fresh("nobody")}/webhooks`;
    expect((await api("POST", path, { url: RECEIVER })).status).toBe(404);
    expect((await api("GET", path)).status).toBe(404);
  });
});

test("GET …/webhooks lists all, page by page, without a secret", async () => {
  const slug = await newOrganization();
  const made: string[] = [];
  for (let count = 0; count < 55; count++) made.push((await newWebhook(slug)).id);
  const path = `/organizations/${slug}/webhooks`;
  const first = await json<{ webhooks: Webhook[]; cursor: string }>(api("GET", path), 200);
  const second = await json<{ webhooks: Webhook[]; cursor: null }>(
    api("GET", `${path}?cursor=${encodeURIComponent(first.cursor)}`),
    200,
  );
  expect([first.webhooks.length, second.webhooks.length, second.cursor]).toEqual([50, 5, null]);
  const listed = [...first.webhooks, ...second.webhooks];
  expect(listed.map(({ id }) => id)).toEqual(made.toSorted());
  expect(JSON.stringify(listed)).not.toContain("whsec_");
});

describe("DELETE …/webhooks/{id}", () => {
  test("deletes the webhook, which then gets no alerts and 404", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug, { url: "https://hooks.example.com/deleted" });
    const path = `/organizations/${slug}/webhooks/${id}`;
    await newArticle(slug);
    expect((await api("DELETE", path)).status).toBe(204);
    expect((await api("DELETE", path)).status).toBe(404);
    expect((await api("GET", path)).status).toBe(404);
    expect((await api("GET", `${path}/deliveries`)).status).toBe(404);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    const called = vi.mocked(fetch).mock.calls.map(([address]) => String(address));
    expect(called).not.toContain("https://hooks.example.com/deleted");
  });

  test("keeps the other webhooks", async () => {
    const slug = await newOrganization();
    const [one, two] = [await newWebhook(slug), await newWebhook(slug)];
    await api("DELETE", `/organizations/${slug}/webhooks/${one.id}`);
    const { webhooks } = await json<{ webhooks: Webhook[] }>(
      api("GET", `/organizations/${slug}/webhooks`),
      200,
    );
    expect(webhooks.map(({ id }) => id)).toEqual([two.id]);
  });
});

describe("GET …/webhooks/{id}/deliveries", () => {
  test("lists deliveries, newest first, with their attempts", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const path = `/organizations/${slug}/webhooks/${id}/deliveries`;
    expect(await json(api("GET", path), 200)).toEqual({ deliveries: [], cursor: null });

    const article = await newArticle(slug, { title: "One" });
    await api("DELETE", `/articles/${article.id}`);
    await publish(slug);
    await deliver(id);
    const { deliveries } = await json<{ deliveries: Delivery[] }>(api("GET", path), 200);
    expect(deliveries.map((delivery) => [delivery.event_type, delivery.article_id, delivery.status])).toEqual(
      [
        ["article.withdrawn", article.id, "delivered"],
        ["article.published", article.id, "delivered"],
      ],
    );
    const [newest] = deliveries;
    expect(newest?.event_id).toMatch(/^evt_[0-9a-z]{26}$/);
    expect(newest?.id).toBe(newest?.event_id.replace("evt_", "dlv_"));
    expect(newest).toMatchObject({ attempt_count: 1, next_attempt_at: null, settled_at: expect.any(String) });
    expect(await json(api("GET", `${path}/${newest?.id}`), 200)).toEqual({
      ...newest,
      attempts: [
        {
          at: expect.any(String),
          status: 200,
          latency_ms: expect.any(Number),
          error: "none",
          detail: "The receiver answered 200.",
          response: "thanks",
        },
      ],
    });
  });

  test("filters by status, and rejects an unknown status", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    await newArticle(slug);
    await publish(slug);
    await deliver(id);
    const path = `/organizations/${slug}/webhooks/${id}/deliveries`;
    const count = async (status: string) =>
      (await json<{ deliveries: unknown[] }>(api("GET", `${path}?status=${status}`), 200)).deliveries.length;
    expect([await count("delivered"), await count("pending"), await count("failed")]).toEqual([1, 0, 0]);
  });

  test("returns 404 for an unknown delivery", async () => {
    const slug = await newOrganization();
    const { id } = await newWebhook(slug);
    const path = `/organizations/${slug}/webhooks/${id}/deliveries/dlv_${"0".repeat(26)}`;
    expect((await api("GET", path)).status).toBe(404);
  });
});
