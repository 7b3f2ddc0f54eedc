import type { Context } from "hono";
import { checkAddress } from "../../delivery/addresses.ts";
import { newSecret } from "../../delivery/signing.ts";
import { configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import { type DeliveryStatus, type Webhook, WebhookInput } from "../../model/webhook.ts";
import { channelOf, directoryOf, endpointOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { jsonBody } from "./body.ts";
import { organizationAt } from "./organizations.ts";

const STATUSES: readonly DeliveryStatus[] = ["pending", "delivered", "failed"];

/** `POST …/webhooks`: the answer shows the secret, this once. */
export async function createWebhook(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  const input = await jsonBody(c, WebhookInput);
  if (!input.ok) return refuse(c, input.failure);
  const address = checkAddress(input.value.url, configuration(c.env));
  if (!address.ok) return refuse(c, { tag: "invalid", errors: [{ path: "url", message: address.reason }] });
  const webhook: Webhook = {
    id: randomId("end_"),
    organization: organization.value,
    ...input.value,
    url: address.url,
    created_at: rfc3339(Date.now()),
  };
  const secret = newSecret();
  await endpointOf(c.env, webhook.id).open(webhook, secret);
  await directoryOf(c.env).watch(webhook.id);
  if (!(await channelOf(c.env, organization.value).subscribe(webhook))) {
    await endpointOf(c.env, webhook.id).close();
    await directoryOf(c.env).unwatch([webhook.id]);
    const detail = `An organization may have ${LIMITS.WEBHOOKS_PER_ORGANIZATION} webhooks.`;
    return refuse(c, { tag: "limit-reached", detail });
  }
  c.header("location", `/api/v1/organizations/${organization.value}/webhooks/${webhook.id}`);
  return c.json({ ...webhook, secret }, 201);
}

/** `GET …/webhooks?cursor=`. */
export async function listWebhooks(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  return c.json(await channelOf(c.env, organization.value).webhooks(c.req.query("cursor") ?? null));
}

/** The webhook that the address names, in the organization that it names. */
async function webhookAt(c: Context<App>): Promise<Result<Webhook>> {
  const organization = await organizationAt(c);
  if (!organization.ok) return organization;
  const webhook = await channelOf(c.env, organization.value).webhook(c.req.param("id") ?? "");
  return webhook ? ok(webhook) : fail({ tag: "not-found" });
}

/** `GET …/webhooks/{id}`. */
export async function getWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  return webhook.ok ? c.json(webhook.value) : refuse(c, webhook.failure);
}

/** `DELETE …/webhooks/{id}`: nothing more is sent, also of what was waiting. */
export async function deleteWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const { id, organization } = webhook.value;
  await endpointOf(c.env, id).close();
  await channelOf(c.env, organization).unsubscribe(id);
  await directoryOf(c.env).unwatch([id]);
  return c.body(null, 204);
}

/** `GET …/webhooks/{id}/deliveries?status=&cursor=`: newest first. */
export async function listDeliveries(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const status = c.req.query("status");
  const known = STATUSES.find((one) => one === status);
  if (status !== undefined && !known) {
    const message = `must be one of ${STATUSES.join(", ")}`;
    return refuse(c, { tag: "invalid", errors: [{ path: "status", message }] });
  }
  const cursor = c.req.query("cursor") ?? null;
  return c.json(await endpointOf(c.env, webhook.value.id).deliveries(known ?? null, cursor));
}

/** `GET …/webhooks/{id}/deliveries/{delivery}`: with every attempt. */
export async function getDelivery(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const delivery = await endpointOf(c.env, webhook.value.id).delivery(c.req.param("delivery") ?? "");
  return delivery ? c.json(delivery) : refuse(c, { tag: "not-found" });
}
