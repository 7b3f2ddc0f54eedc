import { configuration } from "../../env.ts";
import { untried } from "../../intake/upstream/schedule.ts";
import { shownSource } from "../../intake/upstream/shown.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail } from "../../model/result.ts";
import type { ShownSource, Source } from "../../model/source.ts";
import { mayActFor } from "../../model/token.ts";
import { directoryOf, followerOf } from "../../objects/stubs.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { checkSource } from "../../store/source-address.ts";
import { answer, type Caller, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";

const group = "Sources";

/** External feeds that are followed. Those of an organization are its `sources`. */
export const SOURCES: readonly Operation[] = [
  operation({
    id: "listSources",
    method: "GET",
    path: "/sources",
    needs: "operator",
    group,
    summary: "List all followed feeds and their health",
    parameters: CURSOR,
    answers: { 200: "SourcePage" },
    handler: async (call) => answer(await page(call, null, call.query.cursor)),
  }),
  operation({
    id: "createSource",
    method: "POST",
    path: "/sources",
    needs: "operator",
    action: "source.create",
    group,
    summary: "Follow a feed for the whole service",
    detail:
      "Its items become articles of the organizations that they name. Items that are in it now alert nobody. Following " +
      "the same feed again changes nothing.",
    body: json("SourceInput", { url: "https://news.example.org/feed.xml" }),
    answers: { 201: "Source" },
    answerHeaders: { 201: ["location"] },
    problems: ["limit-reached"],
    async handler(call) {
      const { env, body } = call;
      const checked = checkSource(body.url, configuration(env));
      if (!checked.ok) return fail({ tag: "invalid", errors: [{ path: "url", message: checked.reason }] });
      const source = await directoryOf(env).sources.follow(checked.url);
      if (!source) {
        const detail = `The whole service can follow at most ${LIMITS.SERVICE_SOURCES} sources.`;
        return fail({ tag: "limit-reached", detail });
      }
      const headers = { location: `/api/v1/sources/${source.id}` };
      return changing([changeOf(source)], answer(await shown(call, source), { headers }));
    },
  }),
  operation({
    id: "getSource",
    method: "GET",
    path: "/sources/:id",
    needs: "read",
    group,
    summary: "Get a source and its health",
    loads: "source",
    answers: { 200: "Source" },
    handler: async (call) => answer(await shown(call, call.loaded)),
  }),
  operation({
    id: "deleteSource",
    method: "DELETE",
    path: "/sources/:id",
    needs: "operator",
    action: "source.delete",
    group,
    summary: "Stop following a source for the whole service",
    detail: "Its articles stay, and it is still followed for the organizations that name it.",
    answers: { 204: null },
    handler: async ({ env, params: { id = "" } }) =>
      (await directoryOf(env).sources.unfollow(id)) ? DONE : fail({ tag: "not-found" }),
  }),
  operation({
    id: "pollSource",
    method: "POST",
    path: "/sources/:id/poll",
    needs: "publish",
    action: "source.poll",
    group,
    summary: "Poll a source as soon as possible",
    detail: "`next_fetch_at` in the response says when that is.",
    loads: "source",
    answers: { 202: "Source" },
    async handler(call) {
      const { env, loaded: source } = call;
      await followerOf(env, source.id).source.pollSoon();
      return changing([changeOf(source)], answer(await shown(call, source)));
    },
  }),
  operation({
    id: "listOrganizationSources",
    method: "GET",
    path: "/organizations/:slug/sources",
    needs: "read",
    group,
    summary: "List the feeds that an organization follows",
    loads: "organization",
    parameters: CURSOR,
    answers: { 200: "SourcePage" },
    handler: async (call) => answer(await page(call, call.loaded.slug, call.query.cursor)),
  }),
];

const changeOf = ({ id, organizations }: Source) => ({ object: id, organizations, outcome: "done" }) as const;

async function page(caller: Caller, organization: string | null, after: string | undefined): Promise<object> {
  const { sources, cursor } = await directoryOf(caller.env).sources.page(organization, after ?? null);
  return {
    sources: await mapConcurrent(LIMITS.CONNECTIONS, sources, (source) => shown(caller, source)),
    cursor,
  };
}

/**
 * A source as its follower knows it, or without any history if the follower has not started yet. Only the operator sees
 * which other organizations follow it.
 */
async function shown({ env, principal }: Caller, source: Source): Promise<ShownSource> {
  const all =
    (await followerOf(env, source.id).source.get()) ??
    shownSource({ source, standing: untried(source.url, null) }, {});
  return { ...all, organizations: all.organizations.filter((slug) => mayActFor(principal, [slug])) };
}
