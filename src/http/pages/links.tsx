import { html, raw } from "hono/html";
import { FORMATS } from "../../feeds/formats.ts";
import { filterOf, filterQuery } from "../../model/filter.ts";
import { useLocale } from "./locale.ts";

/** Written once: a page has hundreds of them. */
const FEED_ICON = raw(
  String(
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d="M2 2a12 12 0 0 1 12 12M2 8a6 6 0 0 1 6 6M2.5 13.5h.1" stroke-linecap="round" />
    </svg>,
  ),
);
const OUTWARD_ICON = raw(
  String(
    <svg viewBox="0 0 16 16" aria-hidden="true">
      <path d="M6 3H3v10h10v-3M9 3h4v4M13 3 7 9" />
    </svg>,
  ),
);

/** The organization whose feeds are linked. */
export interface FeedsOf {
  slug: string;
  name: string;
  publicUrl: string;
  /** Where its feeds are if it is a part of the organization's, or of several, or private. */
  at?: FeedAddress | undefined;
}

/** The address of a feed: what stands before its ending, and after it. */
export interface FeedAddress {
  path: string;
  query: string;
}

/** The address of one of the feeds. */
export const feedUrl = (of: Omit<FeedsOf, "name">, ending: string): string =>
  of.at ? `${of.publicUrl}${of.at.path}.${ending}${of.at.query}` : `${organizationUrl(of)}/feed.${ending}`;

/** What an article has that leads to a part of an organization's feed. */
export interface Choice {
  field: "tag" | "author";
  value: string;
}

/** The query of the page and the feeds of what is chosen; empty if none can: a comma separates values. */
const queryOf = ({ field, value }: Choice): string =>
  value.includes(",") ? "" : `?${filterQuery(filterOf(field, value))}`;

/**
 * A tag or author, as a link to all articles of an organization that have it, with their feed. Not JSX: a page has hundreds,
 * and they took twice as long as all the rest of it.
 */
export function ChoiceLink({ choice, of }: { choice: Choice; of: Omit<FeedsOf, "name" | "at"> }) {
  const { words, own } = useLocale();
  const query = queryOf(choice);
  const [format] = FORMATS;
  const { value } = choice;
  if (!query || !format) return <bdi>{value}</bdi>;
  const page = organizationUrl(of);
  const feed = `${page}/feed.${format.name}${query}`;
  return html`<a href="${page + query}" rel="tag" dir="auto">${value}</a><a class="feed" href="${feed}" type="${format.mediaType}" aria-label="${words.feedOf(value)}" lang="${own.lang}">${FEED_ICON}</a>`;
}

/** An author: the name leads to all articles of the author, with their feed; the author's own address follows. */
export function Author({
  author,
  of,
}: {
  author: { name: string; url?: string | undefined };
  of: Omit<FeedsOf, "name" | "at"> | null;
}) {
  const { words, own } = useLocale();
  if (!of) return <Name {...author} />;
  const website = webLink(author.url);
  return (
    <>
      <ChoiceLink choice={{ field: "author", value: author.name }} of={of} />
      {website ? (
        <a class="feed" href={website} aria-label={words.websiteOf(author.name)} lang={own.lang}>
          {OUTWARD_ICON}
        </a>
      ) : null}
    </>
  );
}

/** Tags, each with its page and feed if there are any. */
export function Tags({ tags, of }: { tags: readonly string[]; of: Omit<FeedsOf, "name" | "at"> | null }) {
  const { words } = useLocale();
  if (tags.length === 0) return null;
  return (
    <ul class="tags" aria-label={words.tags}>
      {tags.map((tag) => (
        <li>{of ? <ChoiceLink choice={{ field: "tag", value: tag }} of={of} /> : <bdi>{tag}</bdi>}</li>
      ))}
    </ul>
  );
}

/** A web address, or nothing if it is none: another program may have written the record. */
export function webLink(address: string | undefined): string | undefined {
  return address && /^https?:\/\//i.test(address) ? address : undefined;
}

/** The host of an address, without `www.`. */
export function host(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, "") : address;
}

/** A name, as a link if it has an address. Its direction is isolated from the text around it. */
export function Name({ name, url }: { name: string; url?: string | undefined }) {
  const href = webLink(url);
  return <bdi>{href ? <a href={href}>{name}</a> : name}</bdi>;
}

/** The address of an organization's page, which those of its feeds begin with. */
export function organizationUrl({ slug, publicUrl }: Pick<FeedsOf, "slug" | "publicUrl">): string {
  return `${publicUrl}/${slug}`;
}

/** The feeds of an organization, as visible links. */
export function FeedLinks(of: FeedsOf) {
  const { words, own } = useLocale();
  return (
    <ul class="feeds" aria-label={words.feedsOf(of.name)} lang={own.lang}>
      {FORMATS.map((format) => (
        <li>
          <a href={feedUrl(of, format.name)} type={format.mediaType}>
            {FEED_ICON}
            {format.title}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The feeds of an organization, for feed autodiscovery (RFC 8288 `alternate`). */
export function FeedDiscovery(of: FeedsOf) {
  return (
    <>
      {FORMATS.map((format) => (
        <link
          rel="alternate"
          type={format.mediaType}
          title={`${of.name} (${format.title})`}
          href={feedUrl(of, format.name)}
        />
      ))}
    </>
  );
}
