import { raw } from "hono/html";
import type { Article } from "../../model/article.ts";
import type { Organization } from "../../model/organization.ts";
import { organizationUrl, webLink } from "./links.tsx";
import type { Locale } from "./locale.ts";

/** What others show of a page, and machines read of it: only of pages that search engines may keep. */
export interface Sharing {
  /** Without the name of the service. */
  title: string;
  description?: string | undefined;
  kind: "website" | "article" | "profile";
  /** The address of the page. */
  url: string;
  image?: string | undefined;
  article?: Pick<Article, "authors" | "tags" | "published_at" | "updated_at" | "published_precision">;
  /** What is on the page, in the vocabulary of schema.org. */
  data?: readonly object[];
}

/** Open Graph, which Twitter cards fall back to, and JSON-LD. */
export function SharingTags({ sharing, locale }: { sharing: Sharing; locale: Locale }) {
  const { title, description, kind, url, image, article, data = [] } = sharing;
  const facts = article ? factsOf(article) : [];
  return (
    <>
      <meta property="og:site_name" content="Communiqué" />
      <meta property="og:type" content={kind} />
      <meta property="og:title" content={title} />
      {description ? <meta property="og:description" content={description} /> : null}
      <meta property="og:url" content={url} />
      <meta property="og:locale" content={territorial(locale.tag)} />
      {image ? <meta property="og:image" content={image} /> : null}
      <meta name="twitter:card" content={image && article ? "summary_large_image" : "summary"} />
      {facts.map(([name, content]) => (
        <meta property={`${kind}:${name}`} content={content} />
      ))}
      {data.length > 0 ? <script type="application/ld+json">{raw(linkedData(data))}</script> : null}
    </>
  );
}

/** What Open Graph says of an article (https://ogp.me/#type_article). */
function factsOf(article: NonNullable<Sharing["article"]>): [name: string, content: string][] {
  const { published_at, published_precision, updated_at, authors = [], tags = [] } = article;
  return [
    ...(published_precision === "undated" ? [] : [["published_time", published_at] as [string, string]]),
    ["modified_time", updated_at],
    ...authors.map(({ name }): [string, string] => ["author", name]),
    ...tags.map((tag): [string, string] => ["tag", tag]),
  ];
}

/** Open Graph wants a language with a territory: `az_AZ`. */
function territorial(tag: string): string {
  const { language, region } = new Intl.Locale(tag).maximize();
  return region ? `${language}_${region}` : language;
}

/** JSON-LD for a script element. No text can end the element, or be markup in XML. */
function linkedData(data: readonly object[]): string {
  const json = JSON.stringify({ "@context": "https://schema.org", "@graph": data });
  return json.replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

type Described = Pick<Organization, "slug" | "name"> &
  Partial<Pick<Organization, "description" | "homepage" | "logo">>;

/** An organization in the vocabulary of schema.org. */
export function organizationData(of: Described, publicUrl: string): object {
  const page = organizationUrl({ ...of, publicUrl });
  return given({
    "@type": "Organization",
    "@id": `${page}#organization`,
    name: of.name,
    description: of.description || undefined,
    url: webLink(of.homepage) ?? page,
    logo: webLink(of.logo),
  });
}

/** An article in the vocabulary of schema.org. Its date says no more than is known (ISO 8601). */
export function articleData(
  article: Article,
  { page, image, publishers }: { page: string; image?: string | undefined; publishers: readonly object[] },
): object {
  const { published_precision: precision = "time", published_at, authors = [], source } = article;
  const known = { time: 20, day: 10, month: 7, year: 4, undated: 0 }[precision];
  const people = authors.map(({ name, url }) => given({ "@type": "Person", name, url: webLink(url) }));
  return given({
    "@type": "NewsArticle",
    "@id": `${page}#article`,
    mainEntityOfPage: page,
    headline: article.title,
    description: article.summary || undefined,
    image,
    datePublished: published_at.slice(0, known) || undefined,
    dateModified: article.updated_at,
    inLanguage: article.language,
    keywords: article.tags?.length ? article.tags : undefined,
    author: people.length > 0 ? people : publishers,
    publisher: publishers.length > 0 ? publishers : undefined,
    isBasedOn: webLink(source?.url) ?? webLink(article.url),
  });
}

/** Where a page stands. */
export const breadcrumbs = (steps: readonly { name: string; url: string }[]): object => ({
  "@type": "BreadcrumbList",
  itemListElement: steps.map(({ name, url }, index) => ({
    "@type": "ListItem",
    position: index + 1,
    name,
    item: url,
  })),
});

/** The fields that have a value. */
const given = (fields: Record<string, unknown>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
