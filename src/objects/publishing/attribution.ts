import type { Bindings } from "../../env.ts";
import { blockText } from "../../feeds/content.ts";
import type { Article, ArticleFields } from "../../model/article.ts";
import type { Findings, Texts } from "../../model/attribution.ts";
import { LIMITS } from "../../model/limits.ts";
import { type Failure, fail, ok, type Result } from "../../model/result.ts";
import { findNames } from "../names.ts";

/** Said of an article that names no organization, in no way. */
export const NONE_FOUND: Failure = {
  tag: "invalid",
  errors: [{ path: "organizations", message: "none was named, and none was found in the text" }],
};

/** What is read of an article to find organizations; content that nests or grows without bound is refused. */
export function textsOf({
  title,
  summary,
  content_html,
  content_text,
}: Partial<Pick<ArticleFields, "title" | "summary" | "content_html" | "content_text">>): Result<Texts> {
  try {
    const content = content_html === undefined ? content_text : blockText(content_html);
    return ok({
      ...(title ? { title } : {}),
      ...(summary ? { summary } : {}),
      ...(content ? { content } : {}),
    });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return fail({ tag: "unrenderable", detail: `The article's text cannot be read: ${detail}` });
  }
}

/** What was found, as the fields of an article. */
export function organizationsFound({
  attributions,
}: Findings): Required<Pick<Article, "organizations" | "attributions">> {
  const kept = attributions.slice(0, LIMITS.ORGANIZATIONS_PER_ARTICLE);
  return { organizations: kept.map(({ organization }) => organization), attributions: kept };
}

/**
 * Articles out of records: those that name no organization with the ones that are found in them. Where none is
 * found, or the content cannot be read, there are none.
 */
export async function attributed<A extends Article>(env: Bindings, articles: readonly A[]): Promise<A[]> {
  const texts = new Map<A, Texts>();
  for (const article of articles) {
    const read = article.organizations.length === 0 ? textsOf(article) : null;
    if (read?.ok) texts.set(article, read.value);
  }
  const findings = await findNames(env, [...texts.values()]);
  const found = new Map([...texts.keys()].map((article, index) => [article, findings[index]]));
  return articles.map((article) => {
    const each = found.get(article);
    return each && each.attributions.length > 0 ? { ...article, ...organizationsFound(each) } : article;
  });
}
