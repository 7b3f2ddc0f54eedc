/** How a format's items stand in its documents: each on lines of its own, between a preamble and an end. */
export interface Layout {
  /** What every item begins with, and nothing else at the beginning of a line. */
  opening: string;
  /** What stands between two items, its line break included. */
  separator: string;
  end: string;
}

/** A document taken apart. */
export interface Parts {
  preamble: string;
  items: string[];
}

/** Puts a document together. */
export function assemble(layout: Layout, { preamble, items }: Parts): string {
  return [preamble, ...(items.length > 0 ? [items.join(layout.separator)] : []), layout.end].join("\n");
}

/** Everything of a document that stands above its items. */
export function preambleOf(layout: Layout, body: string): string {
  const start = body.indexOf(`\n${layout.opening}`);
  return body.slice(0, start < 0 ? endOf(layout, body) : start);
}

/** The items of a document, in their order: each is found when it is asked for. */
export function* itemsOf(layout: Layout, body: string): Generator<string, void> {
  const end = endOf(layout, body);
  const between = layout.separator + layout.opening;
  let start = body.indexOf(`\n${layout.opening}`) + 1;
  while (start > 0) {
    const next = body.indexOf(between, start);
    yield body.slice(start, next < 0 ? end : next);
    start = next < 0 ? 0 : next + layout.separator.length;
  }
}

const endOf = (layout: Layout, body: string): number => body.length - layout.end.length - 1;

/** Takes apart what {@link assemble} put together. */
export function disassemble(layout: Layout, body: string): Parts {
  return { preamble: preambleOf(layout, body), items: [...itemsOf(layout, body)] };
}
