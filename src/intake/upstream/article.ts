import type { GenericSchema, InferOutput } from "valibot";
import { type ArticleFields, ArticleInput } from "../../model/article.ts";
import { LIMITS } from "../../model/limits.ts";
import { parse } from "../../model/parse.ts";
import type { Site } from "../../model/site.ts";
import { filledLine, languageTag, textBlock, webAddress } from "../../model/text.ts";
import { DAY_MS } from "../../model/time.ts";
import { type FeedDate, feedDate } from "./date.ts";
import { type PlainText, shownText } from "./html.ts";
import type { UpstreamFeed, UpstreamItem, Words } from "./item.ts";

/** What an item says as an article of ours; who it is for and when it was published is not decided yet. */
export type Draft = Pick<
  ArticleFields,
  | "title"
  | "url"
  | "summary"
  | "content_html"
  | "content_text"
  | "language"
  | "authors"
  | "tags"
  | "image"
  | "attachments"
  | "source"
>;

const TITLE_OF_UNTITLED = 100;

/** Whether an item comes from this service: what we say must not come back to us as another's. */
export function isOurs({ id, link }: UpstreamItem, { publicUrl, tagAuthority }: Site): boolean {
  return (
    (id?.startsWith(`tag:${tagAuthority}:article/`) ?? false) || (link?.startsWith(`${publicUrl}/`) ?? false)
  );
}

/**
 * The article that an item is; null where it has neither title nor words. What does not fit is left out, or cut: half an
 * item of a stranger is better than none.
 * @param name what the feed is called if it does not say
 */
export function draftOf(
  said: UpstreamItem,
  feed: UpstreamFeed,
  name: string,
  plain: PlainText,
): Draft | null {
  const item = withContent(said);
  const summary = textOf(item.summary, plain);
  const title =
    textOf(item.title, plain) || cut(summary || beginningOf(item.content, plain), TITLE_OF_UNTITLED);
  const url = taken(webAddress, item.link);
  const home = taken(webAddress, item.link ?? feed.home);
  const language = taken(languageTag, (item.language ?? feed.language)?.trim().replaceAll("_", "-"));
  const image = taken(webAddress, item.image);
  const draft = parse(ArticleInput, {
    title: cut(title || item.attachments[0]?.title || "", LIMITS.TITLE_CHARACTERS),
    ...(url ? { url } : {}),
    ...textsOf(item, summary, url, plain),
    ...(language ? { language } : {}),
    ...listsOf(item, plain),
    ...(image ? { image } : {}),
    source: {
      name: cut(taken(line, item.source) ?? taken(line, feed.title) ?? name, LIMITS.NAME_CHARACTERS),
      ...(home ? { url: home } : {}),
    },
  });
  return draft.ok ? draft.value : null;
}

/** A summary with markup is all the content that there is, where there is no other: as text it would lose its links. */
function withContent(item: UpstreamItem): UpstreamItem {
  const whole = item.content === null && item.summary !== null && isHtml(item.summary);
  return whole ? { ...item, content: item.summary, summary: null } : item;
}

const line = filledLine(LIMITS.CONTENT_CHARACTERS);

/** The first of an item's dates that is one. A date of the first day of 1970 is a machine's way to say "none". */
export function dateOf({ dates }: UpstreamItem): FeedDate | null {
  const read = dates.map(feedDate).find((date) => date !== null);
  return read && read.ms > DAY_MS ? read : null;
}

