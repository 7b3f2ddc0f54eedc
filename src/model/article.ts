import * as v from "valibot";
import { type Attribution, Attributions } from "./attribution.ts";
import { LIMITS } from "./limits.ts";
import { articleId, slug } from "./slug.ts";
import { filledLine, languageTag, textBlock, textLine, webAddress } from "./text.ts";
import { isDay, momentOrDay, rfc3339, rfc3339After, timestamp } from "./time.ts";
import { canBeTitled, titleOf } from "./title.ts";

const Author = v.strictObject({
  name: filledLine(LIMITS.NAME_CHARACTERS),
  url: v.exactOptional(webAddress),
});

const MIME_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/;

const Attachment = v.strictObject({
  url: webAddress,
  mime_type: v.pipe(
    v.string(),
    v.transform((type) => type.trim().toLowerCase()),
    v.regex(MIME_TYPE, "must be a media type, such as image/jpeg"),
  ),
  size_in_bytes: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  duration_in_seconds: v.exactOptional(
    v.pipe(v.number(), v.minValue(0), v.maxValue(LIMITS.DURATION_SECONDS)),
  ),
  title: v.exactOptional(textLine(LIMITS.TITLE_CHARACTERS)),
});

/**
 * How much of `published_at` is known. `undated`: the document gives no date, and `published_at` is only its
 * place in the order; pages say so, and feeds still carry it, since readers show an item without a date as new.
 */
export const PublishedPrecision = v.pipe(
  v.picklist(["time", "day", "month", "year", "undated"]),
  v.description("How much of `published_at` is known."),
);

/** A field that only the service sets. Clients can send it back; it is dropped unless it is valid. */
const readOnly = (schema: v.GenericSchema) =>
  v.exactOptional(
    v.pipe(
      v.unknown(),
      v.transform((value): unknown => (v.is(schema, value) ? value : undefined)),
      v.description("Read-only: taken, and not believed."),
    ),
  );
const shortText = v.pipe(v.string(), v.maxLength(LIMITS.NAME_CHARACTERS));

/** The fields that make up an article's content. */
const content = {
  title: filledLine(LIMITS.TITLE_CHARACTERS),
  url: v.exactOptional(webAddress),
  summary: v.exactOptional(textBlock(LIMITS.SUMMARY_CHARACTERS)),
  content_html: v.exactOptional(textBlock(LIMITS.CONTENT_CHARACTERS)),
  content_text: v.exactOptional(textBlock(LIMITS.CONTENT_CHARACTERS)),
  language: v.exactOptional(languageTag),
  authors: v.exactOptional(v.pipe(v.array(Author), v.maxLength(LIMITS.AUTHORS))),
  tags: v.exactOptional(v.pipe(v.array(filledLine(LIMITS.TAG_CHARACTERS)), v.maxLength(LIMITS.TAGS))),
  image: v.exactOptional(webAddress),
  attachments: v.exactOptional(v.pipe(v.array(Attachment), v.maxLength(LIMITS.ATTACHMENTS))),
  published_precision: v.exactOptional(PublishedPrecision),
  source: v.exactOptional(
    v.strictObject({ name: filledLine(LIMITS.NAME_CHARACTERS), url: v.exactOptional(webAddress) }),
  ),
};

/** The body of a request that publishes an article. Without `organizations`, they are found in its text. */
export const ArticleInput = v.pipe(
  v.strictObject({
    id: v.exactOptional(articleId),
    organizations: v.exactOptional(
      v.pipe(
        v.array(slug),
        v.minLength(1, "must name at least one organization"),
        v.maxLength(LIMITS.ORGANIZATIONS_PER_ARTICLE),
        v.transform((slugs) => [...new Set(slugs)]),
        v.description("Slugs. Without any, those that the texts name are found."),
      ),
    ),
    ...content,
    title: v.exactOptional(
      v.pipe(content.title, v.description("Without one, the first words of the article stand for it.")),
    ),
    published_at: v.exactOptional(
      v.pipe(
        momentOrDay,
        v.description(
          "A date-time with its offset, or a date, of which pages then show the day; one to come is an embargo.",
        ),
      ),
    ),
    attributions: readOnly(Attributions),
    updated_at: readOnly(shortText),
    withdrawn_at: readOnly(shortText),
    page_url: readOnly(v.never()),
  }),
  v.forward(
    v.partialCheck(
      [["title"], ["summary"], ["content_text"], ["content_html"]],
      (input) => input.title !== undefined || canBeTitled(input),
      "is required",
    ),
    ["title"],
  ),
  v.forward(
    v.check(
      (input) => input.content_html === undefined || input.content_text === undefined,
      "give content_html or content_text, not both",
    ),
    ["content_text"],
  ),
);

/** A validated {@link ArticleInput}. */
export type ArticleFields = v.InferOutput<typeof ArticleInput>;

/** The same with its organizations known: from the publisher, or found in the text, and then with the evidence. */
export interface NamedFields extends Omit<ArticleFields, "organizations" | "attributions"> {
  organizations: string[];
  attributions?: Attribution[];
}

