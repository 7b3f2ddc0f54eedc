import * as v from "valibot";
import { ARTICLE_STATES, stateOf, withoutContent } from "../../model/article.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse } from "../../model/parse.ts";
import { preconditionOf } from "../../model/precondition.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { articleId } from "../../model/slug.ts";
import { languageTag, textLine } from "../../model/text.ts";
import { moment, parseRfc3339, rfc3339 } from "../../model/time.ts";
import { admitted, type Principal } from "../../model/token.ts";
import { type ArticleList, type ArticleQuery, isWanted } from "../../objects/channel/listing.ts";
import type { Once } from "../../objects/directory/idempotency.ts";
import { channelOf, directoryOf } from "../../objects/stubs.ts";
import { attributed } from "../../publishing/attribution.ts";
import type { Input } from "../../publishing/draft.ts";
import { listArticles } from "../../store/records.ts";
import { authorize } from "./auth.ts";
import { createArticles } from "./batch.ts";
import { EXAMPLE } from "./example.ts";
import { idempotencyOf } from "./idempotency.ts";
import { importArticle } from "./import.ts";
import {
  alerts,
  answer,
  type Caller,
  CURSOR,
  changing,
  DONE,
  json,
  type Operation,
  operation,
} from "./operation.ts";
import { previewArticle } from "./preview.ts";
import { answerArticle, articleTag, CONDITIONS, publishOne, shown } from "./publishing.ts";
import { givenCursor, INVALID_CURSOR, shownCursor, wrongQuery } from "./query.ts";

const group = "Articles";

/** Some of the states of articles. */
const States = v.pipe(
  v.string(),
  v.transform((text) => text.split(",")),
  v.array(v.picklist(ARTICLE_STATES, `must be of ${ARTICLE_STATES.join(", ")}`)),
);

const PageLimit = v.pipe(
  v.string(),
  v.regex(/^\d{1,3}$/, "must be a number"),
  v.transform(Number),
  v.minValue(1, "must be 1 at least"),
  v.maxValue(LIMITS.PAGE_ITEMS, `must be ${LIMITS.PAGE_ITEMS} at most`),
);

