import { LIMITS } from "../model/limits.ts";
import type { Webhook } from "../model/webhook.ts";
import type { Message } from "./announcement.ts";
import { cloudevents } from "./formats/cloudevents.ts";
import { discord } from "./formats/discord.ts";
import type { ListFormat, WebhookFormat } from "./formats/format.ts";
import { slack } from "./formats/slack.ts";
import { standard } from "./formats/standard.ts";
import { teams } from "./formats/teams.ts";
import { text } from "./formats/text.ts";

/** Every format a webhook can ask for. A new one is a file in `formats/`, a row here, and its name in `FormatName`. */
export const formats: Readonly<Record<Webhook["format"], WebhookFormat>> = {
  standard,
  cloudevents,
  slack,
  discord,
  teams,
  text,
};

/** Returns as many of the first messages as fit into one request, and at least one. */
export function batchOf<M extends Message>(
  messages: readonly M[],
  list: ListFormat,
  most: { messages: number; bytes: number } = { messages: LIMITS.BATCH_MESSAGES, bytes: LIMITS.BATCH_BYTES },
): M[] {
  let bytes = FRAME_BYTES;
  const over = messages.findIndex((message, index) => {
    bytes += list.bytes(message);
    return index === most.messages || (index > 0 && bytes > most.bytes);
  });
  return messages.slice(0, over < 0 ? messages.length : over);
}

/** More than any list format needs around its messages. */
const FRAME_BYTES = 100;
