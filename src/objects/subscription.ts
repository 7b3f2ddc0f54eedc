import { DurableObject } from "cloudflare:workers";
import { checkAddress } from "../delivery/addresses.ts";
import { afterAsking } from "../delivery/retry-after.ts";
import { nextAttemptAt } from "../delivery/schedule.ts";
import { newChallenge, questionAddress } from "../delivery/websub.ts";
import { type Bindings, configuration } from "../env.ts";
import { shownIn, topicAt } from "../feeds/topic.ts";
import { LIMITS } from "../model/limits.ts";
import type { HubRequest, Subscription as ShownSubscription } from "../model/subscription.ts";
import { rfc3339 } from "../model/time.ts";
import { type Answer, post, uncalled } from "../store/outgoing.ts";
import { armAt, earliest, ring, wakeIfStuck } from "./alarm.ts";
import type { Listener } from "./channel/listeners.ts";
import { kept, readKept } from "./secrets.ts";
import { channelOf, directoryOf } from "./stubs.ts";
import { type Content, contentOf, envelopeOf } from "./subscription/content.ts";
import { type Due, type Intent, Lease, type Terms } from "./subscription/lease.ts";

/**
 * One subscription (WebSub: a topic and a callback), or one topic that another hub is told of. It has no queue as an
 * endpoint has: who could not be reached is sent the feed as it is by then, not as it was.
 */
export class Subscription extends DurableObject<Bindings> {
  #opened: Lease | null = null;

