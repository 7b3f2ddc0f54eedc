import { type Announcement, announcementOf } from "../announcement.ts";
import { fitted } from "../fitted.ts";
import type { WebhookFormat } from "./format.ts";

/** A Teams workflow "When a Teams webhook request is received". */
export const teams: WebhookFormat = {
  contentType: "application/json",
  body: (message) => body(announcementOf(message)),
  pace: [{ most: 4, windowMs: 1_000 }], // Microsoft Teams, "Rate limiting for webhooks"
};

const TEAMS_CHARACTERS = 4_000; // ours: with the longest addresses far under the 28 KB of a message

/** An invisible U+2060 prevents that Teams treats `<at>` as a mention. */
const unmentioning = (text: string): string => text.replace(/<(?=\/?at\b)/gi, "<\u2060");

/** Writes a Teams message with one Adaptive Card. A TextRun shows plain text; a TextBlock would parse Markdown. */
function body({ organization, title, text, url }: Announcement): string {
  const paragraph = (words: string, look: Record<string, unknown> = {}) => ({
    type: "RichTextBlock",
    inlines: [{ type: "TextRun", text: fitted(unmentioning(words), TEAMS_CHARACTERS), ...look }],
  });
  const content = {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: [
      paragraph(organization, { isSubtle: true }),
      paragraph(title, { size: "Large", weight: "Bolder" }),
      ...(text ? [paragraph(text)] : []),
    ],
    actions: [{ type: "Action.OpenUrl", title: "Read more", url }],
  };
  const contentType = "application/vnd.microsoft.card.adaptive";
  return JSON.stringify({ type: "message", attachments: [{ contentType, contentUrl: null, content }] });
}
