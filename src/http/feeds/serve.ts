import type { Context } from "hono";
import * as v from "valibot";
import type { Format } from "../../feeds/formats.ts";
import { fail } from "../../model/result.ts";
import { slug } from "../../model/slug.ts";
import { feedPath, readPublicDocument } from "../../store/documents.ts";
import { CACHING } from "../caching.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";
import { feedPage } from "../site.ts";
import { wantsPage } from "./accept.ts";
import { answer, type Representation } from "./answer.ts";
import { deltaAnswer } from "./delta.ts";
import { serveFiltered } from "./filtered.ts";
import { countSubscribers } from "./subscribers.ts";

/** Serves `/{organization}/feed.{rss,atom,json}`: one KV read, whether the answer is 200, 226 or 304. */
export const serveFeed =
  (format: Format) =>
  async (c: Context<App>): Promise<Reply> => {
    const organization = c.req.param("organization") ?? "";
    c.header("access-control-allow-origin", "*");
    // KV throws for a key that is too long, and only slugs have documents.
    if (!v.is(slug, organization)) return fail({ tag: "not-found" });
    if (wantsPage(c.req.header("accept"))) return feedPage(c, format);
    if (c.req.url.includes("?")) return serveFiltered(c, format, organization);
    const document = await readPublicDocument(c.env.DOCUMENTS, feedPath(organization, format.name));
    if (!document) return fail({ tag: "not-found" });
    countSubscribers(c, organization, format.name);
    const feed: Representation = {
      format,
      etag: document.etag,
      last_modified: document.last_modified,
      max_age: document.max_age,
      path: `/${organization}/feed`,
      query: "",
      previous: document.archive > 0 ? `/${organization}/archive/${document.archive}` : null,
      hubs: document.hubs ?? null,
      body: () => document.body,
    };
    return (await deltaAnswer(c, document, feed)) ?? answer(c, feed);
  };

/** Serves `/feed.{rss,atom,json}?organization=…`. */
export const serveCombined =
  (format: Format) =>
  async (c: Context<App>): Promise<Reply> => {
    c.header("access-control-allow-origin", "*");
    return wantsPage(c.req.header("accept")) ? feedPage(c, format) : serveFiltered(c, format, null);
  };

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