  /** Made when it is needed: an object that nobody has confirmed leaves nothing behind, not even empty tables. */
  get #lease(): Lease {
    this.#opened ??= new Lease(this.ctx.storage.sql);
    return this.#opened;
  }

  /** Takes what is asked in a callback's name: its alarm verifies that the callback wants it. */
  async ask(id: string, { secret, ...asked }: HubRequest): Promise<void> {
    const askedMs = Date.now();
    const content = asked.mode === "subscribe" ? await this.#content(asked.topic) : null;
    const terms: Terms = { ...asked, id, kind: "subscriber", signed: secret !== null };
    const intent: Intent = { ...asked, ...terms, askedMs, tag: content?.tag ?? "" };
    this.#lease.intend(intent, await this.#sealed(id, secret ?? ""));
    await this.#arm();
  }

  /** There is news of the topic. False when nobody is subscribed here any more. */
  async news({ id, topic, hub }: Listener): Promise<boolean> {
    if (hub !== null && this.#lease.terms() === null) {
      const terms: Terms = { id, kind: "hub", topic, callback: hub, method: "sha256", signed: false };
      this.#lease.grant(terms, await this.#sealed(id, ""), null, "", Date.now());
      await directoryOf(this.env).watchdog.watch({ kind: "subscription", name: id });
    }
    if (this.#lease.terms() === null || this.#isOver()) return false;
    this.#lease.news(Date.now());
    await this.#arm();
    return true;
  }

  /** Ends the subscription, and tells the subscriber so (WebSub §5.2: a hub may deny one at any time). */
  async deny(reason: string): Promise<void> {
    const terms = this.#lease.terms();
    if (!terms) return;
    const { topic, callback } = terms;
    if (terms.kind === "subscriber") this.#lease.intend({ mode: "denied", topic, callback, reason }, "");
    this.#lease.end(Date.now());
    await this.#arm();
  }

  /** Ends it without a word. */
  async close(): Promise<void> {
    this.#lease.end(Date.now());
    await this.#arm();
  }

  /** What is known of it; null when nobody is subscribed here. */
  async shown(): Promise<ShownSubscription | null> {
    return this.#isOver() ? null : this.#lease.shown();
  }

  /** Asks, ends and sends what is due. */
  override async alarm(): Promise<void> {
    await ring(this.ctx.storage, "subscription", LIMITS.PUBLISH_RETRY_MS, async () => {
      await this.#question();
      await this.#send();
      if (this.#isOver()) await this.#leave();
      const due = this.#dueMs();
      if (due === null && this.#lease.terms() === null) await this.#vanish();
      return due;
    });
  }

  /** The watchdog's look: sets the alarm when one is missing. True when something was stuck. */
  async wake(): Promise<boolean> {
    return wakeIfStuck(this.ctx.storage, this.#dueMs());
  }

  /** Verifies an intent (WebSub §5.3). What is not confirmed changes nothing. */
  async #question(): Promise<void> {
    const waiting = this.#lease.intent();
    if (!waiting) return;
    const { number, intent, confidential } = waiting;
    const challenge = newChallenge();
    const question = intent.mode === "denied" ? intent : { ...intent, challenge };
    const answer = await this.#get(questionAddress(intent.callback, question));
    // §5.3.1: a 2xx with the challenge as its body; anything else is a failure.
    const confirmed = answer.error === "none" && answer.response === challenge;
    if (confirmed && intent.mode === "subscribe") await this.#begin(intent, confidential);
    if (confirmed && intent.mode === "unsubscribe") this.#lease.end(Date.now());
    this.#lease.asked(number);
  }

  /** Begins or renews the subscription: from the moment on when it was confirmed. */
  async #begin(
    intent: Extract<Intent, { mode: "subscribe" | "unsubscribe" }>,
    confidential: string,
  ): Promise<void> {
    const { id, topic, callback, method, signed, kind, leaseSeconds, askedMs, tag } = intent;
    const now = Date.now();
    if (this.#isOver()) this.#lease.clear();
    const terms: Terms = { id, topic, callback, method, signed, kind };
    this.#lease.grant(terms, confidential, now + leaseSeconds * 1_000, tag, now);
    await directoryOf(this.env).watchdog.watch({ kind: "subscription", name: id });
    const added = await Promise.all(
      this.#channels(topic).map((channel) =>
        channel.addSubscription(id, topic, askedMs, new URL(callback).hostname),
      ),
    );
    if (added.includes(false)) await this.deny("There is no room for it, or no such feed any more.");
  }

  async #send(): Promise<void> {
    const due = this.#lease.due(Date.now());
    if (!due) return;
    const { terms, told, tag } = due;
    const content = terms.kind === "hub" ? null : await this.#content(terms.topic);
    if (terms.kind === "subscriber" && content === null) return this.deny("There is no such feed any more.");
    if (content?.tag === tag) return this.#lease.has(told, tag, null);
    const answer = await this.#posted(due, content);
    if (answer === "over") return;
    if (answer.error === "none") this.#lease.has(told, content?.tag ?? "", Date.now());
    // RFC 9110 §15.5.11, and WebSub §7: the subscriber does not want it any more.
    else if (answer.status === 410 && terms.kind === "subscriber") this.#lease.end(Date.now());
    else this.#fail(due, answer);
  }

  async #posted(due: Due, content: Content | null): Promise<Answer | "over"> {
    const settings = configuration(this.env);
    const { terms } = due;
    const { secret } = await readKept(settings, terms.id, due.confidential);
    const { headers, body } = await envelopeOf(terms, secret, content, settings.site);
    if (this.#isOver()) return "over"; // ended while its content was read
    const address = checkAddress(terms.callback, settings);
    if (!address.ok) return uncalled(`It ${address.reason}.`);
    return post({ url: address.url, headers, body, timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS, keptBytes: 0 });
  }

  #fail({ told, tries }: Due, { status, detail, retryAfter }: Answer): void {
    const now = Date.now();
    const scheduled = nextAttemptAt(tries + 1, now, Math.random());
    const nextMs = retryAfter === undefined ? scheduled : afterAsking(scheduled, retryAfter, now);
    this.#lease.failed(told, nextMs, { at: rfc3339(now), status, detail });
  }

  /** Has everybody forget a subscription that is over. */
  async #leave(): Promise<void> {
    const terms = this.#lease.terms();
    if (!terms) return;
    await Promise.all(this.#channels(terms.topic).map((channel) => channel.removeSubscription(terms.id)));
    await directoryOf(this.env).watchdog.unwatch([terms.id]);
    if (this.#isOver()) this.#lease.clear();
  }

  async #vanish(): Promise<void> {
    this.#opened = null;
    await this.ctx.storage.deleteAll();
  }

  #channels(address: string) {
    const topic = topicAt(address, configuration(this.env).site.publicUrl);
    return topic ? shownIn(topic).map((slug) => channelOf(this.env, slug)) : [];
  }

  #content(address: string): Promise<Content | null> {
    return contentOf(this.env, configuration(this.env).site, address);
  }

  #sealed(id: string, secret: string): Promise<string> {
    return kept(configuration(this.env), id, { secret, former: [], headers: {} });
  }

  async #get(text: string): Promise<Answer> {
    const address = checkAddress(text, configuration(this.env));
    if (!address.ok) return uncalled(`It ${address.reason}.`);
    const bounds = { timeoutMs: LIMITS.ATTEMPT_TIMEOUT_MS, keptBytes: LIMITS.RESPONSE_KEPT_BYTES };
    return post({ method: "GET", url: address.url, headers: {}, body: null, ...bounds });
  }

  #isOver(): boolean {
    const endsMs = this.#lease.endsMs();
    return endsMs !== null && endsMs <= Date.now();
  }

  /** When something is to be done here; null when nothing is. */
  #dueMs(): number | null {
    return earliest(this.#lease.intent() ? 0 : null, this.#lease.dueMs(), this.#lease.endsMs());
  }

  async #arm(): Promise<void> {
    await armAt(this.ctx.storage, this.#dueMs());
  }
}
