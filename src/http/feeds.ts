import type { Context } from "hono";
import * as v from "valibot";
import { FORMATS, type Format } from "../feeds/formats.ts";
import { LIMITS } from "../model/limits.ts";
import { slug } from "../model/slug.ts";
import { readDocument } from "../store/documents.ts";
import { notModified } from "./conditional.ts";
import type { App } from "./context.ts";
import { refuse } from "./problem.ts";

const CACHE_CONTROL = [
  "public",
  `max-age=${LIMITS.FEED_MAX_AGE_SECONDS}`,
  `stale-while-revalidate=${LIMITS.FEED_STALE_SECONDS}`,
  `stale-if-error=${LIMITS.FEED_STALE_SECONDS}`,
].join(", ");

/** The document of an address that ends in `feed.rss`, `feed.atom` or `feed.json`, or null. */
function formatOf(path: string): Format | null {
  return FORMATS.find((format) => path.endsWith(`/feed.${format.name}`)) ?? null;
}

/** Serves `/{organization}/feed.{rss,atom,json}`: one KV read, whether the answer is 200 or 304. */
export async function serveFeed(c: Context<App>): Promise<Response> {
  const format = formatOf(c.req.path);
  // KV throws at a key that is too long; what is no slug has no documents.
  const named = v.is(slug, c.req.param("organization"));
  const document = format && named && (await readDocument(c.env.DOCUMENTS, c.req.path.slice(1)));
  if (!document) {
    c.header("access-control-allow-origin", "*");
    return refuse(c, { tag: "not-found" });
  }
  const headers = {
    etag: document.etag,
    "last-modified": new Date(document.last_modified * 1000).toUTCString(),
    "cache-control": CACHE_CONTROL,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
  };
  if (notModified(c.req.raw.headers, document)) {
    await document.body.cancel();
    return new Response(null, { status: 304, headers });
  }
  const typed = { ...headers, "content-type": `${format.mediaType}; charset=utf-8` };
  if (c.req.method !== "HEAD") return new Response(document.body, { headers: typed });
  await document.body.cancel();
  return new Response(null, { headers: typed });
}

/** A preflight of a browser that asks for a feed with validators of its own (Fetch Standard). */
export function preflightFeed(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "If-None-Match, If-Modified-Since, A-IM, Cache-Control",
      "access-control-max-age": "86400",
    },
  });
}
