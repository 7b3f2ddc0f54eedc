import type { Announcement } from "./announcement.ts";
import { ELLIPSIS, fitted, utf8Bytes } from "./fitted.ts";

const SLACK_ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Slack, "Formatting text for app surfaces": these three, and nothing else, are written as entities. */
const slackText = (character: string): string => SLACK_ESCAPES[character] ?? character;

/**
 * Mattermost and Rocket.Chat take Slack's messages, show `text` alone, and read these words in it as calls to everybody.
 * U+2060, which nobody sees, makes them words like others.
 */
const uncalling = (text: string): string =>
  text.replace(/@(?=(?:all|channel|everyone|group|here)\b)/gi, "@\u2060");

const SLACK_HEADER = 150; // Block Kit, "Header block"
const SLACK_SECTION = 3_000; // Block Kit, "Section block"
const SLACK_FALLBACK = 1_000; // ours: it is what a notification shows

/** A Slack message: its words in blocks of plain text, in which nothing is markup. */
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

/** Discord, "Embed limits": together they stay under the 6,000 that a message may have. */
const DISCORD_LIMITS = { title: 256, author: 256, description: 4_096, address: 2_048 };
const discordText = (character: string): string =>
  /[\\*_~`|>#[\]()<:@-]/.test(character) ? `\\${character}` : character;

/** A Discord message of one embed, whose words mention nobody and are not taken for Markdown. */
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

/** Teams reads `<at>` as a mention where the message has one: U+2060, which nobody sees, makes it text. */
const unmentioning = (text: string): string => text.replace(/<(?=\/?at\b)/gi, "<\u2060");

/** A Teams message of one Adaptive Card. A TextRun shows text as it is; a TextBlock would read Markdown in it. */
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

/** Title, text and address, with empty lines between them; the text gives way to the others. */
export function plain({ organization, title, text, url }: Announcement): string {
  const first = fitted(`${organization}: ${title}`, FIRST_LINE_BYTES, undefined, utf8Bytes);
  const room = TEXT_BYTES - utf8Bytes(`${first}\n\n\n\n${url}`);
  const middle = text && room > utf8Bytes(ELLIPSIS) ? [fitted(text, room, undefined, utf8Bytes)] : [];
  return [first, ...middle, url].join("\n\n");
}
