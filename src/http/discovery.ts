import type { Context } from "hono";
import { fail } from "../model/result.ts";
import { OPML_PATH, readDocument } from "../store/documents.ts";
import { CACHING, feedCaching, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";
import type { Reply } from "./methods.ts";

/** `/feeds.opml`: every organization's feed, for a reader to import. One KV read. */
export async function serveOpml(c: Context<App>): Promise<Reply> {
  const document = await readDocument(c.env.DOCUMENTS, OPML_PATH);
  if (!document) return fail({ tag: "not-found" });
  const headers = {
    etag: document.etag,
    "last-modified": new Date(document.last_modified * 1000).toUTCString(),
    "cache-control": feedCaching(document.max_age),
    vary: TEXT_VARY,
    "access-control-allow-origin": "*",
  };
  const unchanged = notModified(c.req.raw.headers, document);
  if (unchanged) return new Response(null, { status: 304, headers });
  const typed = { ...headers, "content-type": "text/x-opml; charset=utf-8" };
  return new Response(c.req.method === "HEAD" ? null : document.body, { headers: typed });
}

/** `/robots.txt`: public pages and feeds may be crawled; the API and private feeds may not. */
export function robots(): Response {
  const text = "User-agent: *\nDisallow: /api/\nDisallow: /private/\n";
  return new Response(text, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": CACHING.static,
      vary: TEXT_VARY,
    },
  });
}
