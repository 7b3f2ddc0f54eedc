import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import { type Format, JSON_FEED } from "../feeds/formats.ts";
import type { JsonFeed } from "../feeds/json.ts";
import { privateDocument } from "../feeds/private.ts";
import { isEmbargoed } from "../model/article.ts";
import { fail, ok, type Result } from "../model/result.ts";
import { articleId, slug } from "../model/slug.ts";
import { channelOf } from "../objects/stubs.ts";
import { feedPath, readDocument, type StoredDocument, standing, textOf } from "../store/documents.ts";
import { readDatedArticle } from "../store/records.ts";
import { tokenHash } from "./api/auth.ts";
import { judge, readerPlace } from "./api/credentials.ts";
import { CACHING, FEED_VARY, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import { channelHoldsBack } from "./embargo.ts";
import { wantsPage } from "./feeds/accept.ts";
import { answer, PRIVATE } from "./feeds/answer.ts";
import { archiveFile } from "./feeds/archive.ts";
import type { Guard, Reply } from "./methods.ts";
import { localeOf } from "./pages/locale.ts";
import { organizationPage } from "./pages/organization.tsx";
import { articleHtml, organizationIn, page } from "./site.ts";

/**
 * `/private/{key}/{organization}/feed.{rss,atom,json}`: a feed at an address of one's own. The channel is asked
 * each time, so that a revoked key opens nothing from that moment on; and who has none learns nothing.
 */
export const servePrivateFeed =
  (format: Format) =>
  async (c: Context<App>): Promise<Reply> => {
    const opened = await organizationOpened(c);
    if (!opened.ok) return opened;
    const { name, address } = opened.value;
    if (wantsPage(c.req.header("accept"))) return privatePage(c, format, opened.value);
    const found = standing(await readDocument(c.env.DOCUMENTS, feedPath(address, format.name)));
    if (!found.ok) return found;
    const { value: document } = found;
    const base = readerPath(c, name);
    return answer(c, {
      format,
      isPrivate: true,
      etag: document.etag,
      last_modified: document.last_modified,
      max_age: document.max_age,
      path: `${base}/feed`,
      query: "",
      previous: document.archive > 0 ? `${base}/archive/${document.archive}` : null,
      hubs: NO_HUBS,
      body: () => readerDocument(c, format, opened.value, textOf(document)),
    });
  };

/** The page at the address of a private feed, for a browser: what the feed has, and its own address. */
function privatePage(c: Context<App>, format: Format, opened: Opened): Response {
  const { name, document } = opened;
  const feed = JSON.parse(readerDocument(c, JSON_FEED, opened, textOf(document))) as JsonFeed;
  const { publicUrl } = configuration(c.env).site;
  const base = readerPath(c, name);
  const html = organizationPage({
    organization: organizationIn(feed, name),
    items: feed.items,
    publicUrl,
    asFeed: format,
    at: { path: `${base}/feed`, query: "" },
    canonical: null,
    articlesAt: `${publicUrl}${base}/articles`,
    isLinked: false,
  });
  return forReader(page(html), FEED_VARY);
}

/** A page for one reader. */
function forReader(response: Response, vary: string): Response {
  response.headers.set("cache-control", CACHING.privatePage);
  response.headers.set("x-robots-tag", PRIVATE["x-robots-tag"]);
  response.headers.set("vary", vary);
  return response;
}

/** `/private/{key}/{organization}/archive/{number}.{rss,atom,json}`: what the feed's links to its archive lead to. */
export async function servePrivateArchive(c: Context<App>): Promise<Reply> {
  const opened = await organizationOpened(c);
  if (!opened.ok) return opened;
  const { name } = opened.value;
  const file = archiveFile(c.req.param("file"));
  const archive = file && (await channelOf(c.env, name).documents.archive(file.number, file.format.name));
  if (!archive) return NOT_FOUND;
  const base = readerPath(c, name);
  return answer(c, {
    format: file.format,
    isPrivate: true,
    etag: archive.etag,
    last_modified: null,
    max_age: 0,
    path: `${base}/archive/${file.number}`,
    query: "",
    previous: archive.previous > 0 ? `${base}/archive/${archive.previous}` : null,
    hubs: NO_HUBS,
    body: async () => readerDocument(c, file.format, opened.value, await new Response(archive.body).text()),
  });
}

/** Hubs know only the public addresses. */
const NO_HUBS: readonly string[] = [];

/** `/private/{key}/{organization}/articles/{id}`: the page of an article of an organization that is not listed. */
export async function privateArticle(c: Context<App>): Promise<Reply> {
  const opened = await organizationOpened(c);
  const id = c.req.param("id");
  if (!opened.ok) return opened;
  const { name, document } = opened.value;
  const record = v.is(articleId, id) ? await readDatedArticle(c.env.RECORDS, id, Date.now()) : null;
  if (!record) return NOT_FOUND;
  const { article } = record;
  if (article.withdrawn_at || !article.organizations.includes(name)) return NOT_FOUND;
  if (isEmbargoed(article, Date.now()) || (await channelHoldsBack(c.env, record, name))) return NOT_FOUND;
  const feed = JSON.parse(textOf(document)) as JsonFeed;
  return forReader(page(articleHtml(c, article, [], localeOf(organizationIn(feed, name)))), TEXT_VARY);
}

/** Refuses a key that is known to be wrong, which costs nothing. */
export const refuseWrongKey: Guard = async (c, next) => {
  const name = c.req.param("organization") ?? "";
  const [, secret = ""] = /^key_(.*)$/.exec(c.req.param("key") ?? "") ?? [];
  if (!v.is(slug, name) || (await judge(c.env, readerPlace(name), secret)) === "wrong") return NOT_FOUND;
  await next();
  return undefined;
};

const NOT_FOUND = fail({ tag: "not-found" });

/** An organization whose feeds a key opens, with its JSON feed. */
interface Opened {
  /** Its slug: private addresses stay as they are when it moves. */
  name: string;
  /** Where its public feeds are. */
  address: string;
  document: StoredDocument;
}

/** The organization whose feeds the key in the address opens. Of a deleted one, whoever once had a key learns that. */
async function organizationOpened(c: Context<App>): Promise<Result<Opened>> {
  const name = c.req.param("organization") ?? "";
  // A key that is not marked may name any organization: whoever names none calls no object into being.
  const read = (address: string) => readDocument(c.env.DOCUMENTS, feedPath(address, "json"));
  const here = standing(await read(name));
  const address = !here.ok && here.failure.tag === "moved" ? here.failure.address : name;
  const document = address === name ? here : standing(await read(address));
  if (!document.ok) return document;
  const key = c.req.param("key") ?? "";
  if (!(await channelOf(c.env, name).readers.has(await tokenHash(key)))) return NOT_FOUND;
  return ok({ name, address, document: document.value });
}

/** The document as its reader has it. */
function readerDocument(
  c: Context<App>,
  format: Format,
  { name, address: organization }: Opened,
  body: string,
): string {
  const { site } = configuration(c.env);
  const address = `${site.publicUrl}${readerPath(c, name)}`;
  return privateDocument(format, body, { organization, address, site });
}

/** The part of a reader's addresses that all of them begin with. */
const readerPath = (c: Context<App>, organization: string): string =>
  `/private/${c.req.param("key")}/${organization}`;
