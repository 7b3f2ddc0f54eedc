import { directoryOf } from "../objects/stubs.ts";
import { isToBeHandedOn, takeTally, tallyAll } from "../store/tally.ts";
import { CACHING } from "./caching.ts";
import type { Visit } from "./context.ts";
import { requestIdOf } from "./request-id.ts";

/** The headers that every answer has. */
export function commonHeaders({ PUBLIC_URL }: { PUBLIC_URL?: string }): Record<string, string> {
  return {
    "x-content-type-options": "nosniff",
    ...(PUBLIC_URL?.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {}),
  };
}

/** Hands on what this isolate has counted, now and then. */
export function handOnCounts({ env, executionCtx }: Visit): void {
  if (isToBeHandedOn(Date.now())) executionCtx.waitUntil(handOn(env));
}

async function handOn(env: Visit["env"]): Promise<void> {
  const counts = takeTally();
  try {
    await directoryOf(env).metrics.add(counts);
  } catch {
    tallyAll(counts); // no object answers: the counts stay here
  }
}

/** Whether caches may show an answer to others: a request id in it would be that of somebody else's request. */
const isShared = (headers: Headers): boolean => headers.get("cache-control")?.startsWith("public") ?? false;

/** Completes an answer, whoever made it: the headers that every answer has. Hands on what this isolate has counted. */
export function finish({ headers, status }: Response, path: string, c: Visit): void {
  handOnCounts(c);
  for (const [name, value] of Object.entries(commonHeaders(c.env))) headers.set(name, value);
  // Without it, caches choose a lifetime themselves (RFC 9111 §4.2.2); Cloudflare's keeps a 404 for three minutes.
  if (!headers.has("cache-control")) headers.set("cache-control", CACHING.none);
  // The address holds a reader's key: also that of a failure.
  if (path.startsWith("/private/")) headers.set("referrer-policy", "no-referrer");
  const isOfApi = status >= 500 || path.startsWith("/api/v1/");
  if (isOfApi && !isShared(headers)) headers.set("request-id", requestIdOf(c.req.raw));
}
