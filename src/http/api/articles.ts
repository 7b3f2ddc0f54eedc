import type { Context } from "hono";
import { configuration } from "../../env.ts";
import { pageUrl } from "../../feeds/item.ts";
import {
  type Article,
  type ArticleFields,
  ArticleInput,
  type NamedFields,
  type ShownArticle,
  withdrawn,
} from "../../model/article.ts";
import type { Change } from "../../model/audit.ts";
import { parse } from "../../model/parse.ts";
import { type Failure, fail, ok, type Result } from "../../model/result.ts";
import { articleId } from "../../model/slug.ts";
import type { Principal } from "../../model/token.ts";
import { attributed } from "../../objects/publishing/attribution.ts";
import {
  announceOne,
  type Published,
  publishAll,
  type Submission,
  standing,
} from "../../objects/publishing/submissions.ts";
import { channelOf, directoryOf } from "../../objects/stubs.ts";
import { listArticles, readArticle } from "../../store/records.ts";
import type { App } from "../context.ts";
import { refuse } from "../problem.ts";
import { withOrganizations } from "./attributions.ts";
import { changed } from "./audit.ts";
import { authorize } from "./auth.ts";
import { jsonBody } from "./body.ts";
import { claim } from "./idempotency.ts";
import { NO_CURSOR, wrongQuery } from "./query.ts";

/** An article as the API shows it. */
export function shown(c: Context<App>, article: Article): ShownArticle {
  return { ...article, page_url: pageUrl(configuration(c.env).site, article.id) };
}

/** `POST /articles`: publishes a new article, once for each Idempotency-Key. */
export async function createArticle(c: Context<App>): Promise<Response> {
  const input = await jsonBody(c, ArticleInput);
  if (!input.ok) return refuse(c, input.failure);
  const named = await organizationsOf(c, input.value);
  if (!named.ok) return refuse(c, named.failure);
  const allowed = authorize(c.var.principal, named.value.organizations);
  if (!allowed.ok) return refuse(c, allowed.failure);
  const claimed = await claim(c, input.value, named.value);
  if (!claimed.ok) return refuse(c, claimed.failure);
  const { submission, key, replayed } = claimed.value;
  const earlier = replayed ? await standing(c.env, submission) : null;
  if (earlier) {
    changed(c);
    c.header("idempotency-replayed", "true");
    return answer(c, ok({ article: earlier, created: true, changed: [] }));
  }
  const published = await publishOne(c, submission);
  if (key && !published.ok && published.failure.tag !== "unavailable") await directoryOf(c.env).release(key);
  return answer(c, published);
}

/** `PUT /articles/{id}`: what stands at an id from now on. The same content is no new version. */
export async function putArticle(c: Context<App>): Promise<Response> {
  const id = parse(articleId, c.req.param("id"));
  if (!id.ok) return refuse(c, atId(id.failure));
  const input = await jsonBody(c, ArticleInput);
  if (!input.ok) return refuse(c, input.failure);
  if (input.value.id !== undefined && input.value.id !== id.value) {
    return refuse(c, { tag: "invalid", errors: [{ path: "id", message: "is not the id in the address" }] });
  }
  const named = await organizationsOf(c, input.value);
  if (!named.ok) return refuse(c, named.failure);
  return answer(c, await publishOne(c, { id: id.value, input: named.value, fresh: false }));
}

/** `GET /articles/{id}`. */
export async function getArticle(c: Context<App>): Promise<Response> {
  const found = await articleAt(c, "some");
  if (!found.ok) return refuse(c, found.failure);
  if (found.value.withdrawn_at) return refuse(c, { tag: "gone" });
  return c.json(shown(c, found.value));
}

/** `DELETE /articles/{id}`: withdraws the article from every feed. Doing it again changes nothing. */
export async function withdrawArticle(c: Context<App>): Promise<Response> {
  const found = await articleAt(c, "all");
  if (!found.ok) return refuse(c, found.failure);
  const article = found.value.withdrawn_at ? found.value : withdrawn(found.value, Date.now());
  const done = await announceOne(c.env, article, found.value);
  changed(c, ...changesBy(article, done));
  return done.ok ? c.body(null, 204) : refuse(c, done.failure);
}

