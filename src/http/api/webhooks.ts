import type { Context } from "hono";
import { checkAddress } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/body.ts";
import type { ShownHealth } from "../../delivery/health.ts";
import { isSecret, newSecret } from "../../delivery/signing.ts";
import { type Bindings, configuration } from "../../env.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import {
  type Backfill,
  changedWebhook,
  type Webhook,
  WebhookChange,
  WebhookInput,
} from "../../model/webhook.ts";
import { channelOf, directoryOf, endpointOf } from "../../objects/stubs.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { changed } from "./audit.ts";
import { jsonBody } from "./body.ts";
import { organizationAt } from "./organizations.ts";
import { proven } from "./proof.ts";

/** `POST …/webhooks`: the answer shows the secret, this once. */
export async function createWebhook(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  const input = await jsonBody(c, WebhookInput);
  if (!input.ok) return refuse(c, input.failure);
  const { secret: given, backfill, headers, ...fields } = input.value;
  const address = callable(c.env, fields);
  if (!address.ok) return refuse(c, address.failure);
  const secret = usableSecret(given);
  if (!secret.ok) return refuse(c, secret.failure);
  const proof = await proven(c, { url: address.value, format: fields.format });
  if (!proof.ok) return refuse(c, proof.failure);
  const webhook: Webhook = {
    id: randomId("end_"),
    organization: organization.value,
    ...fields,
    url: address.value,
    ...(headers ? { header_names: Object.keys(headers) } : {}),
    created_at: rfc3339(Date.now()),
  };
  await endpointOf(c.env, webhook.id).open(webhook, secret.value, headers);
  const added = await addWebhook(c.env, webhook, backfill);
  if (!added.ok) return refuse(c, added.failure);
  changed(c, { object: webhook.id, organizations: [organization.value], outcome: "done" });
  c.header("location", `/api/v1/organizations/${organization.value}/webhooks/${webhook.id}`);
  return c.json({ ...webhook, secret: secret.value }, 201);
}

/** Has a webhook whose endpoint is open hear of its organization's articles; else its endpoint is closed again. */
export async function addWebhook(
  env: Bindings,
  webhook: Webhook,
  backfill?: Backfill,
): Promise<Result<null>> {
  await directoryOf(env).watch({ kind: "endpoint", name: webhook.id });
  if (await channelOf(env, webhook.organization).addWebhook(webhook, backfill)) return ok(null);
  await endpointOf(env, webhook.id).close();
  await directoryOf(env).unwatch([webhook.id]);
  const detail = `An organization may have ${LIMITS.WEBHOOKS_PER_ORGANIZATION} webhooks.`;
  return fail({ tag: "limit-reached", detail });
}

/** The address of a webhook in the form to call; or why it may not be called, or its settings not be had together. */
export function callable(env: Bindings, webhook: Pick<Webhook, Together>): Result<string> {
  const address = checkAddress(webhook.url, configuration(env));
  const errors = address.ok ? [] : [{ path: "url", message: address.reason }];
  if (webhook.batch_seconds && !formats[webhook.format].list) {
    errors.push({ path: "batch_seconds", message: "needs the format standard or cloudevents" });
  }
  if (webhook.batch_seconds && webhook.per_minute) {
    errors.push({ path: "per_minute", message: "cannot be had together with batch_seconds" });
  }
  return address.ok && errors.length === 0 ? ok(address.url) : fail({ tag: "invalid", errors });
}

type Together = "url" | "format" | "batch_seconds" | "per_minute";

/** The secret that a consumer brings, or a new one. */
export function usableSecret(given: string | undefined): Result<string> {
  if (given === undefined) return ok(newSecret());
  if (isSecret(given)) return ok(given);
  const message = "must be whsec_ and base64 of 24 to 64 bytes";
  return fail({ tag: "invalid", errors: [{ path: "secret", message }] });
}

/** `GET …/webhooks?cursor=`. */
export async function listWebhooks(c: Context<App>): Promise<Response> {
  const organization = await organizationAt(c);
  if (!organization.ok) return refuse(c, organization.failure);
  return c.json(await channelOf(c.env, organization.value).webhooks(c.req.query("cursor") ?? null));
}

/** The webhook that the address names, in the organization that it names. */
export async function webhookAt(c: Context<App>): Promise<Result<Webhook>> {
  const organization = await organizationAt(c);
  if (!organization.ok) return organization;
  const webhook = await channelOf(c.env, organization.value).webhook(c.req.param("id") ?? "");
  return webhook ? ok(webhook) : fail({ tag: "not-found" });
}

/** `GET …/webhooks/{id}`: with its health. */
export async function getWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  return answer(c, webhook.value, await endpointOf(c.env, webhook.value.id).health());
}

/** `PATCH …/webhooks/{id}`: changes what is given; what is kept already goes out as the webhook is then. */
export async function changeWebhook(c: Context<App>): Promise<Response> {
  const before = await webhookAt(c);
  if (!before.ok) return refuse(c, before.failure);
  const change = await jsonBody(c, WebhookChange);
  if (!change.ok) return refuse(c, change.failure);
  const changed = changedWebhook(before.value, change.value);
  const address = callable(c.env, changed);
  if (!address.ok) return refuse(c, address.failure);
  const webhook = { ...changed, url: address.value };
  const proof = webhook.url === before.value.url ? ok(null) : await proven(c, webhook);
  if (!proof.ok) return refuse(c, proof.failure);
  const endpoint = endpointOf(c.env, webhook.id);
  await endpoint.revise(webhook, change.value.headers === null ? {} : change.value.headers);
  await channelOf(c.env, webhook.organization).reviseWebhook(webhook);
  if (change.value.paused !== undefined) await endpoint.change(change.value.paused ? "pause" : "resume");
  return answer(c, webhook, await endpoint.health());
}

/** `POST …/webhooks/{id}/enable`: whatever state it is in; what was kept for it is sent, in its order. */
export async function enableWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  return answer(c, webhook.value, await endpointOf(c.env, webhook.value.id).change("enable"));
}

function answer(c: Context<App>, webhook: Webhook, health: ShownHealth | null): Response {
  return health ? c.json({ ...webhook, health }) : refuse(c, { tag: "not-found" });
}

/** `DELETE …/webhooks/{id}`: nothing more is sent, also of what was waiting. */
export async function deleteWebhook(c: Context<App>): Promise<Response> {
  const webhook = await webhookAt(c);
  if (!webhook.ok) return refuse(c, webhook.failure);
  const { id, organization } = webhook.value;
  await endpointOf(c.env, id).close();
  await channelOf(c.env, organization).removeWebhook(id);
  await directoryOf(c.env).unwatch([id]);
  return c.body(null, 204);
}
