import { safeText } from "../feeds/content.ts";
import { pageUrl, type SafeArticle } from "../feeds/item.ts";
import { aboutWebhook, type ChannelEvent, type EventData, type WebhookEventData } from "../model/event.ts";
import type { FilterInput } from "../model/filter.ts";
import { addressOf, type Organization } from "../model/organization.ts";
import type { Site } from "../model/site.ts";
import type { Webhook } from "../model/webhook.ts";
import type { OperationalEvent } from "./endpoint/events.ts";

/** The `data` of an article's event, as JSON. */
export function articleData(
  site: Site,
  organization: Organization,
  article: SafeArticle,
  revision: number,
): string {
  const data: EventData = {
    organization: shown(site, organization),
    article: { ...article, page_url: pageUrl(site, article.id), revision },
  };
  return JSON.stringify(data);
}

/** The properties of an article that filters match. */
export function filterInputOf(
  organization: Pick<Organization, "language">,
  article: SafeArticle,
): FilterInput {
  const content = article.content_text ?? (article.content_html ? safeText(article.content_html) : "");
  return {
    organizations: article.organizations,
    tags: article.tags ?? [],
    authors: (article.authors ?? []).map(({ name }) => name),
    language: article.language ?? organization.language,
    text: [article.title, article.summary ?? "", content].join(" "),
  };
}

/** An operational event of a webhook, as an event for the other webhooks. */
export function operationalEvent(
  site: Site,
  organization: Pick<Organization, "slug" | "name" | "address">,
  webhook: Webhook,
  { type, at, details }: Omit<OperationalEvent, "number">,
  seq: number,
): ChannelEvent {
  return about(site, organization, webhook, { seq, type, at, details });
}

/** A test event, which shows a consumer that deliveries arrive. */
export function testEvent(
  site: Site,
  organization: Pick<Organization, "slug" | "name" | "address">,
  webhook: Webhook,
  seq: number,
  nowMs: number,
): ChannelEvent {
  return about(site, organization, webhook, { seq, type: "webhook.test", at: nowMs, details: {} });
}

function about(
  site: Site,
  organization: Pick<Organization, "slug" | "name" | "address">,
  { id, description, url }: Webhook,
  { details, ...event }: Pick<ChannelEvent, "seq" | "type" | "at"> & { details: Record<string, unknown> },
): ChannelEvent {
  const data: WebhookEventData = {
    organization: shown(site, organization),
    webhook: { id, description, origin: new URL(url).origin },
    ...details,
  };
  return { ...event, article_id: aboutWebhook(id), revision: event.seq, data: JSON.stringify(data) };
}

const shown = (
  { publicUrl }: Site,
  organization: Pick<Organization, "slug" | "name" | "address">,
): EventData["organization"] => ({
  slug: organization.slug,
  name: organization.name,
  page_url: `${publicUrl}/${addressOf(organization)}`,
});
