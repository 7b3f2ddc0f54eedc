import type { ChannelEvent } from "../model/event.ts";
import { rfc3339 } from "../model/time.ts";
import type { Webhook } from "../model/webhook.ts";

/** How events are put to a receiver. */
export interface BodyFormat {
  /** The Content-Type of the request. */
  contentType: string;
  /** The body of the request. The same event gives the same text at every try, whenever it is made. */
  body(event: Pick<ChannelEvent, "type" | "at" | "data">): string;
}

/** Every format a webhook can ask for. A new one is a row here and a name in `WebhookInput`. */
export const formats: Readonly<Record<Webhook["format"], BodyFormat>> = {
  /** Standard Webhooks 1.0.0, "Payload structure". */
  standard: {
    contentType: "application/json",
    // `data` is kept as JSON, and goes out as it was kept.
    body: ({ type, at, data }) =>
      `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(rfc3339(at))},"data":${data}}`,
  },
};
