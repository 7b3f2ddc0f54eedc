import type { Root } from "hast";
import { EXIT, SKIP, visit } from "unist-util-visit";
import { htmlTree } from "./html.ts";

/** The longest title that is made of an article's first words; in UTF-16 code units, with the ellipsis. */
const TITLE_CHARACTERS = 100;

/** What an article may say that a title can be made of. */
export interface Untitled {
  summary?: string;
  content_text?: string;
  content_html?: string;
  attachments?: readonly { title?: string; url: string }[];
  url?: string;
}

/** Whether a title can be made: of an article that says nothing it cannot. */
export const canBeTitled = ({ summary, content_text, content_html }: Untitled): boolean =>
  [summary, content_text, content_html].some((text) => text?.trim());

/**
 * A title for an article without one: its first words. Readers, chat services and pages all need a title, and each would
 * make another.
 */
export function titleOf({ summary, content_text, content_html, attachments, url }: Untitled): string {
  const texts = [summary, content_text, content_html && leadingText(content_html)];
  const words = texts.map((text) => text?.trim().replace(/\s+/g, " ")).find(Boolean);
  if (words) return shortened(words);
  return attachments?.find(({ title }) => title)?.title ?? attachments?.[0]?.url ?? url ?? "…";
}

/** Elements whose text nobody is shown. */
const HIDDEN: ReadonlySet<string> = new Set(["script", "style", "template", "title", "noscript", "iframe"]);

/** The beginning of HTML's text. HTML beyond the limits has none: it is refused when it is sanitized. */
function leadingText(html: string): string {
  let text = "";
  const tree = within(html);
  visit(tree, (node) => {
    if (node.type === "element" && HIDDEN.has(node.tagName)) return SKIP;
    if (node.type === "text") text += node.value;
    else if (node.type === "element" && text.trim() !== "" && BLOCK.has(node.tagName)) return EXIT;
    return text.length > 4 * TITLE_CHARACTERS ? EXIT : undefined;
  });
  return text;
}

function within(html: string): Root {
  try {
    return htmlTree(html, "fragment", () => false);
  } catch {
    return { type: "root", children: [] };
  }
}

/** Where the first words of a document end. */
const BLOCK: ReadonlySet<string> = new Set(
  "p div li h1 h2 h3 h4 h5 h6 blockquote tr br hr figure".split(" "),
);

/** The first sentence if it is short enough, else as many whole words as fit. */
function shortened(words: string): string {
  const sentence = /^.+?[.!?…。؟](?=\s|$)/u.exec(words)?.[0];
  const text = sentence && sentence.length <= TITLE_CHARACTERS ? sentence.replace(/\.$/, "") : words;
  if (text.length <= TITLE_CHARACTERS) return text;
  const most = TITLE_CHARACTERS - 1; // one is for the ellipsis
  const cut = text.slice(0, most);
  const whole =
    (text[most] === " " ? cut : cut.replace(/\s+\S*$/, "")) || cut.replace(/[\ud800-\udbff]$/, "");
  return `${whole.replace(/[\s,;:–—-]+$/u, "")}…`;
}
