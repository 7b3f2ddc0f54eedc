import type { Context } from "hono";
import { configuration } from "../env.ts";
import { FORMATS, formatNamed } from "../feeds/formats.ts";
import type { JsonFeed } from "../feeds/json.ts";
import { opmlDocument } from "../feeds/opml.ts";
import { organizationSitemap, sitemapIndex } from "../feeds/sitemap.ts";
import { etagOf } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import type { ListPage } from "../model/listing.ts";
import { fail } from "../model/result.ts";
import { isSlug } from "../model/slug.ts";
import { feedPath, listPath, readJsonDocument, readJsonDocuments } from "../store/documents.ts";
import { CACHING, feedCaching, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import { notModified } from "./feeds/conditional.ts";
import type { Reply } from "./methods.ts";

/** The page of a list that a request names, from 1, which is the default; null if it names none. */
export function pageNumber(c: Context<App>): number | null {
  const number = c.req.query("page") ?? "1";
  return /^[1-9]\d{0,5}$/.test(number) ? Number(number) : null;
}

/**
 * The pages of the list of organizations that a longer page consists of, so many of them; null if there is no such page. One
 * KV read.
 */
async function listPages(
  documents: KVNamespace,
  number: number,
  length: number,
): Promise<{ pages: ListPage[]; next: boolean } | null> {
  const from = (number - 1) * length + 1;
  const paths = Array.from({ length }, (_, index) => listPath(from + index));
  const found = await readJsonDocuments<ListPage>(documents, paths);
  const pages = found.filter((page) => page !== null);
  if (pages.length === 0) return null;
  return { pages, next: Math.max(...pages.map((page) => page.pages)) >= from + length };
}

/**
 * `/feeds.opml`: the organizations' feeds in a `format`, for a reader to import. A thousand in a document: `Link` names the next.
 * One KV read.
 */
export async function serveOpml(c: Context<App>): Promise<Reply> {
  const number = pageNumber(c);
  const format = formatNamed(c.req.query("format") ?? "atom");
  if (!format) return fail({ tag: "malformed-query", errors: [NO_FORMAT] });
  const list = number === null ? null : await listPages(c.env.DOCUMENTS, number, LIMITS.OPML_PAGES);
  if (!list || number === null) return fail({ tag: "not-found" });
  const { site } = configuration(c.env);
  const organizations = list.pages
    .flatMap((page) => page.organizations)
    .sort((a, b) => (a.slug < b.slug ? -1 : 1));
  const updatedMs = Math.max(...list.pages.map((page) => page.changed_ms));
  const body = opmlDocument(organizations, site, updatedMs, format.name);
  // No date validates it: an organization that is not listed any more makes the newest change an older one, two changes can
  // have one second, and KV may show a change of one page later than a later change of another.
  const validators = { etag: await etagOf(body), last_modified: null };
  const next = `<${site.publicUrl}/feeds.opml?page=${number + 1}${c.req.query("format") ? `&format=${format.name}` : ""}>; rel="next"`;
  const headers = {
    etag: validators.etag,
    "cache-control": feedCaching(LIMITS.PAGE_MAX_AGE_SECONDS),
    vary: TEXT_VARY,
    "access-control-allow-origin": "*",
    ...(list.next ? { link: next } : {}),
  };
  if (notModified(c.req.raw.headers, validators)) return new Response(null, { status: 304, headers });
  const typed = { ...headers, "content-type": "text/x-opml; charset=utf-8" };
  return new Response(c.req.method === "HEAD" ? null : body, { headers: typed });
}

const NO_FORMAT = {
  path: "format",
  message: `is no format of feeds; there are ${FORMATS.map(({ name }) => name).join(", ")}`,
};

/**
 * `/sitemap.xml`: an index of the sitemaps of the organizations, the first ten thousand, by their place in the list. One KV
 * read, and nothing of their articles.
 */
export async function serveSitemap(c: Context<App>): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  const list = await listPages(c.env.DOCUMENTS, 1, LIMITS.SITEMAP_PAGES);
  const organizations = (list?.pages ?? []).flatMap((page) => page.organizations);
  return xml(sitemapIndex(organizations.map(({ slug }) => `${publicUrl}/${slug}/sitemap.xml`)));
}

/** `/{organization}/sitemap.xml`: its pages and those of its articles. One KV read. */
export async function serveOrganizationSitemap(c: Context<App>): Promise<Reply> {
  const name = c.req.param("organization") ?? "";
  if (!isSlug(name)) return fail({ tag: "not-found" });
  const feed = await readJsonDocument<JsonFeed>(c.env.DOCUMENTS, feedPath(name, "json"));
  if (!feed.ok) return feed;
  const [, archives = "0"] = /\/archive\/(\d+)\.json/.exec(feed.value.next_url ?? "") ?? [];
  const { publicUrl } = configuration(c.env).site;
  return xml(organizationSitemap(feed.value, Number(archives), publicUrl, Date.now()));
}

const xml = (body: string): Response =>
  new Response(body, {
    headers: {
      "content-type": "application/xml; charset=utf-8",
      "cache-control": CACHING.page,
      vary: TEXT_VARY,
    },
  });

/** `/robots.txt`: public pages and feeds may be crawled; the API and private feeds may not. */
export function robots(c: Context<App>): Response {
  const { publicUrl } = configuration(c.env).site;
  const text = `User-agent: *\nDisallow: /api/\nDisallow: /private/\n\nSitemap: ${publicUrl}/sitemap.xml\n`;
  return new Response(text, {
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": CACHING.static,
      vary: TEXT_VARY,
    },
  });
}
