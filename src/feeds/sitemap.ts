import type { JsonFeed } from "./json.ts";
import { element, withAttributes, write, XML_DECLARATION } from "./xml.ts";

const SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9";
const NEWS = "http://www.google.com/schemas/sitemap-news/0.9";

/** For how long search engines want an article in a news sitemap. */
const NEWS_MS = 2 * 86_400_000;

/** An index of sitemaps (sitemaps.org protocol 0.9). @param sitemaps their addresses, at most 50,000 */
export function sitemapIndex(sitemaps: readonly string[]): string {
  return write({
    ...XML_DECLARATION,
    sitemapindex: {
      ...withAttributes({ xmlns: SITEMAPS }),
      sitemap: sitemaps.map((address) => ({ loc: element(address) })),
    },
  });
}

/**
 * The sitemap of an organization: its page, those of older articles, and those of the articles in its feed. Articles of the
 * last two days say what a news sitemap says. An article that first stood elsewhere is left to its own address.
 * @param archives how many pages of older articles there are
 */
export function organizationSitemap(
  feed: JsonFeed,
  archives: number,
  publicUrl: string,
  nowMs: number,
): string {
  const page = feed.home_page_url;
  const pages = [
    page,
    ...Array.from({ length: archives }, (_, index) => `${page}?archive=${archives - index}`),
  ];
  const articles = feed.items.filter(({ url }) => url.startsWith(`${publicUrl}/`));
  return write({
    ...XML_DECLARATION,
    urlset: {
      ...withAttributes({ xmlns: SITEMAPS, "xmlns:news": NEWS }),
      url: [
        ...pages.map((address) => ({ loc: element(address) })),
        ...articles.map(({ url, title, language, date_published, date_modified }) => ({
          loc: element(url),
          lastmod: element(date_modified),
          "news:news":
            nowMs - Date.parse(date_published) < NEWS_MS
              ? {
                  "news:publication": {
                    "news:name": element(feed.title),
                    "news:language": element(language ?? feed.language),
                  },
                  "news:publication_date": element(date_published),
                  "news:title": element(title),
                }
              : undefined,
        })),
      ],
    },
  });
}
