import * as v from "valibot";
import { ArticleInput, PublishedPrecision } from "./article.ts";
import { webAddress } from "./text.ts";
import { parseRfc3339 } from "./time.ts";

const filled = v.pipe(v.string(), v.minLength(1, "must not be empty"));
const when = v.pipe(
  v.string(),
  v.check(
    (text) => parseRfc3339(text) !== null,
    "must be an RFC 3339 date-time with offset (2025-12-17T13:11:00+04:00) or a date (2025-12-17)",
  ),
);

/** A page of somebody else's: its text as it was copied, its HTML, or its address; and what its reader knows of it. */
export const CopiedPage = v.pipe(
  v.strictObject({
    text: v.exactOptional(v.pipe(filled, v.description("The text of the page, as it was copied."))),
    html: v.exactOptional(v.pipe(filled, v.description("The HTML of the page."))),
    url: v.exactOptional(
      v.pipe(webAddress, v.description("Where the page is. Alone, it is fetched from there.")),
    ),
    copied_at: v.exactOptional(
      v.pipe(when, v.description('When the page was copied: "3 hours ago" counts from then.')),
    ),
    title: v.exactOptional(v.pipe(ArticleInput.entries.title, v.description("Decides the title."))),
    published_at: v.exactOptional(v.pipe(when, v.description("Decides the date of publication."))),
    published_precision: v.exactOptional(
      v.pipe(PublishedPrecision, v.description("`undated` decides that there is no date.")),
    ),
  }),
  v.check(
    ({ text, html, url }) =>
      (text === undefined) !== (html === undefined) ||
      (url !== undefined && html === undefined && text === undefined),
    "give text, html or url",
  ),
);
export type CopiedPage = v.InferOutput<typeof CopiedPage>;

/** What a request decides of a page, whatever the page says. */
export type Decided = Pick<CopiedPage, "title" | "published_at" | "published_precision">;
