import type { Bindings } from "../env.ts";
import type { SafeArticle } from "../feeds/item.ts";
import { LIMITS } from "../model/limits.ts";
import type { HeldBack } from "../objects/channel/articles.ts";
import { channelOf } from "../objects/stubs.ts";

/**
 * Why the channel of an organization holds back an article whose time has come by its record in KV; null if it does not. The
 * record may be a minute old: since then the time may have been moved, or the article withdrawn. One object call, only for a
 * while after that time.
 */
export async function channelHoldsBack(
  env: Bindings,
  { id, published_at, published_precision, withdrawn_at }: SafeArticle,
  organization: string,
): Promise<HeldBack | null> {
  const isNew = Date.now() - Date.parse(published_at) < LIMITS.KV_SETTLE_SECONDS * 1000;
  if (!isNew || withdrawn_at !== undefined || published_precision === "undated") return null;
  return channelOf(env, organization).articles.heldBack(id);
}
