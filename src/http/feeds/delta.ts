import { newsSince, readHistory } from "../../feeds/history.ts";
import { assemble, itemsOf, preambleOf } from "../../feeds/layout.ts";
import type { OpenDocument } from "../../store/documents.ts";
import { CACHING, FEED_VARY } from "../caching.ts";
import type { Visit } from "../context.ts";
import { compressed, type Representation, typedHeadersOf } from "./answer.ts";
import { notModified } from "./conditional.ts";

/** Clients that ask for deltas but cannot handle them, with the reason. They get whole feeds. */
const NOT_FOR: readonly { agent: RegExp; reason: string }[] = [
  { agent: /^feedparser\//i, reason: "rss2email treats 226 as an error, and never sees an item again" },
];

/**
 * A delta (RFC 3229 with the `feed` manipulation): only what changed since the version that the client has. Null if the whole
 * feed is to be sent: no delta was asked for, the version is unknown, or a delta would be no shorter.
 */
export async function deltaAnswer(
  c: Visit,
  document: OpenDocument,
  feed: Representation,
): Promise<Response | null> {
  const base = baseOf(c, document);
  if (!base || c.req.raw.method !== "GET" || notModified(c.req.raw.headers, feed)) return null;
  const body = await document.text();
  const news = [...itemsOf(feed.format.layout, body, base.news.lastIndexOf(true) + 1)];
  const items = news.filter((_, index) => base.news[index]);
  return compressed(
    c,
    feed.format,
    new Response(assemble(feed.format.layout, { preamble: preambleOf(feed.format.layout, body), items }), {
      status: 226,
      statusText: "IM Used",
      headers: {
        ...typedHeadersOf(c, feed),
        im: "feed",
        "delta-base": base.tag,
        // A cache that does not know 226 must not serve this to others as the feed.
        "cache-control": CACHING.none,
        vary: `${FEED_VARY}, If-None-Match, User-Agent`,
      },
    }),
  );
}

/** Whether a client accepts deltas of feeds (RFC 3229 §10.5.3). */
export const asksForDelta = (headers: Headers): boolean =>
  /(^|,)\s*feed\s*(;|,|$)/i.test(headers.get("a-im") ?? "");

/** The tag of the version that the client has, and which items are new to it. */
function baseOf({ req }: Visit, document: OpenDocument): { tag: string; news: boolean[] } | null {
  const { headers } = req.raw;
  if (!asksForDelta(headers)) return null;
  const tags = headers.get("if-none-match")?.match(/"[^"]*"/g) ?? [];
  const agent = headers.get("user-agent") ?? "";
  if (NOT_FOR.some((client) => client.agent.test(agent))) return null;
  const history = readHistory(document.history);
  for (const tag of tags) {
    const news = newsSince(history, tag);
    if (news?.includes(false)) return { tag, news };
  }
  return null;
}
