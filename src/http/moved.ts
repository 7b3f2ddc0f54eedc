import { CACHING } from "./caching.ts";
import type { Visit } from "./context.ts";

/**
 * Leads a request for a feed or a page to the organization's present address, with all that follows it: an ending, a query
 * (RFC 9110 §15.4.2). It is kept for a minute only: an organization can return to an address, and a redirect that a browser
 * keeps for ever would then lead in a circle.
 */
export function leadAlong({ req }: Pick<Visit, "req">, address: string): Response {
  const { pathname, search } = new URL(req.raw.url);
  const rest = pathname.split("/").slice(2);
  return new Response(null, {
    status: 301,
    headers: {
      location: ["", address, ...rest].join("/") + search,
      "cache-control": CACHING.page,
      "access-control-allow-origin": "*",
    },
  });
}
