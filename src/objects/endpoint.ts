import { DurableObject } from "cloudflare:workers";
import type { ShownHealth } from "../delivery/health.ts";
import { type Bindings, configuration } from "../env.ts";
import type { ChannelEvent } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS } from "../model/time.ts";
import type { Webhook } from "../model/webhook.ts";
import { Deliveries } from "./endpoint/deliveries.ts";
import { eventsSchema, OperationalEvents, reportingRelay } from "./endpoint/events.ts";
import { DeliveryQueue } from "./endpoint/queue.ts";
import { EndpointHealth, type HealthRequest, Registration } from "./endpoint/registration.ts";
import { Sender } from "./endpoint/sender.ts";
import { EndpointState, STATE_SCHEMA } from "./endpoint/state.ts";
import { DELIVERIES_SCHEMA, DeliveryStore } from "./endpoint/store.ts";
import { ALARM_SCHEMA, Alarm, type Duty } from "./kit/alarm.ts";
import { OUTBOX_SCHEMA, Outbox } from "./kit/outbox.ts";
import { migrate } from "./kit/sql.ts";
import { changeSealed, open, type SecretsChange, seal } from "./secrets.ts";

/** One webhook's receiver: keeps what it is to be sent, sends it, and stores what came of every attempt. */
export class Endpoint extends DurableObject<Bindings> {
  readonly #state: EndpointState;
  readonly #store: DeliveryStore;
  readonly #alarm: Alarm;
  readonly #registration: Registration;
  readonly #deliveries: Deliveries;
  readonly #health: EndpointHealth;
  /** Whether the last step of pruning has left something to prune. */
  #hasMoreToPrune = false;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    const settings = () => configuration(this.env);
    const state = new EndpointState(storage.sql);
    const store = new DeliveryStore(storage.sql);
    const webhook = () => state.read()?.webhook ?? null;
    const outbox = new Outbox(storage, "endpoint", {
      channel: reportingRelay(
        () => this.env,
        () => events,
        () => webhook()?.id ?? null,
      ),
    });
    const events = new OperationalEvents(storage.sql, outbox);
    migrate(
      storage,
      ALARM_SCHEMA,
      OUTBOX_SCHEMA,
      STATE_SCHEMA,
      DELIVERIES_SCHEMA,
      eventsSchema(outbox, () => webhook()?.organization ?? null),
    );
    const report: Duty = {
      name: "report",
      dueMs: () => outbox.dueMs(),
      run: async (nowMs) => void (await outbox.run(nowMs, 1)),
    };
    const prune: Duty = {
      name: "prune",
      dueMs: () => (this.#hasMoreToPrune ? Date.now() : null),
      run: async (nowMs) => this.#prune(nowMs),
    };
    const queue = new DeliveryQueue(store);
    const sender = new Sender({ storage, settings, state, store, queue, events });
    const alarm = new Alarm(storage, "endpoint", [sender, report, prune]);
    const parts = { storage, state, store, events, alarm };
    this.#state = state;
    this.#store = store;
    this.#alarm = alarm;
    this.#registration = new Registration(parts);
    this.#deliveries = new Deliveries(parts);
    this.#health = new EndpointHealth(parts);
  }

  get registration(): Registration {
    return this.#registration;
  }

  get deliveries(): Deliveries {
    return this.#deliveries;
  }

  get health(): EndpointHealth {
    return this.#health;
  }

  override alarm(): Promise<void> {
    return this.#alarm.ring();
  }

  /**
   * The watchdog's check: prunes the log, seals secrets anew after a change of key, and sets the alarm when one is
   * missing. Costs a few rows, however much is kept. Returns true when something was stuck.
   */
  async wake(): Promise<boolean> {
    this.#prune(Date.now());
    await this.#reseal();
    const stuck = await this.#alarm.wake();
    if (this.#hasMoreToPrune) await this.#alarm.arm();
    return stuck;
  }

  #prune(nowMs: number): void {
    this.#hasMoreToPrune = this.#store.prune(nowMs - LIMITS.DELIVERIES_KEPT_DAYS * DAY_MS);
  }

  /** Seals secrets anew that another key has sealed, and sends again when a key that was lost is found again. */
  async #reseal(): Promise<void> {
    const before = this.#state.read();
    if (!before) return;
    const settings = configuration(this.env);
    const opened = await open(settings, before.webhook.id, before.sealed);
    if (!opened) return;
    const sealed = opened.isCurrent ? null : await seal(settings, before.webhook.id, opened.secrets);
    const now = this.#state.read();
    if (now?.sealed !== before.sealed) return; // changed meanwhile
    if (sealed) this.#state.setSecrets(sealed);
    if (now.flow.hold?.by !== "secrets") return;
    this.#state.setFlow({ ...now.flow, hold: null });
    await this.#alarm.arm();
  }

  // What follows is called until channels configure their endpoints themselves.

  /** @deprecated is `registration.configure` */
  async open(webhook: Webhook, secret: string, headers: Record<string, string> = {}): Promise<boolean> {
    const secrets = await seal(configuration(this.env), webhook.id, { secret, former: [], headers });
    const version = (this.#state.read()?.version ?? 0) + 1;
    return this.#registration.configure({ version, webhook, secrets });
  }

  /** @deprecated is `registration.remove` */
  close(): Promise<void> {
    return this.#registration.remove();
  }

  /** @deprecated is `registration.configure` */
  revise(webhook: Webhook, headers: Record<string, string> | undefined): Promise<void> {
    return this.#change(webhook, headers ? { headers } : {});
  }

  /** @deprecated is `registration.configure` */
  rotate(secret: string, untilMs: number): Promise<void> {
    return this.#change(null, { rotation: { secret, untilMs } });
  }

  /** @deprecated is `health.change` */
  change(change: HealthRequest): Promise<ShownHealth | null> {
    return this.#health.change(change);
  }

  /** @deprecated is `deliveries.enqueue` */
  enqueue(_endpointId: string, _organization: string, events: ChannelEvent[]): Promise<void> {
    return this.#deliveries.enqueue(events);
  }

  /** With nothing else in between: secrets are opened and sealed, and both take a while. */
  async #change(revised: Webhook | null, change: SecretsChange): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      const before = this.#state.read();
      if (!before) return;
      const settings = configuration(this.env);
      const secrets = await changeSealed(settings, before.webhook.id, before.sealed, change, Date.now());
      const webhook = revised ?? before.webhook;
      await this.#registration.configure({ version: before.version + 1, webhook, secrets });
    });
  }
}
