import { DurableObject } from "cloudflare:workers";
import { type Bindings, configuration } from "../env.ts";
import { LIMITS } from "../model/limits.ts";
import { SHARED } from "../model/slug.ts";
import { DAY_MS } from "../model/time.ts";
import type { Checked } from "./directory/watchdog.ts";
import { Deliveries, gatheringDuty } from "./endpoint/deliveries.ts";
import { eventsSchema, OperationalEvents, reportingRelay } from "./endpoint/events.ts";
import { GATHERING_SCHEMA, Gathering } from "./endpoint/gathering.ts";
import { DeliveryHistory } from "./endpoint/log.ts";
import { ProblemReport } from "./endpoint/problem.ts";
import { DeliveryQueue } from "./endpoint/queue.ts";
import { EndpointHealth, Registration } from "./endpoint/registration.ts";
import { Sender } from "./endpoint/sender.ts";
import { EndpointState, STATE_SCHEMA } from "./endpoint/state.ts";
import { DELIVERIES_SCHEMA, DeliveryStore } from "./endpoint/store.ts";
import { ALARM_SCHEMA, Alarm, type Duty } from "./kit/alarm.ts";
import { OUTBOX_SCHEMA, Outbox } from "./kit/outbox.ts";
import { migrate } from "./kit/sql.ts";
import { open, seal } from "./secrets.ts";

/** Delivers events to one webhook: stores deliveries, sends them and records every attempt. */
export class Endpoint extends DurableObject<Bindings> {
  readonly #state: EndpointState;
  readonly #history: DeliveryHistory;
  readonly #gathering: Gathering;
  readonly #alarm: Alarm;
  readonly #registration: Registration;
  readonly #deliveries: Deliveries;
  readonly #health: EndpointHealth;
  /** Whether the last pruning step left expired deliveries. */
  #hasMoreToPrune = false;

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    const { storage } = ctx;
    const settings = () => configuration(this.env);
    const state = new EndpointState(storage.sql);
    const store = new DeliveryStore(storage.sql);
    const gathering = new Gathering(storage.sql);
    const history = new DeliveryHistory(storage.sql);
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
      GATHERING_SCHEMA,
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
    const alarm = new Alarm(storage, "endpoint", [
      gatheringDuty({ storage, state, store, gathering }),
      sender,
      report,
      new ProblemReport(() => this.env, state),
      prune,
    ]);
    const parts = { storage, state, store, history, gathering, events, sender, alarm };
    this.#state = state;
    this.#history = history;
    this.#gathering = gathering;
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

  /** As {@link wake}, and says when something is due next. */
  async check(): Promise<Checked> {
    return { stuck: await this.wake(), ...this.#alarm.report() };
  }

  /**
   * The watchdog's check: prunes the log, seals secrets again after a change of SECRETS_KEY, and sets a missing alarm.
   * Costs a few rows, regardless of the number of deliveries. Returns true if the alarm was missing or late.
   */
  async wake(): Promise<boolean> {
    this.#prune(Date.now());
    await this.#reseal();
    const stuck = await this.#alarm.wake();
    if (this.#hasMoreToPrune) await this.#alarm.arm();
    return stuck;
  }

  #prune(nowMs: number): void {
    const beforeMs = nowMs - LIMITS.DELIVERIES_KEPT_DAYS * DAY_MS;
    const isShared = this.#state.read()?.webhook.organization === SHARED;
    const hasMore = isShared && this.#gathering.prune(beforeMs);
    this.#hasMoreToPrune = this.#history.prune(beforeMs) || hasMore;
  }

  /** Seals secrets again after a change of SECRETS_KEY, and resumes sending once a lost key is back. */
  async #reseal(): Promise<void> {
    const before = this.#state.read();
    if (!before) return;
    const settings = configuration(this.env);
    const opened = await open(settings, before.webhook.id, before.sealed);
    if (!opened) return;
    const sealed = opened.isCurrent ? null : await seal(settings, before.webhook.id, opened.secrets);
    const now = this.#state.read();
    if (now?.sealed !== before.sealed) return; // changed in the meantime
    if (sealed) this.#state.setSecrets(sealed);
    if (now.flow.hold?.by !== "secrets") return;
    this.#state.setFlow({ ...now.flow, hold: null });
    await this.#alarm.arm();
  }
}
