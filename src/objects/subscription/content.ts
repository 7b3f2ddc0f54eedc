import { distribution, type Envelope, ping } from "../../delivery/websub.ts";
import type { Bindings } from "../../env.ts";
import { disassemble } from "../../feeds/layout.ts";
import { readListing } from "../../feeds/listing.ts";
import { knownTopicAt } from "../../feeds/topic.ts";
import { digest } from "../../model/digest.ts";
import { ownHub } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import { feedPath } from "../../store/documents.ts";
import { type Content, plainContent, typeOf } from "../content.ts";
import { filtered } from "../filtered.ts";
import { channelOf } from "../stubs.ts";
import type { Terms } from "./store.ts";

/** The content of a topic as last published; null if one of its feeds no longer exists. */
export async function contentOf(
  env: Bindings,
  site: Site,
  { topic: address, keys = {} }: Pick<Terms, "topic" | "keys">,
): Promise<Content | null> {
  const topic = knownTopicAt(address, site.publicUrl);
  if (!topic) return null;
  const { format, filter, path, organizations } = topic;
  const documents: { organization: string; body: string; listing: string; address: string }[] = [];
  for (const organization of organizations) {
    const document = await channelOf(env, keys[organization] ?? organization).documents.current(format.name);
    if (!document) return null;
    documents.push({ organization, ...document });
  }
  if (!filter) {
    const [only] = documents;
    return only
      ? plainContent(format, only.body, `${site.publicUrl}/${feedPath(only.address, format.name)}`)
      : null;
  }
  const sources = documents.map(({ organization, body, listing }) => ({
    organization,
    body: new TextEncoder().encode(body),
    // Of a document from before 26 November 2026 it is not known whether an archive continues it: the channel is asked.
    listing: readListing(listing, format, () => body, 1),
  }));
  const [of = ""] = path === "/feed" ? [] : organizations;
  const key = keys[of] ?? of;
  const made = await filtered(env, { site, format, filter, path, of: of || null, key, sources });
  const moved = topic.address === address ? [] : [topic.address];
  const body = new TextDecoder().decode(made.body);
  const tag = await digest(...moved, ...disassemble(format.layout, body).items);
  return { type: typeOf(format), body, tag };
}

/** The request to send: the content to a subscriber, a ping to another hub. */
export async function envelopeOf(
  { topic, method, signed }: Terms,
  secret: string,
  content: Content | null,
  site: Site,
): Promise<Envelope> {
  if (content === null) return ping(topic);
  // Subscribers from before a move learn the feed's current address (WebSub §7: the rel=self of what they are sent).
  const self = content.self ?? knownTopicAt(topic, site.publicUrl)?.address ?? topic;
  return distribution(content, { hub: ownHub(site), self }, signed ? { method, secret } : null);
}
