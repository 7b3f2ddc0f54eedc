import type { Context } from "hono";
import { FORMATS, type Format } from "../../feeds/formats.ts";
import { ownHub } from "../../model/organization.ts";
import { CACHING, FEED_VARY, feedCaching, privateFeedCaching, TEXT_VARY } from "../caching.ts";
import type { App } from "../context.ts";
import { isWithin, TOO_MANY } from "../fair-use.ts";
import type { Reply } from "../methods.ts";
import { notModified } from "./conditional.ts";

/** A feed that is ready to be sent: its validators, and a way to get its bytes. */
export interface Representation {
  format: Format;
  /** A strong entity tag, with its quotes. */
  etag: string;
  /** Seconds since 1970, or null: see {@link notModified}. */
  last_modified: number | null;
  /** Seconds between two polls; 0 if a cache must ask each time. */
  max_age: number;
  /** For the reader whose address it is. */
  isPrivate?: true;
  /** The document's path without its extension: `/icesco/feed`. */
  path: string;
  /** What follows the extension: `?tag=…`, or nothing. */
  query: string;
  /** The path of the previous archive document, without its extension. */
  previous: string | null;
  /** The hubs to announce (WebSub §4); null for the service's own. */
  hubs: readonly string[] | null;
  /** Called only if the bytes are sent. */
  body: () => string | Uint8Array<ArrayBuffer> | ReadableStream | Promise<string>;
}

/** Answers with a feed: 304 if the client has it, no body for HEAD, compressed if the client accepts that. */
export async function answer(c: Context<App>, feed: Representation): Promise<Reply> {
  const headers = headersOf(c, feed);
  if (notModified(c.req.raw.headers, feed)) return new Response(null, { status: 304, headers });
  const typed = { ...headers, "content-type": `${feed.format.mediaType}; charset=utf-8` };
  if (c.req.method === "HEAD") return new Response(null, { headers: typed });
  if (!(await isWithin(c, "FEED_LIMITER"))) return TOO_MANY;
  return compressed(c, feed.format, new Response(await feed.body(), { headers: typed }));
}

/** The headers of every answer, 304 included (RFC 9110 §15.4.5). */
export function headersOf(c: Context<App>, feed: Representation): Record<string, string> {
  return {
    etag: feed.etag,
    ...(feed.last_modified === null
      ? {}
      : { "last-modified": new Date(feed.last_modified * 1000).toUTCString() }),
    ...(feed.isPrivate ? privateHeaders(feed.max_age) : publicHeaders(feed.max_age)),
    link: links(c.env.PUBLIC_URL.replace(/\/+$/, ""), feed),
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "ETag, Last-Modified, Link",
  };
}

const publicHeaders = (pollSeconds: number) => ({
  "cache-control": feedCaching(pollSeconds),
  vary: FEED_VARY,
});

const privateHeaders = (pollSeconds: number) => ({
  // Only at the feed's own address a browser gets a page.
  ...(pollSeconds > 0
    ? { "cache-control": privateFeedCaching(pollSeconds), vary: FEED_VARY }
    : { "cache-control": CACHING.privateArchive, vary: TEXT_VARY }),
  ...PRIVATE,
});

/** For one reader alone: no search engine lists it, and no link tells its address. */
export const PRIVATE = { "x-robots-tag": "noindex", "referrer-policy": "no-referrer" };

/** RFC 8288: the document itself, its hubs, the same feed in other formats, and the archive before it (RFC 5005). */
function links(publicUrl: string, { format, path, query, previous, hubs }: Representation): string {
  const link = (address: string, rel: string, { name, mediaType }: Format) =>
    `<${publicUrl}${address}.${name}${query}>; rel="${rel}"; type="${mediaType}"`;
  return [
    link(path, "self", format),
    ...(hubs ?? [ownHub({ publicUrl })]).map((hub) => `<${hub}>; rel="hub"`),
    ...FORMATS.filter((other) => other !== format).map((other) => link(path, "alternate", other)),
    ...(previous ? [link(previous, "prev-archive", format)] : []),
  ].join(", ");
}

/** Whether the client accepts gzip. The Accept-Encoding header that a Worker sees is the platform's; the client's is in `cf`. */
export function acceptsGzip({ cf }: Request): boolean {
  return /(^|[ ,])gzip(?! *; *q=0(\.0*)? *(,|$))/i.test(String(cf?.clientAcceptEncoding ?? ""));
}

/** Compresses the formats that are not on the platform's list of media types to compress. */
export function compressed(c: Context<App>, format: Format, response: Response): Response {
  if (format.isCompressed || !acceptsGzip(c.req.raw)) return response;
  const headers = new Headers(response.headers);
  headers.set("content-encoding", "gzip");
  // RFC 9110 §8.8.3: the strong tag stands for the uncompressed bytes.
  headers.set("etag", `W/${headers.get("etag")}`);
  const body = response.body?.pipeThrough(new CompressionStream("gzip")) ?? null;
  return new Response(body, {
    status: response.status,
    statusText: response.statusText,
    headers,
    encodeBody: "manual",
  });
}
