import type { Context } from "hono";
import type { Format } from "../../feeds/formats.ts";
import { newsSince, readHistory } from "../../feeds/history.ts";
import { assemble, disassemble } from "../../feeds/layout.ts";
import { type StoredDocument, textOf } from "../../store/documents.ts";
import { CACHING, FEED_VARY } from "../caching.ts";
import type { App } from "../context.ts";
import { compressed, headersOf, type Representation } from "./answer.ts";
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
  c: Context<App>,
  document: StoredDocument,
  feed: Representation,
): Promise<Response | null> {
  const base = baseOf(c, document);
  if (!base || c.req.method !== "GET" || notModified(c.req.raw.headers, feed)) return null;
  const { preamble, items } = disassemble(feed.format.layout, textOf(document));
  const news = items.filter((_, index) => base.news[index]);
  return compressed(
    c,
    feed.format,
    new Response(deltaBody(feed.format, preamble, news), {
      status: 226,
      statusText: "IM Used",
      headers: {
        ...headersOf(c, feed),
        "content-type": `${feed.format.mediaType}; charset=utf-8`,
        im: "feed",
        "delta-base": base.tag,
        // A cache that does not know 226 must not serve this to others as the feed.
        "cache-control": CACHING.none,
        vary: `${FEED_VARY}, If-None-Match, User-Agent`,
      },
    }),
  );
}

const deltaBody = (format: Format, preamble: string, items: string[]): string =>
  assemble(format.layout, { preamble, items });

/** Whether a client accepts deltas of feeds (RFC 3229 §10.5.3). */
export const asksForDelta = (headers: Headers): boolean =>
  (headers.get("a-im") ?? "").split(",").some((name) => /^\s*feed\s*(;|$)/i.test(name));

/** The tag of the version that the client has, and which items are new to it. */
function baseOf(c: Context<App>, document: StoredDocument): { tag: string; news: boolean[] } | null {
  const asked = asksForDelta(c.req.raw.headers);
  const agent = c.req.header("user-agent") ?? "";
  if (!asked || NOT_FOR.some((client) => client.agent.test(agent))) return null;
  const history = readHistory(document.history);
  for (const tag of c.req.header("if-none-match")?.match(/"[^"]*"/g) ?? []) {
    const news = newsSince(history, tag);
    if (news?.includes(false)) return { tag, news };
  }
  return null;
}
