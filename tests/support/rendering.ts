import { type Fragments, renderFragments } from "../../src/feeds/fragments.ts";
import { type SafeArticle, safeArticle } from "../../src/feeds/item.ts";
import type { Article } from "../../src/model/article.ts";
import type { Result } from "../../src/model/result.ts";
import type { Site } from "../../src/model/site.ts";

/** An article as the service accepts it: its HTML sanitized. */
export function accepted(article: Article, site: Site): SafeArticle {
  const safe = safeArticle(article, site);
  if (!safe.ok) throw new Error(JSON.stringify(safe.failure));
  return safe.value;
}

/** The fragments of an article on its way through the door. */
export function rendered(article: Article, site: Site): Result<Fragments> {
  const safe = safeArticle(article, site);
  return safe.ok ? renderFragments(safe.value, site) : safe;
}
