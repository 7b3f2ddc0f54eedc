import { SECRETS_LOST } from "../../delivery/health.ts";
import { begin } from "../../delivery/pace.ts";
import { timeoutMsAfter } from "../../delivery/timeout.ts";
import type { Configuration } from "../../env.ts";
import { LIMITS } from "../../model/limits.ts";
import { mapConcurrent } from "../../store/concurrency.ts";
import { logLine } from "../../store/log.ts";
import { type Answer, uncalled } from "../../store/outgoing.ts";
import type { Duty } from "../kit/alarm.ts";
import { open, signing } from "../secrets.ts";
import type { OperationalEvents } from "./events.ts";
import { asksToWait, type Result, recordOutcome } from "./outcome.ts";
import { type DeliveryQueue, type Post, ratesOf } from "./queue.ts";
import { send } from "./send.ts";
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

/** A message that cannot be made must not stop the others of its webhook: it fails alone, and is logged. */
function notMade(endpoint: string, { id }: Post, error: unknown): { answer: Answer; request: null } {
  logLine("error", "endpoint.message", { endpoint, id, error: String(error) });
  return { answer: { ...uncalled("The message could not be made."), error: "internal" }, request: null };
}

/** Sends due deliveries in rounds. Each round is stored before the next one starts. */
export class Sender implements Duty {
  readonly name = "deliver";
  readonly #parts: Parts;

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
      const registered = state.read();
      if (!registered) return;
      const posts = await queue.next(registered, left, Date.now());
      if (posts.length === 0) return;
      await this.#round(registered, posts);
      left -= posts.length;
    }
  }

  async #round({ webhook, sealed, flow }: Registered, posts: readonly Post[]): Promise<void> {
    const { settings, state } = this.#parts;
    const { signingKey, formerSigningKeys, ...others } = settings();
    const opened = await open(others, webhook.id, sealed);
    if (!state.read()) return; // deleted in the meantime
    if (!opened) return this.#lost(webhook.id, posts);
    const now = Date.now();
    const rates = ratesOf({ webhook, flow }, now);
    if (rates.length > 0) state.setFlow({ ...flow, begun: begin(rates, flow.begun, posts.length, now) });
    const target = {
      webhook,
      secrets: signing(opened.secrets, now),
      signingKey,
      formerSigningKeys,
      headers: opened.secrets.headers,
      timeoutMs: timeoutMsAfter(flow.timeouts),
      addresses: others,
    };
    let waits = false;
    const results = await mapConcurrent(LIMITS.CONNECTIONS, posts, async (post): Promise<Result | null> => {
      if (waits) return null;
      const attemptedMs = Date.now();
      const { answer, request } = await send(target, post).catch((error) => notMade(webhook.id, post, error));
      waits ||= asksToWait(answer);
      return { post, attemptedMs, answer, request };
    });
    this.#record(results.filter((result) => result !== null));
  }

  /** Nothing can be signed: records the reason in the delivery log, the webhook's health and the service's log. */
  #lost(endpoint: string, posts: readonly Post[]): void {
    logLine("error", "endpoint.secrets", { endpoint, error: SECRETS_LOST });
    const answer: Answer = { ...uncalled(SECRETS_LOST), error: "secret" };
    const deliveries = posts.flatMap((post) => post.deliveries);
    const tests = deliveries.filter(({ type }) => type === "webhook.test");
    const others = deliveries.filter(({ type }) => type !== "webhook.test");
    const groups = [tests, others].filter((group) => group.length > 0);
    const attemptedMs = Date.now();
    this.#record(
      groups.map((group) => ({
        post: { id: "", deliveries: group, isBatch: false },
        attemptedMs,
        answer,
        request: null,
      })),
    );
  }

  #record(results: readonly Result[]): void {
    this.#parts.storage.transactionSync(() => recordOutcome(this.#parts, results, Date.now()));
  }
}
