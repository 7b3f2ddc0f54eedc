import type { SafeArticle } from "../../feeds/item.ts";
import type { Organization, ShownOrganization } from "../../model/organization.ts";
import { parse } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { articleId, slug } from "../../model/slug.ts";
import type { Source } from "../../model/source.ts";
import type { Subscription } from "../../model/subscription.ts";
import { mayActFor } from "../../model/token.ts";
import type { Webhook } from "../../model/webhook.ts";
import { channelOf, directoryOf, subscriptionOf, switchboardOf } from "../../objects/stubs.ts";
import { attributed } from "../../publishing/attribution.ts";
import { readArticle } from "../../store/records.ts";
import { authorize } from "./auth.ts";
import type { Caller } from "./operation.ts";

/**
 * What the path of an operation can name, and how it is loaded. The caller must have access to it: for a token, what does
 * not exist and what belongs to others fails alike.
 */
const LOADERS = {
  nothing: async () => ok(null),
  slug: slugAt,
  organization: organizationAt,
  "shown-organization": shownOrganizationAt,
  webhook: webhookAt,
  "shared-webhook": sharedWebhookAt,
  subscription: subscriptionAt,
  source: sourceAt,
  "article-id": async ({ params }: Caller) => named("id", parse(articleId, params.id)),
  article: articleAt,
} satisfies Record<string, (caller: Caller) => Promise<Result<unknown>>>;

export type Loads = keyof typeof LOADERS;

/** What a loader loads. */
export type Thing<L extends Loads> = Extract<Awaited<ReturnType<(typeof LOADERS)[L]>>, { ok: true }>["value"];

/** Loads what an operation's path names. */
export const load = (what: Loads, caller: Caller): Promise<Result<unknown>> => LOADERS[what](caller);

/** A slug that the caller may act for. The organization need not exist. */
async function slugAt({ principal, params }: Caller): Promise<Result<string>> {
  const { slug: name = "" } = params;
  const allowed = authorize(principal, [name]);
  return allowed.ok ? named("slug", parse(slug, name)) : allowed;
}

/** An open organization. If the request may change something, its channel and the webhook may get something to do. */
async function organizationAt({ env, principal, params, changes }: Caller): Promise<Result<Organization>> {
  const { slug: name = "" } = params;
  const allowed = authorize(principal, [name]);
  if (!allowed.ok) return allowed;
  const expected = changes ? [name, ...(params.id ? [params.id] : [])] : [];
  return found(await directoryOf(env).organizations.get(name, expected));
}

/** An open organization, or one whose deletion is being carried out. */
async function shownOrganizationAt({ env, principal, params }: Caller): Promise<Result<ShownOrganization>> {
  const { slug: name = "" } = params;
  const allowed = authorize(principal, [name]);
  if (!allowed.ok) return allowed;
  return found(await directoryOf(env).organizations.shown(name));
}

async function webhookAt(caller: Caller): Promise<Result<Webhook>> {
  const organization = await organizationAt(caller);
  if (!organization.ok) return organization;
  return found(await channelOf(caller.env, organization.value.slug).webhooks.get(caller.params.id ?? ""));
}

/** A shared webhook: any for the operator, its own for a token. */
async function sharedWebhookAt({ env, principal, params, changes }: Caller): Promise<Result<Webhook>> {
  const webhook = await switchboardOf(env).webhooks.get(params.id ?? "");
  if (webhook && changes) await directoryOf(env).watchdog.expect(["switchboard", webhook.id]);
  if (principal.kind === "admin") return found(webhook);
  return webhook?.owner === principal.id ? ok(webhook) : fail({ tag: "forbidden" });
}

async function subscriptionAt(caller: Caller): Promise<Result<Subscription>> {
  const organization = await organizationAt(caller);
  if (!organization.ok) return organization;
  const listener = await channelOf(caller.env, organization.value.slug).subscribers.get(
    caller.params.id ?? "",
  );
  return found(listener && (await subscriptionOf(caller.env, listener.id).lease.get()));
}

/** A source of any organization that the caller may act for. */
async function sourceAt({ env, principal, params }: Caller): Promise<Result<Source>> {
  const source = await directoryOf(env).sources.get(params.id ?? "");
  if (principal.kind === "admin") return found(source);
  const own = source?.organizations.some((name) => mayActFor(principal, [name]));
  return source && own ? ok(source) : fail({ tag: "forbidden" });
}

/** An article of any organization that the caller may act for. */
async function articleAt({ env, principal, params }: Caller): Promise<Result<SafeArticle>> {
  const id = parse(articleId, params.id);
  const record = id.ok ? await readArticle(env.RECORDS, id.value, Date.now()) : null;
  const [article = null] = record ? await attributed(env, [record]) : [];
  if (principal.kind === "admin") return found(article);
  const own = article?.organizations.some((name) => principal.organizations.includes(name));
  return article && own ? ok(article) : fail({ tag: "forbidden" });
}

const found = <T>(value: T | null): Result<T> => (value ? ok(value) : fail({ tag: "not-found" }));

/** The failure of a bare value as that of the field with its name. */
function named<T>(path: string, result: Result<T>): Result<T> {
  if (result.ok || result.failure.tag !== "invalid") return result;
  return fail({ tag: "invalid", errors: result.failure.errors.map(({ message }) => ({ path, message })) });
}
