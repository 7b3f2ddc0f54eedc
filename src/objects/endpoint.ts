import { DurableObject } from "cloudflare:workers";
import { type AddressCheck, checkAddress } from "../delivery/addresses.ts";
import { formats } from "../delivery/body.ts";
import { nextAttemptAt } from "../delivery/schedule.ts";
import { signatureHeaders } from "../delivery/signing.ts";
import { type Bindings, configuration } from "../env.ts";
import { type ChannelEvent, eventId } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import type { Delivery, DeliveryLog, DeliveryStatus, Webhook } from "../model/webhook.ts";
import { eachAtMost } from "../store/concurrency.ts";
import { logLine } from "../store/log.ts";
import { type Answer, post } from "../store/outgoing.ts";
import { isStuck } from "./decide.ts";
import { type DueDelivery, Log, type Settlement } from "./log.ts";

const DAY_MS = 86_400_000;

/** One receiver: keeps what it is to be told, tells it, and writes down what came of it. */
export class Endpoint extends DurableObject<Bindings> {
  readonly #log = new Log(this.ctx.storage.sql);

  /** Makes this the endpoint of a webhook. */
  async open(webhook: Webhook, secret: string): Promise<void> {
    this.#log.open(webhook, secret);
  }

  /** Ends it: nothing more is sent, and nothing is kept. */
  async close(): Promise<void> {
    this.#log.clear();
    await this.ctx.storage.deleteAlarm();
  }

  /** Takes events to deliver, each once, however often it is handed. A closed endpoint takes none. */
  async enqueue(endpointId: string, organization: string, events: ChannelEvent[]): Promise<void> {
    if (!this.#log.endpoint()) return;
    const now = Date.now();
    const ids = await Promise.all(
      events.map((event) => eventId(organization, event.article_id, event.revision, endpointId)),
    );
    this.ctx.storage.transactionSync(() => {
      for (const [index, event] of events.entries()) this.#log.add(ids[index] ?? "", event, now);
    });
    await this.#arm();
  }

  /** A page of deliveries, newest first. */
  async deliveries(
    status: DeliveryStatus | null,
    cursor: string | null,
  ): Promise<{ deliveries: Delivery[]; cursor: string | null }> {
    return this.#log.page(status, cursor);
  }

  /** One delivery with its attempts. */
  async delivery(id: string): Promise<DeliveryLog | null> {
    return this.#log.delivery(id);
  }

  /** Sends what is due, in rounds. Never throws: an alarm that throws six times is gone (platform). */
  override async alarm(): Promise<void> {
    try {
      // Set again before anything is sent: if the process dies, this alarm sends what was not written down. It
      // cannot come while this one still runs (platform).
      await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_RETRY_MS);
      for (let round = 0; round < LIMITS.ROUNDS_PER_ALARM; round++) {
        const due = this.#log.due(Date.now());
        const target = this.#target();
        if (due.length === 0 || !target) break;
        const settlements = await eachAtMost(LIMITS.CONNECTIONS, due, (delivery) => send(target, delivery));
        this.ctx.storage.transactionSync(() => this.#log.settle(settlements));
      }
      const next = this.#log.nextDueMs();
      if (next === null) await this.ctx.storage.deleteAlarm();
      else await this.ctx.storage.setAlarm(Math.max(next, Date.now()));
    } catch (error) {
      logLine("error", "endpoint.alarm", { error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + LIMITS.PUBLISH_RETRY_MS);
    }
  }

  /** Where to send, checked anew, since what may be called can change; null once the webhook was deleted. */
  #target(): Target | null {
    const endpoint = this.#log.endpoint();
    if (!endpoint) return null;
    return { ...endpoint, address: checkAddress(endpoint.webhook.url, configuration(this.env)) };
  }

  /** The watchdog's look: prunes the log, sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    const now = Date.now();
    this.#log.prune(now - LIMITS.DELIVERIES_KEPT_DAYS * DAY_MS);
    const stuck = isStuck(this.#log.nextDueMs(), await this.ctx.storage.getAlarm(), now);
    if (stuck) await this.ctx.storage.setAlarm(now);
    return stuck;
  }

  /** Sets the alarm to when the next delivery is due, unless it is set to come sooner: each setting is a write. */
  async #arm(): Promise<void> {
    const due = this.#log.nextDueMs();
    if (due === null) return;
    const at = Math.max(due, Date.now());
    const set = await this.ctx.storage.getAlarm();
    if (set === null || set > at) await this.ctx.storage.setAlarm(at);
  }
}

/** A receiver: who it is, how to sign, and whether its address may be called. */
interface Target {
  webhook: Webhook;
  secret: string;
  address: AddressCheck;
}

/** Tries a delivery once, and says what is to become of it. */
async function send(target: Target, delivery: DueDelivery): Promise<Settlement> {
  const attemptedMs = Date.now();
  const answer = await attempt(target, delivery, attemptedMs);
  const number = delivery.attempts + 1;
  const delivered = answer.error === "none";
  const nextMs = delivered ? null : nextAttemptAt(number, Date.now(), Math.random());
  const status = delivered ? "delivered" : nextMs === null ? "failed" : "pending";
  return { eventId: delivery.eventId, number, status, attemptedMs, answer, nextMs };
}

async function attempt(target: Target, delivery: DueDelivery, nowMs: number): Promise<Answer> {
  const { webhook, secret, address } = target;
  if (!address.ok) {
    return { status: null, latencyMs: 0, error: "address", detail: `url ${address.reason}`, response: "" };
  }
  const format = formats[webhook.format];
  const body = format.body(delivery);
  const signed = await signatureHeaders([secret], delivery.eventId, Math.floor(nowMs / 1000), body);
  return post({
    url: address.url,
    headers: { "content-type": format.contentType, ...signed },
    body,
    timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS,
    keptBytes: LIMITS.RESPONSE_KEPT_BYTES,
  });
}
