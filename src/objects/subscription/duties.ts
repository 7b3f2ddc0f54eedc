import { checkAddress } from "../../delivery/addresses.ts";
import { SECRETS_LOST } from "../../delivery/health.ts";
import { afterAsking } from "../../delivery/retry-after.ts";
import { nextAttemptAt } from "../../delivery/schedule.ts";
import { timeoutMsAfter } from "../../delivery/timeout.ts";
import { newChallenge, questionAddress } from "../../delivery/websub.ts";
import type { Bindings, Configuration } from "../../env.ts";
import { knownTopicAt, shownIn } from "../../feeds/topic.ts";
import { LIMITS } from "../../model/limits.ts";
import { seriesOf } from "../../model/metrics.ts";
import { DAY_MS, rfc3339 } from "../../model/time.ts";
import { type Answer, post, uncalled } from "../../store/outgoing.ts";
import { tally } from "../../store/tally.ts";
import type { Content } from "../content.ts";
import type { Duty } from "../kit/alarm.ts";
import { FirstTry } from "../kit/first-try.ts";
import { open } from "../secrets.ts";
import { channelOf, directoryOf } from "../stubs.ts";
import { contentOf, envelopeOf } from "./content.ts";
import { deny } from "./lease.ts";
import {
  type Granted,
  type Intent,
  isOver,
  type Request,
  type SubscriptionStore,
  type Terms,
  type WaitingIntent,
} from "./store.ts";

interface Parts {
  env: () => Bindings;
  settings: () => Configuration;
  store: SubscriptionStore;
}

/** The channels whose feeds make up a topic. */
const channelsOf = (
  { env, settings }: Parts,
  { topic: address, keys = {} }: Pick<Terms, "topic" | "keys">,
) => {
  const topic = knownTopicAt(address, settings().site.publicUrl);
  return topic ? shownIn(topic).map((name) => channelOf(env(), keys[name] ?? name)) : [];
};

