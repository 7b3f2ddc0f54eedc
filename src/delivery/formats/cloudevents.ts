import { rfc3339 } from "../../model/time.ts";
import { announcementOf, type Message } from "../announcement.ts";
import { sizeOf, type WebhookFormat } from "./format.ts";

/** As many digits as the highest sequence has. */
const SEQUENCE_DIGITS = 16;

/** CloudEvents 1.0.2, JSON event format: structured mode of the HTTP binding, and its batched mode. */
export const cloudevents: WebhookFormat = {
  contentType: "application/cloudevents+json; charset=utf-8",
  body: cloudEvent,
  list: {
    contentType: "application/cloudevents-batch+json; charset=utf-8",
    body: (messages) => `[${messages.map(cloudEvent).join(",")}]`,
    bytes: sizeOf(cloudEvent),
  },
};

function cloudEvent(message: Message): string {
  const { eventId, seq, type, article_id, at, data } = message;
  const { source } = announcementOf(message);
  const attributes = {
    specversion: "1.0",
    id: eventId,
    source,
    type,
    subject: article_id,
    time: rfc3339(at),
    // The extension "Sequence": in the order of texts.
    sequence: String(seq).padStart(SEQUENCE_DIGITS, "0"),
    datacontenttype: "application/json",
  };
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${data}}`;
}
