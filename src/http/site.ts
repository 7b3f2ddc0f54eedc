import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import type { Format } from "../feeds/formats.ts";
import type { SafeArticle } from "../feeds/item.ts";
import type { JsonFeed } from "../feeds/json.ts";
import { isEmbargoed } from "../model/article.ts";
import type { ListPage } from "../model/listing.ts";
import type { Organization } from "../model/organization.ts";
import { type Failure, fail } from "../model/result.ts";
import { articleId, slug } from "../model/slug.ts";
import { attributed } from "../publishing/attribution.ts";
import { feedPath, listPath, readJsonDocument } from "../store/documents.ts";
import { readArticle, readOrganizations } from "../store/records.ts";
import { CACHING, FEED_VARY, TEXT_VARY } from "./caching.ts";
import type { App } from "./context.ts";
import { pageNumber } from "./discovery.ts";
import type { Reply } from "./methods.ts";
import { articlePage } from "./pages/article.tsx";
import { homePage, listPage } from "./pages/home.tsx";
import { messagePage } from "./pages/message.tsx";
import { organizationPage } from "./pages/organization.tsx";
import { SECURITY_HEADERS } from "./pages/security.ts";
import { headersOf, problemOf } from "./problem.ts";

/** Answers with a page. */
export function page(html: string, status = 200): Response {
  return new Response(html, {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "cache-control": status === 200 ? CACHING.page : CACHING.none,
      vary: TEXT_VARY,
    },
  });
}

/** A failure as a page. */
export function refuseWithPage(_c: unknown, failure: Failure): Response {
  const { status, title, detail } = problemOf(failure);
  const response = page(messagePage({ status, title, detail }), status);
  for (const [name, value] of Object.entries(headersOf(failure))) response.headers.set(name, value);
  return response;
}

/** The page for what does not exist. */
export const notFoundPage = (): Response => refuseWithPage(null, NOT_FOUND.failure);

const NOT_FOUND = fail({ tag: "not-found" });

/** `/`: the first page of the organizations. One KV read. */
export async function home(c: Context<App>): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  const list = await readJsonDocument<ListPage>(c.env.DOCUMENTS, listPath(1));
  return page(homePage({ organizations: list?.organizations ?? [], pages: list?.pages ?? 1, publicUrl }));
}

/** `/organizations?page=`: a page of the organizations. One KV read. */
export async function organizations(c: Context<App>): Promise<Reply> {
  const number = pageNumber(c);
  const list = number === null ? null : await readJsonDocument<ListPage>(c.env.DOCUMENTS, listPath(number));
  if (!list || number === null) return NOT_FOUND;
  const { publicUrl } = configuration(c.env).site;
  return page(listPage({ ...list, number, publicUrl }));
}

/** `/{organization}`: its latest articles, from its JSON feed. One KV read. */
export async function organization(c: Context<App>, format?: Format): Promise<Reply> {
  const name = c.req.param("organization");
  const feed =
    v.is(slug, name) && (await readJsonDocument<JsonFeed>(c.env.DOCUMENTS, feedPath(name, "json")));
  if (!feed) return NOT_FOUND;
  const { publicUrl } = configuration(c.env).site;
  const homepage = feed.authors[0]?.url;
  return page(
    organizationPage({
      organization: {
        slug: name,
        name: feed.title,
        description: feed.description,
        language: feed.language,
        ...(homepage && homepage !== feed.home_page_url ? { homepage } : {}),
        ...(feed.icon ? { logo: feed.icon } : {}),
      },
      items: feed.items,
      publicUrl,
      ...(format ? { asFeed: format } : {}),
    }),
  );
}

/** The organization's page at the address of a feed, for a browser, with an explanation of feeds. */
export async function feedPage(c: Context<App>, format: Format): Promise<Response> {
  const reply = await organization(c, format);
  const response = "failure" in reply ? refuseWithPage(c, reply.failure) : reply;
  response.headers.set("vary", FEED_VARY);
  return response;
}

/**
 * `/articles/{id}`: the permanent page of an article; 410 if it was withdrawn. It is shown only if one of its organizations
 * is open and listed, so nothing is shown if these cannot be read. Two KV reads.
 */
export async function article(c: Context<App>): Promise<Reply> {
  const id = c.req.param("id");
  const record = v.is(articleId, id) && (await readArticle(c.env.RECORDS, id, Date.now()));
  // A record that names no organization belongs to those that its text names.
  const [found] = !record || record.organizations.length > 0 ? [record] : await attributed(c.env, [record]);
  if (!found || isEmbargoed(found, Date.now())) return NOT_FOUND;
  const named = await readOrganizations(c.env.RECORDS, found.organizations);
  const shown = named.filter(({ unlisted }) => !unlisted);
  if (shown.length === 0) return NOT_FOUND;
  return found.withdrawn_at ? fail({ tag: "gone" }) : page(articleHtml(c, found, shown));
}

/** The page of an article. */
export function articleHtml(c: Context<App>, article: SafeArticle, organizations: Organization[]): string {
  return articlePage({ article, organizations, publicUrl: configuration(c.env).site.publicUrl });
}
