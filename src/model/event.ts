import * as v from "valibot";
import { ShownArticle } from "./article.ts";
import { digest } from "./digest.ts";

/** The types of events about articles. */
export const ArticleEventType = v.picklist(["article.published", "article.updated", "article.withdrawn"]);
export type ArticleEventType = v.InferOutput<typeof ArticleEventType>;

/** The types of events about webhooks, sent to the organization's other webhooks that ask for them. */
export const OperationalEventType = v.picklist([
  "endpoint.failing",
  "endpoint.disabled",
  "endpoint.recovered",
  "endpoint.secret_rotated",
  "delivery.exhausted",
]);
export type OperationalEventType = v.InferOutput<typeof OperationalEventType>;

/** Every event type that a webhook can ask for. */
export const EventType = v.picklist([...ArticleEventType.options, ...OperationalEventType.options]);
export type EventType = v.InferOutput<typeof EventType>;

/** The type of a message: that of an event, or a test. */
export const MessageType = v.picklist([...EventType.options, "webhook.test"]);
export type MessageType = v.InferOutput<typeof MessageType>;

/** An event of a channel. Consumers receive its `data`. */
export interface ChannelEvent {
  /** Position in the channel, counted from 1: its `sequence` in a body. */
  seq: number;
  type: MessageType;
  /** The article's id. An event about a webhook has `webhook:` and its id, which no article can have. */
  article_id: string;
  /** Which version of the article in this channel, counted from 1. Of an event about a webhook, its position again. */
  revision: number;
  /** Milliseconds since 1970. */
  at: number;
  /** The JSON of {@link EventData} or {@link WebhookEventData}. */
  data: string;
}

/** An event's place as bodies show it. */
export const sequence = v.pipe(
  v.number(),
  v.description("Counts the organization's events from 1: ignore what is older than what you have."),
);

const ShownOrganization = v.object({ slug: v.string(), name: v.string(), page_url: v.string() });

/** An organization of an event for a shared webhook, and the event's place and id there. */
export const ToldOrganization = v.object({
  ...ShownOrganization.entries,
  sequence: v.pipe(v.number(), v.description("The event's sequence in this organization.")),
  revision: v.pipe(v.number(), v.description("The article's revision in this organization.")),
  event_id: v.pipe(v.string(), v.description("The event's id in this organization's feeds and events.")),
});
export type ToldOrganization = v.InferOutput<typeof ToldOrganization>;

/** `data` of an article event's body. */
export const EventData = v.object({
  organization: ShownOrganization,
  organizations: v.exactOptional(
    v.pipe(
      v.array(ToldOrganization),
      v.description(
        "For a shared webhook: each of its organizations that has the article. `organization` is the first.",
      ),
    ),
  ),
  article: v.object({
    ...ShownArticle.entries,
    revision: v.pipe(
      v.number(),
      v.description(
        "Counts the article's announcements by this organization from 1: the highest is the newest state.",
      ),
    ),
  }),
});
export type EventData = v.InferOutput<typeof EventData>;

/** A webhook that an event is about. */
export const AlertedWebhook = v.object({ id: v.string(), description: v.string(), origin: v.string() });

/** `data` of an event about a webhook. It shows the address's origin only: a path can be a secret. */
export interface WebhookEventData {
  organization: v.InferOutput<typeof ShownOrganization>;
  webhook: v.InferOutput<typeof AlertedWebhook>;
  [detail: string]: unknown;
}

/** The value of `article_id` in events about a webhook. */
export const aboutWebhook = (webhookId: string): string => `webhook:${webhookId}`;

/**
 * An event's id: the same in the feed, at every webhook, at each attempt and in the list of events. It is derived, not
 * random, so that the same event always gets the same id.
 */
export async function eventId(organization: string, articleId: string, revision: number): Promise<string> {
  return `evt_${await digest(organization, articleId, revision)}`;
}

/** An event's id as each endpoint had its own before 26 November 2026. Deliveries that were stored then keep it. */
export async function formerEventId(
  organization: string,
  articleId: string,
  revision: number,
  endpointId: string,
): Promise<string> {
  return `evt_${await digest(organization, articleId, revision, endpointId)}`;
}
