import { type AddressPolicy, checkAddress } from "../delivery/addresses.ts";
import { LIMITS } from "../model/limits.ts";
import { fail, ok, type Result } from "../model/result.ts";
import type { Site } from "../model/site.ts";
import { type Download, download } from "./download.ts";

/** An HTML page as it was fetched. */
export interface FetchedPage {
  /** Where it stands: after redirects. */
  url: string;
  bytes: Uint8Array;
  contentType: string;
}

const ACCEPT = "text/html, application/xhtml+xml;q=0.9";

/** Fetches a page by the rules of sources: each address on the way is checked before it is called. */
export async function fetchPage(
  first: string,
  { allowLoopback, site }: Pick<AddressPolicy, "allowLoopback"> & { site: Site },
): Promise<Result<FetchedPage>> {
  let url = first;
  for (let hop = 0; hop <= LIMITS.SOURCE_REDIRECTS; hop++) {
    const checked = checkAddress(url, { allowLoopback, allowHttp: true });
    if (!checked.ok) return refused(checked.reason);
    if (new URL(checked.url).origin === new URL(site.publicUrl).origin)
      return refused("must not lead to this service itself");
    const answer = await download({
      url: checked.url,
      headers: { accept: ACCEPT },
      timeoutMs: LIMITS.SOURCE_TIMEOUT_MS,
      mostBytes: LIMITS.PAGE_BYTES,
    });
    const next = locationOf(answer, checked.url);
    if (next === null) return fetched(answer, checked.url);
    url = next;
  }
  return refused(`redirects more than ${LIMITS.SOURCE_REDIRECTS} times`);
}

const refused = (message: string) => fail({ tag: "invalid", errors: [{ path: "url", message }] });

function locationOf(answer: Download, base: string): string | null {
  if (!answer.ok || ![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const location = answer.headers.get("location") ?? "";
  return location !== "" && URL.canParse(location, base) ? new URL(location, base).href : null;
}

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
