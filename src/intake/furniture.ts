/** Words of social networks and buttons that stand alone or side by side. */
const BUTTON =
  "(?:tweet|facebook|twitter|x|telegram|whatsapp|linkedin|instagram|youtube|tiktok|e-?mail|print|copy(?: link)?|pinterest|vkontakte|vk|messenger|viber|rss|save|bookmark|share|like|comments?)";

/** What stands on a news page and is no part of the article, a whole line each. */
const FURNITURE: readonly RegExp[] = [
  /^(?:read|learn|see|show|view|load|find out) (?:more|less|all|full (?:story|article))(?: here)?[\s.…>»›→]*$/i,
  /^(?:read|see|watch) (?:also|next|more)\s*:/i,
  /^(?:subscribe|sign (?:in|up)|log ?in|log ?out|register|newsletter|donate|support us)\b.{0,60}$/i,
  /^loading\b[\s.…]*$/i,
  /^(?:you can (?:also )?)?(?:follow|like|join|find) (?:us|our|@?azernews|@?trend\b).{0,160}$/i,
  /^share\b.{0,40}$/i,
  /^\d[\d.,]*\s*[km]?\s+(?:shares?|views?|comments?|likes?|reads?|reactions?)$/i,
  /^(?:shares?|views?|comments?|likes?|reads?)\s*[:(]?\s*\d[\d.,]*\s*[km]?\)?$/i,
  new RegExp(`^${BUTTON}(?:[\\s,|/·•]+${BUTTON})*$`, "i"),
  /^(?:home|menu|search|skip to (?:main )?content|back to top|go to top|close|advertisement|ads?|sponsored|print version|font size.{0,20}|a[-+](?:\s*a[-+]?)*|en|az|ru|ar|tr|fr|archive|contacts?|about us|all news|news ?feed)$/i,
  /\b(?:cookies?)\b.*\b(?:accept|agree|consent|policy|use)\b|\b(?:accept|agree|consent|use)\b.*\bcookies?\b/i,
  /©|\ball rights reserved\b|^\(c\)\s|^copyright\b/i,
  /^here we are to serve you with news\b/i,
  /^choose to support open, independent\b/i,
  /^by subscribing to our\b/i,
  /\bfollow (?:her|him|them|us) on (?:twitter|x|facebook|telegram|instagram)\b/i,
  /^thank you[!.]?$/i,
  /^(?:tags?|keywords|topics|categor(?:y|ies)|views)\s*:/i,
  /^(?:leave|write|add|post) (?:a|your) comment\b.{0,40}$/i,
  /^(?:photos?|images?|pictures?|video|photo credits?|credits?)(?: by)?\s*[:/–-]\s*\S.{0,80}$/i,
  /^[^.>»›]{1,40}(?:\s[>»›]\s[^.>»›]{1,60}){1,5}$/,
  /^https?:\/\/\S+$/i,
  /^[\s\p{P}\p{S}\d]+$/u,
];

const SLIDER: readonly RegExp[] = [
  /^(?:previous|prev|next)(?:\s*[/|]?\s*(?:previous|next))?$/i,
  /^\d{1,3}\s*(?:\/|of)\s*\d{1,3}$/i,
  /^(?:slide|photo|image|picture)\s*\d{1,3}(?:\s*(?:\/|of)\s*\d{1,3})?$/i,
  /^[‹›«»<>❮❯←→\s]+$/,
];

const ASIDE =
  /^(?:related|see also|read also|read next|you may (?:also )?like|you might (?:also )?like|latest|most (?:read|viewed|popular|recent)|more (?:news|stories|articles|from .{1,40})|recommended|popular|other news|trending|top (?:stories|news)|in this section|editor['’]s (?:picks?|choice)|news ?feed)(?: (?:news|articles?|stories|posts|topics|materials|now|today|for you))?\s*:?$/i;

const LONGEST = 300;

/** Whether a line belongs to the page and not to the article. */
export function isFurniture(line: string): boolean {
  return line.length <= LONGEST && (isSlider(line) || FURNITURE.some((form) => form.test(line)));
}

/** Whether a line is the control of a slider: what stands beside it is a caption. */
export const isSlider = (line: string): boolean =>
  line.length <= LONGEST && SLIDER.some((form) => form.test(line));

/** Whether a line is the heading of what else there is to read: what follows are other articles' headlines. */
export const isAside = (line: string): boolean => line.length <= LONGEST && ASIDE.test(line);
