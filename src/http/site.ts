import type { Context } from "hono";
import * as v from "valibot";
import { configuration } from "../env.ts";
import type { JsonFeed } from "../feeds/json.ts";
import { type Article, isEmbargoed } from "../model/article.ts";
import { LIMITS } from "../model/limits.ts";
import type { Organization } from "../model/organization.ts";
import { articleId, slug } from "../model/slug.ts";
import { INDEX_DOCUMENT } from "../objects/directory.ts";
import { readJsonDocument } from "../store/documents.ts";
import { logLine } from "../store/log.ts";
import { readArticle } from "../store/records.ts";
import type { App } from "./context.ts";
import { articlePage } from "./pages/article.tsx";
import { homePage } from "./pages/home.tsx";
import { messagePage } from "./pages/message.tsx";
import { organizationPage } from "./pages/organization.tsx";
import { SECURITY_HEADERS } from "./pages/security.ts";

/** Answers with a page. */
export function page(html: string, status = 200): Response {
  return new Response(html, {
    status,
    headers: {
      ...SECURITY_HEADERS,
      "content-type": "text/html; charset=utf-8",
      "cache-control": status === 200 ? `public, max-age=${LIMITS.FEED_MAX_AGE_SECONDS}` : "no-store",
    },
  });
}

/** The page of what is not there. */
export const notFoundPage = (): Response =>
  page(messagePage({ status: 404, title: "Not found", detail: "There is nothing at this address." }), 404);

/** `/`: the organizations. One KV read. */
export async function home(c: Context<App>): Promise<Response> {
  const { publicUrl } = configuration(c.env).site;
  return page(homePage({ organizations: await organizations(c), publicUrl }));
}

/** `/{organization}`: its latest articles, out of its JSON feed. One KV read. */
export async function organization(c: Context<App>): Promise<Response> {
  const name = c.req.param("organization");
  const feed = v.is(slug, name) && (await readJsonDocument<JsonFeed>(c.env.DOCUMENTS, `${name}/feed.json`));
  if (!feed) return notFoundPage();
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
    }),
  );
}

/** `/articles/{id}`: the permanent page of an article; 410 when it was withdrawn. Two KV reads. */
export async function article(c: Context<App>): Promise<Response> {
  const id = c.req.param("id");
  const found = v.is(articleId, id) && (await readArticle(c.env.RECORDS, id, Date.now()));
  if (!found || isEmbargoed(found, Date.now())) return notFoundPage();
  if (found.withdrawn_at) {
    const detail = "This article was published here and has been withdrawn by its publisher.";
    return page(messagePage({ status: 410, title: "Withdrawn", detail }), 410);
  }
  const all = await organizations(c);
  const named = found.organizations.flatMap((slug) => all.find((one) => one.slug === slug) ?? []);
  const html = shownArticle(found, named, configuration(c.env).site.publicUrl);
  return html === null ? notFoundPage() : page(html);
}

/** Null for a record that another program wrote with content beyond all bounds: it stands in no feed either. */
function shownArticle(article: Article, organizations: Organization[], publicUrl: string): string | null {
  try {
    return articlePage({ article, organizations, publicUrl });
  } catch (error) {
    logLine("warn", "page.article", { article: article.id, error: String(error) });
    return null;
  }
}

async function organizations(c: Context<App>): Promise<Organization[]> {
  const index = await readJsonDocument<{ organizations: Organization[] }>(c.env.DOCUMENTS, INDEX_DOCUMENT);
  return index?.organizations ?? [];
}
