import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Bindings } from "../../src/env.ts";
import type { DeliveryLog } from "../../src/model/delivery.ts";
import { LIMITS } from "../../src/model/limits.ts";
import type { Webhook } from "../../src/model/webhook.ts";
import { channelOf, endpointOf } from "../../src/objects/stubs.ts";
import { wait } from "./clock.ts";
import { api, get, json } from "./service.ts";

/** What SQL says inside an object: its tables are where its truth is. */
export function rows(
  stub: DurableObjectStub,
  sql: string,
  ...parameters: (string | number)[]
): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(stub, (_object, state) => state.storage.sql.exec(sql, ...parameters).toArray());
}

/** How many rows a table of an object has. */
export async function countRows(stub: DurableObjectStub, table: string): Promise<number> {
  const [row] = await rows(stub, `SELECT COUNT(*) AS count FROM ${table}`);
  return Number(row?.count);
}

/** Gives an endpoint other settings than the rest of the Worker has. */
export const withSettings = (id: string, settings: Partial<Bindings>): Promise<void> =>
  runInDurableObject(endpointOf(env, id), (loaded) => {
    const { object } = loaded as unknown as { object: { env: Bindings } }; // objects/kit/loading.ts
    object.env = { ...env, ...settings };
  });

/** In how many milliseconds an object's alarm goes off; null when none is set. */
export function alarmIn(stub: DurableObjectStub): Promise<number | null> {
  return runInDurableObject(stub, async (_object, state) => {
    const at = await state.storage.getAlarm();
    return at === null ? null : at - Date.now();
  });
}

/** Lets the stopped clock come to a channel's alarm, and runs it. False when none was set. */
export async function publish(slug: string): Promise<boolean> {
  wait(LIMITS.PUBLISH_LATEST_MS);
  return runDurableObjectAlarm(channelOf(env, slug));
}

/** Runs an endpoint's alarm. False when none was set. */
export function deliver(endpointId: string): Promise<boolean> {
  return runDurableObjectAlarm(endpointOf(env, endpointId));
}

/** A new webhook of an organization, with its secret. */
export function newWebhook(
  slug: string,
  fields: Record<string, unknown> = {},
): Promise<Webhook & { secret: string }> {
  return json(
    api("POST", `/organizations/${slug}/webhooks`, { url: "https://hooks.example.com/", ...fields }),
    201,
  );
}

/** A webhook's deliveries with their attempts as the API shows them, newest first. */
export async function deliveriesOf({
  id,
  organization,
}: Pick<Webhook, "id" | "organization">): Promise<DeliveryLog[]> {
  const path = `/organizations/${organization}/webhooks/${id}/deliveries`;
  const { deliveries } = await json<{ deliveries: { id: string }[] }>(api("GET", path), 200);
  return Promise.all(deliveries.map((one) => json<DeliveryLog>(api("GET", `${path}/${one.id}`), 200)));
}

/** The titles in an organization's JSON feed as it stands, newest first. */
export async function titlesIn(slug: string): Promise<string[]> {
  const feed = await json<{ items: { title: string }[] }>(get(`/${slug}/feed.json`), 200);
  return feed.items.map(({ title }) => title);
}
