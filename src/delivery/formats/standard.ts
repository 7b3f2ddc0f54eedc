import { rfc3339 } from "../../model/time.ts";
import type { Message } from "../announcement.ts";
import { sizeOf, type WebhookFormat } from "./format.ts";

/** Standard Webhooks 1.0.0, "Payload structure". */
export const standard: WebhookFormat = {
  contentType: "application/json",
  // `data` is kept as JSON, and goes out as it was kept.
  body: (message) => `{${membersOf(message)}}`,
  list: { contentType: "application/json", body: standardList, bytes: sizeOf(standardEntry) },
};

/** A batch is a message too, whose data are the messages in it, each with its own id. */
function standardList(messages: readonly Message[]): string {
  const last = Math.max(...messages.map(({ at }) => at));
  const each = messages.map(standardEntry);
  return `{"type":"batch","timestamp":${JSON.stringify(rfc3339(last))},"data":{"messages":[${each.join(",")}]}}`;
}

/** A message with its id, where no header tells it. */
export function standardEntry(message: Message): string {
  return `{"id":${JSON.stringify(message.eventId)},${membersOf(message)}}`;
}

function membersOf({ seq, type, at, data }: Message): string {
  return `"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(rfc3339(at))},"sequence":${seq},"data":${data}`;
}
