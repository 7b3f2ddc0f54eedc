import type { Bindings } from "../env.ts";
import { blockText } from "../feeds/content.ts";
import type { Article, ArticleFields } from "../model/article.ts";
import type { Findings, Texts } from "../model/attribution.ts";
import { LIMITS } from "../model/limits.ts";
import { type Failure, fail, ok, type Result } from "../model/result.ts";
import { findNames } from "../objects/names.ts";
import type { Attributed, Input } from "./draft.ts";

/** The failure for an article without organizations, named or found. */
export const NONE_FOUND: Failure = {
  tag: "invalid",
  errors: [{ path: "organizations", message: "none was named, and none was found in the text" }],
  unknown: [],
};

/** The texts in which attribution searches for names. Rejects content that cannot be parsed within limits. */
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

/** The found organizations as fields of an article. */
export function organizationsFound({
  attributions,
}: Findings): Required<Pick<Article, "organizations" | "attributions">> {
  const kept = attributions.slice(0, LIMITS.ORGANIZATIONS_PER_ARTICLE);
  return { organizations: kept.map(({ organization }) => organization), attributions: kept };
}

/** Adds organizations to inputs: the ones they name, or the ones found in their texts. */
export async function attribute(env: Bindings, inputs: readonly Input[]): Promise<Result<Attributed>[]> {
  const texts = inputs.map(({ fields }) => (fields && !fields.organizations ? textsOf(fields) : null));
  const readable = texts.flatMap((each): Texts[] => (each?.ok ? [each.value] : []));
  const findings = (await findNames(env, readable)).values();
  return inputs.map((input, index) => {
    const read = texts[index];
    if (!read) return ok({ ...input, organizations: input.fields?.organizations ?? [] });
    if (!read.ok) return read;
    const found = organizationsFound(findings.next().value ?? { attributions: [], doubts: [] });
    if (found.organizations.length === 0) return fail(NONE_FOUND);
    return ok({ ...input, organizations: found.organizations, evidence: found.attributions });
  });
}

/**
 * Adds the organizations found in the text to articles from records that name none. Leaves an article unchanged if none
 * is found, or its content cannot be read.
 */
export async function attributed<A extends Article>(env: Bindings, articles: readonly A[]): Promise<A[]> {
  const inputs = articles.map((article): Input => {
    const { organizations, ...said }: Article = article;
    return { id: article.id, idBy: "publisher", fields: organizations.length > 0 ? article : said };
  });
  const found = await attribute(env, inputs);
  return articles.map((article, index) => {
    const each = found[index];
    if (!each?.ok || !each.value.evidence) return article;
    return { ...article, organizations: each.value.organizations, attributions: each.value.evidence };
  });
}
