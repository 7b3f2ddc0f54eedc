import { SERVED_FORMATS, type ServedFormat } from "../../feeds/served.ts";
import { ownHub } from "../../model/organization.ts";
import { CACHING, FEED_VARY, feedCaching, privateFeedCaching, TEXT_VARY } from "../caching.ts";
import type { Visit } from "../context.ts";
import { isWithin, TOO_MANY } from "../fair-use.ts";
import { commonHeaders } from "../finish.ts";
import type { Reply } from "../methods.ts";
import { notModified } from "./conditional.ts";

/** A feed that is ready to be sent: its validators, and a way to get its bytes. */
export interface Representation {
  format: ServedFormat;
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
  /** The organizations that it should have and that were deleted. */
  omitted?: readonly string[];
  /** Called only if the bytes are sent. */
  body: () => string | Uint8Array | ReadableStream | Promise<string | Uint8Array>;
  /** Called if they are not, where they stream. */
  discard?: () => Promise<void>;
  /** Once they are made: a feed that is hot is answered with more often than that. */
  headers?: FeedHeaders;
}

/** Answers with a feed: 304 if the client has it, no body for HEAD, compressed if the client accepts that. */
export async function answer(c: Visit, feed: Representation): Promise<Reply> {
  const isKnown = notModified(c.req.raw.headers, feed);
  if (isKnown || c.req.raw.method === "HEAD") {
    await feed.discard?.();
    return isKnown
      ? new Response(null, { status: 304, headers: headersOf(c, feed) })
      : new Response(null, { headers: typedHeadersOf(c, feed) });
  }
  if (!(await isWithin(c, "FEED_LIMITER"))) {
    await feed.discard?.();
    return TOO_MANY;
  }
  return compressed(c, feed.format, new Response(await feed.body(), { headers: typedHeadersOf(c, feed) }));
}

/** What a feed is answered with, under the address that the service had then. */
interface FeedHeaders {
  publicUrl: string;
  /** Those that a 304 has, too (RFC 9110 §15.4.5). */
  plain: Record<string, string>;
  /** Those of an answer with a body. */
  typed?: Record<string, string>;
}

function keptHeadersOf({ env }: Visit, feed: Representation): FeedHeaders {
  if (feed.headers?.publicUrl !== env.PUBLIC_URL)
    feed.headers = { publicUrl: env.PUBLIC_URL, plain: plainHeaders(env, feed) };
  return feed.headers;
}

/** The headers of a feed's answer without a body: all that {@link finish} would add are among them. */
const headersOf = (c: Visit, feed: Representation): Record<string, string> => keptHeadersOf(c, feed).plain;

/** As {@link headersOf}, for an answer with a body. */
export function typedHeadersOf(c: Visit, feed: Representation): Record<string, string> {
  const headers = keptHeadersOf(c, feed);
  headers.typed ??= { ...headers.plain, "content-type": `${feed.format.mediaType}; charset=utf-8` };
  return headers.typed;
}

/** One object that grows: most feeds are sent once by an isolate, and their headers are what takes the longest. */
function plainHeaders(env: Visit["env"], feed: Representation): Record<string, string> {
  const headers: Record<string, string> = {
    etag: feed.etag,
    vary: FEED_VARY,
    link: links(env.PUBLIC_URL.replace(/\/+$/, ""), feed),
    "access-control-allow-origin": "*",
    "access-control-expose-headers": feed.omitted ? `${EXPOSED}, Communique-Omitted` : EXPOSED,
  };
  if (feed.last_modified !== null)
    headers["last-modified"] = new Date(feed.last_modified * 1000).toUTCString();
  if (feed.omitted) headers["communique-omitted"] = feed.omitted.join(", ");
  if (!feed.isPrivate) headers["cache-control"] = feedCaching(feed.max_age);
  else Object.assign(headers, privateHeaders(feed.max_age));
  return Object.assign(headers, commonHeaders(env));
}

/** What a page of another origin may read. */
const EXPOSED = "ETag, Last-Modified, Link";

const privateHeaders = (pollSeconds: number) => ({
  // Only at the feed's own address a browser gets a page.
  ...(pollSeconds > 0
    ? { "cache-control": privateFeedCaching(pollSeconds) }
    : { "cache-control": CACHING.privateArchive, vary: TEXT_VARY }),
  ...PRIVATE,
});

/** For one reader alone: no search engine lists it, and no link tells its address. */
export const PRIVATE = { "x-robots-tag": "noindex", "referrer-policy": "no-referrer" };

/** RFC 8288: the document itself, its hubs, the same feed in other formats, and the archive before it (RFC 5005). */
function links(publicUrl: string, { format, path, query, previous, hubs }: Representation): string {
  const link = (address: string, rel: string, { name, mediaType }: ServedFormat) =>
    `<${publicUrl}${address}.${name}${query}>; rel="${rel}"; type="${mediaType}"`;
  return [
    link(path, "self", format),
    ...(hubs ?? [ownHub({ publicUrl })]).map((hub) => `<${hub}>; rel="hub"`),
    ...SERVED_FORMATS.filter(({ name }) => name !== format.name).map((other) =>
      link(path, "alternate", other),
    ),
    ...(previous ? [link(previous, "prev-archive", format)] : []),
  ].join(", ");
}

/** Whether the client accepts gzip. The Accept-Encoding header that a Worker sees is the platform's; the client's is in `cf`. */
export function acceptsGzip({ cf }: Request): boolean {
  return /(^|[ ,])gzip(?! *; *q=0(\.0*)? *(,|$))/i.test(String(cf?.clientAcceptEncoding ?? ""));
}

/** Compresses the formats that are not on the platform's list of media types to compress. */
export function compressed(c: Visit, format: ServedFormat, response: Response): Response {
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
