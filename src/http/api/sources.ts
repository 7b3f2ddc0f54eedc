import type { Context } from "hono";
import { configuration } from "../../env.ts";
import { untried } from "../../intake/upstream/schedule.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { type ShownSource, type Source, SourceInput } from "../../model/source.ts";
import { mayActFor } from "../../model/token.ts";
import { shownSource } from "../../objects/follower/following.ts";
import { checkSource } from "../../objects/follower/poll.ts";
import { directoryOf, followerOf } from "../../objects/stubs.ts";
import { eachAtMost } from "../../store/concurrency.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { changed } from "./audit.ts";
import { jsonBody } from "./body.ts";
import { organizationAt } from "./organizations.ts";

/** `POST /sources`: has a feed followed for the whole service. The same one again is no other. */
export async function createSource(c: Context<App>): Promise<Response> {
  const input = await jsonBody(c, SourceInput);
  if (!input.ok) return refuse(c, input.failure);
  const checked = checkSource(input.value.url, configuration(c.env));
  if (!checked.ok) {
    return refuse(c, { tag: "invalid", errors: [{ path: "url", message: checked.reason }] });
  }
  const source = await directoryOf(c.env).follow(checked.url);
  if (!source) {
    const detail = `There may be ${LIMITS.SERVICE_SOURCES} sources of the whole service.`;
    return refuse(c, { tag: "limit-reached", detail });
  }
  changed(c, { object: source.id, organizations: source.organizations, outcome: "done" });
  c.header("location", `/api/v1/sources/${source.id}`);
  return c.json(await shown(c, source), 201);
}

/** `GET /sources?cursor=`: every feed that is followed, and how it is doing. */
export async function listSources(c: Context<App>): Promise<Response> {
  return page(c, null);
}

/** `GET /organizations/{slug}/sources?cursor=`: those that an organization names. */
export async function listOrganizationSources(c: Context<App>): Promise<Response> {
  const name = await organizationAt(c);
  return name.ok ? page(c, name.value) : refuse(c, name.failure);
}

async function page(c: Context<App>, organization: string | null): Promise<Response> {
  const { sources, cursor } = await directoryOf(c.env).sources(organization, c.req.query("cursor") ?? null);
  return c.json({
    sources: await eachAtMost(LIMITS.CONNECTIONS, sources, (source) => shown(c, source)),
    cursor,
  });
}

/** `GET /sources/{id}`. */
export async function getSource(c: Context<App>): Promise<Response> {
  const source = await sourceAt(c);
  return source.ok ? c.json(await shown(c, source.value)) : refuse(c, source.failure);
}

/** `POST /sources/{id}/poll`: asks it for news as soon as may be; the answer's `next_fetch_at` says when that is. */
export async function pollSource(c: Context<App>): Promise<Response> {
  const source = await sourceAt(c);
  if (!source.ok) return refuse(c, source.failure);
  const { id, organizations } = source.value;
  changed(c, { object: id, organizations, outcome: "done" });
  await followerOf(c.env, id).askSoon();
  return c.json(await shown(c, source.value), 202);
}

/** `DELETE /sources/{id}`: it is followed for the whole service no more. Its articles stay. */
export async function deleteSource(c: Context<App>): Promise<Response> {
  const ended = await directoryOf(c.env).unfollow(c.req.param("id") ?? "");
  return ended ? c.body(null, 204) : refuse(c, { tag: "not-found" });
}

/** The source at the address, if the caller may act for one of the organizations that name it. */
async function sourceAt(c: Context<App>): Promise<Result<Source>> {
  const source = await directoryOf(c.env).source(c.req.param("id") ?? "");
  const { principal } = c.var;
  if (principal.kind === "admin") return source ? ok(source) : fail({ tag: "not-found" });
  const named = source?.organizations.some((slug) => mayActFor(principal, [slug]));
  return source && named ? ok(source) : fail({ tag: "forbidden" });
}

/** A source as its object knows it; one that has not heard of itself yet knows nothing. */
async function shown(c: Context<App>, source: Source): Promise<ShownSource> {
  return (await followerOf(c.env, source.id).health()) ?? unheardOf(source);
}

const unheardOf = (source: Source): ShownSource =>
  shownSource({ source, standing: untried(source.url, null) }, {});
