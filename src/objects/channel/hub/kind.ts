import { configuration } from "../../../env.ts";
import { FORMATS, type Format } from "../../../feeds/formats.ts";
import { knownTopicAt, topicAt } from "../../../feeds/topic.ts";
import { digest } from "../../../model/digest.ts";
import { LIMITS } from "../../../model/limits.ts";
import { addressOf, hubsOf, type Organization, ownHub } from "../../../model/organization.ts";
import { feedPath } from "../../../store/documents.ts";
import { type Content, plainContent } from "../../content.ts";
import type { Entry, Relay } from "../../kit/outbox.ts";
import { subscriptionOf } from "../../stubs.ts";
import type { ChannelParts, SubscriberKind } from "../subscribers.ts";
import { type Listener, SUBSCRIPTIONS_SCHEMA, SubscriptionStore } from "./store.ts";
import { Subscriptions } from "./subscriptions.ts";

/** WebSub subscribers, and the other hubs that an organization names. Each has a Subscription object. */
export const HUB = {
  schemas: [SUBSCRIPTIONS_SCHEMA],
  open(channel: ChannelParts) {
    const store = new SubscriptionStore(channel.storage.sql);
    const setHubs = hubsSetter(channel, store);
    return {
      part: new Subscriptions(channel, store),
      relay: subscriptionRelay(channel, store, setHubs),
      wantingEvent: () => [],
      wantingPublication: () => store.ids(),
      /** A number of ids, in order. */
      idsAfter: (id: string, most: number) => store.idsAfter(id, most),
      /** Ends all subscriptions: they are not valid for a later organization with the same slug. */
      close() {
        channel.outbox.add(store.removeSubscribers().map(targetOf), { action: "deny", ref: null });
      },
      /** The other hubs that an organization names, one listener per topic. */
      hubsNamedBy: (organization: Organization) => hubsNamedBy(organization, channel),
      /** Replaces the other hubs. They are notified from the next publication on. */
      setHubs,
    };
  },
} satisfies SubscriberKind;

type SetHubs = (hubs: readonly Listener[]) => void;

const hubsSetter =
  ({ outbox }: ChannelParts, store: SubscriptionStore): SetHubs =>
  (hubs) => {
    for (const hub of hubs) store.add(hub, null);
    const removed = store.keepHubs(hubs.map(({ id }) => id)).map(targetOf);
    for (const target of removed) outbox.remove(target);
    outbox.add(removed, { action: "close", ref: null });
  };

const targetOf = (id: string): string => `subscription:${id}`;

async function hubsNamedBy(organization: Organization, { env }: ChannelParts): Promise<Listener[]> {
  const { site } = configuration(env);
  const others = hubsOf(organization, site).filter((hub) => hub !== ownHub(site));
  const topics = FORMATS.map(({ name }) => `${site.publicUrl}/${feedPath(addressOf(organization), name)}`);
  return Promise.all(
    others.flatMap((hub) =>
      topics.map(async (topic) => ({ id: `sub_${await digest("hub", topic, hub)}`, topic, hub })),
    ),
  );
}

/** Tells subscriptions that a document was published (`news`) or that they end (`close`; `deny` notifies the subscriber). */
function subscriptionRelay(channel: ChannelParts, store: SubscriptionStore, setHubs: SetHubs): Relay {
  const contents = new Contents(channel);
  return { most: 1, hand };

  async function hand(id: string, [entry]: readonly Entry[]): Promise<number> {
    const { env } = channel;
    const subscription = subscriptionOf(env, id);
    const listener = store.get(id);
    if (entry?.action === "close") await subscription.lease.close();
    else if (entry?.action === "deny") {
      // A newer subscription has confirmed the feed of the new organization.
      if (!listener) await subscription.lease.deny("There is no such feed any more.");
    } else if (listener) await tell(listener);
    return 1;
  }

  async function tell(listener: Listener): Promise<void> {
    const { id, topic, hub } = listener;
    if (hub && !topicAt(topic, configuration(channel.env).site.publicUrl)) return moveHubs(channel, setHubs);
    const content = hub ? null : await contents.of(topic);
    if (!(await subscriptionOf(channel.env, id).lease.news(listener, content))) store.remove(id);
  }
}

/** The documents as last published, made ready once for all subscribers. */
class Contents {
  readonly #channel: ChannelParts;
  #publication = 0;
  readonly #made = new Map<string, Promise<Content | null>>();

  constructor(channel: ChannelParts) {
    this.#channel = channel;
  }

  /**
   * The content of a topic that is one of the channel's documents. Null for another, or for a large one, of which many at
   * once would not fit in memory: its subscriptions ask for it themselves.
   */
  async of(address: string): Promise<Content | null> {
    const { env, state, publications } = this.#channel;
    const topic = knownTopicAt(address, configuration(env).site.publicUrl);
    if (!topic || topic.filter || topic.organizations.length !== 1 || !state.isPublic()) return null;
    if (this.#publication !== publications.count) this.#made.clear();
    this.#publication = publications.count;
    const { name } = topic.format;
    const made = this.#made.get(name) ?? this.#make(topic.format);
    this.#made.set(name, made);
    return made;
  }

  async #make(format: Format): Promise<Content | null> {
    const { env, publications, state } = this.#channel;
    const body = publications.document(format.name)?.body;
    const { organization } = state.read();
    if (!body || !organization || body.length > LIMITS.PUSHED_CHARACTERS) return null;
    const { publicUrl } = configuration(env).site;
    return plainContent(format, body, `${publicUrl}/${feedPath(addressOf(organization), format.name)}`);
  }
}

/** After the service has moved, tells other hubs of the topics at their current addresses. */
async function moveHubs(channel: ChannelParts, setHubs: SetHubs): Promise<void> {
  const { organization } = channel.state.read();
  const hubs = organization ? await hubsNamedBy(organization, channel) : [];
  channel.storage.transactionSync(() => {
    setHubs(hubs);
    const targets = hubs.map(({ id }) => targetOf(id));
    channel.outbox.addOnce(targets, "news");
  });
}
