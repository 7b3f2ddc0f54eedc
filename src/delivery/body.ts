import { LIMITS } from "../model/limits.ts";
import { rfc3339 } from "../model/time.ts";
import type { Webhook } from "../model/webhook.ts";
import { announcementOf, type Message } from "./announcement.ts";
import { discord, plain, slack, teams } from "./chat.ts";
import { utf8Bytes } from "./fitted.ts";

/** The format of a request to a receiver. */
export interface BodyFormat {
  /** The Content-Type of the request. */
  contentType: string;
  /** Writes the body. The same message has the same body in every attempt. */
  body(message: Message): string;
  /** The format of a batch; formats for people have none. */
  list?: ListFormat;
}

/** The format of a request with several messages. */
export interface ListFormat {
  contentType: string;
  body(messages: readonly Message[]): string;
  /** The size of a message in the body with its separator, in UTF-8 bytes. */
  bytes(message: Message): number;
}

/** Returns as many of the first messages as fit into one request, and at least one. */
export function batchOf<M extends Message>(messages: readonly M[], list: ListFormat): M[] {
  let bytes = FRAME_BYTES;
  const over = messages.findIndex((message, index) => {
    bytes += list.bytes(message);
    return index === LIMITS.BATCH_MESSAGES || (index > 0 && bytes > LIMITS.BATCH_BYTES);
  });
  return messages.slice(0, over < 0 ? messages.length : over);
}

/** More than any list format needs around its messages. */
const FRAME_BYTES = 100;

/** The formats of webhooks. To add one, add a row here and a name in `FormatName`. */
export const formats: Readonly<Record<Webhook["format"], BodyFormat>> = {
  /** Standard Webhooks 1.0.0, "Payload structure". */
  standard: {
    contentType: "application/json",
    // `data` is stored as JSON and sent as it is.
    body: ({ type, at, data }) =>
      `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(rfc3339(at))},"data":${data}}`,
    list: { contentType: "application/json", body: standardList, bytes: sizeOf(standardEntry) },
  },
  /** CloudEvents 1.0.2, JSON event format, structured mode of the HTTP binding. */
  cloudevents: {
    contentType: "application/cloudevents+json; charset=utf-8",
    body: cloudEvent,
    list: {
      contentType: "application/cloudevents-batch+json; charset=utf-8",
      body: (messages) => `[${messages.map(cloudEvent).join(",")}]`,
      bytes: sizeOf(cloudEvent),
    },
  },
  /** An incoming webhook of Slack, or of services that accept the same (Mattermost, Rocket.Chat). */
  slack: { contentType: "application/json", body: (message) => slack(announcementOf(message)) },
  /** Discord's "Execute Webhook". */
  discord: { contentType: "application/json", body: (message) => discord(announcementOf(message)) },
  /** A Teams workflow "When a Teams webhook request is received". */
  teams: { contentType: "application/json", body: (message) => teams(announcementOf(message)) },
  /** Plain text, for ntfy and similar services. */
  text: { contentType: "text/plain; charset=utf-8", body: (message) => plain(announcementOf(message)) },
};

function cloudEvent({ eventId, type, article_id, at, data }: Message): string {
  const { source } = announcementOf({ eventId, type, article_id, at, data });
  const attributes = {
    specversion: "1.0",
    id: eventId,
    source,
    type,
    subject: article_id,
    time: rfc3339(at),
    datacontenttype: "application/json",
  };
  return `${JSON.stringify(attributes).slice(0, -1)},"data":${data}}`;
}

/** A batch is a message whose data contains messages, each with its own id. */
function standardList(messages: readonly Message[]): string {
  const last = Math.max(...messages.map(({ at }) => at));
  const each = messages.map(standardEntry);
  return `{"type":"batch","timestamp":${JSON.stringify(rfc3339(last))},"data":{"messages":[${each.join(",")}]}}`;
}

function standardEntry({ eventId, type, at, data }: Message): string {
  return `{"id":${JSON.stringify(eventId)},"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(rfc3339(at))},"data":${data}}`;
}

function sizeOf(write: (message: Message) => string): ListFormat["bytes"] {
  return (message) => utf8Bytes(write(message)) + 1;
}