/** The body of a request that finds the organizations named in a text. */
export const AttributionInput = v.strictObject({
  title: v.exactOptional(textLine(LIMITS.TITLE_CHARACTERS)),
  summary: v.exactOptional(textBlock(LIMITS.SUMMARY_CHARACTERS)),
  content_html: v.exactOptional(textBlock(LIMITS.CONTENT_CHARACTERS)),
  content_text: v.exactOptional(textBlock(LIMITS.CONTENT_CHARACTERS)),
});

/** An article as it is stored and read: the record. */
export const Article = v.object({
  id: articleId,
  organizations: v.array(slug),
  ...content,
  published_at: timestamp,
  updated_at: v.pipe(
    timestamp,
    v.description("When the content last changed; until then, when it was published."),
  ),
  /** A withdrawn article stays as a record, so that its page can answer 410. */
  withdrawn_at: v.exactOptional(timestamp),
  attributions: v.exactOptional(Attributions),
});
export type Article = v.InferOutput<typeof Article>;

/** Where an article stands. */
export const ARTICLE_STATES = ["published", "scheduled", "withdrawn"] as const;
export type ArticleState = (typeof ARTICLE_STATES)[number];

/** The state of an article at a time. */
export function stateOf(
  article: Pick<Article, "published_at" | "withdrawn_at">,
  nowMs: number,
): ArticleState {
  if (article.withdrawn_at) return "withdrawn";
  return isEmbargoed(article, nowMs) ? "scheduled" : "published";
}

/** An article without its content, as lists can show it. */
export function withoutContent<A extends Pick<Article, "content_html" | "content_text">>(
  article: A,
): Omit<A, "content_html" | "content_text"> {
  const { content_html: _html, content_text: _text, ...rest } = article;
  return rest;
}

/** An article as the API and alerts show it. */
export const ShownArticle = v.object({ ...Article.entries, page_url: v.string() });
export type ShownArticle = v.InferOutput<typeof ShownArticle>;

/** An article in a list, with its state where states were asked for. */
export const ListedArticle = v.object({
  ...ShownArticle.entries,
  state: v.exactOptional(v.picklist(ARTICLE_STATES)),
});
export type ListedArticle = v.InferOutput<typeof ListedArticle>;

const counted = v.pipe(
  v.number(),
  v.safeInteger(),
  v.minValue(0),
  v.maxValue(LIMITS.ARTICLES_COUNTED),
  v.description(`${LIMITS.ARTICLES_COUNTED} stands for that many or more.`),
);

/** How many articles an organization has, by state. Drafts are counted for those who may publish. */
export const ArticleCounts = v.object({
  published: counted,
  scheduled: counted,
  withdrawn: counted,
  drafts: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});
export type ArticleCounts = v.InferOutput<typeof ArticleCounts>;

/**
 * Builds the article that an input describes. Without organizations it is in no feed.
 * @param before the record with this id, if any; its publication date is kept
 * @param nowMs the time of acceptance: the publication date when none is given
 */
export function articleFrom(
  id: string,
  input: ArticleFields,
  before: Article | null,
  nowMs: number,
): Article {
  const {
    id: _id,
    organizations = [],
    attributions: _a,
    updated_at: _u,
    withdrawn_at: _w,
    page_url: _p,
    published_at,
    published_precision,
    ...fields
  } = input;
  const now = rfc3339(nowMs);
  const precision =
    published_precision ?? (published_at ? precisionOf(published_at) : before?.published_precision);
  const publishedAt = published_at ? publication(published_at, before, nowMs) : (before?.published_at ?? now);
  return {
    id,
    organizations,
    ...fields,
    title: fields.title ?? titleOf(fields),
    published_at: publishedAt,
    ...(precision && precision !== "time" ? { published_precision: precision } : {}),
    // Readers that date an entry by `updated` would show an old article as today's.
    updated_at: before && Date.parse(publishedAt) <= nowMs ? now : publishedAt,
  };
}

/** How much a date of publication says: a plain date names a day, and no time of it. */
const precisionOf = (given: string): "day" | undefined => (isDay(given) ? "day" : undefined);

/**
 * A date of publication to the second. One to come is rounded up: an embargo never ends early. The same date keeps its
 * second when it is sent again afterwards.
 */
function publication(given: string, before: Article | null, nowMs: number): string {
  const ms = Date.parse(given);
  const after = rfc3339After(ms);
  return ms > nowMs || before?.published_at === after ? after : rfc3339(ms);
}

/** The same article, withdrawn. */
export function withdrawn<A extends Article>(article: A, nowMs: number): A {
  return { ...article, withdrawn_at: rfc3339(nowMs) };
}

/** Returns true while an article is scheduled. An undated article is never scheduled. */
export function isEmbargoed(
  { published_at, published_precision }: Pick<Article, "published_at" | "published_precision">,
  nowMs: number,
): boolean {
  return published_precision !== "undated" && Date.parse(published_at) > nowMs;
}
