import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Download } from "./download.ts";
import { downloadFollowing } from "./redirects.ts";
import type { Reach } from "./source-address.ts";

/** An HTML page as it was fetched. */
export interface FetchedPage {
  /** Where it stands: after redirects. */
  url: string;
  bytes: Uint8Array;
  contentType: string;
}

const BOUNDS = { mostBytes: LIMITS.PAGE_BYTES, timeoutMs: LIMITS.SOURCE_TIMEOUT_MS };

const ACCEPT = "text/html, application/xhtml+xml;q=0.9";

/** Fetches a page by the rules of sources. */
export async function fetchPage(first: string, reach: Reach): Promise<Result<FetchedPage>> {
  const found = await downloadFollowing(first, reach, { accept: ACCEPT }, BOUNDS);
  return found.ok ? fetched(found.answer, found.url) : refused(found.reason);
}

const refused = (message: string) => fail({ tag: "invalid", errors: [{ path: "url", message }] });

function fetched(answer: Download, url: string): Result<FetchedPage> {
  if (!answer.ok) return refused(`cannot be fetched: ${answer.detail}`);
  if (answer.status < 200 || answer.status > 299)
    return refused(`cannot be fetched: it answered ${answer.status}`);
  const contentType = answer.headers.get("content-type") ?? "";
  if (contentType !== "" && !/^(?:text\/html|application\/xhtml\+xml)\b/i.test(contentType)) {
    return refused(`leads to no HTML page, but to ${contentType.slice(0, 60)}`);
  }
  return ok({ url, bytes: answer.bytes, contentType });
}
