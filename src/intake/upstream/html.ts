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

/**
 * Visits HTML piece by piece: a text and the tag after it, in small letters, with `/` before the name of an end tag and
 * empty at the end. Leaves out comments and hidden elements. It only scans: parsing hostile HTML can cost seconds.
 */
function eachPiece(markup: string, visit: (text: string, tag: string, rest: string) => void): void {
  const html = withoutSections(markup, () => "");
  const next = new RegExp(MARKUP);
  let from = 0;
  let unseen = "";
  for (let found = next.exec(html); found; found = next.exec(html)) {
    const tag = (found[1] ?? "").toLowerCase();
    if (unseen === "") visit(html.slice(from, found.index), tag, found[2] ?? "");
    if (unseen === "" && UNSEEN.has(tag) && !found[2]?.endsWith("/")) unseen = tag;
    else if (unseen !== "" && tag === `/${unseen}`) unseen = "";
    from = next.lastIndex;
  }
  if (unseen === "") visit(html.slice(from), "", "");
}

const nameOf = (tag: string): string => (tag.startsWith("/") ? tag.slice(1) : tag);

/** The text that HTML shows, in one line. */
export function shownText(html: string, plain: PlainText): string {
  let shown = "";
  eachPiece(html, (text, tag) => {
    shown += tag === "" || PHRASING.has(nameOf(tag)) ? text : `${text} `;
  });
  // A remaining `<` is text; `plain` decodes character references.
  return plain(shown.replaceAll("<", "&lt;"));
}

/**
 * What a person reads in HTML, for comparison: its words without white space, its elements, link targets and images.
 * Ignores how tags are written, hidden elements, tracking pixels, and tracking or random parts of addresses.
 */
export function readIn(html: string): string {
  let read = "";
  eachPiece(html, (text, tag, rest) => {
    const isNothing = tag === "" || tag === "span" || tag === "/span" || UNSEEN.has(nameOf(tag));
    read += isNothing ? text : text + markOf(tag, rest);
  });
  return folded(read);
}

const ADDRESSED = new Set("a img video audio source blockquote q time".split(" "));

function markOf(tag: string, rest: string): string {
  if (!ADDRESSED.has(tag)) return `<${tag}>`;
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
