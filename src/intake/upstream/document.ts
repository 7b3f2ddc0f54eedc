const ROOT = /<(?:\w+:)?(?:rss|rdf|feed)[\s>]/gi;

/**
 * XML from its root element on. No feed needs what stands before: the declarations of RSS 0.91 lead to a file that is
 * gone, and without declarations no entity expands. Each character is looked at once, since strangers choose them.
 */
export function fromRoot(text: string): string {
  const comments = commentsIn(text);
  let comment = comments.next();
  for (const { index } of text.matchAll(ROOT)) {
    while (!comment.done && comment.value.end <= index) comment = comments.next();
    if (comment.done || index < comment.value.start) return text.slice(index);
  }
  return text;
}

/** Where comments begin and end; one that does not end is none. */
function* commentsIn(text: string): Generator<{ start: number; end: number }, undefined> {
  let start = text.indexOf("<!--");
  while (start >= 0) {
    const end = text.indexOf("-->", start + 4);
    if (end < 0) return;
    yield { start, end };
    start = text.indexOf("<!--", end);
  }
}

/** How many tags may be left open, by a stray `<` say. */
const MOST_UNCLOSED = 20;

/**
 * Whether all tags, comments and sections of a document end, but for a few. For each that does not the parser looks
 * through the rest of the document: a stranger who leaves thousands open would keep it busy for an hour.
 */
export function closes(text: string): boolean {
  let unclosed = 0;
  for (let at = text.indexOf("<"); at >= 0; at = text.indexOf("<", at)) {
    const end = endOf(text, at);
    if (end < 0 && ++unclosed > MOST_UNCLOSED) return false;
    at = end < 0 ? at + 1 : end;
  }
  return true;
}

const SECTIONS: readonly [string, string][] = [
  ["<!--", "-->"],
  ["<![CDATA[", "]]>"],
  ["<?", "?>"],
];

/** Where what begins at a `<` ends; -1 when it does not. A `>` in quotes ends no tag. */
function endOf(text: string, start: number): number {
  for (const [open, close] of SECTIONS) if (text.startsWith(open, start)) return text.indexOf(close, start);
  const mark = /["'>]/g;
  mark.lastIndex = start;
  for (let found = mark.exec(text); found; found = mark.exec(text)) {
    if (found[0] === ">") return found.index;
    const closing = text.indexOf(found[0], found.index + 1);
    if (closing < 0) return -1;
    mark.lastIndex = closing + 1;
  }
  return -1;
}
