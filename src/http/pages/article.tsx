import { raw } from "hono/html";
import { summaryText } from "../../feeds/content.ts";
import { type SafeArticle, shownHtml } from "../../feeds/item.ts";
import type { Article } from "../../model/article.ts";
import type { Organization } from "../../model/organization.ts";
import { PublishedDate } from "./dates.tsx";
import { ENGLISH, written } from "./language.ts";
import { document } from "./layout.tsx";
import { Author, FeedDiscovery, host, Name, organizationUrl, Tags, webLink } from "./links.tsx";

/** What an article's page shows. */
export interface ArticleView {
  article: SafeArticle;
  /** The organizations that published it. */
  organizations: readonly Pick<Organization, "slug" | "name">[];
  publicUrl: string;
}

/** `/articles/{id}`: the permanent page of an article. */
export function articlePage({ article, organizations, publicUrl }: ArticleView): string {
  const page = `${publicUrl}/articles/${article.id}`;
  const content = shownHtml(article);
  const image = webLink(article.image);
  return document({
    title: `${article.title} · Communiqué`,
    description: summaryText(article),
    language: article.language,
    canonical: webLink(article.url) ?? page,
    head: organizations.map((organization) => <FeedDiscovery {...organization} publicUrl={publicUrl} />),
    children: (
      <article {...written(article.language)}>
        <Heading article={article} organizations={organizations} publicUrl={publicUrl} />
        {image && !content?.includes(image) ? <img class="picture" src={image} alt="" /> : null}
        {content ? <div class="content">{raw(content)}</div> : null}
        <Attachments attachments={article.attachments ?? []} />
        <Ending article={article} of={partsOf({ organizations, publicUrl })} />
      </article>
    ),
  });
}

/** The organization whose articles with the same tag or author are shown: the first one. */
function partsOf({ organizations: [first], publicUrl }: Pick<ArticleView, "organizations" | "publicUrl">) {
  return first ? { slug: first.slug, publicUrl } : null;
}

function Heading({ article, organizations, publicUrl }: ArticleView) {
  const { authors = [], source, summary } = article;
  const of = partsOf({ organizations, publicUrl });
  return (
    <header class="intro">
      <ul class="facts muted" aria-label="Organizations" {...ENGLISH}>
        {organizations.map(({ slug, name }) => (
          <li>
            <Name name={name} url={organizationUrl({ slug, publicUrl })} />
          </li>
        ))}
      </ul>
      <h1>{article.title}</h1>
      {summary ? <p class="lead">{summary}</p> : null}
      <ul class="facts muted" {...ENGLISH}>
        <li>
          <PublishedDate at={article.published_at} precision={article.published_precision} />
        </li>
        {authors.length > 0 ? (
          <li>
            By {authors.map((author, index) => [index > 0 ? ", " : "", <Author author={author} of={of} />])}
          </li>
        ) : null}
        {source ? (
          <li>
            Source: <Name {...source} />
          </li>
        ) : null}
      </ul>
    </header>
  );
}

function Attachments({ attachments }: { attachments: NonNullable<Article["attachments"]> }) {
  if (attachments.length === 0) return null;
  return (
    <section class="after" aria-labelledby="attachments">
      <h2 id="attachments" class="label" {...ENGLISH}>
        Attachments
      </h2>
      <ul>
        {attachments.map(({ url, title, mime_type, size_in_bytes }) => (
          <li>
            <Name name={title || fileName(url)} url={url} />{" "}
            <span class="muted" {...ENGLISH}>
              {mime_type}
              {size_in_bytes === undefined ? "" : `, ${fileSize(size_in_bytes)}`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Ending({ article: { url, tags = [] }, of }: { article: Article; of: ReturnType<typeof partsOf> }) {
  const original = webLink(url);
  if (!original && tags.length === 0) return null;
  return (
    <footer class="after">
      {original ? (
        <p class="note" {...ENGLISH}>
          First published at <a href={original}>{host(original)}</a>
        </p>
      ) : null}
      <Tags tags={tags} of={of} />
    </footer>
  );
}

/** The last part of an address's path: the file name of a download. */
function fileName(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname.split("/").findLast(Boolean) ?? url);
  } catch {
    return url; // a percent sign that does not encode UTF-8
  }
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** A number of bytes in decimal units: "1.2 MB". */
function fileSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const format = {
    style: "unit",
    unit: UNITS[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: 1,
  } as const;
  return new Intl.NumberFormat("en-GB", format).format(bytes / 1000 ** power);
}
