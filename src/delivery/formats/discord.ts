import { type Announcement, announcementOf } from "../announcement.ts";
import { fitted } from "../fitted.ts";
import type { WebhookFormat } from "./format.ts";

/** Discord's "Execute Webhook". */
export const discord: WebhookFormat = {
  contentType: "application/json",
  body: (message) => body(announcementOf(message)),
  // As its answers tell (X-RateLimit-*).
  pace: [
    { most: 5, windowMs: 2_000 },
    { most: 30, windowMs: 60_000 },
  ],
};

/** Discord, "Embed limits". Together they stay under the 6,000 characters of a message. */
const DISCORD_LIMITS = { title: 256, author: 256, description: 4_096, address: 2_048 };
const discordText = (character: string): string =>
  /[\\*_~`|>#[\]()<:@-]/.test(character) ? `\\${character}` : character;

/** Writes a Discord message with one embed, without mentions and Markdown. */
function body({ organization, source, title, text, url, image, at }: Announcement): string {
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
