import { FORMATS } from "../../feeds/formats.ts";

/** Which feeds are meant: an organization's. */
export interface FeedsOf {
  slug: string;
  name: string;
  publicUrl: string;
}

/** A web address as it is; nothing for any other, since a record may have come in by another program's hand. */
export function webLink(address: string | undefined): string | undefined {
  return address && /^https?:\/\//i.test(address) ? address : undefined;
}

/** The host that an address leads to, as people say it. */
export function host(address: string): string {
  return URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, "") : address;
}

/** A name, as a link where there is an address; set apart from the direction of the words around it. */
export function Name({ name, url }: { name: string; url?: string | undefined }) {
  const href = webLink(url);
  return <bdi>{href ? <a href={href}>{name}</a> : name}</bdi>;
}

/** The address of an organization's page; `/feed.rss` and the like follow it. */
export function organizationUrl({ slug, publicUrl }: Omit<FeedsOf, "name">): string {
  return `${publicUrl}/${slug}`;
}

/** The feeds of an organization for people to see. */
export function FeedLinks(of: FeedsOf) {
  return (
    <ul class="feeds" aria-label={`Feeds of ${of.name}`} lang="en">
      {FORMATS.map((format) => (
        <li>
          <a href={`${organizationUrl(of)}/feed.${format.name}`} type={format.mediaType}>
            <svg viewBox="0 0 16 16" aria-hidden="true">
              <path d="M2 2a12 12 0 0 1 12 12M2 8a6 6 0 0 1 6 6M2.5 13.5h.1" stroke-linecap="round" />
            </svg>
            {format.title}
          </a>
        </li>
      ))}
    </ul>
  );
}

/** The feeds of an organization for programs to find (RFC 8288 `alternate`; "feed autodiscovery"). */
export function FeedDiscovery(of: FeedsOf) {
  return (
    <>
      {FORMATS.map((format) => (
        <link
          rel="alternate"
          type={format.mediaType}
          title={`${of.name} (${format.title})`}
          href={`${organizationUrl(of)}/feed.${format.name}`}
        />
      ))}
    </>
  );
}
