import type { Fragments } from "../../feeds/fragments.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import { type Article, isEmbargoed } from "../../model/article.ts";
import type { EventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Place } from "../../model/line.ts";

/** An article's state in the ledger. */
export interface Seen {
  /** The content version announced last. */
  version: string;
  /** How many versions were announced, including this one. */
  revision: number;
  live: boolean;
  /** When the ledger last changed it; milliseconds since 1970. */
  changedMs: number;
}

/** An article that the pipeline hands to a channel. */
export interface Offer {
  article: Article;
  version: string;
  /** `api`: current. `sweep`: read from KV, which may be older than the ledger. */
  from: "api" | "sweep";
  /** False: webhooks are not notified, as for an import, which is history. */
  notify?: boolean;
  /** The article's place in the export, by organization. Used by a channel that does not know the article yet. */
  places?: Record<string, Place>;
}

/** An offer with its rendered fragments: what the Worker sends to a channel. */
export type RenderedOffer = Offer & { article: SafeArticle; fragments: Fragments };

/**
 * What a channel decides about an offer. `unsettled`: KV differs from the ledger, but the ledger changed so recently
 * that KV may be out of date; try again later.
 */
export type Decision =
  | { outcome: "unchanged" }
  | { outcome: "unsettled" }
  | { outcome: "announced"; type: EventType; revision: number; live: boolean; place?: Place };

/** Decides on an offer: new, updated, withdrawn or unchanged. Pure: the time is passed in. */
export function decide(slug: string, seen: Seen | null, offer: Offer, nowMs: number): Decision {
  const { article } = offer;
  const wanted = article.withdrawn_at === undefined && article.organizations.includes(slug);
  const live = wanted && !isEmbargoed(article, nowMs);
  const place = seen ? undefined : offer.places?.[slug];
  if (place) return { outcome: "announced", type: kind(live), revision: place.revision, live, place };
  if (seen ? seen.live === live && (!live || seen.version === offer.version) : !live) {
    return { outcome: "unchanged" };
  }
  if (seen && offer.from === "sweep" && nowMs - seen.changedMs < LIMITS.KV_SETTLE_SECONDS * 1000) {
    return { outcome: "unsettled" };
  }
  const type = live && seen?.live ? "article.updated" : kind(live);
  return { outcome: "announced", type, revision: (seen?.revision ?? 0) + 1, live };
}

const kind = (live: boolean): EventType => (live ? "article.published" : "article.withdrawn");

/** When to publish, in milliseconds: shortly after the last change, but never long after the first. */
export function publishAt(firstChangeMs: number, lastChangeMs: number): number {
  return Math.min(lastChangeMs + LIMITS.PUBLISH_QUIET_MS, firstChangeMs + LIMITS.PUBLISH_LATEST_MS);
}
