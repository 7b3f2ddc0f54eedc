import type { ElementCompact } from "xml-js";
import type { Article } from "../model/article.ts";
import { mediaType } from "./media.ts";
import type { FeedMetadata } from "./metadata.ts";
import { element, plain, withAttributes } from "./xml.ts";

/** The namespaces of podcasts: Apple's, and the Podcast Index's. */
export const PODCAST_NAMESPACES = {
  "xmlns:itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
  "xmlns:podcast": "https://podcastindex.org/namespace/1.0",
};

type Attachment = NonNullable<Article["attachments"]>[number];

/** Whether an attachment is heard or seen in a player. */
export const isPlayable = ({ mime_type }: Attachment): boolean => /^(audio|video)\//.test(mime_type);

/**
 * The attachment for RSS, which allows one: the first that plays, since a podcast application takes an item whose
 * enclosure is a document for no episode.
 */
export const enclosed = ({ attachments = [] }: Article): Attachment | undefined =>
  attachments.find(isPlayable) ?? attachments[0];

/** What makes an item an episode. */
export function episode(article: Article): ElementCompact {
  const played = enclosed(article);
  if (!played || !isPlayable(played)) return {};
  const { duration_in_seconds: seconds } = played;
  return {
    [EPISODE]: element("full"),
    "itunes:duration": seconds === undefined ? undefined : element(String(Math.round(seconds))),
    "itunes:author": article.authors?.[0] ? plain(article.authors[0].name) : undefined,
    "itunes:image": isCover(article.image) ? withAttributes({ href: article.image }) : undefined,
  };
}

/** An element that every episode has, and no other item. */
const EPISODE = "itunes:episodeType";

/** Whether some items of an RSS document are episodes. */
const hasEpisode = (items: readonly string[]): boolean => items.some((item) => item.includes(`<${EPISODE}>`));

/** Apple takes JPEG and PNG only. */
const isCover = (address: string | undefined): boolean =>
  address !== undefined && /^image\/(jpeg|png)$/.test(mediaType(address) ?? "");

/**
 * What makes a feed a podcast: the elements that Apple requires of a show, and the Podcast Index's `guid`, by which
 * directories know the show after its address changed.
 */
export function show({ podcast, title, author, logo }: FeedMetadata): ElementCompact {
  if (!podcast) return {};
  return {
    "itunes:author": plain(author.name),
    "itunes:type": element("episodic"),
    "itunes:explicit": element("false"),
    "itunes:category": withAttributes({ text: "News" }),
    "itunes:image": isCover(logo) ? withAttributes({ href: logo }) : undefined,
    "itunes:owner": { "itunes:name": plain(title) },
    "podcast:guid": podcast.guid ? element(podcast.guid) : undefined,
    "podcast:locked": element("no"),
    "podcast:medium": element("podcast"),
  };
}

/** The metadata of a document with these items: of a podcast if some are episodes. */
export async function withPodcast(metadata: FeedMetadata, items: readonly string[]): Promise<FeedMetadata> {
  if (!hasEpisode(items)) return metadata;
  // An archive document belongs to the show of its feed.
  return { ...metadata, podcast: { guid: await podcastGuid(`${metadata.current ?? metadata.address}.rss`) } };
}

/** The namespace of the Podcast Index for UUIDs of feeds. */
const GUID_NAMESPACE = "ead4c236bf5858c6a2c6a6b28d128cb6";

/** A show's `podcast:guid`: the UUID (version 5, RFC 9562 §5.5) of its address without the scheme. */
export async function podcastGuid(address: string): Promise<string> {
  const name = address.replace(/^https?:\/\//, "").replace(/\/+$/, "");
  const namespace = Uint8Array.from(GUID_NAMESPACE.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const text = new TextEncoder().encode(name);
  const input = new Uint8Array([...namespace, ...text]);
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-1", input)).slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
