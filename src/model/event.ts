import * as v from "valibot";
import type { Article } from "./article.ts";
import { digest } from "./digest.ts";
import type { Organization } from "./organization.ts";

/** What can happen to an article in a channel. */
export const EventType = v.picklist(["article.published", "article.updated", "article.withdrawn"]);
export type EventType = v.InferOutput<typeof EventType>;

/** One thing that happened in one channel. Its `data` is what consumers get. */
export interface ChannelEvent {
  /** Position in the channel, counted from 1. */
  seq: number;
  type: EventType;
  article_id: string;
  /** Which version of the article in this channel, counted from 1. */
  revision: number;
  /** Milliseconds since 1970. */
  at: number;
  /** The JSON of {@link EventData}. */
  data: string;
}

/** `data` of an event's body. */
export interface EventData {
  organization: Pick<Organization, "slug" | "name"> & { page_url: string };
  article: Article & { page_url: string };
}

/**
 * An event's id for one endpoint, and the `webhook-id` of its every try: derived, never drawn, so that whoever
 * meets the event twice gives it the same name.
 */
export async function eventId(
  organization: string,
  articleId: string,
  revision: number,
  endpointId: string,
): Promise<string> {
  return `evt_${await digest(organization, articleId, revision, endpointId)}`;
}
