import type { ChannelEvent } from "../../model/event.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Organization } from "../../model/organization.ts";
import type { Site } from "../../model/site.ts";
import type { Backfill, Webhook } from "../../model/webhook.ts";
import type { Notice } from "../endpoint/registration.ts";
import type { Seen } from "./decide.ts";
import type { Ledger } from "./ledger.ts";
import { articleData, articleSubject, noticeEvent, testEvent } from "./messages.ts";
import { fits, type Outbox } from "./outbox.ts";

/** A channel, as far as what is said to its webhooks needs it. */
export interface Speaker {
  site: Site;
  organization: Organization;
  ledger: Ledger;
  outbox: Outbox;
}

/** What a channel knows of an article and a webhook. */
export interface ChannelAccount {
  seen: Seen | null;
  /** Whether the webhook's filter lets the article through; true without one. */
  fits: boolean;
  /** Whether an event of the article waits to be handed to the endpoint. */
  waiting: boolean;
}

/** Adds a webhook. False when the channel has as many as it may. */
export function addWebhook(speaker: Speaker, webhook: Webhook, from: Backfill | undefined): boolean {
  if (!speaker.outbox.addWebhook(webhook)) return false;
  if (from) backfill(speaker, webhook, from);
  return true;
}

/** Has a new webhook told of articles older than itself: one at a time, since all may be more than the memory. */
function backfill({ site, organization, ledger, outbox }: Speaker, webhook: Webhook, from: Backfill): void {
  const [since, most] = "last" in from ? ["", from.last] : [from.since, LIMITS.BACKFILL_ARTICLES];
  for (const { id, revision } of ledger.latest(since, most)) {
    const article = ledger.article(id);
    if (!article || !passes(webhook, organization, article)) continue;
    const data = articleData(site, organization, article);
    const event: ChannelEvent = {
      seq: outbox.nextSeq(),
      type: "article.published",
      article_id: id,
      revision,
      at: Date.now(),
      data,
    };
    outbox.addFor(event, webhook.id);
  }
}

const passes = (
  { filter }: Webhook,
  organization: Organization,
  article: Parameters<typeof articleSubject>[1],
): boolean => !filter || fits(filter, articleSubject(organization, article));

/** Has the other webhooks told what one of them has to say of itself. */
export function tellOthers(speaker: Speaker, endpointId: string, notices: readonly Notice[]): void {
  const { site, organization, outbox } = speaker;
  const webhook = outbox.webhook(endpointId);
  if (!webhook) return;
  for (const notice of notices) {
    const event = noticeEvent(site, organization, webhook, notice);
    outbox.addForOthers({ ...event, seq: outbox.nextSeq() }, webhook.id);
  }
}

/** Has a webhook told something that is no news, so that its consumer can see what arrives; null without one. */
export function addTest({ site, organization, outbox }: Speaker, endpointId: string): ChannelEvent | null {
  const webhook = outbox.webhook(endpointId);
  if (!webhook) return null;
  const seq = outbox.nextSeq();
  const event = { ...testEvent(site, organization, webhook, Date.now()), seq, revision: seq };
  outbox.addFor(event, webhook.id);
  return event;
}

/** What is known of an article and a webhook. */
export function accountOf(speaker: Speaker, webhook: Webhook, articleId: string): ChannelAccount {
  const { organization, ledger, outbox } = speaker;
  const article = ledger.article(articleId);
  return {
    seen: ledger.seen(articleId),
    fits: article === null || passes(webhook, organization, article),
    waiting: outbox.isWaiting(webhook.id, articleId),
  };
}
