import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import { type Format, JSON_FEED } from "../feeds/formats.ts";
import type { SafeArticle } from "../feeds/item.ts";
import type { JsonFeed } from "../feeds/json.ts";
import { descriptionOf } from "../feeds/metadata.ts";
import { isEmbargoed } from "../model/article.ts";
import { FILTER_PARAMETERS } from "../model/filter.ts";
import type { Headline } from "../model/headline.ts";
import { LIMITS } from "../model/limits.ts";
import type { ListPage } from "../model/listing.ts";
import { addressed, type Organization } from "../model/organization.ts";
import { type Failure, fail } from "../model/result.ts";
import { articleId, slug } from "../model/slug.ts";
import { attributed } from "../publishing/attribution.ts";
import { feedPath, listPath, readJsonDocument } from "../store/documents.ts";
import { logLine } from "../store/log.ts";
import { readDatedArticle, readOrganizations } from "../store/records.ts";
import { CACHING, FEED_VARY, TEXT_VARY } from "./caching.ts";
import type { App, Visit } from "./context.ts";
import { pageNumber } from "./discovery.ts";
import { channelHoldsBack } from "./embargo.ts";
import { archiveFeed } from "./feeds/archive.ts";
import { filteredFeed } from "./feeds/filtered.ts";
import { hasSiteFeed, siteHeadlines } from "./feeds/site.ts";
import type { Reply } from "./methods.ts";
import { articlePage } from "./pages/article.tsx";
import { languageAsked } from "./pages/asked.ts";
import { homePage, listPage } from "./pages/home.tsx";
import { ENGLISH, type Locale, localeAsked, localeOf } from "./pages/locale.ts";
import { messagePage } from "./pages/message.tsx";
import { type OrganizationView, organizationPage } from "./pages/organization.tsx";
import { SECURITY_HEADERS } from "./pages/security.ts";
import type { Message } from "./pages/words.ts";
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

/** The language of a page that belongs to no organization: the one that the browser asks for. */
const localeOfVisitor = (c: Context<App>): Locale =>
  localeOf({ language: languageAsked(c.req.header("accept-language")) });

/** Tells caches that the page depends on the language that is asked for. */
function inLanguage(response: Response): Response {
  response.headers.set("vary", `Accept-Language, ${TEXT_VARY}`);
  return response;
}

/** A failure as a page, in the language that the browser asks for: it is kept by nobody. */
export const refuseWithPage = ({ req }: Pick<Visit, "req">, failure: Failure): Response =>
  failurePage(failure, localeAsked(req.raw.headers.get("accept-language") ?? undefined));

/** A failure as a page in a language. */
function failurePage(failure: Failure, locale: Locale): Response {
  const problem = problemOf(failure);
  const { status } = problem;
  const messages: Partial<Record<Failure["tag"], Message>> = locale.words.messages;
  const message = messages[failure.tag];
  const faults = problem.errors?.map(({ path }) => path) ?? [];
  const { title, detail } = message ?? problem;
  const html = messagePage({ status, title, detail, faults, locale: message ? locale : ENGLISH });
  const response = page(html, status);
  for (const [name, value] of Object.entries(headersOf(failure))) response.headers.set(name, value);
  return response;
}

const NOT_FOUND = fail({ tag: "not-found" });

/** `/`: the newest headlines, and the first page of the organizations. One KV read, and an object call for the headlines. */
export async function home(c: Context<App>): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  const list = await readJsonDocument<ListPage>(c.env.DOCUMENTS, listPath(1));
  const { organizations, pages } = list.ok ? list.value : { organizations: [], pages: 1 };
  const headlines = hasSiteFeed(c) ? await headlinesFor(c) : null;
  return inLanguage(
    page(homePage({ organizations, pages, publicUrl, headlines, locale: localeOfVisitor(c) })),
  );
}

/** The headlines of the home page. The page is there without them, if the Directory cannot be reached. */
async function headlinesFor(c: Context<App>): Promise<readonly Headline[]> {
  try {
    return (await siteHeadlines(c)).slice(0, LIMITS.HOME_HEADLINES);
  } catch (error) {
    logLine("warn", "home.headlines", { error: String(error) });
    return [];
  }
}

