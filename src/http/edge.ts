import { WorkerEntrypoint } from "cloudflare:workers";
import type { Bindings } from "../env.ts";
import { organizationTag } from "../model/cache-tag.ts";
import { seriesOf } from "../model/metrics.ts";
import { isSlug } from "../model/slug.ts";
import { tallyQuietly } from "../store/tally.ts";
import { EDGE_CACHING } from "./caching.ts";
import { answer } from "./door.ts";
import { wantsPage } from "./feeds/accept.ts";
import { acceptsGzip } from "./feeds/answer.ts";
import { asksForDelta } from "./feeds/delta.ts";
import { reportsSubscribers } from "./feeds/subscribers.ts";
import { languageAsked } from "./pages/asked.ts";

/** Where nothing is kept: these requests go past the cache. */
const NOT_KEPT = /^\/(admin(\/|$)|private\/|api\/v1\/(?!openapi\.json$)|health$|metrics$|hub$|websub\/)/;

/**
 * Whether the answer to a request may come from the Workers Cache. What is made for one client is not: deltas, and answers
 * to tokens. An aggregator that reports its subscribers must reach the Worker to be counted.
 */
export function isCacheable(request: Request): boolean {
  const { method, headers, url } = request;
  if (method !== "GET" && method !== "HEAD") return false;
  if (headers.has("authorization") || asksForDelta(headers) || reportsSubscribers(headers)) return false;
  return !NOT_KEPT.test(new URL(url).pathname);
}

/**
 * The request with one value for each header that selects an answer, whatever the client sends for it. The Workers Cache
 * compares values as they are, so that each spelling of `Accept` would be a variant of its own; and its `Accept-Encoding` is
 * what the platform writes there, not what the client accepts.
 */
export function canonical(request: Request): Request {
  const headers = new Headers(request.headers);
  headers.set("accept", wantsPage(headers.get("accept") ?? undefined) ? "text/html" : "*/*");
  headers.delete("a-im");
  // The home page speaks one of a few languages: a variant for each, not for each order of preferences.
  headers.set("accept-language", languageAsked(headers.get("accept-language")));
  const encoding = acceptsGzip(request) ? "gzip" : "identity";
  headers.set("accept-encoding", encoding);
  const cf = { ...request.cf, clientAcceptEncoding: encoding } as RequestInitCfProperties;
  return new Request(request, { headers, cf });
}

/**
 * The tags by which an answer is purged: of each organization that its address names. Lists and articles' pages have none.
 * @param url an address of this service
 */
export function tagsAt(url: string): string[] {
  const { pathname, searchParams } = new URL(url);
  const [, first = ""] = pathname.split("/");
  if (!first.startsWith("feed.")) return isSlug(first) ? [organizationTag(first)] : [];
  // As a filter reads them (model/filter.ts): given again or in one list, with spaces, in capitals.
  const given = searchParams.getAll("organization").flatMap((names) => names.split(","));
  const names = new Set(given.map((name) => name.trim().toLowerCase()));
  return [...names].filter(isSlug).map(organizationTag);
}

/** Answers a request: through the Workers Cache if it is turned on and the answer may be shared. */
export function answerRequest(
  request: Request,
  env: Bindings,
  ctx: ExecutionContext,
): Response | Promise<Response> {
  tallyQuietly(seriesOf("requests", ""));
  if (env.WORKERS_CACHE !== "on" || !isCacheable(request)) return answer(request, env, ctx);
  return (ctx.exports as unknown as { Cached: Fetcher }).Cached.fetch(canonical(request));
}

/** The entrypoint that the Workers Cache stands in front of, if it is turned on: everything that may be shared. */
export class Cached extends WorkerEntrypoint<Bindings> {
  override async fetch(request: Request): Promise<Response> {
    const response = await answer(request, this.env, this.ctx);
    if (!response.headers.get("cache-control")?.startsWith("public")) return response;
    response.headers.set("cloudflare-cdn-cache-control", EDGE_CACHING);
    response.headers.set("cache-tag", tagsAt(request.url).join(","));
    return response;
  }

  /** Purges what has one of some tags, at most a hundred (platform). False if it was refused, or if there is no cache. */
  async purge(tags: string[]): Promise<boolean> {
    return (await this.ctx.cache?.purge({ tags }))?.success ?? false;
  }
}
