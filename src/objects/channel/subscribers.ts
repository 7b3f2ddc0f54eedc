import type { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import type { ChannelEvent } from "../../model/event.ts";
import type { FilterInput } from "../../model/filter.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import type { Schema } from "../kit/sql.ts";
import type { Events } from "./events.ts";
import { HUB } from "./hub/kind.ts";
import type { Ledger } from "./ledger.ts";
import type { ChannelState } from "./state.ts";
import { WEBHOOKS } from "./webhooks/kind.ts";

/** What a channel gives to its kinds of subscribers. */
export interface ChannelParts {
  env: Bindings;
  storage: DurableObjectStorage;
  state: ChannelState;
  ledger: Ledger;
  events: Events;
  outbox: Outbox;
  broadcast: Broadcast;
  /** Sets the alarm for what there is to do. */
  arm(): Promise<void>;
}

/** A channel's subscribers of one kind. Their targets in the outbox are `kind:id`. */
export interface Subscribers {
  /** What others may ask of it, by a getter of the Channel. */
  readonly part: RpcTarget;
  /** How its targets are reached: with `event` entries, whose `ref` is the sequence, and with `news` entries. */
  readonly relay: Relay;
  /** The ids of those that want an event. @param input what filters look at; null when it is about no article */
  wantingEvent(event: ChannelEvent, input: (() => FilterInput) | null): readonly string[];
  /** The ids of those that want to know of a publication. */
  wantingPublication(): readonly string[];
  /** Ends what the closing of the channel ends: in its transaction. */
  close(): void;
}

/** A kind of subscriber: a folder of this room, and a row here. */
export interface SubscriberKind<S extends Subscribers = Subscribers> {
  schemas: readonly Schema[];
  open(channel: ChannelParts): S;
}

/** Every kind of subscriber, by the kind of its targets. */
export const SUBSCRIBER_KINDS = { endpoint: WEBHOOKS, subscription: HUB };

/** The subscribers of a channel, by kind. */
export type OpenedKinds = {
  [K in keyof typeof SUBSCRIBER_KINDS]: ReturnType<(typeof SUBSCRIBER_KINDS)[K]["open"]>;
};

/** The subscribers of a channel, of every kind. */
export const openKinds = (channel: ChannelParts): OpenedKinds =>
  Object.fromEntries(
    Object.entries(SUBSCRIBER_KINDS).map(([name, kind]) => [name, kind.open(channel)]),
  ) as OpenedKinds;

/** The tables of all kinds. */
export const kindSchemas = (): Schema[] => Object.values(SUBSCRIBER_KINDS).flatMap(({ schemas }) => schemas);

/** Tells all kinds of subscribers: entries in the outbox, written in the transaction of what they tell of. */
export class Broadcast {
  readonly #events: Events;
  readonly #outbox: Outbox;
  readonly #kinds: Readonly<Record<string, Subscribers>>;

  /** @param kinds may be filled after this was made */
  constructor(events: Events, outbox: Outbox, kinds: Readonly<Record<string, Subscribers>>) {
    this.#events = events;
    this.#outbox = outbox;
    this.#kinds = kinds;
  }

  /** Keeps an event, and tells those that want it. @param input what filters look at; null when it is about no article */
  event(event: ChannelEvent, input: (() => FilterInput) | null): void {
    this.#events.add(event);
    for (const [kind, subscribers] of Object.entries(this.#kinds)) {
      const targets = subscribers.wantingEvent(event, input).map((id) => `${kind}:${id}`);
      this.#outbox.add(targets, { action: "event", ref: event.seq });
    }
  }

  /** Tells of a publication, or that nothing is published any more. */
  publication(): void {
    for (const [kind, subscribers] of Object.entries(this.#kinds)) {
      const targets = subscribers.wantingPublication().map((id) => `${kind}:${id}`);
      this.#outbox.addOnce(targets, "news");
    }
  }

  /** Tells that the channel closes. */
  close(): void {
    for (const subscribers of Object.values(this.#kinds)) subscribers.close();
    this.publication();
  }
}
