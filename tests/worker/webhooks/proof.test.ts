import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/env.ts";
import { app } from "../../../src/http/app.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { alertsFor, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { watchLog } from "../../support/log.ts";
import { deliver } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { ADMIN_TOKEN, newOrganization, newToken, type ShownProblem, SITE } from "../../support/service.ts";

// RFC 8032 §7.1, test 1.
const SIGNING_KEY = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const PUBLIC_KEY = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

stopClockForEachTest();

/** A request to the Worker as it is with another setting. */
async function send(setting: Partial<Bindings>, method: string, path: string, token = "", body?: unknown) {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  return app.fetch(new Request(`${SITE}${path}`, init), { ...env, ...setting });
}

describe("with PROVE_RECEIVERS", () => {
  const url = "https://hooks.example.com/in";

  async function register(fields: Record<string, unknown> = {}, byOperator = false) {
    const slug = await newOrganization();
    const token = byOperator ? ADMIN_TOKEN : await newToken(slug);
    const path = `/api/v1/organizations/${slug}/webhooks`;
    const answer = await send({ PROVE_RECEIVERS: "true" }, "POST", path, token, { url, ...fields });
    return { slug, token, path, answer };
  }

  test.each([
    ["alone", (challenge: string) => ` ${challenge}\n`],
    ["as JSON", (challenge: string) => JSON.stringify({ challenge })],
  ])("a receiver that sends the challenge back %s is taken", async (_how, echo) => {
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
    ["says something else", () => new Response("ok")],
    [
      "says it with an error",
      ({ body }: { body: string }) => new Response(JSON.parse(body).data.challenge, { status: 400 }),
    ],
  ])("one that %s is refused", async (_how, answer) => {
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
  ])("one of CloudEvents is asked by OPTIONS: allowing %s is %i", async (origin, status) => {
    const methods: (string | undefined)[] = [];
    vi.spyOn(globalThis, "fetch").mockImplementation(async (_input, init) => {
      const asked = new Headers(init?.headers).get("webhook-request-origin");
      methods.push(`${init?.method} ${asked}`);
      return new Response(null, { status: 200, headers: { "webhook-allowed-origin": origin } });
    });
    expect((await register({ format: "cloudevents" })).answer.status).toBe(status);
    expect(methods).toEqual(["OPTIONS news.example"]);
  });

  test("a new address is asked too, and other changes ask nothing", async () => {
    const receiver = receive(({ body }) => new Response(JSON.parse(body).data.challenge));
    const { path, token, answer } = await register();
    const { id } = await answer.json<{ id: string }>();
    const change = (body: unknown) =>
      send({ PROVE_RECEIVERS: "true" }, "PATCH", `${path}/${id}`, token, body);
    expect((await change({ description: "New" })).status).toBe(200);
    expect(receiver.received).toHaveLength(1);
    expect((await change({ url: "https://other.example.com/" })).status).toBe(200);
    expect(receiver.received.map((request) => request.url)).toEqual([url, "https://other.example.com/"]);
  });

  test("the operator is believed", async () => {
    const receiver = receive();
    expect((await register({}, true)).answer.status).toBe(201);
    expect(receiver.received).toEqual([]);
  });
});

describe("with SIGNING_KEY", () => {
  test("the public key stands at its address, for everybody", async () => {
    const answer = await send({ SIGNING_KEY }, "GET", "/webhooks/public-key");
    expect([answer.status, await answer.json()]).toEqual([200, { public_key: PUBLIC_KEY }]);
    expect((await send({}, "GET", "/webhooks/public-key")).status).toBe(404);
  });

  test("a delivery bears a second signature, that the public key verifies", async () => {
    const { receiver } = switchable(204);
    const { webhook } = await alertsFor(["One"]);
    await runInDurableObject(endpointOf(env, webhook.id), (object) => {
      (object as unknown as { env: Bindings }).env = { ...env, SIGNING_KEY };
    });
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

  test("that is none, the log says what is wrong", async () => {
    const log = watchLog("error");
    expect((await send({ SIGNING_KEY: "whsk_?" }, "GET", "/webhooks/public-key")).status).toBe(503);
    expect(log).toMatchObject([{ error: "Error: SIGNING_KEY must be whsk_ and base64 of 32 bytes" }]);
  });
});