/** `/organizations?page=`: a page of the organizations. One KV read. */
export async function organizations(c: Context<App>): Promise<Reply> {
  const number = pageNumber(c);
  if (number === null) return NOT_FOUND;
  const list = await readJsonDocument<ListPage>(c.env.DOCUMENTS, listPath(number));
  if (!list.ok) return list;
  const { publicUrl } = configuration(c.env).site;
  const { organizations, pages } = list.value;
  return inLanguage(page(listPage({ organizations, pages, number, publicUrl, locale: localeOfVisitor(c) })));
}

/** `/{organization}`: its latest articles, or those that a filter wants. Costs what its JSON feed costs. */
export async function organization(c: Context<App>, format?: Format): Promise<Reply> {
  const name = c.req.param("organization");
  if (!v.is(slug, name)) return NOT_FOUND;
  const query = filterIn(c, (parameter) => parameter !== "organization");
  const archive = /^[1-9]\d{0,8}$/.exec(c.req.query("archive") ?? "");
  if (archive && !format) return olderPage(c, name, Number(archive[0]), query);
  if (query.size > 0) return filteredPage(c, name, query, format);
  const found = await readJsonDocument<JsonFeed>(c.env.DOCUMENTS, feedPath(name, "json"));
  if (!found.ok) return found;
  const { value: feed } = found;
  const { publicUrl } = configuration(c.env).site;
  const view = { organization: organizationIn(feed, name), items: feed.items, publicUrl };
  const older = olderThan(feed, `${publicUrl}/${name}`);
  return page(organizationPage({ ...view, older, ...(format ? { asFeed: format } : {}) }));
}

/** `/{organization}?archive=`: the articles of an archive document. Costs what the document costs. */
async function olderPage(
  c: Context<App>,
  name: string,
  number: number,
  query: URLSearchParams,
): Promise<Reply> {
  const archive = await archiveFeed(c, name, { number, format: JSON_FEED }, query);
  if (!archive.ok) return archive;
  const feed = (await new Response(await archive.value.body()).json()) as JsonFeed;
  const { publicUrl } = configuration(c.env).site;
  const latest = `${publicUrl}/${name}${archive.value.query}`;
  const at = { path: `/${name}/feed`, query: archive.value.query };
  return page(
    organizationPage({
      organization: { ...organizationIn(feed, name), description: "" },
      items: feed.items,
      publicUrl,
      at,
      latest,
      older: olderThan(feed, latest),
      searched: query.get("q") ?? undefined,
      canonical: withArchive(latest, number),
      whole: { name: feed.authors[0]?.name ?? name, url: `${publicUrl}/${name}` },
    }),
  );
}

/** The page of what a feed's archive continues with. @param page the address of the page of the feed */
function olderThan({ next_url }: JsonFeed, page: string): string | undefined {
  const [, number] = /\/archive\/(\d+)\.json/.exec(next_url ?? "") ?? [];
  return number && withArchive(page, Number(number));
}

const withArchive = (page: string, number: number): string =>
  `${page}${page.includes("?") ? "&" : "?"}archive=${number}`;

/** What an organization's own JSON feed says of it. */
export function organizationIn(feed: JsonFeed, name: string): OrganizationView["organization"] {
  const homepage = feed.authors[0]?.url;
  return {
    slug: name,
    name: feed.title,
    description: feed.description === descriptionOf(feed.title) ? "" : feed.description,
    language: feed.language,
    ...timeZoneIn(feed),
    ...(homepage && homepage !== feed.home_page_url ? { homepage } : {}),
    ...(feed.icon ? { logo: feed.icon } : {}),
  };
}

/** The time zone by which a page of a feed tells times. */
function timeZoneIn({ _communique }: JsonFeed): { time_zone?: string } {
  return _communique?.time_zone ? { time_zone: _communique.time_zone } : {};
}

/** The parameters of a filter in an address. Pages ignore others. */
function filterIn(c: Context<App>, isTaken: (parameter: string) => boolean = () => true): URLSearchParams {
  const given = [...new URL(c.req.url).searchParams];
  return new URLSearchParams(
    // A field of a form that is left empty chooses nothing.
    given.filter(([name, value]) => FILTER_PARAMETERS.has(name) && isTaken(name) && value.trim() !== ""),
  );
}

