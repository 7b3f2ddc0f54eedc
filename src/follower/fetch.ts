import { retryAfterMs } from "../delivery/retry-after.ts";
import { sourceTimeoutMsAfter } from "../delivery/timeout.ts";
import { freshSeconds, type Polled, type SourceStanding } from "../intake/upstream/schedule.ts";
import { LIMITS } from "../model/limits.ts";
import type { Download } from "../store/download.ts";
import { downloadFollowing } from "../store/redirects.ts";
import type { Reach } from "../store/source-address.ts";

/** A document at a source's URL. */
export interface UpstreamDocument {
  kind: "document";
  status: number;
  /** The new URL of the source, after permanent redirects only. */
  address: string;
  /** The URL of the document, after all redirects. */
  base: string;
  bytes: Uint8Array;
  contentType: string;
  etag: string | null;
  lastModified: string | null;
  /** Its `Link` header. */
  links: string | null;
  keptSeconds: number;
}

const ACCEPT =
  "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1";

/** Requests a source's document, conditionally, and follows redirects. */
export async function ask(
  { address, etag, lastModified, timeouts = 0 }: SourceStanding,
  reach: Reach,
): Promise<UpstreamDocument | Exclude<Polled, { kind: "read" }>> {
  const headers = {
    accept: ACCEPT,
    ...(etag ? { "if-none-match": etag } : {}),
    ...(lastModified ? { "if-modified-since": lastModified } : {}),
  };
  const timeoutMs = sourceTimeoutMsAfter(timeouts);
  const startedMs = Date.now();
  const found = await downloadFollowing(address, reach, headers, {
    mostBytes: LIMITS.SOURCE_BYTES,
    timeoutMs,
  });
  if (found.ok && !found.answer.ok && Date.now() - startedMs >= timeoutMs)
    return { ...failed(null, found.answer.detail), isLate: true };
  if (found.ok) return outcomeOf(found.answer, found.permanent, found.url);
  return failed(null, `${found.of === "address" ? "Its address" : "It"} ${found.reason}.`);
}

const failed = (
  status: number | null,
  error: string,
  retryAtMs: number | null = null,
): Polled & { kind: "failed" } => ({
  kind: "failed",
  status,
  error,
  retryAtMs,
});

function outcomeOf(
  answer: Download,
  address: string,
  base: string,
): UpstreamDocument | Exclude<Polled, { kind: "read" }> {
  if (!answer.ok) return failed(answer.status, answer.detail);
  const { status, headers, bytes } = answer;
  const now = Date.now();
  const keptSeconds = freshSeconds(headers, now);
  if (status === 304) return { kind: "unchanged", status, address, keptSeconds };
  if (status === 410) return { kind: "gone" };
  if (status < 200 || status > 299) {
    const asked = status === 429 || status === 503 ? headers.get("retry-after") : null;
    return failed(status, `The publisher answered ${status}.`, asked ? retryAfterMs(asked, now) : null);
  }
  return {
    kind: "document",
    status,
    address,
    base,
    bytes,
    contentType: headers.get("content-type") ?? "",
    etag: headers.get("etag"),
    lastModified: headers.get("last-modified"),
    links: headers.get("link"),
    keptSeconds,
  };
}
