import type { Fragments } from "../../feeds/fragments.ts";
import type { SafeArticle } from "../../feeds/item.ts";
import { type Article, isEmbargoed } from "../../model/article.ts";
import type { EventType } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Place } from "../../model/line.ts";

/** What the ledger knows of an article. */
export interface Seen {
  /** Content version that was announced last. */
  version: string;
  /** How many versions were announced, this one included. */
  revision: number;
  live: boolean;
  /** When the ledger last changed it; milliseconds since 1970. */
  changedMs: number;
}

/** An article that is offered to a channel. */
export interface Offer {
  article: Article;
  version: string;
  /** `api`: said just now. `sweep`: read from KV, which may be older than what the ledger knows. */
  from: "api" | "sweep";
  /** False: no webhook is told. What is imported is history, not news. */
  notify?: boolean;
  /** Where the article stood elsewhere, by organization: its place in a channel that never knew it. */
  places?: Record<string, Place>;
}

/** An offer with its items rendered: what the Worker hands to a channel. */
export type RenderedOffer = Offer & { article: SafeArticle; fragments: Fragments };

/**
 * What a channel makes of an offer. `unsettled`: KV says otherwise than the ledger, but the ledger changed so
 * lately that KV may simply be late; ask again later.
 */
export type Decision =
  | { outcome: "unchanged" }
  | { outcome: "unsettled" }
  | { outcome: "announced"; type: EventType; revision: number; live: boolean; place?: Place };

/** Decides on an offer: new, updated, withdrawn, or nothing to say. Pure: `now` is passed in. */
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

/** When to publish: a quiet moment after the last change, but never long after the first; milliseconds. */
export function publishAt(firstChangeMs: number, lastChangeMs: number): number {
  return Math.min(lastChangeMs + LIMITS.PUBLISH_QUIET_MS, firstChangeMs + LIMITS.PUBLISH_LATEST_MS);
}
