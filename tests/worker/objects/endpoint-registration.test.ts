import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { configuration } from "../../../src/env.ts";
import type { ChannelEvent } from "../../../src/model/event.ts";
import type { Webhook } from "../../../src/model/webhook.ts";
import { seal } from "../../../src/objects/secrets.ts";
import { endpointOf } from "../../../src/objects/stubs.ts";
import { switchable } from "../../support/alerts.ts";
import { stopClockForEachTest } from "../../support/clock.ts";
import { alarmIn, countRows, deliver } from "../../support/objects.ts";
import { fresh } from "../../support/service.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

stopClockForEachTest();

const event = (seq: number): ChannelEvent => ({
  seq,
  type: "article.published",
  article_id: `a${seq}`,
  revision: 1,
  at: Date.now(),
  data: "{}",
});

/** An endpoint as a channel configures it, version by version. */
async function configured() {
  const id = fresh("end");
  const secrets = await seal(configuration(env), id, { secret: SECRET, former: [], headers: {} });
  const webhook = (path: string, organization = "acme"): Webhook => ({
    id,
    organization,
    url: `https://hooks.example.com/${path}`,
    events: ["article.published"],
    format: "standard",
    description: "",
    created_at: "2040-01-01T00:00:00Z",
  });
  const endpoint = endpointOf(env, id);
  const configure = (
    version: number,
    more: { path?: string; organization?: string; change?: "pause" | "resume" } = {},
  ) =>
    endpoint.registration.configure({
      version,
      webhook: webhook(more.path ?? "", more.organization),
      secrets,
      ...(more.change ? { change: more.change } : {}),
    });
  expect(await configure(1)).toBe(true);
  return { id, endpoint, configure };
}

describe("a configuration", () => {
  test("is applied once, and only if it is newer", async () => {
    const { receiver } = switchable(204);
    const { id, endpoint, configure } = await configured();
    await configure(3, { path: "new" });
    await configure(2, { path: "late", change: "pause" });
    await configure(3, { path: "again", change: "pause" });
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(receiver.received.map(({ url }) => url)).toEqual(["https://hooks.example.com/new"]);
    expect(await endpoint.health.get()).toMatchObject({ state: "active" });
  });

  test("pauses and resumes an endpoint, and makes waiting deliveries due", async () => {
    const { id, endpoint, configure } = await configured();
    await configure(2, { change: "pause" });
    await endpoint.deliveries.enqueue([event(1)]);
    expect(await alarmIn(endpoint)).toBe(null);
    await configure(3, { change: "resume" });
    expect(await alarmIn(endpoint)).toBe(0);
    const { receiver } = switchable(204);
    await deliver(id);
    expect(receiver.received).toHaveLength(1);
  });

  test("is rejected for a webhook of another organization", async () => {
    const { receiver } = switchable(204);
    const { id, endpoint, configure } = await configured();
    expect(await configure(2, { path: "theirs", organization: "other" })).toBe(false);
    await endpoint.deliveries.enqueue([event(1)]);
    await deliver(id);
    expect(receiver.received.map(({ url }) => url)).toEqual(["https://hooks.example.com/"]);
  });

  test("starts with an empty endpoint after a removal", async () => {
    const { endpoint, configure } = await configured();
    await endpoint.deliveries.enqueue([event(1)]);
    await endpoint.registration.remove();
    await endpoint.registration.remove();
    expect(await endpoint.health.get()).toBe(null);
    await configure(1);
    expect(await countRows(endpoint, "deliveries")).toBe(0);
    expect(await endpoint.health.get()).toMatchObject({ state: "active" });
  });
});
