import { aboutWebhook } from "../../../model/event.ts";
import { DIRECTORY } from "../directory.ts";
import type { SubscriberKind } from "../subscribers.ts";
import { webhookRelay } from "./relay.ts";
import { WEBHOOKS_SCHEMA, WebhookStore } from "./store.ts";
import { Webhooks } from "./webhooks.ts";

/** Webhooks: each receives events through its Endpoint object. */
export const WEBHOOKS = {
  schemas: [WEBHOOKS_SCHEMA],
  open(channel) {
    const store = new WebhookStore(channel.storage.sql);
    return {
      part: new Webhooks(channel, store),
      relay: webhookRelay(channel, store),
      wantingEvent({ type, article_id }, input) {
        if (input) return store.wanting(type, input);
        return store.othersWanting(type, article_id.slice(aboutWebhook("").length));
      },
      wantingPublication: () => [],
      close() {
        const { outbox } = channel;
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
