import { RpcTarget } from "cloudflare:workers";
import type { ChannelParts } from "../subscribers.ts";
import type { Listener, Room, SubscriptionStore } from "./store.ts";

/** The WebSub subscriptions to a channel's feeds, and the other hubs that it notifies. */
export class Subscriptions extends RpcTarget {
  readonly #channel: ChannelParts;
  readonly #store: SubscriptionStore;

  constructor(channel: ChannelParts, store: SubscriptionStore) {
    super();
    this.#channel = channel;
    this.#store = store;
  }

  /**
   * Whether a subscription to a topic may be added: only to public feeds, and up to limits.
   * @param host the host name of its callback
   */
  mayAdd(topic: string, id: string, host: string): Room | "no" {
    return this.#channel.state.isPublic() ? this.#store.room(topic, id, host) : "no";
  }

  /**
   * Adds a subscription. False if it may no longer be added.
   * @param askedMs when it was requested; a later publication is sent to it
   */
  async add(id: string, topic: string, askedMs: number, host: string): Promise<boolean> {
    const may = this.mayAdd(topic, id, host);
    if (may !== "yes" && may !== "known") return false;
    const { storage, state, outbox, arm } = this.#channel;
    storage.transactionSync(() => {
      this.#store.add({ id, topic, hub: null }, host);
      if (may === "yes" && state.read().publishedMs >= askedMs)
        outbox.addOnce([`subscription:${id}`], "news");
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

  /** A page of the subscriptions and other hubs, for one topic or all. */
  page(topic: string | null, cursor: string | null): { listeners: Listener[]; cursor: string | null } {
    return this.#store.page(topic, cursor);
  }

  /** A subscription or another hub; null if it does not exist. */
  get(id: string): Listener | null {
    return this.#store.get(id);
  }
}
