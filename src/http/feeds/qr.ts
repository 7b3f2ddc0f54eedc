import type { Context } from "hono";
import { renderSVG } from "uqr";
import { configuration } from "../../env.ts";
import { FORMATS } from "../../feeds/formats.ts";
import { choiceOf } from "../../feeds/topic.ts";
import { filterQuery } from "../../model/filter.ts";
import { fail } from "../../model/result.ts";
import { isSlug } from "../../model/slug.ts";
import { CACHING, TEXT_VARY } from "../caching.ts";
import type { App } from "../context.ts";
import type { Reply } from "../methods.ts";

/**
 * `/{organization}/qr.svg` and `/qr.svg?organization=…`: the address of the feed beside it as a QR code, for a phone. It says
 * nothing but addresses of feeds, and looks nothing up: a feed that is not there has one, too.
 */
export function qrCode(c: Context<App>): Reply {
  const organization = c.req.param("organization") ?? null;
  const { searchParams } = new URL(c.req.url);
  if (organization !== null && !isSlug(organization)) return fail({ tag: "not-found" });
  const choice = organization === null || searchParams.size > 0 ? choiceOf(organization, searchParams) : null;
  if (choice && !choice.ok) return choice;
  const query = choice ? `?${filterQuery(choice.value.filter)}` : "";
  const path = organization === null ? "/feed" : `/${organization}/feed`;
  const { publicUrl } = configuration(c.env).site;
  const svg = renderSVG(`${publicUrl}${path}.${FORMATS[0]?.name}${query}`, { border: 2 });
  return new Response(svg, {
    headers: {
      "content-type": "image/svg+xml",
      "cache-control": CACHING.static,
      "content-security-policy": "default-src 'none'",
      vary: TEXT_VARY,
    },
  });
}
