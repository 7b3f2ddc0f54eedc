import type { Article } from "../model/article.ts";
import { direction, startsRightToLeft } from "../model/language.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import { paragraphs, summaryText } from "./content.ts";
import type { SafeHtml } from "./safe-html.ts";
import { safeHtml } from "./sanitize.ts";

/** An article with safe HTML: the only kind that is rendered, stored and sent. */
export type SafeArticle = Omit<Article, "content_html"> & { content_html?: SafeHtml };

/**
 * Sanitizes an article's HTML. This happens once, when the article is accepted, so that feeds, pages, alerts and the API
 * all use the same HTML. Fails as unrenderable when the HTML exceeds its limits.
 * @param site the base of relative URLs when the article has no `url`; null removes them
 */
export function safeArticle(article: Article, site: Pick<Site, "publicUrl"> | null): Result<SafeArticle> {
  const { content_html, ...rest } = article;
  if (content_html === undefined) return ok(rest);
  try {
    const safe = safeHtml(content_html, article.url ?? (site ? pageUrl(site, article.id) : ""));
    if (!safe) return ok(rest); // nothing of it is shown
    if (safe.length <= LIMITS.CONTENT_CHARACTERS) return ok({ ...rest, content_html: safe });
    return unrenderable(`its HTML has ${safe.length} characters; at most ${LIMITS.CONTENT_CHARACTERS} fit`);
  } catch (error) {
    return unrenderable(error instanceof Error ? error.message : String(error));
  }
}

/** A stored article. Its HTML is sanitized again unless it is safe already. */
export const storedArticle = (article: Article): Result<SafeArticle> => safeArticle(article, null);

/** The failure of an article that cannot be in a feed. */
export const unrenderable = (why: string) =>
  fail({ tag: "unrenderable", detail: `The article cannot be written as a feed item: ${why}` });

/** An article with the values that all formats share. */
export interface Item {
  article: SafeArticle;
  /** A `tag:` URI (RFC 4151), which survives a change of title, address or host. */
  id: string;
  /** The link of the title: the article's own URL, or its page here. */
  link: string;
  /** The content as HTML; null when there is none. */
  html: SafeHtml | null;
  /** The summary, or else the beginning of the content, or else the title. */
  description: string;
  /**
   * `updated_at` with a fraction of a second that is the article's own: readers that order entries by Atom's
   * `updated` need one order, and the W3C validator warns of two entries updated at one instant.
   */
  updated: string;
}

/** The item of an article. */
export function itemOf(article: SafeArticle, site: Site): Item {
  const link = article.url ?? pageUrl(site, article.id);
  return {
    article,
    id: itemId(site, article.id),
    link,
    html: directed(shownHtml(article), article),
    description: summaryText(article) || article.title,
    updated: article.updated_at.replace("Z", `.${fraction(article.id)}Z`),
  };
}

/** A reader's page has a direction of its own, so content that runs from right to left says so itself. */
function directed(html: SafeHtml | null, { language, title }: SafeArticle): SafeHtml | null {
  const isRightToLeft = language ? direction(language) === "rtl" : startsRightToLeft(title);
  return html && isRightToLeft ? (`<div dir="rtl">${html}</div>` as SafeHtml) : html;
}

/** An article's content as HTML; null when it has none. */
export function shownHtml({ content_html, content_text }: SafeArticle): SafeHtml | null {
  return content_html ?? paragraphs(content_text ?? "");
}

/** Six digits derived from an id (FNV-1a). */
function fraction(id: string): string {
  let hash = 0x811c9dc5;
  for (const character of id) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return String(hash % 1_000_000).padStart(6, "0");
}

/** An article's id in every format. */
export function itemId(site: Site, articleId: string): string {
  return `tag:${site.tagAuthority}:article/${articleId}`;
}

/** The permanent page of an article in this service. */
export function pageUrl(site: Pick<Site, "publicUrl">, articleId: string): string {
  return `${site.publicUrl}/articles/${articleId}`;
}
