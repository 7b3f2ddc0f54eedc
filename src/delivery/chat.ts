import type { Announcement } from "./announcement.ts";
import { ELLIPSIS, fitted, utf8Bytes } from "./fitted.ts";

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
export function slack({ organization, title, text, url }: Announcement): string {
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

/** Discord, "Embed limits". Together they stay under the 6,000 characters of a message. */
const DISCORD_LIMITS = { title: 256, author: 256, description: 4_096, address: 2_048 };
const discordText = (character: string): string =>
  /[\\*_~`|>#[\]()<:@-]/.test(character) ? `\\${character}` : character;

/** Writes a Discord message with one embed, without mentions and Markdown. */
export function discord({ organization, source, title, text, url, image, at }: Announcement): string {
  return JSON.stringify({
    allowed_mentions: { parse: [] },
    embeds: [
      {
        author: { name: fitted(organization, DISCORD_LIMITS.author), url: source },
        title: fitted(title, DISCORD_LIMITS.title, discordText),
        ...(text ? { description: fitted(text, DISCORD_LIMITS.description, discordText) } : {}),
        url,
        ...(image && image.length <= DISCORD_LIMITS.address ? { image: { url: image } } : {}),
        timestamp: at,
      },
    ],
  });
}

const TEAMS_CHARACTERS = 4_000; // ours: with the longest addresses far under the 28 KB of a message

/** An invisible U+2060 prevents that Teams treats `<at>` as a mention. */
const unmentioning = (text: string): string => text.replace(/<(?=\/?at\b)/gi, "<\u2060");

/** Writes a Teams message with one Adaptive Card. A TextRun shows plain text; a TextBlock would parse Markdown. */
export function teams({ organization, title, text, url }: Announcement): string {
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

const TEXT_BYTES = 4_095; // ntfy: what is longer becomes an attachment
const FIRST_LINE_BYTES = 1_500;

/** Writes title, text and URL with empty lines between them. The text is cut to fit. */
export function plain({ organization, title, text, url }: Announcement): string {
  const first = fitted(`${organization}: ${title}`, FIRST_LINE_BYTES, undefined, utf8Bytes);
  const room = TEXT_BYTES - utf8Bytes(`${first}\n\n\n\n${url}`);
  const middle = text && room > utf8Bytes(ELLIPSIS) ? [fitted(text, room, undefined, utf8Bytes)] : [];
  return [first, ...middle, url].join("\n\n");
}
