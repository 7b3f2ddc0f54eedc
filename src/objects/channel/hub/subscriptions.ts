import { RpcTarget } from "cloudflare:workers";
import type { ChannelParts } from "../subscribers.ts";
import type { Listener, SubscriptionStore } from "./store.ts";

/** Who is pushed a channel's feeds (WebSub), and the other hubs that are told of them. */
export class Subscriptions extends RpcTarget {
  readonly #channel: ChannelParts;
  readonly #store: SubscriptionStore;

  constructor(channel: ChannelParts, store: SubscriptionStore) {
    super();
    this.#channel = channel;
    this.#store = store;
  }

  /** Whether a subscription to a topic of this channel may be added: none to what is not public, and not too many. */
  mayAdd(topic: string, id: string): "yes" | "full" | "no" {
    if (!this.#channel.state.isPublic()) return "no";
    return this.#store.hasRoom(topic, id) ? "yes" : "full";
  }

  /**
   * Adds a subscription. False when it may not be added any more.
   * @param askedMs when it was asked for: what was published since is sent to it
   */
  async add(id: string, topic: string, askedMs: number): Promise<boolean> {
    if (this.mayAdd(topic, id) !== "yes") return false;
    const { storage, state, outbox, arm } = this.#channel;
    storage.transactionSync(() => {
      const isNew = this.#store.get(id) === null;
      this.#store.add({ id, topic, hub: null });
      if (isNew && state.read().publishedMs >= askedMs) outbox.addOnce([`subscription:${id}`], "news");
    });
    await arm();
    return true;
  }

  /** Removes a subscription that has ended. */
  remove(id: string): void {
    const { storage, outbox } = this.#channel;
    storage.transactionSync(() => {
      this.#store.remove(id);
      outbox.remove(`subscription:${id}`);
    });
  }

  /** A page of the subscriptions, to one topic or to all, and of the other hubs. */
  page(topic: string | null, cursor: string | null): { listeners: Listener[]; cursor: string | null } {
    return this.#store.page(topic, cursor);
  }

  /** One of them; null when there is none. */
  get(id: string): Listener | null {
    return this.#store.get(id);
  }
}
