import type { Context } from "hono";
import { explain } from "../../delivery/explain.ts";
import { DeliveryStatus, deliveryId } from "../../model/delivery.ts";
import { eventId } from "../../model/event.ts";
import { parse } from "../../model/parse.ts";
import { parseRfc3339, rfc3339 } from "../../model/time.ts";
import { Replay, Rotation } from "../../model/webhook.ts";
import { channelOf, endpointOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { jsonBody } from "./body.ts";
import { choice, numberedCursor, wrongQuery } from "./query.ts";
import { usableSecret, webhookAt } from "./webhooks.ts";

/** `GET …/webhooks/{id}/deliveries?status=&article=&type=&cursor=`: newest first. */
export async function listDeliveries(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const status = choice(c, "status", DeliveryStatus.options);
  if (!status.ok) return refuse(c, status.failure);
  const cursor = numberedCursor(c);
  if (!cursor.ok) return refuse(c, cursor.failure);
  const { article = null, type = null } = c.req.query();
  const query = { status: status.value ?? null, article, type, cursor: cursor.value };
  return c.json(await endpointOf(c.env, webhook.value.id).deliveries(query));
}

/** `GET …/webhooks/{id}/deliveries/{delivery}`: with every attempt. */
export async function getDelivery(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const delivery = await endpointOf(c.env, webhook.value.id).delivery(c.req.param("delivery") ?? "");
  return delivery ? c.json(delivery) : refuse(c, { tag: "not-found" });
}

/** `POST …/webhooks/{id}/deliveries/{delivery}/retry`: it is due at once, also when it was delivered. */
export async function retryDelivery(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const delivery = await endpointOf(c.env, webhook.value.id).retry(c.req.param("delivery") ?? "");
  return delivery ? c.json(delivery, 202) : refuse(c, { tag: "not-found" });
}

/** `POST …/webhooks/{id}/replay`: settled deliveries become due again, with the ids they had. */
export async function replayDeliveries(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const replay = await jsonBody(c, Replay);
  if (!replay.ok) return refuse(c, replay.failure);
  const { since, status } = replay.value;
  const sinceMs = since === undefined ? 0 : (parseRfc3339(since) ?? 0);
  const replayed = await endpointOf(c.env, webhook.value.id).replay(sinceMs, status === "failed");
  return c.json({ replayed }, 202);
}

/** `POST …/webhooks/{id}/test`: a signed message that is no news, sent once, also while the webhook is paused. */
export async function testWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const { id, organization } = webhook.value;
  const event = await channelOf(c.env, organization).sendTest(id);
  if (!event) return refuse(c, { tag: "not-found" });
  const event_id = await eventId(organization, event.article_id, event.revision, id);
  const delivery = deliveryId(event_id);
  c.header("location", `/api/v1/organizations/${organization}/webhooks/${id}/deliveries/${delivery}`);
  return c.json({ delivery_id: delivery, event_id }, 202);
}

/** `POST …/webhooks/{id}/rotate-secret`: shows the new secret, this once; the one before signs too for a while. */
export async function rotateSecret(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const said = c.req.header("content-type") !== undefined;
  const rotation = said ? await jsonBody(c, Rotation) : parse(Rotation, {});
  if (!rotation.ok) return refuse(c, rotation.failure);
  const secret = usableSecret(rotation.value.secret);
  if (!secret.ok) return refuse(c, secret.failure);
  const untilMs = Date.now() + rotation.value.overlap_seconds * 1_000;
  await endpointOf(c.env, webhook.value.id).rotate(secret.value, untilMs);
  return c.json({ secret: secret.value, former_signs_until: rfc3339(untilMs) });
}

/** `GET …/webhooks/{id}/explain?article=`: what became of an article's last announcement, and why. */
export async function explainWebhook(c: Context<App>): Promise<Response> {
  const found = await webhookAt(c);
  if (!found.ok) return refuse(c, found.failure);
  const article = c.req.query("article");
  if (!article) return refuse(c, wrongQuery("article", "must be an article's id"));
  const webhook = found.value;
  const endpoint = endpointOf(c.env, webhook.id);
  const [account, health] = await Promise.all([
    channelOf(c.env, webhook.organization).account(webhook, article),
    endpoint.health(),
  ]);
  if (!account || !health) return refuse(c, { tag: "not-found" });
  const { seen: announced, fits, waiting } = account;
  const id = announced && (await eventId(webhook.organization, article, announced.revision, webhook.id));
  const delivery = id === null ? null : await endpoint.delivery(deliveryId(id));
  return c.json({
    article_id: article,
    webhook_id: webhook.id,
    ...explain({ webhook, health, announced, fits, waiting, delivery }),
  });
}
