import type { Context } from "hono";
import type { Format } from "../../feeds/formats.ts";
import { type Failure, fail } from "../../model/result.ts";
import { isSlug } from "../../model/slug.ts";
import { CACHING } from "../caching.ts";
import type { App, Visit } from "../context.ts";
import type { Reply } from "../methods.ts";
import { refuse } from "../problem.ts";
import { feedPage } from "../site.ts";
import { wantsPage } from "./accept.ts";
import { serveFiltered } from "./filtered.ts";
import { servePlainFeed } from "./plain.ts";
import { hasSiteFeed, serveSiteFeed } from "./site.ts";

/** Serves `/{organization}/feed.{rss,atom,json}`: the feed, a part of it, or a page for a person. */
export const serveFeed =
  (format: Format) =>
  async (c: Context<App>): Promise<Reply> => {
    const organization = c.req.param("organization") ?? "";
    // KV throws for a key that is too long, and only slugs have documents.
    if (!isSlug(organization)) return fail({ tag: "not-found" });
    if (wantsPage(c.req.header("accept"))) return feedPage(c, format);
    if (c.req.url.includes("?")) return serveFiltered(c, format, organization);
    return servePlainFeed(c, { organization, format });
  };

/** Serves `/feed.{rss,atom,json}`: of several organizations that the query names, or of all. */
export const serveCombined =
  (format: Format) =>
  async (c: Context<App>): Promise<Reply> =>
    wantsPage(c.req.header("accept"))
      ? feedPage(c, format)
      : isOfAll(c)
        ? serveSiteFeed(c, format)
        : serveFiltered(c, format, null);

/** Whether the feed of the whole service is asked for. */
const isOfAll = (c: Context<App>): boolean => hasSiteFeed(c) && !c.req.url.includes("?");

/** A failure at the address of a feed, which a script of any origin may read. */
export function refuseFeed(c: Pick<Visit, "req">, failure: Failure): Response {
  const response = refuse(c, failure);
  response.headers.set("access-control-allow-origin", "*");
  return response;
}

/** A preflight of a script that fetches a feed with validators (Fetch Standard). */
export const preflightFeed = (): Response => preflight(CACHING.none);

/** As {@link preflightFeed}, for a private address. */
export const preflightPrivate = (): Response => preflight(CACHING.privatePage);

function preflight(cacheControl: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      "cache-control": cacheControl,
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET, HEAD, OPTIONS",
      "access-control-allow-headers": "If-None-Match, If-Modified-Since, A-IM, Cache-Control",
      "access-control-max-age": "86400",
    },
  });
}
