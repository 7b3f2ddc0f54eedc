import { RpcTarget } from "cloudflare:workers";
import { healthNotice, nextHealth, type ShownHealth, shownHealth } from "../../delivery/health.ts";
import type { LastOutcome } from "../../model/delivery.ts";
import { SHARED } from "../../model/slug.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { OperationalEvents } from "./events.ts";
import type { Gathering } from "./gathering.ts";
import type { DeliveryHistory } from "./log.ts";
import type { EndpointState, Registered } from "./state.ts";
import type { DeliveryStore } from "./store.ts";

/** The full configuration of a webhook, sent by its channel. */
export interface EndpointConfig {
  /** Counted by the channel. A configuration that is not newer is ignored. */
  version: number;
  webhook: Webhook;
  /** Sealed by `secrets.ts`. */
  secrets: string;
  /** A change of its health. */
  change?: HealthRequest;
}

/** A requested change of an endpoint's health. `enable` makes it active from any state. */
export type HealthRequest = "pause" | "resume" | "enable";

/** How a webhook is doing, as the API shows it. */
export interface WebhookStanding {
  health: ShownHealth;
  /** Null while none of its deliveries is settled. */
  last_outcome: LastOutcome | null;
}

interface Parts {
  storage: DurableObjectStorage;
  state: EndpointState;
  store: DeliveryStore;
  gathering: Gathering;
  history: DeliveryHistory;
  events: OperationalEvents;
  alarm: Alarm;
}

/** Assigns an endpoint to a webhook. */
export class Registration extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Creates or updates the endpoint of a webhook. Safe to repeat. Returns false and changes nothing if the endpoint
   * belongs to another organization.
   */
  async configure({ version, webhook, secrets, change }: EndpointConfig): Promise<boolean> {
    const { storage, state, alarm } = this.#parts;
    const before = state.read();
    if (before && before.webhook.organization !== webhook.organization) return false;
    if (before && version <= before.version) return true;
    storage.transactionSync(() => {
      state.configure(version, webhook, secrets);
      if (before) this.#release(before, webhook, secrets);
      if (change) changeHealth(this.#parts, change);
    });
    await alarm.arm();
    return true;
  }

  /** Its sealed secrets; null if there is no webhook. */
  secrets(): string | null {
    return this.#parts.state.read()?.sealed ?? null;
  }

  /** Stops sending and deletes all storage. Safe to repeat. */
  async remove(): Promise<void> {
    const { storage, state, store, gathering, events } = this.#parts;
    storage.transactionSync(() => {
      const registered = state.read();
      if (registered) events.clear(registered.webhook.organization);
      state.remove();
      store.clear();
      if (registered?.webhook.organization === SHARED) gathering.clear();
    });
    await storage.deleteAlarm();
  }

  /** Resets holds and pace after a change of URL, format or secrets. */
  #release({ flow, webhook: before, sealed }: Registered, webhook: Webhook, secrets: string): void {
    const isElsewhere = before.url !== webhook.url || before.format !== webhook.format;
    const isOver = flow.hold && (isElsewhere || (flow.hold.by === "secrets" && sealed !== secrets));
    const timeouts = isElsewhere ? 0 : flow.timeouts;
    this.#parts.state.setFlow({
      ...flow,
      hold: isOver ? null : flow.hold,
      slow: isElsewhere ? null : flow.slow,
      timeouts,
      batchMost: null,
    });
  }
}

/** An endpoint's health. */
export class EndpointHealth extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** Its health; null if there is no webhook. */
  async get(): Promise<ShownHealth | null> {
    const registered = this.#parts.state.read();
    return registered && shownHealth(registered.health, registered.flow.hold);
  }

  /** Its health, and how its last delivery has ended; null for a webhook that is not there. */
  async shown(): Promise<WebhookStanding | null> {
    const health = await this.get();
    return health && { health, last_outcome: this.#parts.history.lastOutcome() };
  }

  /** Pauses, resumes or enables it. */
  async change(change: HealthRequest): Promise<ShownHealth | null> {
    this.#parts.storage.transactionSync(() => changeHealth(this.#parts, change));
    await this.#parts.alarm.arm();
    return this.get();
  }
}

/** An endpoint that becomes active makes all waiting deliveries due now, in order, and drops its hold. */
function changeHealth(
  { state, store, events }: Pick<Parts, "state" | "store" | "events">,
  change: HealthRequest,
): void {
  const registered = state.read();
  if (!registered) return;
  const now = Date.now();
  const health = nextHealth(registered.health, change, now);
  if (health === registered.health) return;
  state.setHealth(health);
  const notice = healthNotice(registered.health, health);
  if (notice) events.add(registered.webhook.organization, notice, now, { health: shownHealth(health) });
  if (health.state !== "active") return;
  state.setFlow({ ...registered.flow, hold: null, slow: null });
  store.dueNow(now);
}
