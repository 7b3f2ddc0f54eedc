import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { directoryOf, endpointOf } from "../../../src/objects/stubs.ts";
import { addressOf, alertsFor, switchable } from "../../support/alerts.ts";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { costsOf } from "../../support/counting.ts";
import { watchLog } from "../../support/log.ts";
import { deliver, newWebhook, publish } from "../../support/objects.ts";
import { api, newArticle, newOrganization, newToken } from "../../support/service.ts";
import { problems } from "../../support/sweeping.ts";

stopClockForEachTest();

/** The problems of webhooks of an organization. */
const problemsOf = async (slug: string) =>
  (await problems()).filter(({ webhook }) => webhook?.organization === slug);

/** A webhook whose receiver answers with a status, and two deliveries that were tried. */
async function answeredWith(status: number, fields: Record<string, unknown> = {}) {
  const { answer } = switchable(status);
  const { slug, webhook } = await alertsFor(["One", "Two"], {
    url: "https://hooks.example.com/secret-path",
    description: "The newsroom",
    ...fields,
  });
  await deliver(webhook.id);
  return { slug, webhook, answer };
}

describe("GET /problems", () => {
  test("lists a webhook that fails, without the path of its URL", async () => {
    const { slug, webhook } = await answeredWith(500);
    expect(await problemsOf(slug)).toEqual([
      {
        key: `webhook:${webhook.id}`,
        reason: "webhook-failing",
        errors: [{ path: "webhook", message: "fails" }],
        seen_at: "2040-01-01T00:00:05Z",
        webhook: {
          id: webhook.id,
          organization: slug,
          description: "The newsroom",
          origin: "https://hooks.example.com",
          since: "2040-01-01T00:00:05Z",
        },
      },
    ]);
  });

  test("lists a webhook that is disabled", async () => {
    const { slug } = await answeredWith(410);
    expect(await problemsOf(slug)).toMatchObject([
      {
        reason: "webhook-disabled",
        errors: [{ message: "is disabled: its receiver wants no more deliveries" }],
      },
    ]);
  });

  test("lists none after a single failure", async () => {
    switchable(500);
    const { slug, webhook } = await alertsFor(["One"]);
    await deliver(webhook.id);
    expect(await problemsOf(slug)).toEqual([]);
    wait(60_000);
    await deliver(webhook.id);
    expect(await problemsOf(slug)).toHaveLength(1);
  });

  test("lists it no more when it recovers", async () => {
    const { slug, webhook, answer } = await answeredWith(500);
    answer.status = 204;
    wait(60_000);
    await deliver(webhook.id);
    expect(await problemsOf(slug)).toEqual([]);
  });

  test.each([
    ["is enabled", "POST", "/enable", undefined, 410],
    ["is paused", "PATCH", "", { paused: true }, 500],
    ["is deleted", "DELETE", "", undefined, 500],
  ])("lists it no more when it %s", async (_what, method, path, body, status) => {
    const { slug, webhook } = await answeredWith(status);
    expect(await problemsOf(slug)).toHaveLength(1);
    expect((await api(method, `${addressOf(webhook)}${path}`, body)).ok).toBe(true);
    await runInDurableObject(endpointOf(env, webhook.id), (object) => object.alarm());
    expect(await problemsOf(slug)).toEqual([]);
  });

  test("lists it no more when its organization is deleted", async () => {
    const { slug } = await answeredWith(410);
    expect((await api("DELETE", `/organizations/${slug}`)).status).toBe(204);
    expect(await problemsOf(slug)).toEqual([]);
  });

  test("is for the operator only", async () => {
    const token = await newToken(await newOrganization());
    expect((await api("GET", "/problems", undefined, { token })).status).toBe(403);
  });
});

test("a report that comes after the webhook was deleted changes nothing", async () => {
  const slug = await newOrganization();
  const webhook = { id: "end_gone", organization: slug, description: "", origin: "", since: "" };
  await directoryOf(env).problems.reportWebhook("end_gone", {
    reason: "webhook-failing",
    errors: [],
    webhook,
  });
  expect(await problemsOf(slug)).toEqual([]);
});

test("a report that fails is made later", async () => {
  watchLog("error");
  const problemsPrototype = await runInDurableObject(directoryOf(env), ({ problems: part }) =>
    Object.getPrototypeOf(part),
  );
  vi.spyOn(problemsPrototype, "reportWebhook").mockRejectedValueOnce(new Error("overloaded"));
  const { slug, webhook } = await answeredWith(500);
  expect(await problemsOf(slug)).toEqual([]);
  wait(5_000);
  await deliver(webhook.id);
  expect(await problemsOf(slug)).toHaveLength(1);
});

test("an endpoint makes one call for a change, and none while it goes on failing", async () => {
  const { webhook } = await answeredWith(500);
  wait(600_000);
  const costs = await costsOf(() => deliver(webhook.id));
  expect(costs.objectCalls).toEqual([]);
});

test("a webhook of the organization that asks for endpoint.disabled is told", async () => {
  const { receiver, answer } = switchable(204);
  const slug = await newOrganization();
  const contact = await newWebhook(slug, { url: "https://contact.example/", events: ["endpoint.disabled"] });
  const webhook = await newWebhook(slug);
  answer.status = 410;
  await newArticle(slug);
  await publish(slug);
  await deliver(webhook.id);
  await publish(slug);
  answer.status = 204;
  await deliver(contact.id);
  const told = receiver.received.filter(({ url }) => url === "https://contact.example/");
  expect(told.map(({ body }) => JSON.parse(body).type)).toEqual(["endpoint.disabled"]);
});
