import { DOMParser, DOMSerializer, type Node } from "prosemirror-model";
import { schema } from "./schema.ts";

/** Plain text as HTML: an empty line parts paragraphs, and a line break stays one. */
export function htmlOf(text: string): string {
  const escaped = (part: string) =>
    part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return text
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.trim() !== "")
    .map((paragraph) => `<p>${escaped(paragraph.trim()).replaceAll("\n", "<br>")}</p>`)
    .join("");
}

/** A document as HTML. */
export function writtenHtml(document: Node): string {
  const holder = window.document.createElement("div");
  holder.append(DOMSerializer.fromSchema(schema).serializeFragment(document.content));
  const html = holder.innerHTML;
  return html === "<p></p>" ? "" : html;
}

/**
 * HTML as a document of the editor; null if the editor would lose something of it: another element, an attribute, or a word.
 * Whoever writes such HTML goes on with HTML.
 */
export function opened(html: string): Node | null {
  const holder = window.document.createElement("div");
  holder.innerHTML = html;
  const document = DOMParser.fromSchema(schema).parse(holder);
  const kept = window.document.createElement("div");
  kept.innerHTML = writtenHtml(document);
  return partsOf(holder) === partsOf(kept) ? document : null;
}

/** Elements that are written as others, and those that the editor adds. */
const SAME: Readonly<Record<string, string>> = { B: "STRONG", I: "EM", STRIKE: "S", DEL: "S" };

/** What must be the same in both: how many elements of each name, their attributes, and all words. */
function partsOf(root: HTMLElement): string {
  const counts = new Map<string, number>();
  const count = (part: string) => counts.set(part, (counts.get(part) ?? 0) + 1);
  for (const element of root.querySelectorAll("*")) {
    const name = SAME[element.tagName] ?? element.tagName;
    if (name !== "P" && name !== "TBODY") count(name);
    for (const { name: attribute, value } of element.attributes) count(`${name} ${attribute}=${value}`);
  }
  const words = (root.textContent ?? "").replaceAll(/\s+/g, "");
  return JSON.stringify([[...counts].sort(), words]);
}
