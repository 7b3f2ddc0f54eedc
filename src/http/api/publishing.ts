import { configuration } from "../../env.ts";
import { pageUrl } from "../../feeds/item.ts";
import type { Article, ShownArticle } from "../../model/article.ts";
import type { Change } from "../../model/audit.ts";
import { fail, type Result } from "../../model/result.ts";
import type { Input, Published } from "../../publishing/draft.ts";
import { publish } from "../../publishing/pipeline.ts";
import { type Answer, answer, type Caller } from "./operation.ts";

/** An article as the API shows it. */
export function shown({ env }: Pick<Caller, "env">, article: Article): ShownArticle {
  return { ...article, page_url: pageUrl(configuration(env).site, article.id) };
}

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
): Promise<{ published: Result<Published>; changes: Change[] }> {
  const { results, changes } = await publishFor(caller, [input]);
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
