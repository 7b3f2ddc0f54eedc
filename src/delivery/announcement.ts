import type { ChannelEvent, EventData, WebhookEventData } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import { rfc3339 } from "../model/time.ts";
import { fitted } from "./fitted.ts";
import type { ShownHealth } from "./health.ts";

/** A message to a receiver: an event with its id. */
export type Message = Pick<ChannelEvent, "seq" | "type" | "article_id" | "at" | "data"> & { eventId: string };

/** What a thin message has of an article. */
const SUMMARY = [
  "id",
  "organizations",
  "title",
  "summary",
  "url",
  "page_url",
  "published_at",
  "published_precision",
  "updated_at",
  "withdrawn_at",
  "revision",
] as const satisfies readonly (keyof EventData["article"])[];

/** A message without an article's content. */
export function thin<M extends Message>(message: M): M {
  const { article, ...data } = JSON.parse(message.data) as EventData;
  if (!article) return message;
  const summary = Object.fromEntries(
    SUMMARY.flatMap((name) => (name in article ? [[name, article[name]]] : [])),
  );
  return { ...message, data: JSON.stringify({ ...data, article: summary }) };
}

/** A message in plain text for people. */
export interface Announcement {
  /** The organization's name; of an event for a shared webhook, all of their names. */
  organization: string;
  /** The organization's page. */
  source: string;
  title: string;
  /** May be empty. */
  text: string;
  /** The link to read more. */
  url: string;
  image: string | null;
  /** RFC 3339. */
  at: string;
}

const TEXT_CHARACTERS = 1_000;

/** Describes a message in plain text. */
export function announcementOf({ type, at, data }: Message): Announcement {
  const parsed = JSON.parse(data) as EventData | WebhookEventData;
  const { name, page_url } = parsed.organization;
  const names = ("organizations" in parsed &&
    (parsed as EventData).organizations?.map((one) => one.name)) || [name];
  const from = { organization: names.join(", "), source: page_url, image: null, at: rfc3339(at) };
  if ("article" in parsed) return { ...from, ...ofArticle(type, parsed.article as EventData["article"]) };
  return { ...from, url: page_url, ...ofWebhook(type, parsed as WebhookEventData) };
}

function ofArticle(type: string, article: EventData["article"]) {
  const before = { "article.updated": "Updated: ", "article.withdrawn": "Withdrawn: " }[type] ?? "";
  const text = article.summary ?? fitted(article.content_text ?? "", TEXT_CHARACTERS);
  return {
    title: before + article.title,
    text: type === "article.withdrawn" ? "" : text.toWellFormed(),
    // Encoding can make a URL in another script nine times as long.
    url: article.url && article.url.length <= LIMITS.URL_CHARACTERS ? article.url : article.page_url,
    image: type === "article.withdrawn" ? null : (article.image ?? null),
  };
}

function ofWebhook(type: string, { webhook, health, delivery }: WebhookEventData) {
  const name = webhook.description || `${webhook.id} at ${webhook.origin}`;
  if (type === "webhook.test") return { title: "A test", text: "Alerts arrive here." };
  if (type === "delivery.exhausted") {
    const { id } = delivery as { id: string };
    return {
      title: `Not delivered to ${name}`,
      text: `Delivery ${id} has failed for good. It can be tried again.`,
    };
  }
  if (type === "endpoint.secret_rotated")
    return { title: `Secret replaced: ${name}`, text: "Its deliveries are signed with a new secret." };
  if (type === "endpoint.recovered")
    return { title: `Webhook active again: ${name}`, text: "What waited for it is being sent." };
  const { failures, progress_percent, reason } = health as ShownHealth;
  const far = `${failures} tries in a row have failed: ${progress_percent} % of the way to being disabled.`;
  if (type === "endpoint.failing") return { title: `Webhook failing: ${name}`, text: far };
  const why = reason === "gone" ? "It answered 410 Gone." : `${failures} tries in a row have failed.`;
  return { title: `Webhook disabled: ${name}`, text: `${why} What comes is kept until it is enabled.` };
}
