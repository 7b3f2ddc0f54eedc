import { absolute } from "./address.ts";
import type { UpstreamFeed } from "./item.ts";

/** Where a feed can be subscribed to (WebSub §4), and under which address. */
export interface Push {
  hub: string;
  topic: string;
}

const LINK = /<([^<>]*)>((?:[^,"<]|"[^"]*")*)/g;
const REL = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))/i;
const LINK_HEADER_CHARACTERS = 8_000;

/** The address of the first link with a relation in a Link header (RFC 8288 §3); null when there is none. */
export function linkIn(header: string | null, rel: string, base: string): string | null {
  for (const [, address, parameters = ""] of (header ?? "").slice(0, LINK_HEADER_CHARACTERS).matchAll(LINK)) {
    const [, quoted, bare = ""] = REL.exec(parameters) ?? [];
    if ((quoted ?? bare).toLowerCase().split(/\s+/).includes(rel)) return absolute(address, base);
  }
  return null;
}

/**
 * The hub of a feed and the feed's own address: the Link header's, else the document's. Null when it names no hub.
 * @param address where the feed was fetched; its own address when it names none
 */
export function pushOf(
  { hub, self }: Pick<UpstreamFeed, "hub" | "self">,
  header: string | null,
  address: string,
): Push | null {
  const named = linkIn(header, "hub", address) ?? hub;
  return named ? { hub: named, topic: linkIn(header, "self", address) ?? self ?? address } : null;
}
