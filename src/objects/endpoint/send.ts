import { type AddressPolicy, checkAddress } from "../../delivery/addresses.ts";
import { formats } from "../../delivery/formats.ts";
import { signatureHeaders } from "../../delivery/signing.ts";
import { LIMITS } from "../../model/limits.ts";
import type { Webhook } from "../../model/webhook.ts";
import { type Answer, post, uncalled } from "../../store/outgoing.ts";
import type { Post } from "./queue.ts";

/** A receiver: where it is and what it is sent with. */
export interface Target {
  webhook: Webhook;
  secrets: readonly string[];
  signingKey: string | null;
  formerSigningKeys: readonly string[];
  headers: Record<string, string>;
  timeoutMs: number;
  addresses: AddressPolicy;
}

/** Makes a request. Its address is checked anew each time, since what may be called can change. */
export async function send(target: Target, { id, deliveries, isBatch }: Post): Promise<Answer> {
  const { webhook, secrets, signingKey, formerSigningKeys, headers, timeoutMs, addresses } = target;
  const format = formats[webhook.format];
  const [first] = deliveries;
  if (!first) throw new Error("A request has one delivery at least");
  const list = isBatch ? format.list : undefined;
  const address = checkAddress(
    list ? webhook.url : (format.address?.(webhook.url, first) ?? webhook.url),
    addresses,
  );
  if (!address.ok) return uncalled(`url ${address.reason}`);
  const body = list ? list.body(deliveries) : format.body(first);
  const seconds = Math.floor(Date.now() / 1_000);
  const signature = await signatureHeaders(secrets, id, seconds, body, signingKey, formerSigningKeys);
  return post({
    method: format.method ?? "POST",
    url: address.url,
    headers: {
      ...headers,
      ...(list ? {} : format.headers?.(first)),
      "content-type": (list ?? format).contentType,
      ...signature,
    },
    body,
    timeoutMs,
    keptBytes: LIMITS.RESPONSE_KEPT_BYTES,
  });
}
