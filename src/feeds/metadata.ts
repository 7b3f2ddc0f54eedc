import { addressOf, hubsOf, type Organization } from "../model/organization.ts";
import type { Site } from "../model/site.ts";

/** An article that has left a feed. */
export interface Tombstone {
  /** The item's id. */
  id: string;
  withdrawnMs: number;
}

/** The metadata of a feed, for every format. */
export interface FeedMetadata {
  /** The feed's id: a `tag:` URI. */
  id: string;
  title: string;
  description: string;
  /** The page of the feed. */
  homepage: string;
  language: string;
  /** IANA. */
  timeZone?: string;
  logo?: string;
  /** The author of items that name none. */
  author: { name: string; url: string };
  /** The document's own address without its ending: `https://…/icesco/feed`. */
  address: string;
  /** The query of a filtered feed's address: `?tag=…`. */
  query?: string;
  /** When the feed last changed for subscribers; milliseconds since 1970. */
  updatedMs: number;
  /** A sensible number of minutes between polls. */
  pollMinutes?: number;
  /** RFC 5005: the archive document before this one; its address without ending. */
  previous?: string;
  /** RFC 5005: of an archive document, the feed that it is an archive of; its address without ending. */
  current?: string;
  /** WebSub §4: the hubs. */
  hubs?: readonly string[];
  /** Set when some items are episodes; `guid` is the show's, where the document is the show. */
  podcast?: { guid?: string };
  /** Recently withdrawn articles. */
  tombstones?: readonly Tombstone[];
}

/** What a feed says of an organization that says nothing of itself: RSS wants a description. */
export const descriptionOf = (name: string): string => `News of ${name}`;

/** The metadata of an organization's feed. */
export function feedMetadata(organization: Organization, site: Site, updatedMs: number): FeedMetadata {
  const page = `${site.publicUrl}/${addressOf(organization)}`;
  return {
    id: `tag:${site.tagAuthority}:organization/${organization.slug}`,
    title: organization.name,
    description: organization.description || descriptionOf(organization.name),
    homepage: page,
    language: organization.language,
    ...(organization.time_zone ? { timeZone: organization.time_zone } : {}),
    ...(organization.logo ? { logo: organization.logo } : {}),
    author: { name: organization.name, url: organization.homepage ?? page },
    address: `${page}/feed`,
    hubs: hubsOf(organization, site),
    updatedMs,
  };
}

/** A document's own address in a format. */
export function selfAddress(metadata: FeedMetadata, ending: string): string {
  return `${metadata.address}.${ending}${metadata.query ?? ""}`;
}
