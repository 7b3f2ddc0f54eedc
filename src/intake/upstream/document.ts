const ROOT = /<(?:[\w.-]+:)?(?:rss|rdf|feed)[\s/>]/gi;

/**
 * XML from its root element on. No feed needs what stands before: the declarations of RSS 0.91 lead to a file that is
 * gone, and without declarations no entity expands. Each character is looked at once, since strangers choose them. Null
 * where there is no root element.
 */
export function fromRoot(text: string): string | null {
  const comments = commentsIn(text);
  let comment = comments.next();
  for (const { index } of text.matchAll(ROOT)) {
    while (!comment.done && comment.value.end <= index) comment = comments.next();
    if (comment.done || index < comment.value.start) return text.slice(index);
  }
  return null;
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
