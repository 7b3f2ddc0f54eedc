import type { Configuration } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Duty } from "../kit/alarm.ts";
import { FirstTry } from "../kit/first-try.ts";
import type { OperationalEvents } from "./events.ts";
import type { Identified } from "./gathering.ts";
import { type Result, recordOutcome } from "./outcome.ts";
import type { DeliveryQueue, Post } from "./queue.ts";
import { makeRequests } from "./round.ts";
import type { EndpointState, Registered } from "./state.ts";
import type { DeliveryStore } from "./store.ts";

interface Parts {
  storage: DurableObjectStorage;
  settings: () => Configuration;
  state: EndpointState;
  store: DeliveryStore;
  queue: DeliveryQueue;
  events: OperationalEvents;
}

/**
 * How a first try ended. `told`: its events are delivered and stored. `stored`: they are stored, and some wait. `none`:
 * nothing was sent, and nothing is stored.
 */
export type Tried = "told" | "stored" | "none";

/**
 * Sends deliveries: as a duty those that are due, in rounds, each stored before the next one starts; and new events at
 * once, before they are stored, so that what succeeds at first is written once and needs no alarm. Never both at once.
 */
export class Sender implements Duty {
  readonly name = "deliver";
  readonly #parts: Parts;
  readonly #first = new FirstTry();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    const registered = this.#parts.state.read();
    return registered && this.#parts.queue.dueMs(registered, Date.now());
  }

  async run(): Promise<void> {
    const { state, queue } = this.#parts;
    let left: number = LIMITS.DELIVERIES_PER_ROUND * LIMITS.ROUNDS_PER_ALARM;
    while (left > 0) {
      await this.#first.ended;
      const registered = state.read();
      if (!registered) return;
      const posts = await queue.next(registered, left, Date.now());
      if (posts.length === 0) return;
      this.#record(await makeRequests(this.#parts, registered, posts));
      left -= posts.length;
    }
  }

  /** Sends new events now if nothing holds them back. Who has handed them over keeps them until this ends. */
  async tryNow(
    registered: Registered,
    events: readonly Identified[],
    rearm: () => Promise<void>,
  ): Promise<Tried> {
    const posts = this.#first.isUnderWay ? [] : this.#parts.queue.direct(registered, events, Date.now());
    if (posts.length === 0) return "none";
    const tried = await this.#first.make(
      () => this.#sendNew(registered, events, posts),
      (dueMs) => this.#keep(events, dueMs),
      rearm,
    );
    return tried ?? "stored";
  }

  async #sendNew(
    registered: Registered,
    events: readonly Identified[],
    posts: readonly Post[],
  ): Promise<Tried> {
    const results = await makeRequests(this.#parts, registered, posts);
    const tried = new Set(results.flatMap(({ post }) => post.deliveries.map(({ eventId }) => eventId)));
    this.#record(results, events);
    const untried = events.filter(({ id }) => !tried.has(id));
    this.#keep(untried, Date.now());
    return untried.length === 0 && results.every(({ answer }) => answer.error === "none") ? "told" : "stored";
  }

  /** Stores events that wait, unless they are stored. */
  #keep(events: readonly Identified[], dueMs: number): void {
    const { storage, state, store } = this.#parts;
    storage.transactionSync(() => {
      if (state.isRegistered()) for (const event of events) store.add(event, dueMs);
    });
  }

  #record(results: readonly Result[], fresh: readonly Identified[] = []): void {
    this.#parts.storage.transactionSync(() => recordOutcome(this.#parts, results, Date.now(), fresh));
  }
}