/** The page of a filtered feed. @param of the organization of which it is a part; null for several */
async function filteredPage(
  c: Context<App>,
  of: string | null,
  query: URLSearchParams,
  format?: Format,
): Promise<Reply> {
  const made = await filteredFeed(c, JSON_FEED, of, query);
  if (!made.ok) return made;
  const { body, ...at } = made.value;
  const feed = JSON.parse(new TextDecoder().decode(body())) as JsonFeed;
  const { publicUrl } = configuration(c.env).site;
  const { title, language, icon, authors, items } = feed;
  return page(
    organizationPage({
      organization: {
        slug: of ?? "",
        name: title,
        description: "",
        language,
        ...timeZoneIn(feed),
        ...(icon ? { logo: icon } : {}),
      },
      items,
      publicUrl,
      at,
      canonical: of === null ? null : `${publicUrl}/${of}${at.query}`,
      ...(of === null
        ? {}
        : {
            older: olderThan(feed, `${publicUrl}/${of}${at.query}`),
            searched: query.get("q") ?? undefined,
            whole: { name: authors[0]?.name ?? of, url: `${publicUrl}/${of}` },
          }),
      isLinked: of !== null,
      ...(format ? { asFeed: format } : {}),
    }),
  );
}

/** The page at the address of a feed, for a browser: its articles, and an explanation of feeds. */
export async function feedPage(c: Context<App>, format: Format): Promise<Reply> {
  const isCombined = c.req.param("organization") === undefined;
  const isOfAll = isCombined && hasSiteFeed(c) && !c.req.url.includes("?");
  const reply = await (isOfAll
    ? home(c)
    : isCombined
      ? filteredPage(c, null, filterIn(c), format)
      : organization(c, format));
  if ("failure" in reply && reply.failure.tag === "moved") return reply;
  const response = "failure" in reply ? refuseWithPage(c, reply.failure) : reply;
  // The home page depends on the language that is asked for, wherever it is shown.
  response.headers.set("vary", isOfAll ? `${FEED_VARY}, Accept-Language` : FEED_VARY);
  return response;
}

/**
 * `/articles/{id}`: the permanent page of an article; 410 if it was withdrawn, or its organization deleted. It is shown only
 * if one of its organizations is open and listed, so nothing is shown if these cannot be read. Two KV reads, and one more if
 * none of them is open; an object call if its record is new, or its time came just
 * now.
 */
export async function article(c: Context<App>): Promise<Reply> {
  const id = c.req.param("id");
  const record = v.is(articleId, id) ? await readDatedArticle(c.env.RECORDS, id, Date.now()) : null;
  if (!record) return NOT_FOUND;
  const { article, writtenMs } = record;
  // A record that names no organization belongs to those that its text names.
  const [found] = article.organizations.length > 0 ? [article] : await attributed(c.env, [article]);
  if (!found || isEmbargoed(found, Date.now())) return NOT_FOUND;
  const named = await readOrganizations(c.env.RECORDS, found.organizations);
  const shown = named.filter(({ unlisted }) => !unlisted);
  const [first] = shown;
  if (named.length === 0) return withoutOrganization(c, found.organizations);
  const heldBack = first && (await channelHoldsBack(c.env, { article: found, writtenMs }, first.slug));
  if (!first || heldBack === "hidden") return NOT_FOUND;
  if (found.withdrawn_at || heldBack === "withdrawn") return failurePage({ tag: "gone" }, localeOf(first));
  return page(articleHtml(c, found, shown, localeOf(first)));
}

/** Why an article that none of its organizations publishes any more is not shown. */
async function withoutOrganization(c: Context<App>, [name = ""]: readonly string[]): Promise<Reply> {
  const feed = await readJsonDocument<JsonFeed>(c.env.DOCUMENTS, feedPath(name, "json"));
  return feed.ok ? NOT_FOUND : feed;
}

/** The page of an article. */
export function articleHtml(
  c: Context<App>,
  article: SafeArticle,
  organizations: Organization[],
  locale: Locale,
): string {
  const { publicUrl } = configuration(c.env).site;
  return articlePage({ article, organizations: organizations.map(addressed), publicUrl, locale });
}
