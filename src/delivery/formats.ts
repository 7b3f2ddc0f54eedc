import type { Webhook } from "../model/webhook.ts";
import { cloudevents } from "./formats/cloudevents.ts";
import { discord } from "./formats/discord.ts";
import type { WebhookFormat } from "./formats/format.ts";
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
