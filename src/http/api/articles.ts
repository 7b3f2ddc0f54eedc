import type { Article } from "../../model/article.ts";
import { randomId } from "../../model/digest.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse } from "../../model/parse.ts";
import { preconditionOf } from "../../model/precondition.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import { articleId } from "../../model/slug.ts";
import type { Principal } from "../../model/token.ts";
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
import { answer, type Caller, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";
import { answerArticle, articleTag, CONDITIONS, publishOne, shown } from "./publishing.ts";
import { givenCursor, INVALID_CURSOR, shownCursor, wrongQuery } from "./query.ts";

const group = "Articles";

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
      "Those of one organization, newest first, scheduled ones too. A token for one organization can leave it out. " +
      "Only the operator can list all articles, by id.",
    parameters: {
      organization: { description: "An organization's slug.", example: "acme" },
      ...CURSOR,
    },
    answers: { 200: "ArticlePage" },
    problems: ["malformed-query", "not-found"],
    async handler(call) {
      const { env, principal, query } = call;
      const { organization = soleOrganization(principal) } = query;
      const cursor = givenCursor(query.cursor ?? null);
      const page =
        organization === undefined
          ? await allArticles(call, cursor)
          : await articlesOf(call, organization, cursor);
      if (!page.ok) return page;
      const articles = page.value.articles.map((one) => shown({ env }, one));
      return answer({ articles, cursor: shownCursor(page.value.cursor) });
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
      const { published, changes } = await publishOne(call, input);
      return changing(changes, await answerArticle(call, published));
    },
  }),
  createArticles,
  importArticle,
  operation({
    id: "getArticle",
    method: "GET",
    path: "/articles/:id",
    needs: "read",
    group,
    summary: "Get an article",
    loads: "article",
    answers: { 200: "Article", 304: null },
    answerHeaders: { 200: ["etag"], 304: ["etag"] },
    problems: ["gone"],
    async handler({ env, loaded: article }) {
      if (article.withdrawn_at) return fail({ tag: "gone" });
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
    parameters: CONDITIONS,
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
      const { published, changes } = await publishOne(call, {
        id,
        idBy: "publisher",
        fields: body,
        precondition: precondition.value,
      });
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
    parameters: CONDITIONS,
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
      return changing(changes, published.ok ? DONE : published);
    },
  }),
];

/** The organization that a token for a single one can leave out. */
function soleOrganization(principal: Principal): string | undefined {
  return principal.kind === "token" && principal.organizations.length === 1
    ? principal.organizations[0]
    : undefined;
}

async function allArticles({ env, principal }: Caller, cursor: string | null): Promise<Result<ArticlePage>> {
  if (principal.kind !== "admin") return fail(wrongQuery("organization", "is required"));
  const page = await listArticles(env.RECORDS, cursor, Date.now());
  if (!page) return fail(INVALID_CURSOR);
  const articles = await attributed(env, page.articles);
  return ok({ articles: articles.filter((article) => !article.withdrawn_at), cursor: page.cursor });
}

async function articlesOf(
  { env, principal }: Caller,
  organization: string,
  cursor: string | null,
): Promise<Result<ArticlePage>> {
  const allowed = authorize(principal, [organization]);
  if (!allowed.ok) return allowed;
  if (!(await directoryOf(env).organizations.get(organization))) return fail({ tag: "not-found" });
  const page = await channelOf(env, organization).articles.page(cursor);
  return page ? ok(page) : fail(INVALID_CURSOR);
}

interface ArticlePage {
  articles: Article[];
  cursor: string | null;
}

/** The id of a new article: its publisher's, or one of ours. With an Idempotency-Key a repetition gets the same. */
function idOf(id: string | undefined, once: Once | null): Pick<Input, "id" | "idBy" | "once"> {
  const key = once ? { once } : {};
  if (id !== undefined) return { id, idBy: "publisher", ...key };
  return once ? { id: `art_${once.key}`, idBy: "service", ...key } : { id: randomId("art_"), idBy: "chance" };
}
