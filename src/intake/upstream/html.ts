import { uncounted } from "./address.ts";
import { isFile } from "./media-type.ts";
import { attributesIn, withoutSections } from "./xml.ts";

/** The text that HTML shows; it throws where the markup grows without bound. */
export type PlainText = (html: string) => string;

/** A tag: its name and the rest of it. Matches in linear time. */
const MARKUP = /<(\/?[a-z][^\s<>/]*)(?=[\s/>])((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>/gi;
/** Elements whose content is not shown. */
const UNSEEN = new Set("script style template iframe object noembed title textarea select".split(" "));
/** Elements inside a line of text: all others stand apart from the words around them. */
const PHRASING = new Set(
  "a abbr b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span strike strong sub sup time tt u var wbr".split(
    " ",
  ),
);

/** A piece of HTML: its text up to a tag, and that tag. */
interface Piece {
  text: string;
  /** In small letters, with `/` before that of an end; empty at the end of all. */
  tag: string;
  rest: string;
}

/** Splits HTML at its tags, without comments and hidden elements. It only scans: parsing hostile HTML can cost seconds. */
function* pieces(markup: string): Generator<Piece, undefined> {
  const html = withoutSections(markup, () => "");
  let from = 0;
  let unseen = "";
  for (const { 0: whole, 1: name = "", 2: rest = "", index } of html.matchAll(MARKUP)) {
    const tag = name.toLowerCase();
    if (unseen === "") yield { text: html.slice(from, index), tag, rest };
    if (unseen === "" && UNSEEN.has(tag) && !rest.endsWith("/")) unseen = tag;
    else if (tag === `/${unseen}`) unseen = "";
    from = index + whole.length;
  }
  if (unseen === "") yield { text: html.slice(from), tag: "", rest: "" };
}

/** The text that HTML shows, in one line. */
export function shownText(html: string, plain: PlainText): string {
  let text = "";
  for (const { text: before, tag } of pieces(html)) {
    text += tag === "" || PHRASING.has(tag.replace("/", "")) ? before : `${before} `;
  }
  // A remaining `<` is text; `plain` decodes character references.
  return plain(text.replaceAll("<", "&lt;"));
}

/**
 * What a person reads in HTML, for comparison: its words without white space, its elements, link targets and images.
 * Ignores how tags are written, hidden elements, tracking pixels, and tracking or random parts of addresses.
 */
export function readIn(html: string): string {
  const said: string[] = [];
  for (const { text, tag, rest } of pieces(html)) {
    said.push(text);
    if (tag === "" || tag === "span" || tag === "/span" || UNSEEN.has(tag.replace("/", ""))) continue;
    said.push(markOf(tag, rest));
  }
  return folded(said.join(""));
}

function markOf(tag: string, rest: string): string {
  if (!/^(?:a|img|video|audio|source|blockquote|q|time)$/.test(tag)) return `<${tag}>`;
  const attributes = new Map(attributesIn(rest).map(({ name, value }) => [name, value]));
  const value = (name: string) => attributes.get(name) ?? "";
  if (tag === "img" && (countsReaders(attributes) || value("src") === "")) return "";
  const said = [place(value("href")), place(value("src"), tag === "img"), value("alt"), value("datetime")];
  return `<${tag} ${said.join(" ")}>`;
}

/** Whether an image is a tracking pixel: of at most one pixel, or hidden. */
function countsReaders(attributes: ReadonlyMap<string, string>): boolean {
  const sides = [attributes.get("width"), attributes.get("height")];
  const style = attributes.get("style") ?? "";
  return (
    sides.some((side) => /^\s*[01](?:px)?\s*$/.test(side ?? "")) ||
    /(?:^|[;\s])(?:(?:width|height)\s*:\s*[01](?:px)?|display\s*:\s*none|visibility\s*:\s*hidden)\s*(?:;|!|$)/i.test(
      style,
    )
  );
}

/** An address for comparison, without protocol, `www.` and tracking parameters; for files without any query. */
export function place(address: string, picture = false): string {
  const [whole = "", part = ""] = address.trim().replaceAll("&amp;", "&").split("#", 2);
  const question = whole.indexOf("?");
  const [path, query] = question < 0 ? [whole, ""] : [whole.slice(0, question), whole.slice(question + 1)];
  const where = path.replace(/^https?:\/\/(?:www\.)?/i, "//").replace(/\/$/, "");
  const asked = picture || isFile(path) ? "" : uncounted(query);
  return `${where}${asked && "?"}${asked}${part && "#"}${part}`;
}

const REFERENCES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  rsquo: "’",
  lsquo: "‘",
  ldquo: "“",
  rdquo: "”",
  ndash: "–",
  mdash: "—",
  hellip: "…",
};

/** Text for comparison: without white space, and with common character references decoded. */
export const folded = (text: string): string =>
  text
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
      if (name) return REFERENCES[name.toLowerCase()] ?? whole;
      const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    })
    .replace(/\s+/g, "")
    .normalize("NFC");
