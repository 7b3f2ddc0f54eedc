import { RpcTarget } from "cloudflare:workers";
import type { Bindings, Configuration } from "../../env.ts";
import type { HubRequest, Subscription as ShownSubscription } from "../../model/subscription.ts";
import type { Listener } from "../channel/hub/store.ts";
import type { Content } from "../content.ts";
import type { Alarm } from "../kit/alarm.ts";
import { seal } from "../secrets.ts";
import { directoryOf } from "../stubs.ts";
import { contentOf } from "./content.ts";
import type { Distribution } from "./duties.ts";
import { isOver, type SubscriptionStore, type Terms } from "./store.ts";

/** The parts of a subscription that exist once something is stored. */
export interface Room {
  store: SubscriptionStore;
  distribution: Distribution;
  alarm: Alarm;
}

interface Parts {
  env: () => Bindings;
  settings: () => Configuration;
  /** Null if nothing is stored: reading creates no tables. */
  stored: () => Room | null;
  /** Creates the tables if they are missing. */
  open: () => Room;
}

/** The public operations of a subscription: request, notify, end, read. */
export class Lease extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** Accepts a request on behalf of a callback. The alarm verifies the intent with the callback. */
  async ask(id: string, { secret, ...asked }: HubRequest, keys: Record<string, string> = {}): Promise<void> {
    const { env, settings, open } = this.#parts;
    const askedMs = Date.now();
    const named = Object.keys(keys).length > 0 ? { keys } : {};
    const content =
      asked.mode === "subscribe"
        ? await contentOf(env(), settings().site, { topic: asked.topic, ...named })
        : null;
    const terms: Terms = { ...asked, id, kind: "subscriber", signed: secret !== null, ...named };
    const sealed = await seal(settings(), id, { secret: secret ?? "", former: [], headers: {} });
    const { store, alarm } = open();
    store.intend({ ...asked, ...terms, askedMs, tag: content?.tag ?? "" }, sealed);
    await alarm.arm();
  }

  /**
   * Notifies the subscription that its topic was published. Returns false if it has ended.
   * @param content what to send, if the caller has it: it is then sent at once where nothing waits
   */
  async news({ id, topic, hub }: Listener, content: Content | null = null): Promise<boolean> {
    if (hub !== null) await this.#beginHub(id, topic, hub);
    const room = this.#parts.stored();
    const subscription = room?.store.read() ?? null;
    if (!room || subscription === null || isOver(subscription, Date.now())) return false;
    if (content && (await room.distribution.tryNow(subscription, content, () => room.alarm.rearm())))
      return true;
    room.store.news(Date.now());
    await room.alarm.arm();
    return true;
  }

  /** Ends the subscription and notifies the subscriber (WebSub §5.2: a hub may deny one at any time). */
  async deny(reason: string): Promise<void> {
    const room = this.#parts.stored();
    if (!room) return;
    deny(room.store, reason);
    await room.alarm.arm();
  }

  /** Ends it without notifying the subscriber. */
  async close(): Promise<void> {
    const room = this.#parts.stored();
    room?.store.end(Date.now());
    await room?.alarm.arm();
  }

  /** The subscription as the API shows it; null if there is none. */
  async get(): Promise<ShownSubscription | null> {
    const store = this.#parts.stored()?.store;
    if (!store || isOver(store.read(), Date.now())) return null;
    return store.shown();
  }

  /** Another hub has no lease and no verification, because the organization names it. */
  async #beginHub(id: string, topic: string, hub: string): Promise<void> {
    const { env, settings, open } = this.#parts;
    if (this.#parts.stored()?.store.read()) return;
    const terms: Terms = { id, kind: "hub", topic, callback: hub, method: "sha256", signed: false };
    const sealed = await seal(settings(), id, { secret: "", former: [], headers: {} });
    open().store.grant(terms, sealed, { endsMs: null, tag: "", secretChangedMs: null }, Date.now());
    await directoryOf(env()).watchdog.watch({ kind: "subscription", name: id });
  }
}

/** Ends a subscription and notifies its subscriber. */
export function deny(store: SubscriptionStore, reason: string): void {
  const terms = store.read()?.terms;
  if (!terms) return;
  const { topic, callback } = terms;
  if (terms.kind === "subscriber") store.intend({ mode: "denied", topic, callback, reason }, "");
  store.end(Date.now());
}
