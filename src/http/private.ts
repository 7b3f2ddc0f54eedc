import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import type { Format } from "../feeds/formats.ts";
import { privateDocument } from "../feeds/private.ts";
import { isEmbargoed } from "../model/article.ts";
import { articleId, slug } from "../model/slug.ts";
import { channelOf } from "../objects/stubs.ts";
import { feedPath, readDocument } from "../store/documents.ts";
import { readArticle } from "../store/records.ts";
import { tokenHash } from "./api/auth.ts";
import type { App } from "./context.ts";
import { archiveFile } from "./feeds/archive.ts";
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
    const body = await new Response(document.body).text();
    return new Response(readerDocument(c, format, name, body), { headers: typed });
  };

/** `/private/{key}/{organization}/archive/{number}.{rss,atom,json}`: what the feed's links to its archive lead to. */
export async function servePrivateArchive(c: Context<App>): Promise<Response> {
  const name = await organizationOpened(c);
  const file = archiveFile(c.req.param("file"));
  const archive =
    name && file && (await channelOf(c.env, name).documents.archive(file.number, file.format.name));
  if (!archive) return refuse(c, { tag: "not-found" });
  const headers = {
    ...PRIVATE,
    etag: archive.etag,
    "cache-control": "private, no-cache",
    "content-type": `${file.format.mediaType}; charset=utf-8`,
  };
  if (notModified(c.req.raw.headers, { etag: archive.etag, last_modified: null })) {
    return new Response(null, { status: 304, headers });
  }
  return new Response(readerDocument(c, file.format, name, archive.body), { headers });
}

/** `/private/{key}/{organization}/articles/{id}`: the page of an article of an organization that is not listed. */
export async function privateArticle(c: Context<App>): Promise<Response> {
  const name = await organizationOpened(c);
  const id = c.req.param("id");
  const found = name && v.is(articleId, id) && (await readArticle(c.env.RECORDS, id, Date.now()));
  if (!found || found.withdrawn_at || !found.organizations.includes(name)) return notFoundPage();
  if (isEmbargoed(found, Date.now())) return notFoundPage();
  const response = page(articleHtml(c, found, []));
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

/** The document as its reader has it. */
function readerDocument(c: Context<App>, format: Format, organization: string, body: string): string {
  const { site } = configuration(c.env);
  const address = `${site.publicUrl}/private/${c.req.param("key")}/${organization}`;
  return privateDocument(format, body, { organization, address, site });
}