/** Content as it came, its relative addresses begun where they begin; a summary where it says something else. */
function textsOf(
  { content, base }: UpstreamItem,
  summary: string,
  url: string | undefined,
  plain: PlainText,
): Pick<Draft, "summary" | "content_html" | "content_text"> {
  const whole = taken(textBlock(LIMITS.CONTENT_CHARACTERS - base.length - 20), content?.value);
  const repeats = whole !== undefined && summary !== "" && summary === beginningOf(content, plain);
  const short = whole === undefined && summary === "" ? beginningOf(content, plain) : repeats ? "" : summary;
  const said = short ? { summary: cut(short, LIMITS.SUMMARY_CHARACTERS) } : {};
  if (!content || !whole) return said;
  if (!isHtml(content)) return { ...said, content_text: whole };
  const relative = base !== url && RELATIVE.test(whole);
  return { ...said, content_html: relative ? `<base href="${base.replaceAll('"', "%22")}">${whole}` : whole };
}

const RELATIVE = /\s(?:href|src|srcset|poster|cite)\s*=\s*["']?(?!["'#]|[a-z][a-z0-9+.-]*:)/i;

function listsOf(item: UpstreamItem, plain: PlainText): Pick<Draft, "authors" | "tags" | "attachments"> {
  const authors = unique(
    item.authors.slice(0, LIMITS.AUTHORS).flatMap(({ name, url }) => {
      const called = cut(textOf({ value: name, type: "unknown" }, plain), LIMITS.NAME_CHARACTERS);
      const at = taken(webAddress, url);
      return taken(line, called) ? [{ name: called, ...(at ? { url: at } : {}) }] : [];
    }),
    ({ name }) => name,
  );
  const tags = unique(
    item.tags.flatMap((tag) => taken(filledLine(LIMITS.TAG_CHARACTERS), tag) ?? []),
    (tag) => tag,
  );
  const attachments = item.attachments.flatMap(({ url, type, bytes, title, seconds }) => {
    const at = taken(webAddress, url);
    const named = taken(filledLine(LIMITS.TITLE_CHARACTERS), title);
    const size = bytes !== null && Number.isSafeInteger(bytes) && bytes > 0 ? { size_in_bytes: bytes } : {};
    const length = seconds !== null && seconds > 0 && seconds <= LIMITS.DURATION_SECONDS;
    const played = length ? { duration_in_seconds: seconds } : {};
    return at ? [{ url: at, mime_type: type, ...size, ...played, ...(named ? { title: named } : {}) }] : [];
  });
  return {
    ...(authors.length > 0 ? { authors } : {}),
    ...(tags.length > 0 ? { tags: tags.slice(0, LIMITS.TAGS) } : {}),
    ...(attachments.length > 0 ? { attachments: attachments.slice(0, LIMITS.ATTACHMENTS) } : {}),
  };
}

function unique<T>(values: readonly T[], keyOf: (value: T) => string): T[] {
  return [...new Map([...values].reverse().map((value) => [keyOf(value), value])).values()].reverse();
}

/** What a schema makes of a value; undefined when it takes it not. */
function taken<const S extends GenericSchema>(schema: S, value: unknown): InferOutput<S> | undefined {
  const result = parse(schema, value);
  return result.ok ? result.value : undefined;
}

const isHtml = ({ value, type }: Words): boolean =>
  type === "html" || (type === "unknown" && /<[a-z!/]|&(?:#\d+|#x[\da-f]+|[a-z]+\d*);/i.test(value));

/** In one line; empty where there is none. */
function textOf(words: Words | null, plain: PlainText): string {
  if (!words) return "";
  return (isHtml(words) ? shownText(words.value, plain) : words.value).replace(/\s+/g, " ").trim();
}

/** The text of content; where that is long, only of so much of it that no summary is as long. */
const beginningOf = (words: Words | null, plain: PlainText): string =>
  textOf(words && { ...words, value: words.value.slice(0, BEGINNING) }, plain);

const BEGINNING = 6 * LIMITS.SUMMARY_CHARACTERS;

/** At most so many characters, with an ellipsis where some are missing; no character is cut in two. */
function cut(text: string, characters: number): string {
  return text.length <= characters
    ? text
    : `${text
        .slice(0, characters - 1)
        .replace(/[\ud800-\udbff]$/, "")
        .trimEnd()}…`;
}
