import * as v from "valibot";
import { type Article, type ArticleFields, ArticleInput, articleFrom } from "./article.ts";
import { Attributions } from "./attribution.ts";
import { type Organization, OrganizationInput, organizationFrom } from "./organization.ts";
import { parse, parseJson } from "./parse.ts";
import { fail, ok, type Result } from "./result.ts";
import { articleId, slug } from "./slug.ts";
import { moment, rfc3339 } from "./time.ts";

/**
 * The article that a record holds, whoever wrote it: our own records and those that another program put into KV
 * have one shape, and only the key says the id. One that names no organizations has none here:
 * `objects/publishing/attribution.ts` finds them.
 * @param seenMs when the record was first seen: stands for a time of publication that it does not give
 * @param editedMs when it was seen changed, if it was: stands for a time of change that it does not give
 */
export function articleFromRecord(
  id: string,
  text: string,
  seenMs: number,
  editedMs?: number,
): Result<Article> {
  const name = parse(articleId, id);
  if (!name.ok)
    return fail({ tag: "invalid", errors: [{ path: "id", message: "the key is no article id" }] });
  const value = parseJson(text);
  if (!value.ok) return value;
  const input = parse(ArticleInput, value.value);
  if (!input.ok) return input;
  if (input.value.id !== undefined && input.value.id !== id) {
    return fail({ tag: "invalid", errors: [{ path: "id", message: "is not the id in the key" }] });
  }
  const article = articleFrom(id, input.value, null, seenMs);
  return ok(
    asRecorded(editedMs === undefined ? article : { ...article, updated_at: rfc3339(editedMs) }, input.value),
  );
}

/** An article with what its record says of itself, which no publisher may: when it changed, and when it was withdrawn. */
export function asRecorded(article: Article, input: ArticleFields): Article {
  const evidence = article.organizations.length > 0 ? parse(Attributions, input.attributions) : null;
  const withdrawnAt = knownMoment(input.withdrawn_at);
  return {
    ...article,
    ...(evidence?.ok ? { attributions: evidence.value } : {}),
    updated_at: knownMoment(input.updated_at) ?? article.updated_at,
    ...(withdrawnAt ? { withdrawn_at: withdrawnAt } : {}),
  };
}

/**
 * Whether what a record says of an article is older than what is known of it. A record that gives no time of its own is
 * not, unless the article was withdrawn since: saying it again does not bring it back.
 */
export function isOlder(input: ArticleFields, known: Article): boolean {
  const said = knownMoment(input.withdrawn_at) ?? knownMoment(input.updated_at);
  if (said === null) return known.withdrawn_at !== undefined;
  return Date.parse(said) < lastSaidMs(known);
}

/** When an article was withdrawn, or changed last; milliseconds since 1970. */
export const lastSaidMs = ({ withdrawn_at, updated_at }: Article): number =>
  Date.parse(withdrawn_at ?? updated_at);

/** The organization that a record holds. */
export function organizationFromRecord(id: string, text: string): Result<Organization> {
  const name = parse(slug, id);
  if (!name.ok)
    return fail({ tag: "invalid", errors: [{ path: "slug", message: "the key is no usable slug" }] });
  const value = parseJson(text);
  if (!value.ok) return value;
  const input = parse(OrganizationInput, value.value);
  return input.ok ? ok(organizationFrom(id, input.value)) : input;
}

function knownMoment(value: unknown): string | null {
  return v.is(moment, value) ? v.parse(moment, value) : null;
}
