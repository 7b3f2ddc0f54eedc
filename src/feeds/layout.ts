/** The layout of a format's documents: a preamble, items on lines of their own, and an end. */
export interface Layout {
  /** The beginning of every item. No other line begins so. */
  opening: string;
  /** The separator of items, with its line break. */
  separator: string;
  end: string;
}

/** The parts of a document. */
export interface Parts {
  preamble: string;
  items: string[];
}

/** Writes a document from its parts. */
export function assemble(layout: Layout, { preamble, items }: Parts): string {
  return [preamble, ...(items.length > 0 ? [items.join(layout.separator)] : []), layout.end].join("\n");
}

const encoder = new TextEncoder();

/** As {@link assemble}, of items that are bytes of other documents. */
export function assembleBytes(
  layout: Layout,
  preamble: string,
  items: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const [separator, end] = [encoder.encode(layout.separator), encoder.encode(`\n${layout.end}`)];
  const parts: Uint8Array[] = [encoder.encode(items.length > 0 ? `${preamble}\n` : preamble)];
  for (const [index, item] of items.entries()) parts.push(...(index > 0 ? [separator] : []), item);
  parts.push(end);
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.byteLength;
  }
  return bytes;
}

/** The part of a document before its items. */
export function preambleOf(layout: Layout, body: string): string {
  const start = body.indexOf(`\n${layout.opening}`);
  return body.slice(0, start < 0 ? endOf(layout, body) : start);
}

/** Yields the items of a document in order, all or the first so many. */
export function* itemsOf(
  layout: Layout,
  body: string,
  most = Number.POSITIVE_INFINITY,
): Generator<string, void> {
  const end = endOf(layout, body);
  const between = layout.separator + layout.opening;
  let start = body.indexOf(`\n${layout.opening}`) + 1;
  for (let left = most; start > 0 && left > 0; left--) {
    const next = body.indexOf(between, start);
    yield body.slice(start, next < 0 ? end : next);
    start = next < 0 ? 0 : next + layout.separator.length;
  }
}

const endOf = (layout: Layout, body: string): number => body.length - layout.end.length - 1;

/** Splits a document that {@link assemble} wrote. */
export function disassemble(layout: Layout, body: string): Parts {
  return { preamble: preambleOf(layout, body), items: [...itemsOf(layout, body)] };
}
