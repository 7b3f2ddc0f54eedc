import * as v from "valibot";
import { ShownArticle } from "./article.ts";
import { timestamp } from "./time.ts";

/** A version of an article that an organization has announced. */
export const ArticleVersion = v.object({
  revision: v.pipe(
    v.number(),
    v.description("Counts the organization's announcements of the article from 1."),
  ),
  announced_at: timestamp,
  withdrawn: v.pipe(v.boolean(), v.description("Whether it was announced as withdrawn.")),
  current: v.pipe(v.boolean(), v.description("Whether it is the latest one.")),
  article: v.pipe(ShownArticle, v.description("As it was; in a list without its content.")),
});
export type ArticleVersion = v.InferOutput<typeof ArticleVersion>;
