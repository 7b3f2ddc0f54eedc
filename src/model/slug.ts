import * as v from "valibot";
import { LIMITS } from "./limits.ts";

/** First path segments that are reserved for the service. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  "admin",
  "api",
  "archive",
  "articles",
  "assets",
  "atom",
  "cdn-cgi",
  "console",
  "docs",
  "favicon",
  "feed",
  "feeds",
  "health",
  "help",
  "hub",
  "icons",
  "index",
  "metrics",
  "organizations",
  "private",
  "robots",
  "rss",
  "sitemap",
  "static",
  "webhooks",
  "websub",
  "well-known",
]);

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

/** Whether a text can be an organization's name: what {@link slug} says, for a read that must be short. */
export const isSlug = (text: string): boolean =>
  text.length <= LIMITS.SLUG_CHARACTERS && SLUG.test(text) && !RESERVED_SLUGS.has(text);

/** Stands for an organization in a shared webhook; no slug is empty. */
export const SHARED = "";

/** An organization's name in addresses: `[a-z0-9-]`, no reserved word. */
export const slug = v.pipe(
  v.string(),
  v.maxLength(LIMITS.SLUG_CHARACTERS),
  v.regex(SLUG, "must be lower-case letters, digits and single hyphens"),
  v.check((text) => !RESERVED_SLUGS.has(text), "is a reserved word"),
);

/** An article's id: given by the publisher, or made by the service as `art_…`. */
export const articleId = v.pipe(
  v.string(),
  v.maxLength(LIMITS.ARTICLE_ID_CHARACTERS),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "must be letters, digits, hyphens and underscores"),
);

/** An id that only the service makes: of an article without an id of its own, or of an item of a followed source. */
export const isServiceId = (id: string): boolean => /^(art|itm)_[0-9a-hjkmnp-tv-z]{26}$/.test(id);
