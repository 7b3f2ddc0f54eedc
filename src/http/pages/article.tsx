import { raw } from "hono/html";
import { summaryText } from "../../feeds/content.ts";
import { type SafeArticle, shownHtml } from "../../feeds/item.ts";
import type { Article } from "../../model/article.ts";
import type { Organization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { written } from "./language.ts";
import { document } from "./layout.tsx";
import { Author, FeedDiscovery, FeedLinks, host, Name, organizationUrl, Tags, webLink } from "./links.tsx";
import { type Locale, localeOf, useLocale } from "./locale.ts";
import { iconOf } from "./mark.tsx";
import { articleData, breadcrumbs, organizationData, type Sharing } from "./sharing.tsx";
import { Subscribe } from "./subscribe.tsx";

type Publisher = Pick<Organization, "slug" | "name"> &
  Partial<Pick<Organization, "language" | "time_zone" | "logo" | "homepage" | "description">>;

/** What an article's page shows. */
export interface ArticleView {
  article: SafeArticle;
  /** The organizations that published it. The page speaks as the first one does. */
  organizations: readonly Publisher[];
  publicUrl: string;
  /** How the page speaks, if not as its first organization: that of a private page is not shown. */
  locale?: Locale;
}

/** `/articles/{id}`: the permanent page of an article. */
export function articlePage({ article, organizations, publicUrl, ...given }: ArticleView): string {
  const locale = given.locale ?? localeOf(organizations[0] ?? {});
  const { words, own } = locale;
  const page = `${publicUrl}/articles/${article.id}`;
  const content = shownHtml(article);
  const image = webLink(article.image);
  return document({
    title: `${article.title} · Communiqué`,
    description: summaryText(article),
    language: article.language ?? organizations[0]?.language,
    locale,
    canonical: webLink(article.url) ?? page,
    ...sharingOf({ article, organizations, publicUrl }),
    head: organizations.map((organization) => <FeedDiscovery {...organization} publicUrl={publicUrl} />),
    children: (
      <>
        <article {...written(article.language)}>
          <Heading article={article} organizations={organizations} publicUrl={publicUrl} />
          {image && !content?.includes(image) ? <img class="picture" src={image} alt="" /> : null}
          {content ? <div class="content">{raw(focusable(content))}</div> : null}
          <Attachments attachments={article.attachments ?? []} />
          <Ending article={article} of={partsOf({ organizations, publicUrl })} />
        </article>
        {organizations[0] ? (
          <nav class="after" aria-label={words.feedsOf(organizations[0].name)} {...own}>
            <FeedLinks {...organizations[0]} publicUrl={publicUrl} />
            <Subscribe feeds={{ ...organizations[0], publicUrl }} />
          </nav>
        ) : null}
      </>
    ),
  });
}

/** What others show of the page: nothing of a private one, which names no organization. */
function sharingOf({ article, organizations, publicUrl }: ArticleView): {
  sharing?: Sharing;
  icon?: { small: string; touch: string };
} {
  const [first] = organizations;
  if (!first) return {};
  const url = `${publicUrl}/articles/${article.id}`;
  const logo = webLink(first.logo);
  const image = webLink(article.image);
  const publishers = organizations.map((organization) => organizationData(organization, publicUrl));
  return {
    icon: { small: iconOf(first, publicUrl), touch: logo ?? `${publicUrl}/apple-touch-icon.png` },
    sharing: {
      title: article.title,
      description: summaryText(article),
      kind: "article",
      url,
      image: image ?? logo,
      article,
      data: [
        articleData(article, { page: url, image, publishers }),
        breadcrumbs([
          { name: "Communiqué", url: `${publicUrl}/` },
          { name: first.name, url: organizationUrl({ ...first, publicUrl }) },
          { name: article.title, url },
        ]),
      ],
    },
  };
}

/** The organization whose articles with the same tag or author are shown: the first one. */
function partsOf({ organizations: [first], publicUrl }: Pick<ArticleView, "organizations" | "publicUrl">) {
  return first ? { slug: first.slug, publicUrl } : null;
}

function Heading({ article, organizations, publicUrl }: ArticleView) {
  const { words, own } = useLocale();
  const { authors = [], source, summary } = article;
  const of = partsOf({ organizations, publicUrl });
  return (
    <header class="intro">
      <ul class="facts muted" aria-label={words.organizations} {...own}>
        {organizations.map(({ slug, name }) => (
          <li>
            <Name name={name} url={organizationUrl({ slug, publicUrl })} />
          </li>
        ))}
      </ul>
      <h1 class={article.title.length > LONG_TITLE ? "long" : undefined}>{article.title}</h1>
      {summary ? <p class="lead">{summary}</p> : null}
      <ul class="facts muted" {...own}>
        <li>
          <PublishedDate at={article.published_at} precision={article.published_precision} />
        </li>
        {authors.length > 0 ? (
          <li>
            {words.author}{" "}
            {authors.map((author, index) => [
              index > 0 ? words.comma : "",
              <Author author={author} of={of} />,
            ])}
          </li>
        ) : null}
        {source ? (
          <li>
            {words.source} <Name {...source} />
          </li>
        ) : null}
      </ul>
    </header>
  );
}

function Attachments({ attachments }: { attachments: NonNullable<Article["attachments"]> }) {
  const locale = useLocale();
  const { words, own } = locale;
  if (attachments.length === 0) return null;
  return (
    <section class="after" aria-labelledby="attachments">
      <h2 id="attachments" class="label" {...own}>
        {words.attachments}
      </h2>
      <ul>
        {attachments.map(({ url, title, mime_type, size_in_bytes }) => (
          <li>
            <Name name={title || fileName(url)} url={url} />{" "}
            <span class="muted" {...own}>
              {mime_type}
              {size_in_bytes === undefined ? "" : words.comma + fileSize(size_in_bytes, locale)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Ending({ article: { url, tags = [] }, of }: { article: Article; of: ReturnType<typeof partsOf> }) {
  const { words, own } = useLocale();
  const original = webLink(url);
  if (!original && tags.length === 0) return null;
  return (
    <footer class="after">
      {original ? (
        <p class="note" {...own}>
          {words.firstPublished} <a href={original}>{host(original)}</a>
        </p>
      ) : null}
      <Tags tags={tags} of={of} />
    </footer>
  );
}

/** From about here on a title in the large size takes more than half of a screen. */
const LONG_TITLE = 80;

/** A start tag that our own sanitizer wrote, with its attributes: one can hold what looks like a tag. */
const START_TAG = /<([a-z][a-z0-9]*)((?:\s[^\s=>"]+(?:="[^"]*")?)*)>/g;

/** Lets the keyboard reach tables and code, which scroll by themselves (WCAG 2.1.1). */
const focusable = (html: string): string =>
  html.replace(START_TAG, (tag, name, attributes) =>
    name === "table" || name === "pre" ? `<${name}${attributes} tabindex="0">` : tag,
  );

/** The last part of an address's path: the file name of a download. */
function fileName(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname.split("/").findLast(Boolean) ?? url);
  } catch {
    return url; // a percent sign that does not encode UTF-8
  }
}

/** A number of bytes in decimal units: "1.2 MB". */
function fileSize(bytes: number, { tag, words }: Locale): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), words.bytes.length - 1);
  const number = new Intl.NumberFormat(tag, { maximumFractionDigits: 1 }).format(bytes / 1000 ** power);
  return `${number} ${words.bytes[power]}`;
}