/** What can be published. */
export const ARTICLES: readonly Operation[] = [
  operation({
    id: "listArticles",
    method: "GET",
    path: "/articles",
    needs: "read",
    group,
    summary: "List articles",
    detail:
      "Those of one organization, the latest date first. A token for one organization can leave it out. Only the operator " +
      "can list all articles, by id. A page can have fewer articles than `limit` while there are more: go on while there is a " +
      "`cursor`.",
    parameters: {
      organization: { description: "An organization's slug.", example: "acme" },
      state: {
        description:
          "States, separated by commas: `published`, `scheduled`, `withdrawn`. Without it the published ones; of all " +
          "organizations the scheduled ones, too. With it, each article says its `state`.",
        example: "scheduled,withdrawn",
        schema: States,
      },
      q: {
        description: "Words, all of which the title, the summary or the content has.",
        example: "seminar",
      },
      language: {
        description: "A language tag: `en` lists `en-GB`, too.",
        example: "en",
        schema: languageTag,
      },
      since: { description: "Only those dated from then on.", example: "2025-01-01", schema: moment },
      until: { description: "Only those dated before then.", example: "2039-01-01", schema: moment },
      fields: { description: "`summary` leaves out the contents.", values: ["summary"] },
      limit: {
        description: `At most so many articles in a page; ${LIMITS.PAGE_ITEMS} if it is not given, and at most.`,
        example: "20",
        schema: PageLimit,
      },
      ...CURSOR,
    },
    answers: { 200: "ArticlePage" },
    problems: ["malformed-query", "not-found"],
    async handler(call) {
      const { env, principal, query } = call;
      const { organization = soleOrganization(principal) } = query;
      const wanted: ArticleQuery = {
        states: query.state ?? (organization === undefined ? ["published", "scheduled"] : ["published"]),
        words: (query.q ?? "").toLowerCase().split(/\s+/).filter(Boolean),
        language: query.language ?? null,
        since: query.since === undefined ? null : rfc3339(parseRfc3339(query.since) ?? 0),
        until: query.until === undefined ? null : rfc3339(parseRfc3339(query.until) ?? 0),
        isShort: query.fields === "summary",
        limit: query.limit ?? LIMITS.PAGE_ITEMS,
        cursor: givenCursor(query.cursor ?? null),
      };
      const page = await (organization === undefined
        ? allArticles(call, wanted)
        : articlesOf(call, organization, wanted));
      if (!page.ok) return page;
      const articles = page.value.articles.map(({ state, ...one }) => ({
        ...shown({ env }, one),
        ...(query.state ? { state } : {}),
      }));
      return answer({ articles, cursor: shownCursor(page.value.cursor) });
    },
  }),
  operation({
    id: "countArticles",
    method: "GET",
    path: "/organizations/:slug/articles/counts",
    needs: "read",
    group,
    summary: "Count an organization's articles",
    detail: `By their state, each up to ${LIMITS.ARTICLES_COUNTED}. With a token that may publish, the drafts too.`,
    loads: "organization",
    answers: { 200: "ArticleCounts" },
    async handler({ env, principal, loaded: { slug } }) {
      const { drafts, ...counts } = await channelOf(env, slug).articles.counts();
      return answer({ ...counts, ...(admitted(principal, "publish").ok ? { drafts } : {}) });
    },
  }),
  operation({
    id: "createArticle",
    method: "POST",
    path: "/articles",
    needs: "publish",
    action: "article.create",
    group,
    summary: "Publish a new article",
    detail:
      "Without `organizations` it belongs to those that its text names, by their names and aliases. With a " +
      "`published_at` in the future it is scheduled. With the `id` of an article that exists, it replaces that article, " +
      "and the status is 200.",
    parameters: {
      "Idempotency-Key": {
        description: `Any text. The same request with the same key within ${LIMITS.IDEMPOTENCY_KEPT_HOURS} hours creates no second article.`,
        in: "header",
      },
      ...CONDITIONS,
      ...alerts("all"),
    },
    body: json("ArticleInput", EXAMPLE),
    answers: { 200: "Article", 201: "Article" },
    answerHeaders: {
      200: ["etag", "idempotency-replayed"],
      201: ["location", "etag", "idempotency-replayed"],
    },
    problems: ["unrenderable", "precondition-failed", "idempotency-key-reused", "idempotency-key-in-use"],
    async handler(call) {
      const once = await idempotencyOf(
        call.principal,
        call.request.headers.get("idempotency-key"),
        call.body,
      );
      if (!once.ok) return once;
      const precondition = preconditionOf(call.request.headers);
      if (!precondition.ok) return precondition;
      const input = {
        ...idOf(call.body.id, once.value),
        fields: call.body,
        precondition: precondition.value,
      };
      const { published, changes } = await publishOne(call, input, call.query.alerts !== "none");
      return changing(changes, await answerArticle(call, published));
    },
  }),
  createArticles,
  previewArticle,
  importArticle,
  operation({
    id: "getArticle",
    method: "GET",
    path: "/articles/:id",
    needs: "read",
    group,
    summary: "Get an article",
    loads: "article",
    parameters: {
      withdrawn: {
        description:
          "`true`: of a withdrawn article, the article with its `withdrawn_at` instead of 410, so that it can be put back. " +
          "For tokens that may publish.",
        values: ["true"],
      },
    },
    answers: { 200: "Article", 304: null },
    answerHeaders: { 200: ["etag"], 304: ["etag"] },
    problems: ["gone", "malformed-query", "scope-missing"],
    async handler({ env, loaded: article, query, principal }) {
      if (article.withdrawn_at) {
        if (query.withdrawn !== "true") return fail({ tag: "gone" });
        const allowed = admitted(principal, "publish");
        if (!allowed.ok) return allowed;
      }
      return answer(shown({ env }, article), { headers: { etag: await articleTag(article) } });
    },
  }),
  operation({
    id: "putArticle",
    method: "PUT",
    path: "/articles/:id",
    needs: "publish",
    action: "article.put",
    group,
    summary: "Create or replace the article with an id",
    detail: "The same content again is no new version and alerts nobody.",
    loads: "article-id",
    parameters: { ...CONDITIONS, ...alerts("all") },
    body: json("ArticleInput", EXAMPLE),
    answers: { 200: "Article", 201: "Article" },
    answerHeaders: { 200: ["etag"], 201: ["location", "etag"] },
    problems: ["unrenderable", "precondition-failed"],
    async handler(call) {
      const { loaded: id, body } = call;
      if (body.id !== undefined && body.id !== id) {
        return fail({ tag: "invalid", errors: [{ path: "id", message: "is not the id in the address" }] });
      }
      const precondition = preconditionOf(call.request.headers);
      if (!precondition.ok) return precondition;
      const input = { id, idBy: "publisher", fields: body, precondition: precondition.value } as const;
      const { published, changes } = await publishOne(call, input, call.query.alerts !== "none");
      return changing(changes, await answerArticle(call, published));
    },
  }),
  operation({
    id: "withdrawArticle",
    method: "DELETE",
    path: "/articles/:id",
    needs: "publish",
    action: "article.withdraw",
    group,
    summary: "Withdraw an article",
    detail: "It is removed from every feed, and webhooks are alerted. Withdrawing it again changes nothing.",
    parameters: {
      ...CONDITIONS,
      reason: {
        description: "Why. Only the audit log says it.",
        example: "Published too early",
        schema: textLine(LIMITS.TITLE_CHARACTERS),
      },
    },
    answers: { 204: null },
    problems: ["malformed", "precondition-failed"],
    async handler(call) {
      const precondition = preconditionOf(call.request.headers);
      if (!precondition.ok) return precondition;
      const id = parse(articleId, call.params.id);
      if (!id.ok) return fail({ tag: call.principal.kind === "admin" ? "not-found" : "forbidden" });
      const { published, changes } = await publishOne(call, {
        id: id.value,
        idBy: "publisher",
        fields: null,
        precondition: precondition.value,
      });
      const { reason } = call.query;
      return changing(
        changes.map((change) => ({ ...change, reason })),
        published.ok ? DONE : published,
      );
    },
  }),
];

