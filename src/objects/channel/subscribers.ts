import type { RpcTarget } from "cloudflare:workers";
import type { Bindings } from "../../env.ts";
import type { ChannelEvent } from "../../model/event.ts";
import type { FilterInput } from "../../model/filter.ts";
import type { Outbox, Relay } from "../kit/outbox.ts";
import type { Schema } from "../kit/sql.ts";
import type { Events } from "./events.ts";
import { HUB } from "./hub/kind.ts";
import type { Ledger } from "./ledger.ts";
import type { Publications } from "./publications.ts";
import { SITE } from "./site/kind.ts";
import type { ChannelState } from "./state.ts";
import { SWITCHBOARD } from "./switchboard/kind.ts";
import { WEBHOOKS } from "./webhooks/kind.ts";

/** The parts of a channel that its kinds of subscribers use. */
export interface ChannelParts {
  env: Bindings;
  storage: DurableObjectStorage;
  state: ChannelState;
  ledger: Ledger;
  events: Events;
  outbox: Outbox;
  publications: Publications;
  broadcast: Broadcast;
  /** Sets the alarm for the next duty. */
  arm(): Promise<void>;
}

/** A channel's subscribers of one kind. Their targets in the outbox are `kind:id`. */
export interface Subscribers {
  /** The part that a getter of the Channel exposes. */
  readonly part: RpcTarget;
  /** Hands entries to its targets: `event` entries, whose `ref` is the sequence, and `news` entries. */
  readonly relay: Relay;
  /** The ids of the subscribers that want an event. @param input what filters match; null if not about an article */
  wantingEvent(event: ChannelEvent, input: (() => FilterInput) | null): readonly string[];
  /** The ids of the subscribers to notify of a publication. */
  wantingPublication(): readonly string[];
  /** Ends its subscribers, in the transaction that closes the channel. */
  close(): void;
}

/** A kind of subscriber: a folder here, and a row in {@link SUBSCRIBER_KINDS}. */
export interface SubscriberKind<S extends Subscribers = Subscribers> {
  schemas: readonly Schema[];
  open(channel: ChannelParts): S;
}

/** Every kind of subscriber, by the prefix of its outbox targets. */
export const SUBSCRIBER_KINDS = {
  endpoint: WEBHOOKS,
  switchboard: SWITCHBOARD,
  subscription: HUB,
  site: SITE,
};

/** The subscribers of a channel, by kind. */
export type OpenedKinds = {
  [K in keyof typeof SUBSCRIBER_KINDS]: ReturnType<(typeof SUBSCRIBER_KINDS)[K]["open"]>;
};

/** Opens every kind of subscriber of a channel. */
export const openKinds = (channel: ChannelParts): OpenedKinds =>
  Object.fromEntries(
    Object.entries(SUBSCRIBER_KINDS).map(([name, kind]) => [name, kind.open(channel)]),
  ) as OpenedKinds;

/** The tables of all kinds. */
export const kindSchemas = (): Schema[] => Object.values(SUBSCRIBER_KINDS).flatMap(({ schemas }) => schemas);

/** Writes outbox entries for subscribers of every kind, in the transaction of the change they report. */
export class Broadcast {
  readonly #events: Events;
  readonly #outbox: Outbox;
  readonly #kinds: Readonly<Record<string, Subscribers>>;

  /** @param kinds may be filled after construction */
  constructor(events: Events, outbox: Outbox, kinds: Readonly<Record<string, Subscribers>>) {
    this.#events = events;
    this.#outbox = outbox;
    this.#kinds = kinds;
  }

  /** Stores an event and queues it for its subscribers. @param input what filters match; null if not about an article */
  event(event: ChannelEvent, input: (() => FilterInput) | null): void {
    this.#events.add(event);
    for (const [kind, subscribers] of Object.entries(this.#kinds)) {
      const targets = subscribers.wantingEvent(event, input).map((id) => `${kind}:${id}`);
      this.#outbox.add(targets, { action: "event", ref: event.seq });
    }
  }

  /** Queues a notice that the documents were published or removed. */
  publication(): void {
    for (const [kind, subscribers] of Object.entries(this.#kinds)) {
      const targets = subscribers.wantingPublication().map((id) => `${kind}:${id}`);
      this.#outbox.addOnce(targets, "news");
    }
  }

  /** Ends all subscribers: the channel closes. */
  close(): void {
    for (const subscribers of Object.values(this.#kinds)) subscribers.close();
    this.publication();
  }
}
