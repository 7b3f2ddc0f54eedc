import { RpcTarget } from "cloudflare:workers";
import { nextHealth, type ShownHealth, shownHealth } from "../../delivery/health.ts";
import type { LastOutcome } from "../../model/delivery.ts";
import type { Webhook } from "../../model/webhook.ts";
import type { Alarm } from "../kit/alarm.ts";
import type { OperationalEvents } from "./events.ts";
import type { EndpointState, Registered } from "./state.ts";
import type { DeliveryStore } from "./store.ts";

/** What its channel says of a webhook, as a whole. */
export interface EndpointConfig {
  /** Counted up by the channel: what is not newer than what is known changes nothing. */
  version: number;
  webhook: Webhook;
  /** As `secrets.ts` sealed them. */
  secrets: string;
  /** What is done with its health besides. */
  change?: HealthRequest;
}

/** What somebody can do with an endpoint's health. `enable` makes it active whatever it was. */
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
  events: OperationalEvents;
  alarm: Alarm;
}

/** Which webhook an endpoint is of. */
export class Registration extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /**
   * Makes this the endpoint of a webhook, or changes it; safe to call again. Returns false, and changes nothing, when
   * the webhook is another organization's.
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

  /** Its secrets as they are stored; null when there is no webhook here. */
  secrets(): string | null {
    return this.#parts.state.read()?.sealed ?? null;
  }

  /** Ends it: nothing more is sent, and nothing is kept. Safe to call again. */
  async remove(): Promise<void> {
    const { storage, state, store, events } = this.#parts;
    storage.transactionSync(() => {
      const registered = state.read();
      if (registered) events.clear(registered.webhook.organization);
      state.remove();
      store.clear();
    });
    await storage.deleteAlarm();
  }

  /** What was learned of another address, or with other secrets, does not hold any more. */
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

/** How an endpoint is doing. */
export class EndpointHealth extends RpcTarget {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  /** Null for a webhook that is not there. */
  async get(): Promise<ShownHealth | null> {
    const registered = this.#parts.state.read();
    return registered && shownHealth(registered.health, registered.flow.hold);
  }

  /** Its health, and how its last delivery has ended; null for a webhook that is not there. */
  async shown(): Promise<WebhookStanding | null> {
    const health = await this.get();
    return health && { health, last_outcome: this.#parts.store.lastOutcome() };
  }

  /** Pauses it, or ends a pause, or makes it active whatever it was. */
  async change(change: HealthRequest): Promise<ShownHealth | null> {
    this.#parts.storage.transactionSync(() => changeHealth(this.#parts, change));
    await this.#parts.alarm.arm();
    return this.get();
  }
}

/** An endpoint that becomes active has all that waits due at once, in its order, and is held by nothing. */
function changeHealth({ state, store }: Pick<Parts, "state" | "store">, change: HealthRequest): void {
  const registered = state.read();
  if (!registered) return;
  const now = Date.now();
  const health = nextHealth(registered.health, change, now);
  if (health === registered.health) return;
  state.setHealth(health);
  if (health.state !== "active") return;
  state.setFlow({ ...registered.flow, hold: null, slow: null });
  store.dueNow(now);
}
