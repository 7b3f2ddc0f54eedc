import type { Bindings } from "../env.ts";
import type { SafeArticle } from "../feeds/item.ts";
import { LIMITS } from "../model/limits.ts";
import type { HeldBack } from "../objects/channel/articles.ts";
import { channelOf } from "../objects/stubs.ts";

/** An article of whose record in KV a page is made. */
interface Shown {
  article: SafeArticle;
  /** When the record was written; null if that is not known. */
  writtenMs: number | null;
}

/**
 * Why the channel of an organization holds back an article that its record in KV lets everybody read; null if it does not. The
 * record may be a minute old: since then the article may have been scheduled or withdrawn. One object call, only for a while
 * after the record was written, or after its time came: what everybody could read for longer is withdrawn from pages within
 * that minute, as from feeds.
 */
export async function channelHoldsBack(
  env: Bindings,
  { article, writtenMs }: Shown,
  organization: string,
): Promise<HeldBack | null> {
  if (article.withdrawn_at !== undefined) return null;
  const isNew = Date.now() - shownSinceMs(article, writtenMs) < LIMITS.KV_SETTLE_SECONDS * 1000;
  return isNew ? channelOf(env, organization).articles.heldBack(article.id) : null;
}

/** Since when pages can show an article as its record is. The date of an undated one is only its place in the order. */
function shownSinceMs(
  { published_at, published_precision, updated_at }: SafeArticle,
  writtenMs: number | null,
): number {
  const written = writtenMs ?? Date.parse(updated_at);
  return published_precision === "undated" ? written : Math.max(written, Date.parse(published_at));
}
