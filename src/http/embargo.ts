import type { Bindings } from "../env.ts";
import type { SafeArticle } from "../feeds/item.ts";
import { LIMITS } from "../model/limits.ts";
import { channelOf } from "../objects/stubs.ts";

/**
 * Whether the channel of an organization holds back an article whose time has come by its record in KV. The record may be a minute
 * old: since then the time may have been moved, or the article withdrawn. One object call, only for a while after that time.
 */
export async function channelHoldsBack(
  env: Bindings,
  { id, published_at, published_precision, withdrawn_at }: SafeArticle,
  organization: string,
): Promise<boolean> {
  const isNew = Date.now() - Date.parse(published_at) < LIMITS.KV_SETTLE_SECONDS * 1000;
  if (!isNew || withdrawn_at !== undefined || published_precision === "undated") return false;
  return channelOf(env, organization).articles.isHeldBack(id);
}
