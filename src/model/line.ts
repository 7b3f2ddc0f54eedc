import * as v from "valibot";
import { type ArticleFields, ArticleInput } from "./article.ts";
import { LIMITS } from "./limits.ts";
import { OrganizationInput } from "./organization.ts";
import { parse, parseJson } from "./parse.ts";
import { fail, ok, type Result } from "./result.ts";
import { slug } from "./slug.ts";
import { AFTER_ALL_MS, moment } from "./time.ts";
import { SharedWebhookInput, WebhookInput } from "./webhook.ts";

const MOST_COUNTED = 1e12; // far from where numbers stop being exact
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MOST_COUNTED));
const milliseconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(AFTER_ALL_MS - 1));

/** An article's place in a channel's ledger. It lets an import restore the channel's documents exactly. */
export const Place = v.strictObject({
  ordinal: count,
  seq: count,
  revision: count,
  changed_ms: milliseconds,
});
export type Place = v.InferOutput<typeof Place>;

/** A digest of what a channel's documents show, and since when they show it. */
const Publication = v.strictObject({
  digest: v.pipe(v.string(), v.maxLength(LIMITS.SLUG_CHARACTERS)),
  updated_ms: milliseconds,
});

/** The state of an organization: when it last changed, whether it is closed, and what is published. */
export const OrganizationStanding = v.strictObject({
  changed_ms: milliseconds,
  closed: v.exactOptional(v.literal(true)),
  publication: v.exactOptional(Publication),
});
export type OrganizationStanding = v.InferOutput<typeof OrganizationStanding>;

const Places = v.pipe(
  v.record(slug, Place),
  v.maxEntries(LIMITS.ORGANIZATIONS_PER_ARTICLE, "must name fewer organizations"),
);

/** An organization in an export: its record and its state. */
const OrganizationLine = v.strictObject({
  ...OrganizationInput.entries,
  slug,
  standing: v.exactOptional(OrganizationStanding),
});

/** A webhook in an export. An export has no `secret` and no `headers`; you can add them before an import. */
const WebhookLine = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^end_[0-9a-z]{26}$/, "must be the id of a webhook")),
  organization: slug,
  ...v.omit(WebhookInput, ["backfill"]).entries,
  header_names: v.exactOptional(v.array(v.string())),
  created_at: moment,
});

/** A shared webhook of the operator in an export. */
const SharedWebhookLine = v.strictObject({
  ...v.omit(WebhookLine, ["organization"]).entries,
  organizations: SharedWebhookInput.entries.organizations,
});

/** An article in an import; from an export, with its places. */
export interface ArticleLine {
  type: "article";
  input: ArticleFields;
  places?: Record<string, Place>;
}

/** The places of an article in channels that no longer have it. Its current content, if any, is in another line. */
export interface TombstoneLine extends Required<Omit<ArticleLine, "type">> {
  type: "tombstone";
}
export type OrganizationLine = v.InferOutput<typeof OrganizationLine> & { type: "organization" };
export type WebhookLine = v.InferOutput<typeof WebhookLine> & { type: "webhook" };
export type SharedWebhookLine = v.InferOutput<typeof SharedWebhookLine> & { type: "shared-webhook" };

/** The cursor of an export's next page: the last line of each page. It stores nothing. */
export interface CursorLine {
  type: "cursor";
}

/** A line of an export or import. */
export type Line =
  | OrganizationLine
  | ArticleLine
  | TombstoneLine
  | WebhookLine
  | SharedWebhookLine
  | CursorLine;

/** Parses a line. A line without `type` is an article. */
export function lineFrom(text: string): Result<Line> {
  const value = parseJson(text);
  if (!value.ok) return value;
  if (typeof value.value !== "object" || value.value === null || Array.isArray(value.value)) {
    return fail({ tag: "invalid", errors: [{ path: "", message: "must be an object" }] });
  }
  const { type = "article", ...fields } = value.value as Record<string, unknown>;
  switch (type) {
    case "article":
      return articleLine(fields);
    case "tombstone":
      return placed("tombstone", fields);
    case "organization":
      return typed("organization", parse(OrganizationLine, fields));
    case "webhook":
      return typed("webhook", parse(WebhookLine, fields));
    case "shared-webhook":
      return typed("shared-webhook", parse(SharedWebhookLine, fields));
    case "cursor":
      return ok({ type });
    default: {
      const message = "must be article, tombstone, organization, webhook or shared-webhook";
      return fail({ tag: "invalid", errors: [{ path: "type", message }] });
    }
  }
}

const typed = <T extends string, F extends object>(type: T, read: Result<F>): Result<F & { type: T }> =>
  read.ok ? ok({ ...read.value, type }) : read;

function articleLine(fields: Record<string, unknown>): Result<ArticleLine> {
  if (fields.standing !== undefined) return placed("article", fields);
  const input = parse(ArticleInput, fields);
  return input.ok ? ok({ type: "article", input: input.value }) : input;
}

function placed<T extends string>(
  type: T,
  { standing, ...fields }: Record<string, unknown>,
): Result<{ type: T; input: ArticleFields; places: Record<string, Place> }> {
  const input = parse(ArticleInput, fields);
  if (!input.ok) return input;
  const places = parse(v.strictObject({ standing: Places }), { standing });
  return places.ok ? ok({ type, input: input.value, places: places.value.standing }) : places;
}
