import type { InferOutput } from "valibot";
import { checkAddress } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/formats.ts";
import type { ShownHealth } from "../../delivery/health.ts";
import { isSecret, newSecret } from "../../delivery/signing.ts";
import { type Bindings, configuration } from "../../env.ts";
import { OPERATOR } from "../../model/audit.ts";
import { deliveryId } from "../../model/delivery.ts";
import { randomId } from "../../model/digest.ts";
import { eventId } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { SHARED } from "../../model/slug.ts";
import { rfc3339 } from "../../model/time.ts";
import type { Principal } from "../../model/token.ts";
import {
  changedWebhook,
  shownWebhook,
  type Webhook,
  type WebhookChange,
  type WebhookInput,
} from "../../model/webhook.ts";
import type { NewWebhook, WebhookChanges } from "../../objects/channel/webhooks/webhooks.ts";
import { channelOf, endpointOf, homeOf, switchboardOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import {
  type Answer,
  answer,
  CURSOR,
  changing,
  DONE,
  type Handled,
  json,
  type Operation,
  operation,
} from "./operation.ts";
import { proven } from "./proof.ts";
import { nameOrganizations } from "./webhook-organizations.ts";
import { PLACES, type Place } from "./webhook-places.ts";

const needs = "webhooks";

const EXAMPLE = {
  url: "https://receiver.example/alerts",
  events: ["article.published", "article.withdrawn"],
  filter: "tag=heritage&language=en",
  description: "The newsroom",
};
const ONCE = "The secret that signs its deliveries is shown only in this response.";
const LEFT_OUT =
  "Fields that are left out stay as they are; `null` removes a setting. Waiting deliveries use the new settings.";

/** Who is alerted by an organization. */
const OF_ORGANIZATION: readonly Operation[] = [
  operation({
    id: "listWebhooks",
    method: "GET",
    path: PLACES.organization.path,
    needs,
    group: PLACES.organization.group,
    summary: "List webhooks",
    loads: "organization",
    parameters: CURSOR,
    answers: { 200: "WebhookPage" },
    detail: "With each webhook's health and last outcome.",
    handler: async ({ env, loaded: { slug }, query }) =>
      listed(env, await channelOf(env, slug).webhooks.page(query.cursor ?? null)),
  }),
  operation({
    id: "createWebhook",
    method: "POST",
    path: PLACES.organization.path,
    needs,
    action: "webhook.create",
    group: PLACES.organization.group,
    summary: "Register a webhook",
    detail: ONCE,
    loads: "organization",
    body: json("WebhookInput", EXAMPLE),
    answers: { 201: "NewWebhook" },
    answerHeaders: { 201: ["location"] },
    problems: ["limit-reached"],
    handler: ({ env, principal, loaded: { slug }, body }) =>
      register(env, principal, { organization: slug }, body),
  }),
];

const CHANGE_OF_ORGANIZATION = operation({
  id: "updateWebhook",
  method: "PATCH",
  path: `${PLACES.organization.path}/:id`,
  needs,
  action: "webhook.change",
  group: PLACES.organization.group,
  summary: "Change, pause or resume a webhook",
  detail: LEFT_OUT,
  loads: PLACES.organization.loads,
  body: json("WebhookChange", { filter: null, paused: true }),
  answers: { 200: "WebhookWithHealth" },
  problems: ["limit-reached"],
  handler: ({ env, principal, loaded, body }) => update(env, principal, loaded, body),
});

/** Who is alerted by several organizations. */
const OF_MANY: readonly Operation[] = [
  operation({
    id: "listSwitchboard",
    method: "GET",
    path: PLACES.shared.path,
    needs,
    group: PLACES.shared.group,
    summary: "List shared webhooks",
    detail:
      "All of them for the operator; for a token, its own. With each webhook's health and last outcome.",
    parameters: CURSOR,
    answers: { 200: "SharedWebhookPage" },
    async handler({ env, principal, query }) {
      const owner = principal.kind === "admin" ? null : principal.id;
      return listed(env, await switchboardOf(env).list.page(owner, query.cursor ?? null));
    },
  }),
  operation({
    id: "createSharedWebhook",
    method: "POST",
    path: PLACES.shared.path,
    needs,
    action: "webhook.create",
    group: PLACES.shared.group,
    summary: "Register a webhook for several organizations",
    detail: `An article of several of them arrives once and names them in \`data.organizations\`. The webhook ends with the token that created it. ${ONCE}`,
    body: json("SharedWebhookInput", { organizations: ["acme"], ...EXAMPLE }),
    answers: { 201: "NewSharedWebhook" },
    answerHeaders: { 201: ["location"] },
    problems: ["limit-reached"],
    async handler({ env, principal, body: { organizations: asked, ...body } }) {
      const named = await nameOrganizations(env, principal, asked);
      if (!named.ok) return named;
      const { organizations, bound } = named.value;
      const owner = principal.kind === "admin" ? OPERATOR : principal.id;
      return register(env, principal, { organization: SHARED, organizations, owner }, body, bound);
    },
  }),
];

const CHANGE_OF_MANY = operation({
  id: "updateSharedWebhook",
  method: "PATCH",
  path: `${PLACES.shared.path}/:id`,
  needs,
  action: "webhook.change",
  group: PLACES.shared.group,
  summary: "Change, pause or resume a shared webhook",
  detail: `${LEFT_OUT} A token names organizations that it is for.`,
  loads: PLACES.shared.loads,
  body: json("SharedWebhookChange", { organizations: ["acme"], filter: null }),
  answers: { 200: "SharedWebhookWithHealth" },
  problems: ["limit-reached"],
  async handler({ env, principal, loaded, body: { organizations: asked, ...body } }) {
    if (asked === undefined) return update(env, principal, loaded, body);
    const named = await nameOrganizations(env, principal, asked, loaded.owner);
    if (!named.ok) return named;
    const { organizations, bound } = named.value;
    return update(env, principal, loaded, { ...body, organizations }, bound);
  },
});

const getOne = ({ path, loads, group, shown, named }: Place): Operation =>
  operation({
    id: named("getWebhook"),
    method: "GET",
    path: `${path}/:id`,
    needs,
    group,
    summary: "Get a webhook and its health",
    loads,
    answers: { 200: shown },
    handler: async ({ env, loaded: webhook }) =>
      withHealth(webhook, await endpointOf(env, webhook.id).health.get()),
  });

/** What else can be done with one webhook, of an organization or shared. */
const ofOne = ({ path, loads, group, shown, named }: Place): readonly Operation[] => [
  operation({
    id: named("deleteWebhook"),
    method: "DELETE",
    path: `${path}/:id`,
    needs,
    action: "webhook.delete",
    group,
    summary: "Delete a webhook",
    detail: "Waiting deliveries are not sent.",
    loads,
    answers: { 204: null },
    async handler({ env, loaded: webhook }) {
      await homeOf(env, webhook.organization).webhooks.remove(webhook.id);
      return changed(webhook, DONE);
    },
  }),
  operation({
    id: named("enableWebhook"),
    method: "POST",
    path: `${path}/:id/enable`,
    needs,
    action: "webhook.enable",
    group,
    summary: "Activate a webhook, whatever its state",
    detail: "Waiting deliveries are sent in their order.",
    loads,
    answers: { 200: shown },
    handler: ({ env, loaded: webhook }) => changeWebhook(env, webhook, { state: "enable" }),
  }),
  operation({
    id: named("testWebhook"),
    method: "POST",
    path: `${path}/:id/test`,
    needs,
    action: "webhook.test",
    group,
    summary: "Send a signed test message, once",
    detail: "Also while the webhook is paused or disabled.",
    loads,
    answers: { 202: "Tested" },
    answerHeaders: { 202: ["location"] },
    async handler({ env, loaded: webhook }) {
      const test = await sendTest(env, webhook);
      if (!test) return fail({ tag: "not-found" });
      const location = `${addressOf(webhook)}/deliveries/${test.delivery_id}`;
      return changed(webhook, answer(test, { headers: { location } }));
    },
  }),
  operation({
    id: named("rotateWebhookSecret"),
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
      const { webhooks } = homeOf(env, webhook.organization);
      const rotated = await webhooks.rotate(webhook.id, secret.value, untilMs);
      if (rotated !== "changed") return fail({ tag: "not-found" });
      return changed(webhook, answer({ secret: secret.value, former_signs_until: rfc3339(untilMs) }));
    },
  }),
];

