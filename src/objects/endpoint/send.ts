import { type AddressPolicy, checkAddress } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/formats.ts";
import { signatureHeaders } from "../../delivery/signing.ts";
import type { SentRequest } from "../../model/delivery.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import { type Answer, post, uncalled } from "../../store/outgoing.ts";
import type { Post } from "./queue.ts";

/** A receiver, and the settings for requests to it. */
export interface Target {
  webhook: Webhook;
  secrets: readonly string[];
  signingKey: string | null;
  formerSigningKeys: readonly string[];
  headers: Record<string, string>;
  timeoutMs: number;
  addresses: AddressPolicy;
}

/** Replaces the value of a webhook's own header in the log. */
const NOT_TOLD = "[not shown]";

/** Makes a request. Checks the URL each time, because the allowed addresses can change. */
export async function send(
  target: Target,
  { id, deliveries, isBatch }: Post,
): Promise<{ answer: Answer; request: SentRequest | null }> {
  const { webhook, secrets, signingKey, formerSigningKeys, headers: own, timeoutMs, addresses } = target;
  const format = formats[webhook.format];
  const [first] = deliveries;
  if (!first) throw new Error("A request needs at least one delivery");
  const list = isBatch ? format.list : undefined;
  const made = list ? undefined : format.address?.(webhook.url, first);
  const address = checkAddress(made ?? webhook.url, addresses);
  if (!address.ok) return { answer: uncalled(`url ${address.reason}`), request: null };
  const { url } = address;
  const method = format.method ?? "POST";
  const body = list ? list.body(deliveries) : format.body(first);
  const seconds = Math.floor(Date.now() / 1_000);
  const headers = {
    ...(list ? {} : format.headers?.(first)),
    "content-type": (list ?? format).contentType,
    ...(await signatureHeaders(secrets, id, seconds, body, signingKey, formerSigningKeys)),
  };
  const keptBytes = LIMITS.RESPONSE_KEPT_BYTES;
  const answer = await post({ method, url, headers: { ...own, ...headers }, body, timeoutMs, keptBytes });
  const shown = Object.fromEntries(Object.keys(own).map((name) => [name, NOT_TOLD]));
  const start = body.slice(0, LIMITS.REQUEST_KEPT_CHARACTERS).toWellFormed();
  return { answer, request: { method, url, headers: { ...shown, ...headers }, body: start } };
}