/** Verifies an intent (WebSub §5.3) and carries it out. An unconfirmed intent is dropped. */
export class Verification implements Duty {
  readonly name = "verify";
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    return this.#parts.store.intent() ? 0 : null;
  }

  async run(): Promise<void> {
    const { store } = this.#parts;
    const waiting = store.intent();
    if (!waiting) return;
    const { number, intent } = waiting;
    const isConfirmed = waiting.isConfirmed || (await this.#confirms(intent));
    if (isConfirmed && intent.mode === "subscribe") await this.#begin(waiting, intent);
    if (isConfirmed && intent.mode === "unsubscribe") store.end(Date.now());
    store.removeIntent(number);
  }

  /** §5.3.1: a 2xx with the challenge as its body confirms; anything else does not. */
  async #confirms(intent: Intent): Promise<boolean> {
    const challenge = newChallenge();
    const question = intent.mode === "denied" ? intent : { ...intent, challenge };
    const address = checkAddress(questionAddress(intent.callback, question), this.#parts.settings());
    if (!address.ok) return false;
    const answer = await post({
      method: "GET",
      url: address.url,
      headers: {},
      body: null,
      timeoutMs: LIMITS.VERIFICATION_TIMEOUT_MS,
      keptBytes: LIMITS.RESPONSE_KEPT_BYTES,
    });
    return answer.error === "none" && answer.response === challenge;
  }

  /** Starts or renews a confirmed subscription. Safe to repeat. */
  async #begin({ number, sealed, isConfirmed }: WaitingIntent, request: Request): Promise<void> {
    const { env, store } = this.#parts;
    const { id, topic, callback, method, signed, kind, keys, leaseSeconds, askedMs, tag } = request;
    const now = Date.now();
    if (!isConfirmed) {
      const before = isOver(store.read(), now) ? null : store.read();
      const secretChangedMs = before && !(await this.#isSameSecret(id, before.sealed, sealed)) ? now : null;
      store.confirm(number);
      if (!before) store.remove();
      const lease = { endsMs: now + leaseSeconds * 1_000, tag, secretChangedMs };
      const terms = { id, topic, callback, method, signed, kind, ...(keys ? { keys } : {}) };
      store.grant(terms, sealed, lease, now);
    }
    await directoryOf(env()).watchdog.watch({ kind: "subscription", name: id });
    const host = new URL(callback).hostname;
    const added = await Promise.all(
      channelsOf(this.#parts, request).map((channel) => channel.subscribers.add(id, topic, askedMs, host)),
    );
    if (added.includes(false)) deny(store, "There is no room for it, or no such feed any more.");
  }

  async #isSameSecret(id: string, ...sealed: [string, string]): Promise<boolean> {
    const [one, other] = await Promise.all(sealed.map((text) => open(this.#parts.settings(), id, text)));
    return one?.secrets.secret === other?.secrets.secret;
  }
}

/** Sends the current content of the topic. A retry sends the content that is current then. */
export class Distribution implements Duty {
  readonly name = "distribute";
  readonly #parts: Parts;
  readonly #first = new FirstTry();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    return this.#parts.store.read()?.dueMs ?? null;
  }

  /**
   * Sends a publication before it is stored, where nothing waits and the subscriber is not known to fail. Success is one
   * row written, and no alarm.
   * @returns false if it must be stored
   */
  async tryNow(before: Granted, content: Content, rearm: () => Promise<void>): Promise<boolean> {
    const { store } = this.#parts;
    const { dueMs, failingSinceMs, timeouts, tag } = before;
    const isFree = dueMs === null && failingSinceMs === null && timeouts === 0 && store.intent() === null;
    if (!isFree || this.#first.isUnderWay || content.tag === tag) return false;
    let [told, isOver] = [before.told, false];
    const attempt = async () => {
      const answer = await this.#sent(before, content);
      isOver = true;
      this.#settle({ ...before, told }, content, answer);
      return answer !== "over" && answer.error === "none";
    };
    const keep = (leaseMs: number) => {
      if (isOver) return; // just now
      told++;
      store.news(leaseMs);
    };
    if (!(await this.#first.make(attempt, keep, rearm))) await rearm();
    return true;
  }

  async run(): Promise<void> {
    const { env, settings, store } = this.#parts;
    await this.#first.ended;
    const subscription = store.read();
    const now = Date.now();
    if (!subscription || isOver(subscription, now) || (subscription.dueMs ?? now + 1) > now) return;
    const { terms, told, tag } = subscription;
    const content = terms.kind === "hub" ? null : await contentOf(env(), settings().site, terms);
    if (terms.kind === "subscriber" && content === null) {
      return deny(store, "There is no such feed any more.");
    }
    if (content?.tag === tag) return store.has(told, tag, null);
    this.#settle(subscription, content, await this.#sent(subscription, content));
  }

  #settle(subscription: Granted, content: Content | null, answer: Answer | "over"): void {
    const { store } = this.#parts;
    const { terms, told } = subscription;
    if (answer === "over") return;
    tally(seriesOf("pushes", answer.error === "none" ? "delivered" : "failed"));
    if (answer.error === "none") store.has(told, content?.tag ?? "", Date.now());
    // RFC 9110 §15.5.11 and WebSub §7: the subscriber has ended the subscription.
    else if (answer.status === 410 && terms.kind === "subscriber") store.end(Date.now());
    else this.#fail(subscription, answer);
  }

  async #sent({ terms, sealed, timeouts }: Granted, content: Content | null): Promise<Answer | "over"> {
    const settings = this.#parts.settings();
    const opened = terms.signed ? await open(settings, terms.id, sealed) : null;
    if (terms.signed && !opened) return { ...uncalled(SECRETS_LOST), error: "secret" };
    const secret = opened?.secrets.secret ?? "";
    const { headers, body } = await envelopeOf(terms, secret, content, settings.site);
    const now = this.#parts.store.read();
    if (!now || isOver(now, Date.now())) return "over"; // ended in the meantime
    const address = checkAddress(terms.callback, settings);
    if (!address.ok) return uncalled(`It ${address.reason}.`);
    return post({ url: address.url, headers, body, timeoutMs: timeoutMsAfter(timeouts), keptBytes: 0 });
  }

  /** Unsubscribes a subscriber that has failed for days and also fails the first attempt of a new push. */
  #fail({ terms, told, attempts, failingSinceMs }: Granted, { status, detail, retryAfter, error }: Answer) {
    const now = Date.now();
    const failingMs = now - (failingSinceMs ?? now);
    const isLost = attempts === 0 && failingMs >= LIMITS.SUBSCRIBER_FAILING_DAYS * DAY_MS;
    if (isLost && terms.kind === "subscriber") return this.#parts.store.end(now);
    const scheduled = nextAttemptAt(attempts + 1, now, Math.random());
    const nextMs = retryAfter === undefined ? scheduled : afterAsking(scheduled, retryAfter, now);
    const failure = { at: rfc3339(now), status, detail };
    this.#parts.store.failed(told, nextMs, error === "timeout", failure, now);
  }
}

/** Removes a subscription whose lease has ended: from its channels, the watchdog and this object. */
export class Expiry implements Duty {
  readonly name = "expire";
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Waits for a pending intent, which may renew the lease. */
  dueMs(): number | null {
    const { store } = this.#parts;
    return store.intent() ? null : (store.read()?.endsMs ?? null);
  }

  async run(): Promise<void> {
    const { env, store } = this.#parts;
    const subscription = store.read();
    if (!subscription) return;
    const { id } = subscription.terms;
    await Promise.all(
      channelsOf(this.#parts, subscription.terms).map((channel) => channel.subscribers.remove(id)),
    );
    await directoryOf(env()).watchdog.unwatch([id]);
    if (isOver(store.read(), Date.now())) store.remove();
  }
}