/** Who is alerted. */
export const WEBHOOKS: readonly Operation[] = [
  ...OF_ORGANIZATION,
  getOne(PLACES.organization),
  CHANGE_OF_ORGANIZATION,
  ...ofOne(PLACES.organization),
  ...OF_MANY,
  getOne(PLACES.shared),
  CHANGE_OF_MANY,
  ...ofOne(PLACES.shared),
];

/** The address of a webhook in the API. */
const addressOf = ({ organization, id }: Webhook): string =>
  `/api/v1${organization === SHARED ? "" : `/organizations/${organization}`}/webhooks/${id}`;

/** A change of a webhook for the audit log. The path of a shared one names no organizations. */
export function changed(webhook: Webhook, answered: Result<Answer>, object = webhook.id): Handled {
  const { organization, organizations } = webhook;
  if (organization !== SHARED || !answered.ok) return answered;
  const named = organizations === "all" ? [] : (organizations ?? []);
  return changing([{ object, organizations: named, outcome: "done" }], answered);
}

/** A page of webhooks, with the health and the last outcome of each. */
async function listed(
  env: Bindings,
  page: { webhooks: Webhook[]; cursor: string | null },
): Promise<Result<Answer>> {
  const webhooks = await mapConcurrent(LIMITS.CONNECTIONS, page.webhooks, async (webhook) => {
    const standing = await endpointOf(env, webhook.id).health.shown();
    return { ...shownWebhook(webhook), ...(standing ?? { health: null, last_outcome: null }) };
  });
  return answer({ ...page, webhooks });
}

