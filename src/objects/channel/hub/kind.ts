import { configuration } from "../../../env.ts";
import { FORMATS } from "../../../feeds/formats.ts";
import { digest } from "../../../model/digest.ts";
import { hubsOf, type Organization, ownHub } from "../../../model/organization.ts";
import { feedPath } from "../../../store/documents.ts";
import type { Relay } from "../../kit/outbox.ts";
import { subscriptionOf } from "../../stubs.ts";
import type { ChannelParts, SubscriberKind } from "../subscribers.ts";
import { type Listener, SUBSCRIPTIONS_SCHEMA, SubscriptionStore } from "./store.ts";
import { Subscriptions } from "./subscriptions.ts";

/** WebSub subscribers, and the other hubs that an organization names. Each has a Subscription object. */
export const HUB = {
  schemas: [SUBSCRIPTIONS_SCHEMA],
  open(channel: ChannelParts) {
    const store = new SubscriptionStore(channel.storage.sql);
    return {
      part: new Subscriptions(channel, store),
      relay: subscriptionRelay(channel, store),
      wantingEvent: () => [],
      wantingPublication: () => store.ids(),
      close() {},
      /** The other hubs that an organization names, one listener per topic. */
      hubsNamedBy: (organization: Organization) => hubsNamedBy(organization, channel),
      /** Replaces the other hubs. They are notified from the next publication on. */
      setHubs(hubs: readonly Listener[]) {
        for (const hub of hubs) store.add(hub, null);
        const removed = store.keepHubs(hubs.map(({ id }) => id)).map((id) => `subscription:${id}`);
        for (const target of removed) channel.outbox.remove(target);
        channel.outbox.add(removed, { action: "close", ref: null });
      },
    };
  },
} satisfies SubscriberKind;

async function hubsNamedBy(organization: Organization, { env }: ChannelParts): Promise<Listener[]> {
  const { site } = configuration(env);
  const others = hubsOf(organization, site).filter((hub) => hub !== ownHub(site));
  const topics = FORMATS.map(({ name }) => `${site.publicUrl}/${feedPath(organization.slug, name)}`);
  return Promise.all(
    others.flatMap((hub) =>
      topics.map(async (topic) => ({ id: `sub_${await digest("hub", topic, hub)}`, topic, hub })),
    ),
  );
}

/** Tells subscriptions that a document was published (`news`) or that they end (`close`). */
const subscriptionRelay = ({ env }: ChannelParts, store: SubscriptionStore): Relay => ({
  most: 1,
  async hand(id, [entry]) {
    const subscription = subscriptionOf(env, id);
    const listener = store.get(id);
    if (entry?.action === "close") await subscription.lease.close();
    else if (listener && !(await subscription.lease.news(listener))) store.remove(id);
    return 1;
  },
});
