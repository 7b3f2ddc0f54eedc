import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { channelOf, endpointOf, subscriptionOf } from "../../../src/objects/stubs.ts";
import endpointShown from "../../fixtures/6b9472a/endpoint.json";
import endpointSql from "../../fixtures/6b9472a/endpoint.sql?raw";
import subscriptionShown from "../../fixtures/6b9472a/subscription.json";
import subscriptionSql from "../../fixtures/6b9472a/subscription.sql?raw";
import { stopClockForEachTest, wait } from "../../support/clock.ts";
import { pushes } from "../../support/hub.ts";
import { deliver, newWebhook, publish, rows } from "../../support/objects.ts";
import { receive, verified } from "../../support/receiver.ts";
import { api, newArticle } from "../../support/service.ts";

const SECRETS = [
  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
  "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", // the one before, which signs for a week yet
];

stopClockForEachTest();

/** Gives an object the tables of an older version, and has it start anew with them. */
async function load(stub: DurableObjectStub, sql: string): Promise<void> {
  await runInDurableObject(stub, async (_object, state) => {
    await state.storage.deleteAll();
    for (const statement of sql.trim().split("\n")) state.storage.sql.exec(statement);
  });
  await evictDurableObject(stub);
}

test("an endpoint with the tables of 6b9472a returns the same log, and continues its deliveries", async () => {
  const { received } = receive();
  await api("PUT", "/organizations/acme", { name: "Acme" });
  const watcher = await newWebhook("acme", { events: ["delivery.exhausted"] });
  const id = JSON.parse(endpointSql.match(/\{"id":"end_[^']*\}/)?.[0] ?? "").id as string;
  const endpoint = endpointOf(env, id);
  await load(endpoint, endpointSql);
  const all = { status: null, article: null, type: null, cursor: null };
  const { deliveries } = await endpoint.deliveries.list(all);
  const logs = await Promise.all(deliveries.map((one) => endpoint.deliveries.get(one.id)));
  expect({ health: await endpoint.health.get(), deliveries: logs }).toEqual(endpointShown);

  await rows(
    channelOf(env, "acme"),
    `INSERT INTO webhooks (endpoint_id, webhook)
      SELECT ?1, json_set(webhook, '$.id', ?1) FROM webhooks WHERE endpoint_id = ?2`,
    id,
    watcher.id,
  );
  wait(140_000); // what waits is due
  expect(await endpoint.wake()).toBe(true);
  await deliver(id);
  expect(received.map(({ headers }) => headers["x-key"])).toEqual(["hidden", "hidden"]);
  const waited = endpointShown.deliveries.filter(({ status }) => status === "pending");
  const ids = received.map(({ headers }) => headers["webhook-id"]);
  expect(ids.sort()).toEqual(waited.map(({ event_id }) => event_id).sort()); // each endpoint's own, as they were
  for (const secret of SECRETS) for (const request of received) verified(secret, request);
  expect((await endpoint.deliveries.list({ ...all, status: "delivered" })).deliveries).toHaveLength(3);
  expect((await endpoint.health.get())?.state).toBe("active");

  await publish("acme");
  await deliver(watcher.id); // the event that had not been reported
  expect(JSON.parse(received.at(-1)?.body ?? "")).toMatchObject({
    type: "delivery.exhausted",
    data: { webhook: { id }, delivery: { id: endpointShown.deliveries[2]?.id } },
  });
});

test("a subscription with the tables of 6b9472a returns the same terms, and sends its waiting distribution", async () => {
  const { received } = receive();
  await api("PUT", "/organizations/acme", { name: "Acme" });
  await newArticle("acme");
  await publish("acme");
  const subscription = subscriptionOf(env, subscriptionShown.id);
  await load(subscription, subscriptionSql);
  expect(await subscription.lease.get()).toEqual(subscriptionShown);
  wait(600_000);
  expect(await subscription.wake()).toBe(true);
  await runInDurableObject(subscription, (object) => object.alarm());
  expect(pushes(received)).toMatchObject([
    { headers: { "x-hub-signature": expect.stringMatching(/^sha256=/) } },
  ]);
  expect(await subscription.lease.get()).toMatchObject({
    failures: 0,
    lease_ends_at: subscriptionShown.lease_ends_at,
  });
});
