import type { Context } from "hono";
import { type Bindings, configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { canonicalJson, digest } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Organization, OrganizationInput, organizationFrom } from "../../model/organization.ts";
import { parse } from "../../model/parse.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { slug } from "../../model/slug.ts";
import { checkSource } from "../../objects/follower/poll.ts";
import { channelOf, directoryOf, endpointOf } from "../../objects/stubs.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import { deleteOrganization, writeOrganization } from "../../store/records.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { authorize } from "./auth.ts";
import { jsonBody } from "./body.ts";

/**
 * The open organization that the address names, if the caller may act for it. Its holder of a token learns
 * nothing of another organization, not even whether it is there.
 */
export async function organizationAt(c: Context<App>): Promise<Result<string>> {
  const name = c.req.param("slug") ?? "";
  const allowed = authorize(c.var.principal, [name]);
  if (!allowed.ok) return allowed;
  return (await directoryOf(c.env).organization(name)) ? ok(name) : fail({ tag: "not-found" });
}

/** `PUT /organizations/{slug}`: makes an organization, or gives it new words. A new one is the operator's to make. */
export async function putOrganization(c: Context<App>): Promise<Response> {
  const name = c.req.param("slug") ?? "";
  const allowed = authorize(c.var.principal, [name]);
  if (!allowed.ok) return refuse(c, allowed.failure);
  const usable = parse(slug, name);
  if (!usable.ok) {
    const errors = usable.failure.tag === "invalid" ? usable.failure.errors : [];
    return refuse(c, { tag: "invalid", errors: errors.map(({ message }) => ({ path: "slug", message })) });
  }
  const input = await jsonBody(c, OrganizationInput);
  if (!input.ok) return refuse(c, input.failure);
  const readable = checkSources(c, input.value.sources);
  if (!readable.ok) return refuse(c, readable.failure);
  const organization = organizationFrom(name, input.value);
  const before = await directoryOf(c.env).organization(name);
  if (!before && c.var.principal.kind !== "admin") return refuse(c, { tag: "forbidden" });
  await describeOrganization(c.env, organization);
  return c.json(organization, before ? 200 : 201);
}

/** Whether the addresses of an organization's sources may be read. */
function checkSources(c: Context<App>, urls: readonly string[]): Result<null> {
  const settings = configuration(c.env);
  const errors = urls.flatMap((url, index) => {
    const checked = checkSource(url, settings);
    return checked.ok ? [] : [{ path: `sources.${index}`, message: checked.reason }];
  });
  return errors.length > 0 ? fail({ tag: "invalid", errors }) : ok(null);
}

/** Makes an organization, or gives it new words. */
export async function describeOrganization(env: Bindings, organization: Organization): Promise<void> {
  await writeOrganization(env.RECORDS, organization, await digest(canonicalJson(organization)));
  await channelOf(env, organization.slug).describe(organization);
  await directoryOf(env).enter(organization);
}

/** `GET /organizations/{slug}`. */
export async function getOrganization(c: Context<App>): Promise<Response> {
  const name = await organizationAt(c);
  if (!name.ok) return refuse(c, name.failure);
  return c.json(await directoryOf(c.env).organization(name.value));
}

/** `GET /organizations?cursor=`: all for the operator; for the holder of a token those it stands for. */
export async function listOrganizations(c: Context<App>): Promise<Response> {
  const { principal } = c.var;
  if (principal.kind === "admin") {
    return c.json(await directoryOf(c.env).organizations(c.req.query("cursor") ?? null));
  }
  const all = await Promise.all(principal.organizations.map((name) => directoryOf(c.env).organization(name)));
  return c.json({ organizations: all.filter((organization) => organization !== null), cursor: null });
}

/** `GET /organizations/{slug}/subscribers`: for how many the aggregators ask, feed by feed. */
export async function listSubscribers(c: Context<App>): Promise<Response> {
  const name = await organizationAt(c);
  if (!name.ok) return refuse(c, name.failure);
  const aggregators = await channelOf(c.env, name.value).audience();
  const feeds = FORMATS.map((format) => {
    const asking = aggregators.filter(({ feed }) => feed === format.name);
    return { feed: format.name, subscribers: asking.reduce((sum, { subscribers }) => sum + subscribers, 0) };
  });
  return c.json({ feeds, aggregators });
}

/**
 * `DELETE /organizations/{slug}`: its feeds and webhooks end. Its articles stay where other organizations share
 * them, and its ledger stays, so that opening it again repeats no alert.
 */
export async function deleteOrganizationAt(c: Context<App>): Promise<Response> {
  const name = await organizationAt(c);
  if (!name.ok) return refuse(c, name.failure);
  await deleteOrganization(c.env.RECORDS, name.value);
  const endpointIds = await channelOf(c.env, name.value).close();
  await directoryOf(c.env).leave(name.value);
  await directoryOf(c.env).unwatch(endpointIds);
  await eachAtMost(LIMITS.CONNECTIONS, endpointIds, (id) => endpointOf(c.env, id).close());
  return c.body(null, 204);
}
