import { FORMATS } from "../../feeds/formats.ts";

/** The organization whose feeds are linked. */
export interface FeedsOf {
  slug: string;
  name: string;
  publicUrl: string;
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
export function organizationUrl({ slug, publicUrl }: Omit<FeedsOf, "name">): string {
  return `${publicUrl}/${slug}`;
}

/** The feeds of an organization, as visible links. */
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

/** The feeds of an organization, for feed autodiscovery (RFC 8288 `alternate`). */
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
