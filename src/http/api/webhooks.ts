import { checkAddress } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/formats.ts";
import type { ShownHealth } from "../../delivery/health.ts";
import { isSecret, newSecret } from "../../delivery/signing.ts";
import { type Bindings, configuration } from "../../env.ts";
import { deliveryId } from "../../model/delivery.ts";
import { randomId } from "../../model/digest.ts";
import { eventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Principal } from "../../model/token.ts";
import { changedWebhook, type Webhook } from "../../model/webhook.ts";
import type { NewWebhook, WebhookChanges } from "../../objects/channel/webhooks/webhooks.ts";
import { channelOf, endpointOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { type Answer, answer, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";
import { proven } from "./proof.ts";

const group = "Webhooks";
const needs = "webhooks";
const path = "/organizations/:slug/webhooks";
const loads = "webhook";

/** Who is alerted. */
export const WEBHOOKS: readonly Operation[] = [
  operation({
    id: "listWebhooks",
    method: "GET",
    path,
    needs,
    group,
    summary: "List webhooks",
    loads: "organization",
    parameters: CURSOR,
    answers: { 200: "WebhookPage" },
    detail: "With each webhook's health and last outcome.",
    async handler({ env, loaded: { slug }, query }) {
      const page = await channelOf(env, slug).webhooks.page(query.cursor ?? null);
      const webhooks = await mapConcurrent(LIMITS.CONNECTIONS, page.webhooks, async (webhook) => {
        const standing = await endpointOf(env, webhook.id).health.shown();
        return { ...webhook, ...(standing ?? { health: null, last_outcome: null }) };
      });
      return answer({ ...page, webhooks });
    },
  }),
  operation({
    id: "createWebhook",
    method: "POST",
    path,
    needs,
    action: "webhook.create",
    group,
    summary: "Register a webhook",
    detail: "The secret that signs its deliveries is shown only in this response.",
    loads: "organization",
    body: json("WebhookInput", {
      url: "https://receiver.example/alerts",
      events: ["article.published", "article.withdrawn"],
      filter: "tag=heritage&language=en",
      description: "The newsroom",
    }),
    answers: { 201: "NewWebhook" },
    problems: ["limit-reached"],
    async handler({ env, principal, loaded: { slug }, body }) {
      const { secret: given, backfill, headers, ping, ...fields } = body;
      const address = callable(env, fields);
      if (!address.ok) return address;
      const secret = usableSecret(given);
      if (!secret.ok) return secret;
      const url = address.value;
      const proof = await proven(env, principal, { url, format: fields.format });
      if (!proof.ok) return proof;
      const webhook: Webhook = {
        id: randomId("end_"),
        organization: slug,
        ...fields,
        url,
        ...(headers ? { header_names: Object.keys(headers) } : {}),
        created_at: rfc3339(Date.now()),
      };
      const settings = { secret: secret.value, headers, backfill, mostAtHost: mostAtHost(principal) };
      const added = await addWebhook(env, webhook, settings);
      if (!added.ok) return added;
      const test = ping ? await sendTest(env, webhook) : null;
      const change = { object: webhook.id, organizations: [slug], outcome: "done" } as const;
      const location = `/api/v1/organizations/${slug}/webhooks/${webhook.id}`;
      return changing(
        [change],
        answer({ ...webhook, secret: secret.value, ...(test ? { test } : {}) }, { headers: { location } }),
      );
    },
  }),
  operation({
    id: "getWebhook",
    method: "GET",
    path: `${path}/:id`,
    needs,
    group,
    summary: "Get a webhook and its health",
    loads,
    answers: { 200: "WebhookWithHealth" },
    handler: async ({ env, loaded: webhook }) =>
      withHealth(webhook, await endpointOf(env, webhook.id).health.get()),
  }),
  operation({
    id: "updateWebhook",
    method: "PATCH",
    path: `${path}/:id`,
    needs,
    action: "webhook.change",
    group,
    summary: "Change, pause or resume a webhook",
    detail:
      "Fields that are left out stay as they are; `null` removes a setting. Waiting deliveries use the new settings.",
    loads,
    body: json("WebhookChange", { filter: null, paused: true }),
    answers: { 200: "WebhookWithHealth" },
    problems: ["limit-reached"],
    async handler({ env, principal, loaded: before, body }) {
      const changed = changedWebhook(before, body);
      const address = callable(env, changed);
      if (!address.ok) return address;
      const webhook = { ...changed, url: address.value };
      const proof = webhook.url === before.url ? ok(null) : await proven(env, principal, webhook);
      if (!proof.ok) return proof;
      return changeWebhook(env, webhook, {
        mostAtHost: webhook.url === before.url ? undefined : mostAtHost(principal),
        headers: body.headers === null ? {} : body.headers,
        state: body.paused === undefined ? undefined : body.paused ? "pause" : "resume",
      });
    },
  }),
  operation({
    id: "deleteWebhook",
    method: "DELETE",
    path: `${path}/:id`,
    needs,
    action: "webhook.delete",
    group,
    summary: "Delete a webhook",
    detail: "Waiting deliveries are not sent.",
    loads,
    answers: { 204: null },
    async handler({ env, loaded: { id, organization } }) {
      await channelOf(env, organization).webhooks.remove(id);
      return DONE;
    },
  }),
  operation({
    id: "enableWebhook",
    method: "POST",
    path: `${path}/:id/enable`,
    needs,
    action: "webhook.enable",
    group,
    summary: "Activate a webhook, whatever its state",
    detail: "Waiting deliveries are sent in their order.",
    loads,
    answers: { 200: "WebhookWithHealth" },
    handler: ({ env, loaded: webhook }) => changeWebhook(env, webhook, { state: "enable" }),
  }),
  operation({
    id: "testWebhook",
    method: "POST",
    path: `${path}/:id/test`,
    needs,
    action: "webhook.test",
    group,
    summary: "Send a signed test message, once",
    detail: "Also while the webhook is paused or disabled.",
    loads,
    answers: { 202: "Tested" },
    async handler({ env, loaded: { id, organization } }) {
      const test = await sendTest(env, { id, organization });
      if (!test) return fail({ tag: "not-found" });
      const location = `/api/v1/organizations/${organization}/webhooks/${id}/deliveries/${test.delivery_id}`;
      return answer(test, { headers: { location } });
    },
  }),
  operation({
    id: "rotateWebhookSecret",
    method: "POST",
    path: `${path}/:id/rotate-secret`,
    needs,
    action: "webhook.rotate-secret",
    group,
    summary: "Replace a webhook's secret",
    detail:
      "For `overlap_seconds`, deliveries are signed with both. The new secret is shown only in this response.",
    loads,
    body: json("Rotation", { overlap_seconds: 3_600 }),
    bodyOptional: true,
    answers: { 200: "Rotated" },
    async handler({ env, loaded: webhook, body }) {
      const secret = usableSecret(body.secret);
      if (!secret.ok) return secret;
      const untilMs = Date.now() + body.overlap_seconds * 1_000;
      const { webhooks } = channelOf(env, webhook.organization);
      const rotated = await webhooks.rotate(webhook.id, secret.value, untilMs);
      if (rotated !== "changed") return fail({ tag: "not-found" });
      return answer({ secret: secret.value, former_signs_until: rfc3339(untilMs) });
    },
  }),
];

const withHealth = (webhook: Webhook, health: ShownHealth | null): Result<Answer> =>
  health ? answer({ ...webhook, health }) : fail({ tag: "not-found" });

/** How many webhooks there may be at one host: the operator is believed. */
const mostAtHost = (principal: Principal): number | undefined =>
  principal.kind === "admin" ? undefined : LIMITS.WEBHOOKS_PER_HOST;

/** Sends a webhook a test. Returns the ids under which its delivery can be found; null when there is no such webhook. */
async function sendTest(
  env: Bindings,
  { id, organization }: Pick<Webhook, "id" | "organization">,
): Promise<{ delivery_id: string; event_id: string } | null> {
  const event = await channelOf(env, organization).webhooks.sendTest(id);
  if (!event) return null;
  const event_id = await eventId(organization, event.article_id, event.revision);
  return { delivery_id: deliveryId(event_id), event_id };
}

/** Changes a webhook, and shows how it is doing then. */
async function changeWebhook(
  env: Bindings,
  webhook: Webhook,
  changes: WebhookChanges,
): Promise<Result<Answer>> {
  const outcome = await channelOf(env, webhook.organization).webhooks.change(webhook, changes);
  if (outcome === "host-full") return HOST_FULL;
  if (outcome === "missing") return fail({ tag: "not-found" });
  return withHealth(webhook, await endpointOf(env, webhook.id).health.get());
}

/** Adds a webhook to its organization. */
export async function addWebhook(env: Bindings, webhook: Webhook, given: NewWebhook): Promise<Result<null>> {
  const outcome = await channelOf(env, webhook.organization).webhooks.add(webhook, given);
  if (outcome === "added") return ok(null);
  if (outcome === "taken") {
    return fail({ tag: "invalid", errors: [{ path: "id", message: "belongs to another organization" }] });
  }
  return outcome === "full" ? FULL : HOST_FULL;
}

const FULL = fail({
  tag: "limit-reached",
  detail: `An organization can have at most ${LIMITS.WEBHOOKS_PER_ORGANIZATION} webhooks.`,
});

const HOST_FULL = fail({
  tag: "limit-reached",
  detail: `An organization's tokens can register at most ${LIMITS.WEBHOOKS_PER_HOST} webhooks at one host. Ask the operator to register more.`,
});

/** The normalized address of a webhook, if it may be called and its settings can be combined. */
export function callable(
  env: Bindings,
  webhook: Pick<Webhook, "url" | "format" | "batch_seconds" | "per_minute">,
): Result<string> {
  const address = checkAddress(webhook.url, configuration(env));
  const errors = address.ok ? [] : [{ path: "url", message: address.reason }];
  if (webhook.batch_seconds && !formats[webhook.format].list) {
    errors.push({ path: "batch_seconds", message: "needs the format standard or cloudevents" });
  }
  if (webhook.batch_seconds && webhook.per_minute) {
    errors.push({ path: "per_minute", message: "cannot be combined with batch_seconds" });
  }
  return address.ok && errors.length === 0 ? ok(address.url) : fail({ tag: "invalid", errors });
}

/** The secret that a receiver brings, or a new one. */
export function usableSecret(given: string | undefined): Result<string> {
  if (given === undefined) return ok(newSecret());
  if (isSecret(given)) return ok(given);
  const message = "must be whsec_ and base64 of 24 to 64 bytes";
  return fail({ tag: "invalid", errors: [{ path: "secret", message }] });
}
