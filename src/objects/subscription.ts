import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import type { Checked } from "./directory/watchdog.ts";
import { ALARM_SCHEMA, Alarm } from "./kit/alarm.ts";
import { migrate } from "./kit/sql.ts";
import { resealed } from "./secrets.ts";
import { Distribution, Expiry, Verification } from "./subscription/duties.ts";
import { Lease, type Room } from "./subscription/lease.ts";
import { isStored, SUBSCRIPTION_SCHEMA, SubscriptionStore } from "./subscription/store.ts";

const NOTHING_DUE = { dueMs: null, failing: [], counts: {} };

/**
 * One WebSub subscription (a topic and a callback), or one topic for which another hub is notified. Unlike an endpoint
 * it has no queue: after a failure it sends the newest document.
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

  /** Verifies, distributes and expires as due. */
  override alarm(): Promise<void> {
    return this.#open().alarm.ring();
  }

  /** As {@link wake}, and says when something is due next. */
  async check(): Promise<Checked> {
    const stuck = await this.wake();
    return { stuck, ...(this.#room?.alarm.report() ?? NOTHING_DUE) };
  }

  /**
   * The watchdog's check: seals the secret again after a change of SECRETS_KEY, and sets a missing alarm. Returns true
   * if the alarm was missing or late.
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

  /** Creates the tables on first use: a subscription that was never confirmed stores nothing, not even empty tables. */
  #open(): Room {
    if (this.#room) return this.#room;
    const { storage } = this.ctx;
    migrate(storage, ALARM_SCHEMA, SUBSCRIPTION_SCHEMA);
    const store = new SubscriptionStore(storage.sql);
    const parts = { env: () => this.env, settings: () => configuration(this.env), store };
    const distribution = new Distribution(parts);
    const duties = [new Verification(parts), distribution, new Expiry(parts)];
    const alarm = new Alarm(storage, "subscription", duties, () => this.#idle(store));
    this.#room = { store, distribution, alarm };
    return this.#room;
  }

  /** Runs when nothing is due. Deletes all storage if there is no subscription and no intent. */
  async #idle(store: SubscriptionStore): Promise<void> {
    await this.ctx.storage.deleteAlarm();
    if (store.read() || store.intent()) return;
    this.#room = null;
    await this.ctx.storage.deleteAll();
  }
}
