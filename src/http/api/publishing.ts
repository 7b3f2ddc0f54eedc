import { configuration } from "../../env.ts";
import { pageUrl } from "../../feeds/item.ts";
import type { Article, ShownArticle } from "../../model/article.ts";
import type { Change } from "../../model/audit.ts";
import { articleVersion } from "../../model/digest.ts";
import { tagOf } from "../../model/precondition.ts";
import { fail, type Result } from "../../model/result.ts";
import type { Input, Published } from "../../publishing/draft.ts";
import { publish } from "../../publishing/pipeline.ts";
import { type Answer, answer, type Caller } from "./operation.ts";

/** An article as the API shows it. */
export function shown({ env }: Pick<Caller, "env">, article: Article): ShownArticle {
  return { ...article, page_url: pageUrl(configuration(env).site, article.id) };
}

/** The entity tag of an article: it names the content, as its version does, so not `updated_at` and `attributions`. */
export const articleTag = async (article: Article): Promise<string> => tagOf(await articleVersion(article));

/** The headers of a conditional change of an article. */
export const CONDITIONS = {
  "If-Match": {
    description:
      "The `ETag` of the version that is to be changed, or `*` for any. If another version stands, nothing is changed, and " +
      "the answer is 412 with its `ETag`. The same change sent again succeeds.",
    in: "header",
    example: '"0123456789abcdefghjkmnpqrs"',
  },
  "If-None-Match": {
    description: "`*`: only if nothing stands at this id, not even a withdrawn article.",
    in: "header",
    example: "*",
  },
} as const;

/** Publishes what the caller says; returns the results, and what they changed. */
export async function publishFor(
  { env, principal }: Caller,
  inputs: readonly Input[],
  notify = true,
): Promise<{ results: Result<Published>[]; changes: Change[] }> {
  const results = await publish(env, inputs, { actor: principal, notify, source: "statement" });
  return { results, changes: results.flatMap((one, index) => changesBy(inputs[index]?.id ?? "", one)) };
}

/** Publishes one article. */
export async function publishOne(
  caller: Caller,
  input: Input,
  notify = true,
): Promise<{ published: Result<Published>; changes: Change[] }> {
  const { results, changes } = await publishFor(caller, [input], notify);
  return { published: results[0] ?? fail({ tag: "not-found" }), changes };
}

/** What publishing an article changed or, if it broke off, may have changed. */
function changesBy(id: string, published: Result<Published>): Change[] {
  if (!published.ok) {
    const { failure } = published;
    if (failure.tag !== "unavailable") return [];
    return [{ object: id, organizations: failure.organizations ?? [], outcome: "failed" }];
  }
  const { changed: organizations } = published.value;
  return organizations.length > 0 ? [{ object: id, organizations, outcome: "done" }] : [];
}

/** The answer with a published article, or with something that has it. */
export function answerPublished(
  caller: Caller,
  published: Result<Published>,
  body: (article: ShownArticle) => object = (article) => article,
): Result<Answer> {
  if (!published.ok) return published;
  const { article, outcome, replayed } = published.value;
  const created = outcome === "created";
  const headers = replayed ? { "idempotency-replayed": "true" } : {};
  const location = created ? { location: `/api/v1/articles/${article.id}` } : {};
  return answer(body(shown(caller, article)), {
    status: created ? 201 : 200,
    headers: { ...headers, ...location },
  });
}

/** The answer with a published article and its entity tag. */
export async function answerArticle(caller: Caller, published: Result<Published>): Promise<Result<Answer>> {
  const answered = answerPublished(caller, published);
  if (!answered.ok || !published.ok) return answered;
  const etag = await articleTag(published.value.article);
  return answer(answered.value.body, { ...answered.value, headers: { ...answered.value.headers, etag } });
}
