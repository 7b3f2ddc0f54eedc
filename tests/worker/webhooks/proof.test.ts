import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { app } from "../../../src/http/app.ts";
import { LIMITS } from "../../../src/model/limits.ts";
import { alertsFor, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, withSettings } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import {
  ADMIN_TOKEN,
  api,
  json,
  newOrganization,
  newToken,
  type ShownProblem,
  SITE,
} from "../../support/service.ts";

// RFC 8032 §7.1, test 1.
const SIGNING_KEY = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC_KEY = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

/** As a deployed service has it: the tests' own settings have it off. */
const DEFAULT: Partial<Bindings> = { PROVE_RECEIVERS: "" };

stopClockForEachTest();

/** A request to the Worker as it is with another setting. */
async function send(setting: Partial<Bindings>, method: string, path: string, token = "", body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return app.fetch(new Request(`${SITE}${path}`, init), { ...env, ...setting }, createExecutionContext());
}

describe("without a setting", () => {
  const url = "https://hooks.example.com/in";

  async function register(fields: Record<string, unknown> = {}, byOperator = false) {
    const slug = await newOrganization();
    const token = byOperator ? ADMIN_TOKEN : await newToken(slug);
    const path = `/api/v1/organizations/${slug}/webhooks`;
    const answer = await send(DEFAULT, "POST", path, token, { url, ...fields });
    return { slug, token, path, answer };
  }

  test.each([
    ["alone", (challenge: string) => ` ${challenge}\n`],
    ["as JSON", (challenge: string) => JSON.stringify({ challenge })],
  ])("accepts a receiver that returns the challenge %s", async (_how, echo) => {
    const receiver = receive(({ body }) => new Response(echo(JSON.parse(body).data.challenge)));
    expect((await register()).answer.status).toBe(201);
    expect(receiver.received).toMatchObject([{ url, headers: { "content-type": "application/json" } }]);
    expect(JSON.parse(receiver.received[0]?.body ?? "")).toEqual({
      type: "webhook.challenge",
      timestamp: "2040-01-01T00:00:00Z",
      data: { challenge: expect.stringMatching(/^chl_[0-9a-z]{26}$/) },
    });
  });

  test.each([
    ["returns something else", () => new Response("ok")],
    [
      "returns it with an error status",
      ({ body }: { body: string }) => new Response(JSON.parse(body).data.challenge, { status: 400 }),
    ],
  ])("rejects a receiver that %s", async (_how, answer) => {
    receive(answer);
    const problem = await (await register()).answer.json<ShownProblem>();
    expect(problem).toMatchObject({
      status: 422,
      errors: [{ path: "url", message: "must answer the challenge with its text" }],
    });
  });

  test.each([
    ["*", 201],
    ["news.example", 201],
    ["elsewhere.example", 422],
  ])("verifies a CloudEvents receiver by OPTIONS: allowing %s returns %i", async (origin, status) => {
    const methods: (string | undefined)[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      const asked = new Headers(init?.headers).get("webhook-request-origin");
      methods.push(`${init?.method} ${asked}`);
      return new Response(null, { status: 200, headers: { "webhook-allowed-origin": origin } });
    });
    expect((await register({ format: "cloudevents" })).answer.status).toBe(status);
    expect(methods).toEqual(["OPTIONS news.example"]);
  });

  test("verifies a new URL, and no other change", async () => {
    const receiver = receive(({ body }) => new Response(JSON.parse(body).data.challenge));
    const { path, token, answer } = await register();
    const { id } = await answer.json<{ id: string }>();
    const change = (body: unknown) => send(DEFAULT, "PATCH", `${path}/${id}`, token, body);
    expect((await change({ description: "New" })).status).toBe(200);
    expect(receiver.received).toHaveLength(1);
    expect((await change({ url: "https://other.example.com/" })).status).toBe(200);
    expect(receiver.received.map((request) => request.url)).toEqual([url, "https://other.example.com/"]);
  });

  test.each([
    ["slack", "https://hooks.slack.com/services/T0/B0/x"],
    ["discord", "https://discord.com/api/webhooks/1/x"],
    ["discord", "https://ptb.discord.com/api/webhooks/1/x"],
    ["teams", "https://acme.webhook.office.com/webhookb2/x"],
    ["teams", "https://prod-1.westeurope.logic.azure.com/workflows/x"],
    ["text", "https://ntfy.sh/acme"],
    ["standard", "http://127.0.0.1:9000/in"],
  ])("needs no proof for %s at %s", async (format, url) => {
    const receiver = receive();
    expect((await register({ format, url })).answer.status).toBe(201);
    expect(receiver.received).toEqual([]);
  });

  test.each([
    ["slack", "https://hooks.slack.com.evil.example/x"],
    ["discord", "https://notdiscord.com/x"],
    ["teams", "https://webhook.office.com.evil.example/x"],
    ["standard", "https://hooks.slack.com/services/T0/B0/x"],
    ["slack", "https://chat.example.com/hooks/x"],
  ])("needs proof for %s at %s", async (format, url) => {
    const receiver = receive();
    expect((await register({ format, url })).answer.status).toBe(422);
    expect(receiver.received).toHaveLength(1);
  });

  test("limits a token's challenges to one host", async () => {
    const receiver = receive(() => new Response("ok"));
    const slug = await newOrganization();
    const token = await newToken(slug);
    const path = `/api/v1/organizations/${slug}/webhooks`;
    const statuses: number[] = [];
    for (let number = 0; number < LIMITS.VERIFICATIONS_OF_CLIENT_AT_HOST + 5; number++) {
      const body = { url: `https://asked.example.com/${number}` };
      statuses.push((await send(DEFAULT, "POST", path, token, body)).status);
    }
    expect(receiver.received).toHaveLength(LIMITS.VERIFICATIONS_OF_CLIENT_AT_HOST);
    expect(new Set(statuses)).toEqual(new Set([422, 503]));
  });

  test("needs no proof from the operator", async () => {
    const receiver = receive();
    expect((await register({}, true)).answer.status).toBe(201);
    expect(receiver.received).toEqual([]);
  });
});

