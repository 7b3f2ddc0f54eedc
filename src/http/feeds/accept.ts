const FEED_TYPES = /\b(application|text)\/((rss|atom|rdf)\+xml|feed\+json|json|xml)\b/i;

/**
 * Whether a person opened the address in a browser: Accept begins with text/html and names no feed type. Feed readers name
 * feed types or everything, some with text/html too; none of them must get a page.
 */
export function wantsPage(accept: string | null | undefined): boolean {
  if (!accept || !/^\s*text\/html\b/i.test(accept)) return false;
  return !FEED_TYPES.test(accept.replace(/application\/xml\b/gi, "")); // every browser names application/xml
}
