import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { ALARM_SCHEMA, Alarm } from "./kit/alarm.ts";
import { migrate } from "./kit/sql.ts";
import { resealed } from "./secrets.ts";
import { Distribution, Expiry, Verification } from "./subscription/duties.ts";
import { Lease, type Room } from "./subscription/lease.ts";
import { isStored, SUBSCRIPTION_SCHEMA, SubscriptionStore } from "./subscription/store.ts";

/**
 * One subscription (WebSub: a topic and a callback), or one topic that another hub is told of. It has no queue as an
 * endpoint has: who could not be reached is sent the feed as it is by then, not as it was.
 */
export class Subscription extends DurableObject<Bindings> {
  readonly #lease = new Lease({
    env: () => this.env,
    settings: () => configuration(this.env),
    stored: () => this.#stored(),
    open: () => this.#open(),
  });
  #room: Room | null = null;

  get lease(): Lease {
    return this.#lease;
  }

  /** Asks, sends and ends what is due. */
  override alarm(): Promise<void> {
    return this.#open().alarm.ring();
  }

  /**
   * The watchdog's check: seals the secret anew after a change of key, and sets the alarm when one is missing. Returns
   * true when something was stuck.
   */
  async wake(): Promise<boolean> {
    const room = this.#stored();
    if (!room) return false;
    const before = room.store.read();
    const sealed = before && (await resealed(configuration(this.env), before.terms.id, before.sealed));
    if (sealed && room.store.read()?.sealed === before.sealed) room.store.setSecrets(sealed);
    return room.alarm.wake();
  }

  #stored(): Room | null {
    return this.#room ?? (isStored(this.ctx.storage.sql) ? this.#open() : null);
  }

  /** Opened when it is needed: an object that nobody has confirmed leaves nothing behind, not even empty tables. */
  #open(): Room {
    if (this.#room) return this.#room;
    const { storage } = this.ctx;
    migrate(storage, ALARM_SCHEMA, SUBSCRIPTION_SCHEMA);
    const store = new SubscriptionStore(storage.sql);
    const parts = { env: () => this.env, settings: () => configuration(this.env), store };
    const duties = [new Verification(parts), new Distribution(parts), new Expiry(parts)];
    const alarm = new Alarm(storage, "subscription", duties, () => this.#idle(store));
    this.#room = { store, alarm };
    return this.#room;
  }

  /** Nothing waits: another hub waits for news, and of what nobody is subscribed to everything goes. */
  async #idle(store: SubscriptionStore): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    if (store.read() || store.intent()) return;
    this.#room = null;
    await this.ctx.storage.deleteAll();
  }
}
