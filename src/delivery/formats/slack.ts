import { type Announcement, announcementOf } from "../announcement.ts";
import { fitted } from "../fitted.ts";
import type { WebhookFormat } from "./format.ts";

/** An incoming webhook of Slack, or of what takes the same (Mattermost, Rocket.Chat). */
export const slack: WebhookFormat = {
  contentType: "application/json",
  body: (message) => body(announcementOf(message)),
  pace: [{ most: 1, windowMs: 1_000 }], // Slack, "Rate limits": incoming webhooks
};

const SLACK_ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Slack, "Formatting text for app surfaces": only these three characters are escaped. */
const slackText = (character: string): string => SLACK_ESCAPES[character] ?? character;

/**
 * Mattermost and Rocket.Chat accept Slack's messages, show only `text`, and treat these words as mentions of everybody.
 * An invisible U+2060 prevents that.
 */
const uncalling = (text: string): string =>
  text.replace(/@(?=(?:all|channel|everyone|group|here)\b)/gi, "@\u2060");

const SLACK_HEADER = 150; // Block Kit, "Header block"
const SLACK_SECTION = 3_000; // Block Kit, "Section block"
const SLACK_FALLBACK = 1_000; // ours: it is what a notification shows

/** Writes a Slack message in blocks of plain text, which have no markup. */
function body({ organization, title, text, url }: Announcement): string {
  const words = { type: "plain_text", emoji: false };
  const link = url.replaceAll("|", "%7C");
  const more = `<${link.replace(/[&<>]/g, slackText)}|Read more>`;
  return JSON.stringify({
    text: fitted(uncalling(`${organization}: ${title}`), SLACK_FALLBACK, slackText),
    unfurl_links: false,
    blocks: [
      { type: "header", text: { ...words, text: fitted(title, SLACK_HEADER) } },
      ...(text ? [{ type: "section", text: { ...words, text: fitted(text, SLACK_SECTION) } }] : []),
      ...(more.length <= SLACK_SECTION ? [{ type: "section", text: { type: "mrkdwn", text: more } }] : []),
      { type: "context", elements: [{ ...words, text: fitted(organization, SLACK_HEADER) }] },
    ],
  });
}
