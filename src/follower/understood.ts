import { plainText } from "../feeds/content.ts";
import { decoded } from "../intake/upstream/charset.ts";
import { readFeed } from "../intake/upstream/feed.ts";
import { type Push, pushOf } from "../intake/upstream/hub.ts";
import type { UpstreamFeed } from "../intake/upstream/item.ts";
import { type Candidate, candidatesOf } from "../intake/upstream/news.ts";
import { type Polled, type SourceStanding, untried } from "../intake/upstream/schedule.ts";
import { digest } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import type { Reach } from "../store/source-address.ts";
import { isZipped, unzipped } from "../store/unzip.ts";
import { ask, type UpstreamDocument } from "./fetch.ts";

/** The result of a poll, and the items of a changed document. */
export interface Understood {
  polled: Polled;
  candidates: Candidate[];
  /** Where it can be subscribed to; only of a document that was read. */
  push?: Push | null;
  /** The address that it calls its own. */
  self?: string | null;
}

/** Reads a source's document, or the document it has moved to; at the first poll also further pages. */
export async function understood(
  document: UpstreamDocument,
  before: SourceStanding,
  reach: Reach,
): Promise<Understood> {
  const { status, address, keptSeconds, etag, lastModified } = document;
  const text = await textOf(document);
  const said = text === null ? null : await digest(text);
  if (said !== null && said === before.digest) {
    const validators = { etag, lastModified };
    return { polled: { kind: "unchanged", status, address, keptSeconds, validators }, candidates: [] };
  }
  const feed = text === null ? null : readFeed(text, document.base);
  if (!feed) {
    const error = isZipped(document.bytes)
      ? "What stands at its address is compressed by gzip, and cannot be read as a feed."
      : "What stands at its address cannot be read as a feed.";
    return { polled: { kind: "failed", status, error, retryAtMs: null }, candidates: [] };
  }
  const moved = await movedTo(feed, document, before, reach);
  if (moved) return understood(moved, before, reach);
  const { title, keptMinutes, skipHours } = feed;
  const validators = { etag, lastModified, digest: said };
  const wish = { keptMinutes, skipHours };
  const items = before.digest === null ? await withOlderItems(feed, reach) : feed.items;
  return {
    polled: { kind: "read", status, address, keptSeconds, wish, validators, title },
    push: pushOf(feed, document.links, document.base),
    self: feed.self,
    candidates: await candidatesOf({ ...feed, items }, new URL(address).hostname, reach.site, plainText),
  };
}

/** The text of a document. Some servers send gzip without Content-Encoding. Null if it cannot be decompressed. */
async function textOf({ bytes, contentType }: UpstreamDocument): Promise<string | null> {
  const plain = isZipped(bytes) ? await unzipped(bytes, LIMITS.SOURCE_BYTES) : bytes;
  return plain && decoded(plain, contentType);
}

/** The document at another URL; null if there is none. */
async function documentAt(
  url: string,
  before: SourceStanding,
  reach: Reach,
): Promise<UpstreamDocument | null> {
  const answer = await ask({ ...before, address: url, etag: null, lastModified: null }, reach);
  return answer.kind === "document" ? answer : null;
}

/** The document at a feed's `itunes:new-feed-url`, if it is a feed that does not move again. */
async function movedTo(
  feed: UpstreamFeed,
  { address, base }: UpstreamDocument,
  before: SourceStanding,
  reach: Reach,
): Promise<UpstreamDocument | null> {
  const to = feed.movedTo;
  if (!to || to === address || to === base || to === before.address) return null;
  const there = await documentAt(to, before, reach);
  const text = there && (await textOf(there));
  const found = there && text && readFeed(text, there.base);
  return found && (!found.movedTo || found.movedTo === to || found.movedTo === there.address) ? there : null;
}

/** The items of a feed and its next pages (`rel="next"`), up to the limit of items. */
async function withOlderItems(feed: UpstreamFeed, reach: Reach): Promise<UpstreamFeed["items"]> {
  const items = [...feed.items];
  const seen = new Set<string>();
  let { next } = feed;
  while (
    next &&
    !seen.has(next) &&
    seen.size < LIMITS.SOURCE_FIRST_PAGES - 1 &&
    items.length < LIMITS.SOURCE_FIRST_ITEMS
  ) {
    seen.add(next);
    const page = await documentAt(next, untried(next, null), reach);
    const text = page && (await textOf(page));
    const older = page && text ? readFeed(text, page.base) : null;
    items.push(...(older?.items ?? []));
    next = older?.next ?? null;
  }
  return items;
}