/** Registers a webhook. @param bound of a shared one: the ids of the organizations that it names */
async function register(
  env: Bindings,
  principal: Principal,
  whose: Pick<Webhook, "organization" | "organizations" | "owner">,
  body: InferOutput<typeof WebhookInput>,
  bound?: Record<string, string>,
): Promise<Handled> {
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
    ...whose,
    ...fields,
    url,
    ...(headers ? { header_names: Object.keys(headers) } : {}),
    created_at: rfc3339(Date.now()),
  };
  const settings = {
    secret: secret.value,
    headers,
    backfill,
    bound,
    mostAtHost: mostAtHost(principal, whose),
  };
  const added = await addWebhook(env, webhook, settings);
  if (!added.ok) return added;
  const test = ping ? await sendTest(env, webhook) : null;
  const shown = { ...shownWebhook(webhook), secret: secret.value, ...(test ? { test } : {}) };
  const answered = answer(shown, { headers: { location: addressOf(webhook) } });
  if (webhook.organization === SHARED) return changed(webhook, answered);
  return changing([{ object: webhook.id, organizations: [webhook.organization], outcome: "done" }], answered);
}

/** Changes a webhook as a request asks. @param bound if it names organizations: their ids */
async function update(
  env: Bindings,
  principal: Principal,
  before: Webhook,
  body: WebhookChange & Pick<Webhook, "organizations">,
  bound?: Record<string, string>,
): Promise<Handled> {
  const after = changedWebhook(before, body);
  const address = callable(env, after);
  if (!address.ok) return address;
  const webhook = { ...after, url: address.value };
  const proof = webhook.url === before.url ? ok(null) : await proven(env, principal, webhook);
  if (!proof.ok) return proof;
  return changeWebhook(env, webhook, {
    mostAtHost: webhook.url === before.url ? undefined : mostAtHost(principal, webhook),
    headers: body.headers === null ? {} : body.headers,
    state: body.paused === undefined ? undefined : body.paused ? "pause" : "resume",
    bound,
  });
}

const withHealth = (webhook: Webhook, health: ShownHealth | null): Result<Answer> =>
  health ? answer({ ...shownWebhook(webhook), health }) : fail({ tag: "not-found" });

/** How many webhooks there may be at one host: the operator is believed. A token's shared ones have a limit of their own. */
const mostAtHost = (
  principal: Principal,
  { organization }: Pick<Webhook, "organization">,
): number | undefined =>
  principal.kind === "admin" || organization === SHARED ? undefined : LIMITS.WEBHOOKS_PER_HOST;

/** Sends a webhook a test. Returns the ids under which its delivery can be found; null when there is no such webhook. */
async function sendTest(
  env: Bindings,
  { id, organization }: Pick<Webhook, "id" | "organization">,
): Promise<{ delivery_id: string; event_id: string } | null> {
  const event = await homeOf(env, organization).webhooks.sendTest(id);
  if (!event) return null;
  const event_id = await eventId(organization, event.article_id, event.revision);
  return { delivery_id: deliveryId(event_id), event_id };
}

/** Changes a webhook, and shows how it is doing then. */
async function changeWebhook(env: Bindings, webhook: Webhook, changes: WebhookChanges): Promise<Handled> {
  const outcome = await homeOf(env, webhook.organization).webhooks.change(webhook, changes);
  if (outcome === "host-full") return HOST_FULL;
  if (outcome === "missing") return fail({ tag: "not-found" });
  return changed(webhook, withHealth(webhook, await endpointOf(env, webhook.id).health.get()));
}

/** Adds a webhook to its organization, or to the shared ones. */
export async function addWebhook(env: Bindings, webhook: Webhook, given: NewWebhook): Promise<Result<null>> {
  const outcome = await homeOf(env, webhook.organization).webhooks.add(webhook, given);
  if (outcome === "added") return ok(null);
  if (outcome === "taken") {
    return fail({ tag: "invalid", errors: [{ path: "id", message: "belongs to another organization" }] });
  }
  if (outcome === "host-full") return HOST_FULL;
  return webhook.organization === SHARED ? SHARED_FULL : FULL;
}

const SHARED_FULL = fail({
  tag: "limit-reached",
  detail: `A token can have at most ${LIMITS.SHARED_WEBHOOKS_PER_TOKEN} shared webhooks, and the service ${LIMITS.SHARED_WEBHOOKS}.`,
});

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
