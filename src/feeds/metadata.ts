import { hubsOf, type Organization } from "../model/organization.ts";
import type { Site } from "../model/site.ts";

/** An article that has left a feed. */
export interface Tombstone {
  /** The item's id. */
  id: string;
  withdrawnMs: number;
}

/** What stands above the items of a document, in every format. */
export interface FeedMetadata {
  /** The feed's id: a `tag:` URI. */
  id: string;
  title: string;
  description: string;
  /** The page that the feed is a feed of. */
  homepage: string;
  language: string;
  logo?: string;
  /** Who speaks where an item names no author. */
  author: { name: string; url: string };
  /** The document's own address without its ending: `https://…/icesco/feed`. */
  address: string;
  /** What follows the ending in the address of a filtered feed: `?tag=…`. */
  query?: string;
  /** When a subscriber last had something new to see; milliseconds since 1970. */
  updatedMs: number;
  /** Minutes between polls that miss little. */
  pollMinutes?: number;
  /** RFC 5005: the archive document before this one; its address without ending. */
  previous?: string;
  /** RFC 5005: of an archive document, the feed that it is an archive of; its address without ending. */
  current?: string;
  /** WebSub §4: who tells subscribers of changes. */
  hubs?: readonly string[];
  /** Articles that have left lately. */
  tombstones?: readonly Tombstone[];
}

/** The metadata of an organization's feed. */
export function feedMetadata(organization: Organization, site: Site, updatedMs: number): FeedMetadata {
  const page = `${site.publicUrl}/${organization.slug}`;
  return {
    id: `tag:${site.tagAuthority}:organization/${organization.slug}`,
    title: organization.name,
    description: organization.description || `News of ${organization.name}`,
    homepage: page,
    language: organization.language,
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
