import type { Article } from "../model/article.ts";
import { block } from "../model/text.ts";
import type { SafeHtml } from "./safe-html.ts";
import { safeHtml } from "./sanitize.ts";

/** Inline elements. All others separate words. */
const PHRASING: ReadonlySet<string> = new Set(
  `a abbr b bdi bdo cite code del dfn em i ins kbd mark q rp rt ruby s samp small span strike strong sub sup time tt
    u var wbr`.split(/\s+/),
);

/**
 * Returns an article's content as safe HTML; null when it has none.
 * @param base what relative addresses are relative to when the article has no `url` of its own
 * @throws as {@link safeHtml}
 */
export function contentHtml(
  article: Pick<Article, "content_html" | "content_text" | "url">,
  base: string,
): SafeHtml | null {
  const { content_html, content_text, url } = article;
  return content_html ? safeHtml(content_html, url ?? base) : paragraphs(content_text ?? "");
}

/** Converts plain text to HTML: a blank line ends a paragraph. Returns null for blank text. */
export function paragraphs(text: string): SafeHtml | null {
  const escaped = block(text).replaceAll("&", "&#x26;").replaceAll("<", "&#x3C;");
  const blocks = escaped.split(/\n[^\S\n]*\n\s*/).filter((lines) => lines.trim() !== "");
  return (blocks.map((lines) => `<p>${lines.replaceAll("\n", "<br />")}</p>`).join("") ||
    null) as SafeHtml | null;
}

/**
 * Returns the text of HTML in one line, with white space folded and a space between blocks.
 * @throws as {@link safeHtml}
 */
export function plainText(html: string): string {
  return folded(shownText(safeHtml(html, ""), " "));
}

/**
 * Returns the text of HTML with a blank line between blocks, so that no sentence spans two of them.
 * @throws as {@link safeHtml}
 */
export function blockText(html: string): string {
  const lines = shownText(safeHtml(html, ""), "\n").split("\n");
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n\n");
}

/** As {@link plainText}, for HTML that is safe already. */
export const safeText = (html: SafeHtml): string => folded(shownText(html, " "));

/** The text of safe HTML with white space folded, and `between` at the start and end of each block. */
function shownText(html: SafeHtml | null, between: string): string {
  const shown = (html ?? "")
    .replace(/\s+/g, " ")
    .replace(TAG, (_tag, name: string) => (PHRASING.has(name) ? "" : between));
  // Safe HTML has only these two references between its tags.
  return shown.replaceAll("&#x3C;", "<").replaceAll("&#x26;", "&");
}

const TAG = /<\/?([a-z][a-z0-9]*)[^<>]*>/g;

/**
 * Returns an article's summary, or else the beginning of its content, cut between words with an ellipsis. Returns an
 * empty string when it has no content either.
 * @param maxCharacters the length of a cut text with its ellipsis, in UTF-16 code units
 */
export function summaryText(
  article: Pick<Article, "summary" | "content_text"> & { content_html?: SafeHtml },
  maxCharacters = 300,
): string {
  const { summary, content_html, content_text = "" } = article;
  if (summary) return summary;
  const text = content_html ? safeText(content_html) : folded(content_text);
  return text.length <= maxCharacters ? text : `${beginning(text, maxCharacters - 1)}…`;
}

/** As many whole words as fit; if none does, as many whole characters. */
function beginning(text: string, maxCharacters: number): string {
  // A segmenter reads its whole input. A word or character that fits needs no more than this.
  const near = text.slice(0, 2 * maxCharacters);
  const fitting = wholeSegments(near, maxCharacters, "word").replace(/[\s\p{Pd}\p{Ps}\p{Pi},;:]+$/u, "");
  return fitting || wholeSegments(near, maxCharacters, "grapheme");
}

function wholeSegments(text: string, maxCharacters: number, granularity: "word" | "grapheme"): string {
  let end = 0;
  for (const { index, segment } of new Intl.Segmenter("en", { granularity }).segment(text)) {
    if (index + segment.length > maxCharacters) break;
    end = index + segment.length;
  }
  return text.slice(0, end);
}

const folded = (text: string): string => text.replace(/\s+/g, " ").trim();
