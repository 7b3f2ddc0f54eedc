const FEED_TYPES = /\b(application|text)\/((rss|atom|rdf)\+xml|feed\+json|json|xml)\b/i;

/**
 * Whether a browser asks, for somebody who followed a link: it names text/html first of all, and no type of feed.
 * (Readers name feeds, or everything, and some also text/html: none of them may be given a page.)
 */
export function wantsPage(accept: string | undefined): boolean {
  if (!accept || !/^\s*text\/html\b/i.test(accept)) return false;
  return !FEED_TYPES.test(accept.replace(/application\/xml\b/gi, "")); // every browser names application/xml
}