test("sends no challenge with PROVE_RECEIVERS=false", async () => {
  const receiver = receive();
  const slug = await newOrganization();
  const path = `/api/v1/organizations/${slug}/webhooks`;
  const body = { url: "https://hooks.example.com/in" };
  const answer = await send({ PROVE_RECEIVERS: "false" }, "POST", path, await newToken(slug), body);
  expect(answer.status).toBe(201);
  expect(receiver.received).toEqual([]);
});

describe("webhooks at one host", () => {
  const most = LIMITS.WEBHOOKS_PER_HOST;
  const at = (number: number, port = "") => `https://target.example.com${port}/${number}`;

  async function full() {
    const slug = await newOrganization();
    const token = await newToken(slug);
    const path = `/organizations/${slug}/webhooks`;
    const add = (url: string, by = token) => api("POST", path, { url }, { token: by });
    const answers = Array.from({ length: most + 2 }, (_, number) =>
      add(at(number, number % 2 ? ":8443" : "")),
    );
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(most);
    expect(statuses.filter((status) => status === 409)).toHaveLength(2);
    return { slug, path, token, add };
  }

  test("are limited for an organization's tokens, also for concurrent requests and on any port", async () => {
    const { add } = await full();
    const refused = await add(at(100));
    expect(refused.status).toBe(409);
    expect((await refused.json<ShownProblem>()).detail).toContain(`at most ${most} webhooks at one host`);
    for (const url of ["https://target.example.com.evil.example/", "https://a.target.example.com/"]) {
      expect((await add(url)).status).toBe(201);
    }
  });

  test("are not limited for the operator", async () => {
    const { add } = await full();
    expect((await add(at(100), ADMIN_TOKEN)).status).toBe(201);
  });

  test("are limited for a new URL, and a rejected change stores nothing", async () => {
    const { path, token, add } = await full();
    const { id } = await json<{ id: string }>(add("https://elsewhere.example.com/"), 201);
    const change = (url: string) => api("PATCH", `${path}/${id}`, { url }, { token });
    expect((await change(at(100))).status).toBe(409);
    const shown = await json<{ url: string }>(api("GET", `${path}/${id}`), 200);
    expect(shown.url).toBe("https://elsewhere.example.com/");
    expect((await change("https://third.example.com/")).status).toBe(200);
  });

  test("are limited per organization, and existing ones can be changed", async () => {
    const { path, token } = await full();
    const { webhooks } = await json<{ webhooks: { id: string; url: string }[] }>(api("GET", path), 200);
    const [first] = webhooks;
    const change = { url: `${first?.url}?v=2`, description: "New" };
    expect((await api("PATCH", `${path}/${first?.id}`, change, { token })).status).toBe(200);
    const other = await newOrganization();
    const body = { url: at(1) };
    expect(
      (await api("POST", `/organizations/${other}/webhooks`, body, { token: await newToken(other) })).status,
    ).toBe(201);
  });
});

describe("with SIGNING_KEY", () => {
  test("serves the public key to everybody", async () => {
    const answer = await send({ SIGNING_KEY }, "GET", "/webhooks/public-key");
    expect([answer.status, await answer.json()]).toEqual([200, { public_key: PUBLIC_KEY }]);
    expect((await send({}, "GET", "/webhooks/public-key")).status).toBe(404);
  });

  test("adds a second signature to deliveries, which the public key verifies", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"]);
    await withSettings(webhook.id, { SIGNING_KEY });
    await deliver(webhook.id);
    const [request] = receiver.received;
    if (!request) throw new Error("not delivered");
    verified(webhook.secret, request);
    const {
      "webhook-id": id,
      "webhook-timestamp": time,
      "webhook-signature": signatures = "",
    } = request.headers;
    const bytes = (base64: string) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const key = await crypto.subtle.importKey("raw", bytes(PUBLIC_KEY.slice(5)), "Ed25519", false, [
      "verify",
    ]);
    const signature = bytes(signatures.split(" ")[1]?.replace("v1a,", "") ?? "");
    const content = new TextEncoder().encode(`${id}.${time}.${request.body}`);
    expect(await crypto.subtle.verify("Ed25519", key, signature, content)).toBe(true);
  });

  test("logs why an invalid key is rejected", async () => {
    const log = watchLog("error");
    expect((await send({ SIGNING_KEY: "whsk_?" }, "GET", "/webhooks/public-key")).status).toBe(503);
    expect(log).toMatchObject([{ error: "Error: SIGNING_KEY must be whsk_ and base64 of 32 bytes" }]);
  });
});
