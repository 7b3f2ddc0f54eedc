import { DurableObject } from "cloudflare:workers";
import { checkAddress } from "../delivery/addresses.ts";
import { isHeld, nextHealth, type ShownHealth, shownHealth } from "../delivery/health.ts";
import { type Bindings, configuration } from "../env.ts";
import type { Delivery, DeliveryLog } from "../model/delivery.ts";
import { digest } from "../model/digest.ts";
import { type ChannelEvent, eventId } from "../model/event.ts";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS } from "../model/time.ts";
import type { Webhook } from "../model/webhook.ts";
import { eachAtMost } from "../store/concurrency.ts";
import { armSooner, ring, wakeIfStuck } from "./alarm.ts";
import { judge } from "./endpoint/judge.ts";
import { Log, type LogQuery } from "./endpoint/log.ts";
import { paceOf, type Registered, Registration } from "./endpoint/registration.ts";
import { type Post, send, type Target } from "./endpoint/send.ts";
import { type Sending, Waiting } from "./endpoint/waiting.ts";
import { type Confidential, kept, readKept, rotated, signing } from "./secrets.ts";
import { channelOf } from "./stubs.ts";

/** One receiver: keeps what it is to be told, tells it, and writes down what came of it. */
export class Endpoint extends DurableObject<Bindings> {
  readonly #registration = new Registration(this.ctx.storage.sql);
  readonly #log = new Log(this.ctx.storage.sql);
  readonly #waiting = new Waiting(this.ctx.storage.sql);

  /** Makes this the endpoint of a webhook. False when it is one already, of another organization. */
  async open(webhook: Webhook, secret: string, headers: Record<string, string> = {}): Promise<boolean> {
    const before = this.#registration.registered()?.webhook;
    if (before && before.organization !== webhook.organization) return false;
    const confidential = { secret, former: [], headers };
    this.#registration.open(webhook, await kept(configuration(this.env), webhook.id, confidential));
    return true;
  }

  /** Ends it: nothing more is sent, and nothing is kept. */
  async close(): Promise<void> {
    this.#registration.clear();
    this.#log.clear();
    await this.ctx.storage.deleteAlarm();
  }

  /** Takes a webhook's new description, and its new headers if there are any. */
  async revise(webhook: Webhook, headers: Record<string, string> | undefined): Promise<void> {
    await this.#reveal(webhook, (before) => ({ ...before, ...(headers ? { headers } : {}) }));
    await this.#arm();
  }

  /** Gives it a new secret; the one before signs too until a time (milliseconds since 1970). */
  async rotate(secret: string, untilMs: number): Promise<void> {
    await this.#reveal(null, (before) => rotated(before, secret, untilMs, Date.now()));
  }

