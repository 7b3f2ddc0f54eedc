import { LIMITS } from "../model/limits.ts";
import { type Download, type DownloadRequest, download } from "./download.ts";
import { checkSource, type Reach } from "./source-address.ts";

/** What came at the end of the redirects; or why an address was not called. */
export type Followed =
  | {
      ok: true;
      answer: Download;
      /** Where it came from. */
      url: string;
      /** Where that is from now on: after the redirects that are permanent, and no others. */
      permanent: string;
    }
  | { ok: false; of: "address" | "redirects"; reason: string };

/** How the service calls itself where it reads. */
export const readerName = ({ site }: Pick<Reach, "site">): string => `Communique/1 (+${site.publicUrl}/)`;

/**
 * Fetches a document of the web. Follows redirects: each address is checked before it is called.
 * @param timeoutMs for all of them together
 */
export async function downloadFollowing(
  first: string,
  reach: Reach,
  headers: Record<string, string>,
  { mostBytes, timeoutMs }: Pick<DownloadRequest, "mostBytes" | "timeoutMs">,
): Promise<Followed> {
  const untilMs = Date.now() + timeoutMs;
  let url = first;
  let permanent = first;
  for (let hop = 0; hop <= LIMITS.SOURCE_REDIRECTS; hop++) {
    const checked = checkSource(url, reach);
    if (!checked.ok) return { ok: false, of: "address", reason: checked.reason };
    const answer = await download({
      url: checked.url,
      headers: { "user-agent": readerName(reach), ...headers },
      timeoutMs: Math.max(1, untilMs - Date.now()),
      mostBytes,
    });
    const next = locationOf(answer, checked.url);
    if (next === null) return { ok: true, answer, url: checked.url, permanent };
    // RFC 9110 §15.4: 301 and 308 are for good, unless the way there was only for now.
    if (permanent === url && (answer.status === 301 || answer.status === 308)) permanent = next;
    url = next;
  }
  return { ok: false, of: "redirects", reason: `redirects more than ${LIMITS.SOURCE_REDIRECTS} times` };
}

function locationOf(answer: Download, base: string): string | null {
  if (!answer.ok || ![301, 302, 303, 307, 308].includes(answer.status)) return null;
  const location = answer.headers.get("location") ?? "";
  return location !== "" && URL.canParse(location, base) ? new URL(location, base).href : null;
}
