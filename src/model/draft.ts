import * as v from "valibot";
import { LIMITS } from "./limits.ts";
import { articleId, slug } from "./slug.ts";
import { timestamp } from "./time.ts";

const text = (most: number) => v.exactOptional(v.pipe(v.string(), v.maxLength(most)));
const line = text(LIMITS.DRAFT_LINE_CHARACTERS);

/** The fields of an article that is being written: of their types, but not checked, because it is not finished. */
const fields = {
  article: v.exactOptional(
    v.pipe(articleId, v.description("The article that it is to change, if it is not for a new one.")),
  ),
  article_version: v.exactOptional(
    v.pipe(
      v.string(),
      v.maxLength(LIMITS.NAME_CHARACTERS),
      v.description("The `ETag` of that article when the draft was begun, to be sent in `If-Match`."),
    ),
  ),
  organizations: v.exactOptional(v.pipe(v.array(slug), v.maxLength(LIMITS.ORGANIZATIONS_PER_ARTICLE))),
  title: line,
  url: line,
  summary: text(LIMITS.CONTENT_CHARACTERS),
  content_html: text(LIMITS.CONTENT_CHARACTERS),
  content_text: text(LIMITS.CONTENT_CHARACTERS),
  language: line,
  authors: v.exactOptional(
    v.pipe(v.array(v.strictObject({ name: line, url: line })), v.maxLength(LIMITS.AUTHORS)),
  ),
  tags: v.exactOptional(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(LIMITS.DRAFT_LINE_CHARACTERS))), v.maxLength(LIMITS.TAGS)),
  ),
  image: line,
  attachments: v.exactOptional(
    v.pipe(
      v.array(
        v.strictObject({
          url: line,
          mime_type: line,
          size_in_bytes: v.exactOptional(v.number()),
          duration_in_seconds: v.exactOptional(v.number()),
          title: line,
        }),
      ),
      v.maxLength(LIMITS.ATTACHMENTS),
    ),
  ),
  published_at: line,
  published_precision: line,
  source: v.exactOptional(v.strictObject({ name: line, url: line })),
};

/** The body of a request that saves a draft. */
export const DraftInput = v.strictObject(fields);
export type DraftInput = v.InferOutput<typeof DraftInput>;

/** Who saved a draft last. */
const SavedBy = v.object({
  id: v.pipe(v.nullable(v.string()), v.description("The token's id; null for the operator.")),
  description: v.string(),
});
export type SavedBy = v.InferOutput<typeof SavedBy>;

/** A draft as the API shows it. */
export const Draft = v.object({
  id: v.string(),
  ...fields,
  created_at: timestamp,
  updated_at: timestamp,
  updated_by: SavedBy,
});
export type Draft = v.InferOutput<typeof Draft>;
