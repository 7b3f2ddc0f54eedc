import * as v from "valibot";
import { fail } from "../../model/result.ts";
import type { StoredVersion } from "../../objects/channel/versions.ts";
import { channelOf } from "../../objects/stubs.ts";
import { answer, type Caller, type Operation, operation } from "./operation.ts";
import { shown } from "./publishing.ts";

const group = "Articles";
const path = "/organizations/:slug/articles/:id/versions";

/** What an article was before. One call of the channel each. */
export const VERSIONS: readonly Operation[] = [
  operation({
    id: "listVersions",
    method: "GET",
    path,
    needs: "publish",
    group,
    summary: "List the versions of an article that an organization announced",
    detail:
      "The last 20, the latest first, without their contents. To make one of them current, send it to `PUT /articles/{id}`.",
    loads: "organization",
    answers: { 200: "VersionList" },
    async handler({ env, loaded: { slug }, params: { id = "" } }) {
      const versions = await channelOf(env, slug).versions.of(id);
      if (versions.length === 0) return fail({ tag: "not-found" });
      return answer({ versions: versions.map((one) => shownVersion({ env }, one)) });
    },
  }),
  operation({
    id: "getVersion",
    method: "GET",
    path: `${path}/:revision`,
    needs: "publish",
    group,
    summary: "Get a version of an article as it was",
    loads: "organization",
    answers: { 200: "ArticleVersion" },
    async handler({ env, loaded: { slug }, params: { id = "", revision = "" } }) {
      if (!v.is(Revision, revision)) return fail({ tag: "not-found" });
      const version = await channelOf(env, slug).versions.at(id, Number(revision));
      return version ? answer(shownVersion({ env }, version)) : fail({ tag: "not-found" });
    },
  }),
];

const Revision = v.pipe(v.string(), v.regex(/^[1-9]\d{0,8}$/));

const shownVersion = (caller: Pick<Caller, "env">, { article, ...version }: StoredVersion) => ({
  ...version,
  article: shown(caller, article),
});
