import { configuration } from "../../env.ts";
import { pageUrl } from "../../feeds/item.ts";
import type { Article, ShownArticle } from "../../model/article.ts";
import type { Change } from "../../model/audit.ts";
import { fail, type Result } from "../../model/result.ts";
import { type Published, publishAll, type Submission } from "../../objects/publishing/submissions.ts";
import { type Answer, answer, type Caller } from "./operation.ts";

/** An article as the API shows it. */
export function shown({ env }: Pick<Caller, "env">, article: Article): ShownArticle {
  return { ...article, page_url: pageUrl(configuration(env).site, article.id) };
}

/** Publishes articles for the caller; returns the results, and what they changed. */
export async function publish(
  { env, principal }: Caller,
  submissions: readonly Submission[],
  how: { quiet?: boolean } = {},
): Promise<{ results: Result<Published>[]; changes: Change[] }> {
  if (submissions.length === 0) return { results: [], changes: [] };
  const results = await publishAll(env, principal, submissions, how);
  const pairs = submissions.map(({ id, input }, index) => [{ ...input, id }, results[index]] as const);
  return { results, changes: pairs.flatMap(([article, one]) => (one ? changesBy(article, one) : [])) };
}

/** Publishes one article. */
export async function publishOne(
  caller: Caller,
  submission: Submission,
): Promise<{ published: Result<Published>; changes: Change[] }> {
  const { results, changes } = await publish(caller, [submission]);
  return { published: results[0] ?? fail({ tag: "not-found" }), changes };
}

/** What publishing an article changed or, if it broke off, may have changed. */
export function changesBy(
  { id, organizations }: Pick<Article, "id" | "organizations">,
  published: Result<Published>,
): Change[] {
  if (!published.ok) {
    return published.failure.tag === "unavailable" ? [{ object: id, organizations, outcome: "failed" }] : [];
  }
  const { changed } = published.value;
  return changed.length > 0 ? [{ object: id, organizations: changed, outcome: "done" }] : [];
}

/** The answer with a published article, or with something that has it. */
export function answerPublished(
  caller: Caller,
  published: Result<Published>,
  body: (article: ShownArticle) => object = (article) => article,
  headers: Record<string, string> = {},
): Result<Answer> {
  if (!published.ok) return published;
  const { article, created } = published.value;
  const location = created ? { location: `/api/v1/articles/${article.id}` } : {};
  return answer(body(shown(caller, article)), {
    status: created ? 201 : 200,
    headers: { ...headers, ...location },
  });
}
