import { plainText } from "../../feeds/content.ts";
import { decoded } from "../../intake/upstream/charset.ts";
import { readFeed } from "../../intake/upstream/feed.ts";
import { type Candidate, candidatesOf } from "../../intake/upstream/news.ts";
import type { Polled, SourceStanding } from "../../intake/upstream/schedule.ts";
import { digest } from "../../model/digest.ts";
import type { Site } from "../../model/site.ts";
import type { UpstreamDocument } from "./poll.ts";

/** What a poll came to, and the items of the document if it says something new. */
export interface Understood {
  polled: Polled;
  candidates: Candidate[];
}

/** Reads a document that a source has sent. */
export async function understood(
  document: UpstreamDocument,
  before: SourceStanding,
  site: Site,
): Promise<Understood> {
  const { status, address, base, keptSeconds, etag, lastModified } = document;
  const text = decoded(document.bytes, document.contentType);
  const said = await digest(text);
  if (said === before.digest) {
    const validators = { etag, lastModified };
    return { polled: { kind: "unchanged", status, address, keptSeconds, validators }, candidates: [] };
  }
  const feed = readFeed(text, base);
  if (!feed) {
    const error = "What stands at its address cannot be read as a feed.";
    return { polled: { kind: "failed", status, error, retryAtMs: null }, candidates: [] };
  }
  const { title, keptMinutes, skipHours } = feed;
  const validators = { etag, lastModified, digest: said };
  const wish = { keptMinutes, skipHours };
  return {
    polled: { kind: "read", status, address, keptSeconds, wish, validators, title },
    candidates: await candidatesOf(feed, new URL(address).hostname, site, plainText),
  };
}
