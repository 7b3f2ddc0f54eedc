import { type Article, type ArticleFields, type NamedFields, withdrawn } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { fail, ok, type Result } from "../../model/result.ts";
import type { Principal } from "../../model/token.ts";
import { attributed } from "../../objects/publishing/attribution.ts";
import { announceOne, standing } from "../../objects/publishing/submissions.ts";
import { channelOf, directoryOf } from "../../objects/stubs.ts";
import { listArticles } from "../../store/records.ts";
import { withOrganizations } from "./attributions.ts";
import { authorize } from "./auth.ts";
import { createBatch } from "./batch.ts";
import { EXAMPLE } from "./example.ts";
import { claim } from "./idempotency.ts";
import { importDocument } from "./import.ts";
import { answer, type Caller, CURSOR, changing, DONE, json, type Operation, operation } from "./operation.ts";
import { answerPublished, changesBy, publishOne, shown } from "./publishing.ts";
import { INVALID_CURSOR, wrongQuery } from "./query.ts";

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
      const { organization = soleOrganization(principal), cursor = null } = query;
      const page =
        organization === undefined
          ? await allArticles(call, cursor)
          : await articlesOf(call, organization, cursor);
      if (!page.ok) return page;
      return answer({ ...page.value, articles: page.value.articles.map((one) => shown({ env }, one)) });
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
      "`published_at` in the future it is scheduled.",
    parameters: {
      "Idempotency-Key": {
        description: `Any text. The same request with the same key within ${LIMITS.IDEMPOTENCY_KEPT_HOURS} hours creates no second article.`,
        in: "header",
      },
    },
    body: json("ArticleInput", EXAMPLE),
    answers: { 201: "Article" },
    problems: ["unrenderable", "idempotency-key-reused"],
    async handler(call) {
      const { env, principal, body, request } = call;
      const named = await organizationsOf(call, body);
      if (!named.ok) return named;
      const allowed = authorize(principal, named.value.organizations);
      if (!allowed.ok) return allowed;
      const claimed = await claim(call, request.headers.get("idempotency-key"), body, named.value);
      if (!claimed.ok) return claimed;
      const { submission, key, replayed } = claimed.value;
      const earlier = replayed ? await standing(env, submission) : null;
      if (earlier) {
        const again = ok({ article: earlier, created: true, changed: [] });
        return changing([], answerPublished(call, again, undefined, { "idempotency-replayed": "true" }));
      }
      const { published, changes } = await publishOne(call, submission);
      if (key && !published.ok && published.failure.tag !== "unavailable")
        await directoryOf(env).idempotency.release(key);
      return changing(changes, answerPublished(call, published));
    },
  }),
  createBatch,
  importDocument,
  operation({
    id: "getArticle",
    method: "GET",
    path: "/articles/:id",
    needs: "read",
    group,
    summary: "Get an article",
    loads: "article",
    answers: { 200: "Article" },
    problems: ["gone"],
    handler: ({ env, loaded: article }) =>
      article.withdrawn_at ? fail({ tag: "gone" }) : answer(shown({ env }, article)),
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
    body: json("ArticleInput", EXAMPLE),
    answers: { 200: "Article", 201: "Article" },
    problems: ["unrenderable"],
    async handler(call) {
      const { loaded: id, body } = call;
      if (body.id !== undefined && body.id !== id) {
        return fail({ tag: "invalid", errors: [{ path: "id", message: "is not the id in the address" }] });
      }
      const named = await organizationsOf(call, body);
      if (!named.ok) return named;
      const { published, changes } = await publishOne(call, { id, input: named.value, fresh: false });
      return changing(changes, answerPublished(call, published));
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
    loads: "own-article",
    answers: { 204: null },
    async handler({ env, loaded: before }) {
      const article = before.withdrawn_at ? before : withdrawn(before, Date.now());
      const published = await announceOne(env, article, before);
      return changing(changesBy(article, published), published.ok ? DONE : published);
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

async function organizationsOf({ env }: Caller, input: ArticleFields): Promise<Result<NamedFields>> {
  const [named] = await withOrganizations(env, [input]);
  return named ?? fail({ tag: "not-found" });
}
