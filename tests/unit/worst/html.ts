import { LIMITS } from "../../../src/model/limits.ts";

const MOST = LIMITS.CONTENT_CHARACTERS - 1_000;

/** A piece repeated as often as fits into an article's content, or into so many characters of it. */
export const filled = (piece: string, characters = MOST): string =>
  piece.repeat(Math.floor(characters / piece.length));

/** Different names, as many as fit: `a0=1 a1=1 …`. */
function names(write: (name: string) => string): string {
  const made: string[] = [];
  for (let characters = 0, number = 0; characters < MOST - 20; number++) {
    const one = write(`a${number.toString(36)}`);
    made.push(one);
    characters += one.length;
  }
  return made.join("");
}

const nested = (tag: string, depth: number): string => `<${tag}>`.repeat(depth);

/** HTML at the limits that is hard on some parser, pattern or loop. */
export const HARD_HTML: Readonly<Record<string, string>> = {
  "comments between spaces": `a${filled(" <!>")}b`,
  "comments between letters": filled("a<!>"),
  "comments, deep": nested("x", 250) + filled("a<!>"),
  "comments in a table": `<table>${filled(" <!>")}`,
  "a comment that is open": filled("<!--"),
  "processing instructions": filled("<?a>"),
  "attributes of many names": `<p ${names((name) => `${name}=1 `)}>x</p>`,
  "attributes without values": `<p ${names((name) => `${name} `)}>x</p>`,
  "one attribute again and again": `<p ${filled("a ")}>x</p>`,
  "attributes that formatting opens anew": `<b ${names((name) => `${name} `).slice(0, 200_000)}>${filled("<p>x", 100_000)}`,
  "body tags with attributes": names((name) => `<body ${name}=b>`),
  "an attribute of ampersands": `<p title="${filled("&")}">x</p>`,
  "an attribute of less-thans": `<p title="${filled("<")}">x</p>`,
  "an address of spaces": `<a href="${filled(" ")}">x</a>`,
  "an address of letters": `<a href="https://a.example/${filled("é")}">x</a>`,
  "a host of letters": `<a href="https://${filled("é")}">x</a>`,
  "a srcset of candidates": `<img src=x srcset="${filled("a 1x,")}">`,
  "a srcset of commas": `<img src=x srcset="${filled(", ")}">`,
  "a srcset of digits": `<img src=x srcset="a ${filled("1")}">`,
  "a srcset with a gap": `<img src=x srcset="a${filled(" ")}b c">`,
  "a style of widths": `<img src=x style="${filled(" width:")}">`,
  "a style of spaces": `<img src=x style="width:1${filled(" ")}x">`,
  spaces: filled(" "),
  "line breaks": `a${filled("\n")}b`,
  "blank lines": filled("a\n \n "),
  "spaces and letters": filled(" a"),
  ampersands: filled("&"),
  "references without an end": filled("&a"),
  "numeric references": filled("&#65;"),
  "the longest reference": filled("&CounterClockwiseContourIntegral"),
  "less-thans": filled("<"),
  "less-thans and spaces": filled("< "),
  "elements side by side": filled("<i>x</i>", 150_000),
  paragraphs: filled("<p>a", 75_000),
  links: filled('<a href="x">a</a>', 300_000),
  images: filled("<img src=x>", 200_000),
  "line breaks in wrappers": `${nested("x", 200)}${nested("section", 40)}${filled("<i></i>", 130_000)}`,
  "elements, deep": nested("div", 100_000),
  "end tags without a start": filled("</p>"),
  "end tags of formatting": `${nested("div", 200)}${filled("</b>")}`,
  "end tags of paragraphs, deep": `${nested("span", 250)}${filled("</p>")}`,
  "formatting that is open": nested("b", 50) + filled("<p>x</p>", 100_000),
  "formatting around blocks": filled("<b><p></b>", 40_000),
  "links in links": filled("<a>x"),
  tables: filled("<table>"),
  "text in a table": `<table>${filled("a ")}`,
  "elements in a table": `<table>${filled("<i></i>", 120_000)}`,
  templates: filled("<template>"),
  "SVG elements": `<svg>${filled("<g/>")}`,
  "text that is no markup": `<plaintext>${filled("<")}`,
  "an open textarea": `<textarea>${filled("</")}`,
  "a script in a script": `<script>${filled("<!--<script")}`,
  "marks on one letter": `a${filled("\u0301")}`,
  "marks out of order": `a${filled("\u0301", 190_000)}${filled("\u0316", 190_000)}`,
  "one long word": filled("1"),
  "a script without spaces": filled("漢字"),
  "joined emoji": `👨${filled("\u200D👨")}`,
  "carriage returns": filled("\r"),
  "control characters": filled("\u0001"),
};
