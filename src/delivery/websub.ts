import type { HubRequest, SignatureMethod } from "../model/subscription.ts";
import { hubSignature } from "./hub-signature.ts";

/** The headers and body of a WebSub request. */
export interface Envelope {
  headers: Record<string, string>;
  body: string;
}

/** What a hub sends to a callback: a verification of intent, or a denial. */
export type CallbackQuestion =
  | (Pick<HubRequest, "mode" | "topic" | "leaseSeconds" | "verifyToken"> & { challenge: string })
  | { mode: "denied"; topic: string; reason: string };

/**
 * The address of a verification of intent (WebSub §5.3), or of a denial (§5.2). The callback's own query string stays
 * as it is, byte for byte: the subscriber knows its subscription by it.
 */
export function questionAddress(callback: string, question: CallbackQuestion): string {
  const query = new URLSearchParams({ "hub.mode": question.mode, "hub.topic": question.topic });
  if (question.mode === "denied") query.set("hub.reason", question.reason);
  else {
    query.set("hub.challenge", question.challenge);
    if (question.mode === "subscribe") query.set("hub.lease_seconds", String(question.leaseSeconds));
    if (question.verifyToken !== null) query.set("hub.verify_token", question.verifyToken);
  }
  const joint = !callback.includes("?") ? "?" : /[?&]$/.test(callback) ? "" : "&";
  return `${callback}${joint}${query}`;
}

/** A text that nobody can guess: what it comes back in has been read. */
export function newChallenge(): string {
  return [...crypto.getRandomValues(new Uint8Array(24))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/**
 * Content distribution (WebSub §7): the topic's content under its own type, and one Link header with the hub and the
 * topic; signed when the subscriber gave a secret.
 */
export async function distribution(
  content: { type: string; body: string },
  addresses: { hub: string; self: string },
  signature: { method: SignatureMethod; secret: string } | null,
): Promise<Envelope> {
  const link = `<${addresses.hub}>; rel="hub", <${addresses.self}>; rel="self"`;
  return {
    headers: {
      "content-type": content.type,
      link,
      ...(signature
        ? { "x-hub-signature": await hubSignature(signature.method, signature.secret, content.body) }
        : {}),
    },
    body: content.body,
  };
}

/**
 * What tells another hub that a topic has news. The Recommendation leaves it to hub and publisher (§6); this is what
 * PubSubHubbub did, by the names of both its versions.
 */
export function ping(topic: string): Envelope {
  const body = new URLSearchParams({ "hub.mode": "publish", "hub.url": topic, "hub.topic": topic });
  return { headers: { "content-type": "application/x-www-form-urlencoded" }, body: String(body) };
}