/** The organization that a token for a single one can leave out. */
function soleOrganization(principal: Principal): string | undefined {
  return principal.kind === "token" && principal.organizations.length === 1
    ? principal.organizations[0]
    : undefined;
}

/** A page of the records of all organizations, of which those are shown that are wanted. */
async function allArticles({ env, principal }: Caller, wanted: ArticleQuery): Promise<Result<ArticleList>> {
  if (principal.kind !== "admin") return fail(wrongQuery("organization", "is required"));
  const { states, isShort, limit, cursor, since = null, until = null } = wanted;
  const now = Date.now();
  const page = await listArticles(env.RECORDS, cursor, now, limit);
  if (!page) return fail(INVALID_CURSOR);
  const articles = (await attributed(env, page.articles))
    .map((article) => ({ ...article, state: stateOf(article, now) }))
    .filter((article) => states.includes(article.state) && isWanted(article, wanted))
    .filter(({ published_at: at }) => (since === null || at >= since) && (until === null || at < until))
    .map((article) => (isShort ? withoutContent(article) : article));
  return ok({ articles, cursor: page.cursor });
}

async function articlesOf(
  { env, principal }: Caller,
  organization: string,
  query: ArticleQuery,
): Promise<Result<ArticleList>> {
  const allowed = authorize(principal, [organization]);
  if (!allowed.ok) return allowed;
  if (!(await directoryOf(env).organizations.get(organization))) return fail({ tag: "not-found" });
  const page = await channelOf(env, organization).articles.list(query);
  return page ? ok(page) : fail(INVALID_CURSOR);
}

/** The id of a new article: its publisher's, or one of ours. With an Idempotency-Key a repetition gets the same. */
function idOf(id: string | undefined, once: Once | null): Pick<Input, "id" | "idBy" | "once"> {
  const key = once ? { once } : {};
  if (id !== undefined) return { id, idBy: "publisher", ...key };
  return once ? { id: `art_${once.key}`, idBy: "service", ...key } : { id: randomId("art_"), idBy: "chance" };
}
