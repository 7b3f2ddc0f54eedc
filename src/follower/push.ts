import { RpcTarget } from "cloudflare:workers";
import { checkAddress } from "../delivery/addresses.ts";
import type { Bindings, Configuration } from "../env.ts";
import { linkIn } from "../intake/upstream/hub.ts";
import { digest } from "../model/digest.ts";
import { LIMITS } from "../model/limits.ts";
import { DAY_MS } from "../model/time.ts";
import type { Alarm, Duty } from "../objects/kit/alarm.ts";
import { open } from "../objects/secrets.ts";
import { logLine } from "../store/log.ts";
import { post } from "../store/outgoing.ts";
import { readerName } from "../store/redirects.ts";
import type { Following } from "./following.ts";
import type { PushStore, PushSubscription } from "./push-store.ts";
import type { Reading } from "./reading.ts";

const HOUR_MS = 3_600_000;

/** Whether a hub could reach this service. */
export const isReachable = ({ site, allowLoopback }: Configuration): boolean =>
  allowLoopback || checkAddress(site.publicUrl, { allowLoopback, allowHttp: true }).ok;

interface Parts {
  settings: () => Configuration;
  following: Following;
  push: PushStore;
}

/**
 * Asks a source's hub for a subscription (WebSub §5.1), again until it confirms, and before the lease ends. When the
 * lease ends all the same, the source is polled as any other.
 */
export class Subscribing implements Duty {
  readonly name = "subscribe";
  readonly isAlone = true;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  dueMs(): number | null {
    const subscription = this.#parts.push.read();
    return subscription && Math.min(subscription.dueMs, subscription.leaseEndsMs ?? Number.POSITIVE_INFINITY);
  }

  async run(nowMs: number): Promise<void> {
    const { settings, following, push } = this.#parts;
    const subscription = push.read();
    const source = following.read()?.source;
    if (!subscription || !source) return push.remove();
    const { hub, topic, token, sealed, attempts, leaseEndsMs, dueMs } = subscription;
    if (leaseEndsMs !== null && leaseEndsMs <= nowMs) {
      push.lapse(dueMs);
      following.pollBy(nowMs);
    }
    if (dueMs > nowMs) return;
    // Noted first: a process that dies here does not ask again at once.
    push.asked(nowMs + Math.min(HOUR_MS * 2 ** Math.min(attempts, 5), DAY_MS));
    const secret = (await open(settings(), source.id, sealed))?.secrets.secret;
    if (secret === undefined) return push.remove(); // it cannot be opened: the next poll begins another
    const { site, allowLoopback } = settings();
    const address = checkAddress(hub, { allowLoopback, allowHttp: true });
    if (!address.ok) return;
    const form = new URLSearchParams({
      "hub.mode": "subscribe",
      "hub.topic": topic,
      "hub.callback": `${site.publicUrl}/websub/${token}`,
      "hub.lease_seconds": String(LIMITS.LEASE_DEFAULT_SECONDS),
      "hub.secret": secret,
    });
    const answer = await post({
      url: address.url,
      headers: { "content-type": "application/x-www-form-urlencoded", "user-agent": readerName({ site }) },
      body: form.toString(),
      timeoutMs: LIMITS.SOURCE_TIMEOUT_MS,
      keptBytes: 0,
    });
    if (answer.error !== "none")
      logLine("warn", "source.hub", { source: source.id, status: answer.status, error: answer.detail });
  }
}

/** What a hub says at a callback: its verification of intent (WebSub §5.3), or its denial (§5.2). */
export interface Verification {
  mode: string;
  topic: string;
  leaseSeconds: number | null;
}

/** A hub may verify twice, when our answer was lost. */
const wasAsked = ({ attempts, leaseEndsMs }: PushSubscription): boolean =>
  attempts > 0 || leaseEndsMs !== null;

/** A document that a hub has pushed; its signature is verified. */
export interface Pushed {
  body: Uint8Array;
  contentType: string;
  link: string | null;
}

/** The callback of a source's subscription, for who knows its token. */
export class PushCallback extends RpcTarget {
  readonly #parts: Parts & { env: () => Bindings; reading: Reading; alarm: Alarm };

  constructor(parts: Parts & { env: () => Bindings; reading: Reading; alarm: Alarm }) {
    super();
    this.#parts = parts;
  }

  /** Whether the hub's words are about a subscription that was asked for; then they take effect. */
  async verify(token: string, { mode, topic, leaseSeconds }: Verification): Promise<boolean> {
    const { push, following, alarm } = this.#parts;
    const subscription = this.#find(token);
    if (!subscription || subscription.topic !== topic) return false;
    const now = Date.now();
    if (mode === "denied") {
      push.lapse(now + DAY_MS);
      following.pollBy(now + LIMITS.SOURCE_POLL_SECONDS * 1_000);
    } else {
      if (mode !== "subscribe" || !wasAsked(subscription)) return false;
      const wanted = leaseSeconds ?? LIMITS.LEASE_DEFAULT_SECONDS;
      const leaseMs = Math.min(Math.max(wanted, 0), LIMITS.LEASE_MOST_SECONDS) * 1_000;
      push.confirm(now + leaseMs, now + Math.max(leaseMs * 0.75, LIMITS.SOURCE_SOONEST_SECONDS * 1_000));
    }
    await alarm.rearm();
    return true;
  }

  /** The secret with which documents are signed; null when there is no such subscription. */
  async secretOf(token: string): Promise<string | null> {
    const { settings, following } = this.#parts;
    const subscription = this.#find(token);
    const source = following.read()?.source;
    if (!subscription || !source) return null;
    return (await open(settings(), source.id, subscription.sealed))?.secrets.secret ?? null;
  }

  /** Takes a document in as a polled one. False when it is of another topic; one that came before changes nothing. */
  async take(token: string, { body, contentType, link }: Pushed): Promise<boolean> {
    const { push, reading, alarm } = this.#parts;
    const subscription = this.#find(token);
    if (!subscription) return false;
    const self = linkIn(link, "self", subscription.topic);
    if (self !== null && self !== subscription.topic) return false;
    const said = await digest(new TextDecoder().decode(body));
    // A document that is sent again must not undo what came after it.
    if (subscription.digests.includes(said)) return true;
    const isOfTopic = await reading.takePushed(body, contentType, subscription.topic, self !== null);
    if (!isOfTopic) return false;
    push.pushed(said, Date.now());
    await alarm.rearm();
    return true;
  }

  #find(token: string): PushSubscription | null {
    const subscription = this.#parts.push.read();
    const [known, given] = [subscription?.token ?? "", token].map((text) => new TextEncoder().encode(text));
    const same = known?.byteLength === given?.byteLength && known && given;
    return same && crypto.subtle.timingSafeEqual(known, given) ? subscription : null;
  }
}
