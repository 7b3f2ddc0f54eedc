import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import type { Format } from "../feeds/formats.ts";
import { assemble, disassemble } from "../feeds/layout.ts";
import { isEmbargoed } from "../model/article.ts";
import { articleId, slug } from "../model/slug.ts";
import { channelOf } from "../objects/stubs.ts";
import { feedPath, readDocument } from "../store/documents.ts";
import { readArticle } from "../store/records.ts";
import { tokenHash } from "./api/auth.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";
import { refuse } from "./problem.ts";
import { articleHtml, notFoundPage, page } from "./site.ts";

/** For the subscriber alone: no shared cache may keep it, no engine list it, no link tell its address. */
const PRIVATE = { "x-robots-tag": "noindex", "referrer-policy": "no-referrer" };

/**
 * `/private/{key}/{organization}/feed.{rss,atom,json}`: a feed at an address of one's own. The channel is asked
 * each time, so that a revoked key opens nothing from that moment on; and who has none learns nothing.
 */
export const servePrivateFeed =
  (format: Format) =>
  async (c: Context<App>): Promise<Response> => {
    const name = await organizationOpened(c);
    const document = name && (await readDocument(c.env.DOCUMENTS, feedPath(name, format.name)));
    if (!document) return refuse(c, { tag: "not-found" });
    const headers = {
      ...PRIVATE,
      etag: document.etag,
      "last-modified": new Date(document.last_modified * 1000).toUTCString(),
      "cache-control": `private, max-age=${document.max_age}`,
    };
    const unchanged = notModified(c.req.raw.headers, document);
    if (unchanged || c.req.method === "HEAD") await document.body.cancel();
    if (unchanged) return new Response(null, { status: 304, headers });
    const typed = { ...headers, "content-type": `${format.mediaType}; charset=utf-8` };
    if (c.req.method === "HEAD") return new Response(null, { headers: typed });
    const body = withoutHubs(format, await new Response(document.body).text());
    return new Response(ownAddresses(c, body), { headers: typed });
  };

/** `/private/{key}/{organization}/articles/{id}`: the page of an article of an organization that is not listed. */
export async function privateArticle(c: Context<App>): Promise<Response> {
  const name = await organizationOpened(c);
  const id = c.req.param("id");
  const found = name && v.is(articleId, id) && (await readArticle(c.env.RECORDS, id, Date.now()));
  if (!found || found.withdrawn_at || !found.organizations.includes(name)) return notFoundPage();
  if (isEmbargoed(found, Date.now())) return notFoundPage();
  const html = articleHtml(c, found, []);
  if (html === null) return notFoundPage();
  const response = page(html);
  response.headers.set("cache-control", "private, no-store");
  response.headers.set("x-robots-tag", PRIVATE["x-robots-tag"]);
  return response;
}

/** The organization whose feeds the key in the address opens; null when it opens none. */
async function organizationOpened(c: Context<App>): Promise<string | null> {
  const name = c.req.param("organization");
  const key = c.req.param("key") ?? "";
  if (!v.is(slug, name) || !/^key_[0-9a-z]{26}$/.test(key)) return null;
  // Whoever names no organization calls no object into being.
  const feed = await readDocument(c.env.DOCUMENTS, feedPath(name, "json"));
  await feed?.body.cancel();
  return feed && (await channelOf(c.env, name).readers.has(await tokenHash(key))) ? name : null;
}

const HUBS = /<(?:atom:)?link [^>]*rel="hub"[^>]*>|"hubs":\[[^\]]*\],/g;

/** The document without its hubs: they know its public address only. */
function withoutHubs({ layout }: Format, body: string): string {
  const { top, items } = disassemble(layout, body);
  return assemble(layout, { top: top.replace(HUBS, ""), items });
}

/** The document with the subscriber's own addresses in place of the public ones, which are closed. */
function ownAddresses(c: Context<App>, body: string): string {
  const { publicUrl } = configuration(c.env).site;
  const name = c.req.param("organization") ?? "";
  const own = `${publicUrl}/private/${c.req.param("key")}/${name}`;
  return body
    .replaceAll(`${publicUrl}/${name}/feed.`, `${own}/feed.`)
    .replaceAll(`${publicUrl}/articles/`, `${own}/articles/`);
}