  /** Changes what is confidential, with nothing else in between: it is opened and sealed, and both take a while. */
  async #reveal(said: Webhook | null, change: (before: Confidential) => Confidential): Promise<void> {
    await this.ctx.blockConcurrencyWhile(async () => {
      const registered = this.#registration.registered();
      if (!registered) return;
      const webhook = said ?? registered.webhook;
      const keeping = configuration(this.env);
      const before = await readKept(keeping, webhook.id, registered.confidential);
      this.#registration.describe(webhook, await kept(keeping, webhook.id, change(before)));
    });
  }

  /** Pauses it, or ends a pause, or makes it active whatever it was; then all that waits is due, in its order. */
  async change(change: "pause" | "resume" | "enable"): Promise<ShownHealth | null> {
    const registered = this.#registration.registered();
    if (!registered) return null;
    const now = Date.now();
    const health = nextHealth(registered.health, change, now);
    this.ctx.storage.transactionSync(() => {
      this.#registration.become(health);
      if (health.state === "active" && health !== registered.health) this.#waiting.dueNow(now);
    });
    await this.#arm();
    return shownHealth(health);
  }

  /** How it is doing; null for a webhook that is not there. */
  async health(): Promise<ShownHealth | null> {
    const registered = this.#registration.registered();
    return registered && shownHealth(registered.health);
  }

  /** Takes events to deliver, each once, however often it is handed. A closed endpoint takes none. */
  async enqueue(endpointId: string, organization: string, events: ChannelEvent[]): Promise<void> {
    const ids = await Promise.all(
      events.map((event) => eventId(organization, event.article_id, event.revision, endpointId)),
    );
    const registered = this.#registration.registered();
    if (!registered) return;
    const now = Date.now();
    this.ctx.storage.transactionSync(() => {
      for (const [index, event] of events.entries()) this.#log.add(ids[index] ?? "", event, now);
      if (registered.health.state !== "active") this.#waiting.drop(LIMITS.HELD_DELIVERIES, now);
    });
    await this.#arm();
  }

  /** A page of deliveries, newest first. */
  async deliveries(query: LogQuery): Promise<{ deliveries: Delivery[]; cursor: string | null }> {
    return this.#log.page(query);
  }

  /** One delivery with its attempts. */
  async delivery(id: string): Promise<DeliveryLog | null> {
    return this.#log.delivery(id);
  }

  /** Tries a delivery again, also one that was delivered. Null when there is none. */
  async retry(id: string): Promise<Delivery | null> {
    if (!this.#waiting.retry(id, Date.now())) return null;
    await this.#arm();
    return this.#log.delivery(id);
  }

  /** Tries again what was settled: all that happened since a time, or only what has failed. Returns how many. */
  async replay(sinceMs: number, failedOnly: boolean): Promise<number> {
    const count = this.#waiting.replay(sinceMs, failedOnly, Date.now());
    if (count > 0) await this.#arm();
    return count;
  }

  /** Sends what is due, in rounds. */
  override async alarm(): Promise<void> {
    await ring(this.ctx.storage, "endpoint", LIMITS.PUBLISH_RETRY_MS, async () => {
      await this.#sendDue();
      await this.#tell();
      return this.#dueMs();
    });
  }

  async #sendDue(): Promise<void> {
    let left: number = LIMITS.DELIVERIES_PER_ROUND * LIMITS.ROUNDS_PER_ALARM;
    while (left > 0) {
      const registered = this.#registration.registered();
      if (!registered) return;
      const now = Date.now();
      const most = Math.min(left, this.#pace(registered.webhook, now).left);
      const posts = await this.#duePosts(registered, most, now);
      if (posts.length === 0) return;
      const target = await this.#target(registered);
      if (!this.#registration.registered()) return; // deleted while its secret was opened
      const pace = paceOf(registered.webhook);
      if (pace) this.#registration.begin(posts.length, pace, now);
      const sent = await eachAtMost(LIMITS.CONNECTIONS, posts, (one) => send(target, one));
      this.ctx.storage.transactionSync(() => {
        this.#log.settle(sent.flat());
        for (const settlements of sent) judge(this.#registration, settlements, Date.now());
      });
      left -= posts.length;
    }
  }

  /** The requests to make now: one for each delivery, or one batch. */
  async #duePosts(registered: Registered, most: number, now: number): Promise<Post[]> {
    const { webhook } = registered;
    const batched = webhook.batch_seconds !== undefined;
    const sending = batched ? "tests" : sendingOf(registered);
    const due = this.#waiting.due(now, sending, most);
    if (!batched || due.length > 0 || most === 0 || isHeld(registered.health)) {
      return due.map((delivery) => ({ id: delivery.eventId, deliveries: [delivery], batch: false }));
    }
    const { id, deliveries } = this.#waiting.batch(now, webhook.ordered === true);
    if (deliveries.length === 0) return [];
    const batchId = id ?? `bat_${await digest(...deliveries.map(({ eventId }) => eventId))}`;
    if (id === null) this.#waiting.bind(batchId, deliveries);
    return [{ id: batchId, deliveries, batch: true }];
  }

  /** Has the channel tell the other webhooks what there is to be told of this one. */
  async #tell(): Promise<void> {
    const registered = this.#registration.registered();
    const notices = this.#registration.notices();
    const last = notices.at(-1);
    if (!registered || !last) return;
    const { id, organization } = registered.webhook;
    await channelOf(this.env, organization).tell(id, notices);
    this.#registration.noticed(last.number);
  }

  #pace(webhook: Webhook, nowMs: number): { left: number; nextMs: number } {
    const pace = paceOf(webhook);
    return pace ? this.#registration.left(pace, nowMs) : { left: LIMITS.DELIVERIES_PER_ROUND, nextMs: 0 };
  }

  /** Where to send, checked anew, since what may be called can change. */
  async #target({ webhook, confidential }: Registered): Promise<Target> {
    const settings = configuration(this.env);
    const known = await readKept(settings, webhook.id, confidential);
    const secrets = signing(known, Date.now());
    const address = checkAddress(webhook.url, settings);
    return { webhook, secrets, signingKey: settings.signingKey, headers: known.headers, address };
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    const registered = this.#registration.registered();
    if (!registered) return null;
    if (this.#registration.notices().length > 0) return 0;
    const due = this.#waiting.nextDueMs(sendingOf(registered));
    if (due === null) return null;
    const pace = this.#pace(registered.webhook, Date.now());
    return pace.left > 0 ? due : Math.max(due, pace.nextMs);
  }

  /** The watchdog's look: prunes the log, sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    const now = Date.now();
    this.#log.prune(now - LIMITS.DELIVERIES_KEPT_DAYS * DAY_MS);
    return wakeIfStuck(this.ctx.storage, this.#dueMs());
  }

  async #arm(): Promise<void> {
    await armSooner(this.ctx.storage, this.#dueMs());
  }
}

/** What may be sent in an endpoint's state. */
function sendingOf({ health, webhook }: Registered): Sending {
  if (isHeld(health)) return "tests";
  return webhook.ordered ? "in-order" : "any";
}
