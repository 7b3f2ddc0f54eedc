import type { Context } from "hono";
import { canonicalAddress } from "./addresses.ts";
import { CACHING } from "./caching.ts";
import type { App } from "./context.ts";
import { PRIVATE } from "./feeds/answer.ts";

/**
 * Leads a request for another form of an address to the one form. It reads nothing. A preflight is answered as at the one
 * form, because a browser follows no redirect of it (Fetch Standard §4.8).
 */
export async function redirect(
  c: Context<App>,
  next: () => Promise<void>,
  answer: (request: Request) => Response | Promise<Response>,
): Promise<Response | undefined> {
  const { method, url } = c.req.raw;
  const { pathname, search } = new URL(url);
  // An empty query is a form of its own, which `search` does not show.
  const given = search || (url.endsWith("?") ? "?" : "");
  const address = ["GET", "HEAD", "OPTIONS"].includes(method) ? canonicalAddress(pathname, given) : null;
  if (address === null) {
    await next();
    return undefined;
  }
  if (method === "OPTIONS") return answer(new Request(new URL(address, url), c.req.raw));
  const isPrivate = address.startsWith("/private/");
  return new Response(null, {
    status: 308,
    headers: {
      location: address,
      "cache-control": isPrivate ? CACHING.privatePage : CACHING.static,
      "access-control-allow-origin": "*",
      ...(isPrivate ? PRIVATE : {}),
    },
  });
}
