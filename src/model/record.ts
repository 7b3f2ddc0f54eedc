import * as v from "valibot";
import { type Article, type ArticleFields, ArticleInput, articleFrom } from "./article.ts";
import { Attributions } from "./attribution.ts";
import { LIMITS } from "./limits.ts";
import { type Organization, OrganizationInput, organizationFrom } from "./organization.ts";
import { parse, parseJson } from "./parse.ts";
import { brief, FieldError, fail, ok, type Result } from "./result.ts";
import { articleId, slug } from "./slug.ts";
import { moment, rfc3339, timestamp } from "./time.ts";

/** A record that another program wrote and that cannot be used. */
export const RecordProblem = v.object({
  key: v.pipe(
    v.string(),
    v.description("The record's key in RECORDS, or `webhook:` and the id of a webhook."),
  ),
  reason: v.picklist([
    "malformed",
    "invalid",
    "unrenderable",
    "organization-unknown",
    "webhook-failing",
    "webhook-disabled",
  ]),
  errors: v.array(FieldError),
  seen_at: v.pipe(timestamp, v.description("When the sweep last met it so.")),
  webhook: v.exactOptional(
    v.pipe(
      v.object({
        id: v.string(),
        organization: v.pipe(v.string(), v.description("Empty for a shared webhook.")),
        description: v.string(),
        origin: v.pipe(v.string(), v.description("Of its URL: the path can be a secret.")),
        since: timestamp,
      }),
      v.description("The webhook that fails or is disabled, instead of a record."),
    ),
  ),
});
export type RecordProblem = v.InferOutput<typeof RecordProblem>;

/** As many errors of a record as a problem lists, and how many more there are. */
export function problemErrors(errors: readonly FieldError[]): FieldError[] {
  const some = errors.slice(0, LIMITS.PROBLEM_ERRORS).map(brief);
  const more = errors.length - some.length;
  return more > 0 ? [...some, { path: "", message: `has ${more} more errors` }] : some;
}

/**
 * Reads the article of a record. Records of this service and of other programs have the same shape, and the key has the
 * id. A record without organizations gives an article without any: `publishing/attribution.ts` finds them.
 * @param seenMs when the record was first seen: its publication date when it has none
 * @param editedMs when a change of it was first seen: its time of change when it has none
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

/** An article with the fields of its record that publishers cannot set: when it changed, and when it was withdrawn. */
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
 * Returns true when a record is older than the known article. A record without times is not older, unless the article is
 * withdrawn: sending it again does not restore it.
 */
export function isOlder(input: ArticleFields, known: Article): boolean {
  const said = knownMoment(input.withdrawn_at) ?? knownMoment(input.updated_at);
  if (said === null) return known.withdrawn_at !== undefined;
  return Date.parse(said) < lastSaidMs(known);
}

/** When an article was withdrawn, or changed last; milliseconds since 1970. */
export const lastSaidMs = ({ withdrawn_at, updated_at }: Article): number =>
  Date.parse(withdrawn_at ?? updated_at);

/** Reads the organization of a record. */
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
