import type { Article } from "../model/article.ts";
import type { Site } from "../model/site.ts";
import { contentHtml, summaryText } from "./content.ts";

/** An article with what every format says of it alike. */
export interface Item {
  article: Article;
  /** A `tag:` URI (RFC 4151), which survives a change of title, address or host. */
  id: string;
  /** Where the title leads: to the article's own address, or to its page here. */
  link: string;
  /** The content, sanitized; null when there is none. */
  html: string | null;
  /** The summary; where there is none the beginning of the content, and where that has no words the title. */
  description: string;
  /**
   * `updated_at` with a fraction of a second that is the article's own: readers that order entries by Atom's
   * `updated` need one order, and the W3C validator warns of two entries updated at one instant.
   */
  updated: string;
}

/**
 * The item of an article.
 * @throws when its content cannot be sanitized within bounds
 */
export function itemOf(article: Article, site: Site): Item {
  const link = article.url ?? pageUrl(site, article.id);
  return {
    article,
    id: itemId(site, article.id),
    link,
    html: contentHtml(article, link),
    description: summaryText(article) || article.title,
    updated: article.updated_at.replace("Z", `.${fraction(article.id)}Z`),
  };
}

/** Six digits that an id always gets (FNV-1a). */
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
export function pageUrl(site: Site, articleId: string): string {
  return `${site.publicUrl}/articles/${articleId}`;
}
