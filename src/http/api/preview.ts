import { configuration } from "../../env.ts";
import { safeArticle, shownHtml } from "../../feeds/item.ts";
import { removedFrom } from "../../feeds/removed.ts";
import { articleFrom, stateOf } from "../../model/article.ts";
import type { Audience } from "../../model/audience.ts";
import { articleVersion, randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Preview } from "../../model/preview.ts";
import { fail } from "../../model/result.ts";
import { mayActFor } from "../../model/token.ts";
import { findNames } from "../../objects/names.ts";
import { channelOf } from "../../objects/stubs.ts";
import { organizationsFound, textsOf } from "../../publishing/attribution.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { readArticle } from "../../store/records.ts";
import { authorize } from "./auth.ts";
import { EXAMPLE } from "./example.ts";
import { answer, json, operation } from "./operation.ts";

/** What an article would be, and who would be told. One call of the Directory at most, and one of each channel. */
export const previewArticle = operation({
  id: "previewArticle",
  method: "POST",
  path: "/articles/preview",
  needs: "publish",
  action: null, // nothing changes
  group: "Articles",
  summary: "Preview an article, and who would be told of it",
  detail:
    "Nothing is stored. With the `id` of an article that stands, it is previewed as a change of that one. `audience` counts " +
    "the webhooks of each organization; shared webhooks are not among them.",
  body: json("ArticleInput", EXAMPLE),
  answers: { 200: "Preview" },
  problems: ["unrenderable"],
  async handler({ env, principal, body }) {
    const texts = textsOf(body);
    if (!texts.ok) return texts;
    const [findings = { attributions: [], doubts: [] }] = await findNames(env, [texts.value]);
    const { organizations = organizationsFound(findings).organizations } = body;
    const allowed = authorize(principal, body.organizations ?? []);
    if (!allowed.ok) return allowed;
    const nowMs = Date.now();
    const before = body.id === undefined ? null : await readArticle(env.RECORDS, body.id, nowMs);
    if (before && !mayActFor(principal, before.organizations)) return fail({ tag: "forbidden" });
    const drafted = articleFrom(body.id ?? randomId("art_"), { ...body, organizations }, before, nowMs);
    const article = safeArticle(drafted, configuration(env).site);
    if (!article.ok) return article;
    const reached = [...new Set([...organizations, ...(before?.organizations ?? [])])];
    const version = await articleVersion(article.value);
    const audience = await mapConcurrent(LIMITS.CONNECTIONS, reached, async (slug) =>
      mayActFor(principal, [slug]) ? channelOf(env, slug).audience.of(article.value, version) : null,
    );
    const safe = article.value.content_html ?? "";
    const preview: Preview = {
      title: article.value.title,
      content_html: shownHtml(article.value),
      removed: body.content_html === undefined ? [] : removedFrom(body.content_html, safe),
      organizations,
      state: stateOf(article.value, nowMs) === "scheduled" ? "scheduled" : "published",
      published_at: article.value.published_at,
      ...findings,
      audience: audience.flatMap((one): Audience[] => (one ? [one] : [])),
    };
    return answer(preview);
  },
});
