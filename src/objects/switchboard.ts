import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS } from "../model/time.ts";
import { directoryRelay } from "./channel/directory.ts";
import { webhookRelay } from "./channel/webhooks/relay.ts";
import { WEBHOOKS_SCHEMA, WebhookStore } from "./channel/webhooks/store.ts";
import { endWebhook, Webhooks } from "./channel/webhooks/webhooks.ts";
import type { CheckedChannel, Pass } from "./directory/watchdog.ts";
import { ALARM_SCHEMA, Alarm } from "./kit/alarm.ts";
import { OUTBOX_SCHEMA, Outbox } from "./kit/outbox.ts";
import { migrate } from "./kit/sql.ts";
import { SwitchboardEvents } from "./switchboard/events.ts";
import { switchboardHome } from "./switchboard/home.ts";
import { SwitchboardList } from "./switchboard/list.ts";
import { backfillRelay, coverageRelay, walkRelay } from "./switchboard/relays.ts";
import { SWITCHBOARD_SCHEMA, SwitchboardStore } from "./switchboard/store.ts";

/**
 * The shared webhooks: each is for several organizations, or for all. Channels hand their events to this object once,
 * and it hands them on, so that a channel's work does not grow with the number of shared webhooks.
 */
export class Switchboard extends DurableObject<Bindings> {
  readonly #alarm: Alarm;
  readonly #store: WebhookStore;
  readonly #webhooks: Webhooks;
  readonly #list: SwitchboardList;
  readonly #events: SwitchboardEvents;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    const [store, webhooks] = [new SwitchboardStore(storage.sql), new WebhookStore(storage.sql)];
    const parts = { env, store, webhooks };
    const outbox: Outbox = new Outbox(storage, "switchboard", {
      directory: directoryRelay(env),
      coverage: coverageRelay(parts),
      walk: walkRelay(parts, () => outbox),
      backfill: backfillRelay(parts),
      endpoint: webhookRelay({
        env,
        webhooks,
        forget: (target) => outbox.remove(target),
        eventOf: ({ ref }) => store.event(Number(ref)),
      }),
    });
    migrate(storage, ALARM_SCHEMA, OUTBOX_SCHEMA, WEBHOOKS_SCHEMA, SWITCHBOARD_SCHEMA);
    const arm = () => this.#alarm.arm();
    this.#store = webhooks;
    const home = switchboardHome({
      ...parts,
      storage,
      outbox,
      arm,
      site: () => configuration(this.env).site,
    });
    this.#webhooks = new Webhooks(home, webhooks);
    this.#list = new SwitchboardList({
      storage,
      outbox,
      store,
      arm,
      end: (id) => endWebhook(home, webhooks, id),
    });
    this.#events = new SwitchboardEvents({ storage, outbox, store, webhooks, arm });
    this.#alarm = new Alarm(storage, "switchboard", [
      {
        name: "relay",
        dueMs: () => outbox.dueMs(),
        run: async (nowMs) => {
          await outbox.run(nowMs, LIMITS.CHANNEL_CALLS);
          if (!store.hasEvents()) return;
          if (!outbox.hasWaiting("endpoint")) store.forgetAll();
          else store.forget(nowMs - LIMITS.EVENTS_KEPT_DAYS * DAY_MS);
        },
      },
    ]);
  }

  /** Adds, changes and removes shared webhooks; takes what their endpoints report. */
  get webhooks(): Webhooks {
    return this.#webhooks;
  }

  /** The shared webhooks of an owner. */
  get list(): SwitchboardList {
    return this.#list;
  }

  /** Takes the events of channels. */
  get events(): SwitchboardEvents {
    return this.#events;
  }

  override async alarm(): Promise<void> {
    await this.#alarm.ring();
  }

  /** As {@link wake}, and says when something is due next, and names the shared webhooks. */
  async check({ beganMs, after }: Pass, most: number): Promise<CheckedChannel> {
    const stuck = await this.wake();
    const told = this.#store.idsAfter(after.slice("endpoint:".length), most);
    const last = told.length < most ? undefined : told.at(-1);
    return {
      stuck,
      ...this.#alarm.report(),
      told: told.map((name) => ({ kind: "endpoint", name })),
      pass: { beganMs: after === "" ? Date.now() : beganMs, after: last ? `endpoint:${last}` : "" },
    };
  }

  /** The watchdog's check. Returns true if the alarm was missing or late. */
  async wake(): Promise<boolean> {
    return this.#alarm.wake();
  }
}
