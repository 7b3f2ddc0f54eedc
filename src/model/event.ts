import * as v from "valibot";
import { ShownArticle } from "./article.ts";
import { digest } from "./digest.ts";

/** What can happen to an article in a channel. */
export const ArticleEventType = v.picklist(["article.published", "article.updated", "article.withdrawn"]);
export type ArticleEventType = v.InferOutput<typeof ArticleEventType>;

/** What can happen to a webhook; told to the other webhooks of its organization that ask for it. */
export const OperationalEventType = v.picklist([
  "endpoint.failing",
  "endpoint.disabled",
  "delivery.exhausted",
]);
export type OperationalEventType = v.InferOutput<typeof OperationalEventType>;

/** Everything that a webhook can ask for. */
export const EventType = v.picklist([...ArticleEventType.options, ...OperationalEventType.options]);
export type EventType = v.InferOutput<typeof EventType>;

/** What a message can be: an event, or a test that was asked for. */
export const MessageType = v.picklist([...EventType.options, "webhook.test"]);
export type MessageType = v.InferOutput<typeof MessageType>;

/** One thing that happened in one channel. Its `data` is what consumers get. */
export interface ChannelEvent {
  /** Position in the channel, counted from 1. */
  seq: number;
  type: MessageType;
  /** The article's id. What is about a webhook has `webhook:` and its id: no article is called so. */
  article_id: string;
  /** Which version of the article in this channel, or which notice about the webhook, counted from 1. */
  revision: number;
  /** Milliseconds since 1970. */
  at: number;
  /** The JSON of {@link EventData} or {@link WebhookEventData}. */
  data: string;
}

const ShownOrganization = v.object({ slug: v.string(), name: v.string(), page_url: v.string() });

/** `data` of an article event's body. */
export const EventData = v.object({ organization: ShownOrganization, article: ShownArticle });
export type EventData = v.InferOutput<typeof EventData>;

/** `data` of what is about a webhook. Of its address only the origin is told: a path may be a secret. */
export interface WebhookEventData {
  organization: v.InferOutput<typeof ShownOrganization>;
  webhook: { id: string; description: string; origin: string };
  [detail: string]: unknown;
}

/** What the events about a webhook carry in place of an article's id. */
export const aboutWebhook = (webhookId: string): string => `webhook:${webhookId}`;

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