/** `GET /articles?organization=&cursor=`: of one organization newest first; of all, the operator's, by id. */
export async function listAllArticles(c: Context<App>): Promise<Response> {
  const organization = c.req.query("organization") ?? only(c.var.principal);
  const cursor = c.req.query("cursor") ?? null;
  if (organization === undefined) {
    if (c.var.principal.kind !== "admin") {
      return refuse(c, wrongQuery("organization", "is required"));
    }
    const page = await listArticles(c.env.RECORDS, cursor, Date.now());
    if (!page) return refuse(c, NO_CURSOR);
    const live = (await attributed(c.env, page.articles)).filter((article) => !article.withdrawn_at);
    return c.json({ articles: live.map((article) => shown(c, article)), cursor: page.cursor });
  }
  const allowed = authorize(c.var.principal, [organization]);
  if (!allowed.ok) return refuse(c, allowed.failure);
  if (!(await directoryOf(c.env).organization(organization))) return refuse(c, { tag: "not-found" });
  const page = await channelOf(c.env, organization).articles(cursor);
  if (!page) return refuse(c, NO_CURSOR);
  return c.json({ articles: page.articles.map((article) => shown(c, article)), cursor: page.cursor });
}

/** The organization that goes without saying. */
function only(principal: Principal): string | undefined {
  return principal.kind === "token" && principal.organizations.length === 1
    ? principal.organizations[0]
    : undefined;
}

/**
 * The article at the address, if the caller's organizations stand in it: `some` of its organizations to read
 * it, `all` to change it. Who may not know whether it is there is told the same either way.
 */
async function articleAt(c: Context<App>, reach: "some" | "all"): Promise<Result<Article>> {
  const { principal } = c.var;
  const id = parse(articleId, c.req.param("id"));
  const found = id.ok ? await readArticle(c.env.RECORDS, id.value, Date.now()) : null;
  const [article = null] = found ? await attributed(c.env, [found]) : [];
  if (principal.kind === "admin") return article ? ok(article) : fail({ tag: "not-found" });
  const covers = (slug: string) => principal.organizations.includes(slug);
  const reached =
    reach === "all" ? article?.organizations.every(covers) : article?.organizations.some(covers);
  return article && reached ? ok(article) : fail({ tag: "forbidden" });
}

async function organizationsOf(c: Context<App>, input: ArticleFields): Promise<Result<NamedFields>> {
  const [named] = await withOrganizations(c.env, [input]);
  return named ?? fail({ tag: "not-found" });
}

/** Publishes one article: as {@link publish} does with many. */
export async function publishOne(c: Context<App>, submission: Submission): Promise<Result<Published>> {
  const [published] = await publish(c, [submission]);
  return published ?? fail({ tag: "not-found" });
}

/** Publishes articles for the caller, and says what that has changed. */
export async function publish(
  c: Context<App>,
  submissions: readonly Submission[],
  how: { quiet?: boolean } = {},
): Promise<Result<Published>[]> {
  const all = await publishAll(c.env, c.var.principal, submissions, how);
  const pairs = submissions.map(({ id, input }, index) => [{ ...input, id }, all[index]] as const);
  changed(c, ...pairs.flatMap(([article, published]) => (published ? changesBy(article, published) : [])));
  return all;
}

/** What publishing an article has changed; where it broke off, what it may have. */
function changesBy(
  { id, organizations }: Pick<Article, "id" | "organizations">,
  published: Result<Published>,
): Change[] {
  if (!published.ok) {
    return published.failure.tag === "unavailable" ? [{ object: id, organizations, outcome: "failed" }] : [];
  }
  const told = published.value.changed;
  return told.length > 0 ? [{ object: id, organizations: told, outcome: "done" }] : [];
}

function answer(c: Context<App>, published: Result<Published>): Response {
  if (!published.ok) return refuse(c, published.failure);
  const { article, created } = published.value;
  if (created) c.header("location", `/api/v1/articles/${article.id}`);
  return c.json(shown(c, article), created ? 201 : 200);
}

/** A failure of a bare value, told as one of the field `id`. */
function atId(failure: Failure): Failure {
  if (failure.tag !== "invalid") return failure;
  return { ...failure, errors: failure.errors.map((error) => ({ ...error, path: "id" })) };
}
