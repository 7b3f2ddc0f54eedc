import type { Message } from "../announcement.ts";
import { utf8Bytes } from "../fitted.ts";
import type { Rate } from "../pace.ts";

/** How messages are put to one kind of receiver: all that is particular to it. */
export interface WebhookFormat {
  /** The Content-Type of a request. */
  contentType: string;
  /** POST when it is not given. */
  method?: "POST" | "PUT";
  /** Where a message is sent; the webhook's own address when it is not given. It is checked like any other. */
  address?(url: string, message: Message): string;
  /** Sent with the signature and the webhook's own headers, which cannot replace them. */
  headers?(message: Message): Record<string, string>;
  /** The body of a request. The same message gives the same text at every try, whenever it is made. */
  body(message: Message): string;
  /** Several messages in one request, for receivers that programs are; people read one at a time. */
  list?: ListFormat;
  /** The limits that the receiver's service publishes: all of them are kept. */
  pace?: readonly Rate[];
  /** The most bytes of a batch in UTF-8; `LIMITS.BATCH_BYTES` when it is not given. */
  maxBytes?: number;
}

/** The format of a request with several messages. */
export interface ListFormat {
  contentType: string;
  body(messages: readonly Message[]): string;
  /** The size of a message in the body with its separator, in UTF-8 bytes. */
  bytes(message: Message): number;
}

/**
 * {@link ListFormat.bytes} of a list whose messages are written so, and separated by a comma. A message that cannot be
 * written has no size: its request then fails.
 */
export const sizeOf =
  (write: (message: Message) => string): ListFormat["bytes"] =>
  (message) => {
    try {
      return utf8Bytes(write(message)) + 1;
    } catch {
      return 0;
    }
  };
