import { beginsWith, holds, isWholly, opensWith } from "./phrases.ts";

/** Words of social networks and buttons that stand alone or side by side. */
const BUTTON =
  "(?:tweet|facebook|twitter|x|telegram|whatsapp|linkedin|instagram|youtube|tiktok|e-?mail|print|copy(?: link)?|pinterest|vkontakte|vk|messenger|viber|rss|save|bookmark|share|like|comments?|wechat|weibo|line|bluesky|threads|mastodon|odnoklassniki)";

/** What stands on a news page and is no part of the article, a whole line each. */
const BOILERPLATE: readonly RegExp[] = [
  /^(?:read|learn|see|show|view|load|find out) (?:more|less|all|full (?:story|article))(?: here)?[\s.…>»›→]*$/i,
  /^(?:read|see|watch) (?:also|next|more)\s*:/i,
  /^(?:subscribe|sign (?:in|up)|log ?in|log ?out|register|newsletter|donate|support us)\b.{0,60}$/i,
  /^loading\b[\s.…]*$/i,
  /^(?:you can (?:also )?)?(?:follow|like|join|find) (?:us|our|@?[\p{L}\d_]{3,30} on)\b.{0,160}$/iu,
  /^share\b.{0,40}$/i,
  /^\d[\d.,]*\s*[km]?\s+(?:shares?|views?|likes?|reads?|reactions?)$/i,
  /^(?:shares?|views?|likes?|reads?)\s*[:(]?\s*\d[\d.,]*\s*[km]?\)?$/i,
  new RegExp(`^${BUTTON}(?:[\\s,|/·•]+${BUTTON})*$`, "i"),
  /^(?:home|menu|search|skip to (?:main )?content|back to top|go to top|close|advertisement|ads?|sponsored|print version|font size.{0,20}|a[-+](?:\s*a[-+]?)*|en|az|ru|ar|tr|fr|archive|about us|all news|news ?feed)$/i,
  /^(?:accept|reject|decline|allow|manage)\b.{0,30}$/i,
  /©|\ball rights reserved\b|^\(c\)\s|^copyright\b/i,
  /\bfollow (?:her|him|them|us) on (?:twitter|x|facebook|telegram|instagram)\b/i,
  /^thank you[!.]?$/i,
  /^(?:tags?|keywords|topics|categor(?:y|ies)|views)\s*:/i,
  /^(?:photos?|images?|pictures?|video|photo credits?|credits?)(?: by)?\s*[:/–-]\s*\S.{0,80}$/i,
  /^[^.>»›]{1,40}(?:\s[>»›]\s[^.>»›]{1,60}){1,5}$/,
  /^https?:\/\/\S+$/i,
  /^(?:tel|phone|fax|e-?mail|address)\b.{0,80}$/i,
  /^[\s\p{P}\p{S}\p{Nd}]+$/u,
];

const SLIDER: readonly RegExp[] = [
  /^(?:previous|prev|next)(?:\s*[/|]?\s*(?:previous|next))?$/i,
  /^\d{1,3}\s*(?:\/|of)\s*\d{1,3}$/i,
  /^(?:slide|photo|image|picture)\s*\d{1,3}(?:\s*(?:\/|of)\s*\d{1,3})?$/i,
  /^[‹›«»<>❮❯←→\s]+$/,
];

const ASIDE =
  /^(?:related|see also|read also|read next|you may (?:also )?like|you might (?:also )?like|latest|most (?:read|viewed|popular|recent)|more (?:news|stories|articles|from .{1,40})|recommended|popular|other news|trending|top (?:stories|news)|in this section|editor['’]s (?:picks?|choice)|news ?feed)(?: (?:news|articles?|stories|posts|topics|materials|now|today|for you))?\s*:?$/i;

const ABOUT_HEADING =
  /^(?:About|À propos d(?:e|u|es|['’])|Über|Acerca de|Sobre|О|Об|Про) ?(?:the )?(?=\p{Lu})[^.!?]{2,60}$/u;
const END = /^(?:#{3,}|-\s*30\s*-|-?\s*ends?\s*-?|\*\s*\*\s*\*\s*end)$/i;
const LONGEST = 200;
const LONGEST_BANNER = 500;

/** Whether a line below the text heads what an organization says of itself: "About UNESCO". */
export const isAboutHeading = (line: string): boolean => line.length <= LONGEST && ABOUT_HEADING.test(line);

/** What a line of a page is for that is no part of the article; null for what may be one. */
export type Boilerplate = "boilerplate" | "control" | "slider" | "aside" | "comments" | "foot" | "rule";

/** What a line is for; `words` are its words as phrases have them. */
export function boilerplateIn(line: string, words: readonly string[]): Boilerplate | null {
  if (line.length <= LONGEST_BANNER && holds("cookies", words)) return "boilerplate";
  if (line.length > LONGEST) return null;
  if (SLIDER.some((form) => form.test(line))) return "slider";
  if (isWholly("comments", words)) return "comments";
  if (isWholly("control", words)) return "control";
  if (ASIDE.test(line) || isWholly("related", words)) return "aside";
  if (isWholly("foot", words) || END.test(line)) return "foot";
  if (/^[-_*=~—–\s]{3,}$/.test(line)) return "rule";
  return isOther(line, words) ? "boilerplate" : null;
}

function isOther(line: string, words: readonly string[]): boolean {
  if (opensWith("follow", line) || isWholly("cookies", words)) return true;
  const labelled = /^[^:：]{2,40}[:：]/u.test(line);
  const related = beginsWith("related", words);
  if (related > 0 && (labelled || (related > 1 && !/[.!?]$/.test(line)))) return true;
  return BOILERPLATE.some((form) => form.test(line));
}
