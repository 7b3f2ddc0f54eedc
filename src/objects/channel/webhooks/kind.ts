import { configuration } from "../../../env.ts";
import { aboutWebhook } from "../../../model/event.ts";
import { fits } from "../../../model/filter.ts";
import { LIMITS } from "../../../model/limits.ts";
import type { Webhook } from "../../../model/webhook.ts";
import { filterInputOf, operationalEvent, testEvent } from "../../messages.ts";
import { DIRECTORY } from "../directory.ts";
import type { ChannelParts, SubscriberKind } from "../subscribers.ts";
import { backfillOf, publishedEvent } from "./backfill.ts";
import { webhookRelay } from "./relay.ts";
import { WEBHOOKS_SCHEMA, WebhookStore } from "./store.ts";
import { type ChannelAccount, type WebhookHome, Webhooks } from "./webhooks.ts";

/** Webhooks: each receives events through its Endpoint object. */
export const WEBHOOKS = {
  schemas: [WEBHOOKS_SCHEMA],
  open(channel) {
    const { env, outbox, events } = channel;
    const store = new WebhookStore(channel.storage.sql);
    return {
      part: new Webhooks(homeIn(channel, store), store),
      relay: webhookRelay({
        env,
        webhooks: store,
        forget: (target) => outbox.remove(target),
        eventOf: ({ action, ref }) =>
          action === "event" ? events.at(Number(ref)) : publishedEvent(channel, String(ref)),
      }),
      wantingEvent({ type, article_id }, input) {
        if (input) return store.wanting(type, input);
        return store.othersWanting(type, article_id.slice(aboutWebhook("").length));
      },
      wantingPublication: () => [],
      /** A number of ids, in order. */
      idsAfter: (id: string, most: number) => store.idsAfter(id, most),
      close() {
        const ids = store.removeAll();
        outbox.removeKind("endpoint");
        outbox.add(
          ids.map((id) => `endpoint:${id}`),
          { action: "delete", ref: null },
        );
        outbox.addAll(DIRECTORY, "unwatch", ids);
      },
    };
  },
} satisfies SubscriberKind;

/** A channel as what has webhooks. */
function homeIn(channel: ChannelParts, store: WebhookStore): WebhookHome {
  const { env, storage, outbox, state, ledger, events, broadcast, arm } = channel;
  const site = () => configuration(env).site;
  const organization = () => {
    const described = state.read().organization;
    if (!described) throw new Error("The channel has no organization");
    return described;
  };
  return {
    env,
    storage,
    outbox,
    arm,
    isOpen() {
      const { organization: described, closed } = state.read();
      return described !== null && !closed;
    },
    hasRoom: () => store.count() < LIMITS.WEBHOOKS_PER_ORGANIZATION,
    stored() {},
    removed() {},
    backfill(webhook, from) {
      const ids = backfillOf(ledger, organization(), webhook, from);
      outbox.addAll(`endpoint:${webhook.id}`, "article", ids);
    },
    tell(webhook, happened) {
      broadcast.event(operationalEvent(site(), organization(), webhook, happened, state.nextSeq()), null);
    },
    test(webhook, nowMs) {
      const event = testEvent(site(), organization(), webhook, state.nextSeq(), nowMs);
      events.add(event);
      outbox.add([`endpoint:${webhook.id}`], { action: "event", ref: event.seq });
      return event;
    },
    account: (webhook, articleId) => accountOf(channel, webhook, articleId),
  };
}

/** What a channel knows about an article and a webhook; null before it is described. */
function accountOf(
  { state, ledger, outbox, events }: ChannelParts,
  webhook: Webhook,
  articleId: string,
): ChannelAccount | null {
  const { organization } = state.read();
  if (!organization) return null;
  const article = ledger.entry(articleId)?.article;
  const { filter } = webhook;
  const entries = outbox.waiting(`endpoint:${webhook.id}`);
  const seqs = entries.flatMap(({ action, ref }) => (action === "event" ? [Number(ref)] : []));
  return {
    seen: ledger.seen(articleId),
    fits: !filter || !article || fits(filter, filterInputOf(organization, article)),
    waiting:
      entries.some(({ action, ref }) => action === "article" && ref === articleId) ||
      events.concern(articleId, seqs),
  };
}
