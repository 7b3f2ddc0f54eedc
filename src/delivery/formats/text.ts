import { type Announcement, announcementOf } from "../announcement.ts";
import { ELLIPSIS, fitted, utf8Bytes } from "../fitted.ts";
import type { WebhookFormat } from "./format.ts";

/** For ntfy and others that show what they are sent. */
export const text: WebhookFormat = {
  contentType: "text/plain; charset=utf-8",
  body: (message) => body(announcementOf(message)),
};

const TEXT_BYTES = 4_095; // ntfy: what is longer becomes an attachment
const FIRST_LINE_BYTES = 1_500;

/** Writes title, text and URL with empty lines between them. The text is cut to fit. */
function body({ organization, title, text, url }: Announcement): string {
  const first = fitted(`${organization}: ${title}`, FIRST_LINE_BYTES, undefined, utf8Bytes);
  const room = TEXT_BYTES - utf8Bytes(`${first}\n\n\n\n${url}`);
  const middle = text && room > utf8Bytes(ELLIPSIS) ? [fitted(text, room, undefined, utf8Bytes)] : [];
  return [first, ...middle, url].join("\n\n");
}
