import { LIMITS } from "../model/limits.ts";

/** How long, and for whom, an answer may be kept: the values of Cache-Control (RFC 9111 §5.2.2). Each answer has one. */
export const CACHING = {
  /** Errors, the API, and what is made for one request. */
  none: "no-store",
  /** Pages and lists. */
  page: `public, max-age=${LIMITS.PAGE_MAX_AGE_SECONDS}`,
  /** What changes only with a release. */
  static: "public, max-age=86400",
  /** A page for one reader. */
  privatePage: "private, no-store",
  /** An archive document for one reader, which is asked about each time. */
  privateArchive: "private, no-cache",
} as const;

/**
 * A feed, for everybody. It may be shown stale for one poll interval while it is fetched again (RFC 5861), so a reader that
 * polls sees no version that is older than two intervals; and for a day when the service fails.
 */
export const feedCaching = (pollSeconds: number): string =>
  `public, max-age=${pollSeconds}, stale-while-revalidate=${pollSeconds}, stale-if-error=${LIMITS.FEED_STALE_SECONDS}`;

/** A feed, for one reader's own cache. */
export const privateFeedCaching = (pollSeconds: number): string => `private, max-age=${pollSeconds}`;

/**
 * How long the Workers Cache keeps an answer, instead of what it says to others. A purge can be followed by a read of KV that
 * still shows the old document, for 60 s and more (platform); what is kept then is shown no longer than that either.
 */
export const EDGE_CACHING = `max-age=${LIMITS.EDGE_SECONDS / 2}, stale-while-revalidate=${LIMITS.EDGE_SECONDS / 2}, stale-if-error=${LIMITS.FEED_STALE_SECONDS}`;

/**
 * The request headers that select what is sent from a feed's address: a page, a delta, or compressed bytes. Every answer
 * from there names all of them, because a shared cache chooses by the Vary of whichever answer it has stored.
 */
export const FEED_VARY = "Accept, A-IM, Accept-Encoding";

/** Text that is sent as it is or compressed: by the Worker, or by the platform after it. */
export const TEXT_VARY = "Accept-Encoding";
