import { distribution, type Envelope, ping } from "../../delivery/websub.ts";
import type { Bindings } from "../../env.ts";
import { combinedDocument } from "../../feeds/combine.ts";
import { disassemble } from "../../feeds/layout.ts";
import { knownTopicAt } from "../../feeds/topic.ts";
import { digest } from "../../model/digest.ts";
import { ownHub } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import { channelOf } from "../stubs.ts";
import type { Terms } from "./store.ts";

/** A topic's current content. */
export interface Content {
  type: string;
  body: string;
  /** Changes with the content. For a filtered feed only with its items: its metadata also changes with other items. */
  tag: string;
}

/** The content of a topic as last published; null if one of its feeds no longer exists. */
export async function contentOf(env: Bindings, site: Site, address: string): Promise<Content | null> {
  const topic = knownTopicAt(address, site.publicUrl);
  if (!topic) return null;
  const { format, filter, path, organizations } = topic;
  const sources: { organization: string; body: string; updatedMs: number }[] = [];
  for (const organization of organizations) {
    const document = await channelOf(env, organization).documents.current(format.name);
    if (!document) return null;
    sources.push({ organization, ...document });
  }
  const type = `${format.mediaType}; charset=utf-8`;
  if (!filter) {
    const body = sources.map((source) => source.body).join("");
    return { type, body, tag: await digest(body) };
  }
  const updatedMs = Math.max(...sources.map((source) => source.updatedMs));
  const body = combinedDocument(format, sources, filter, { site, path, updatedMs });
  const moved = topic.address === address ? [] : [topic.address];
  return { type, body, tag: await digest(...moved, ...disassemble(format.layout, body).items) };
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
  const self = knownTopicAt(topic, site.publicUrl)?.address ?? topic;
  return distribution(content, { hub: ownHub(site), self }, signed ? { method, secret } : null);
}
