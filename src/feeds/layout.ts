/** How a format's items stand in its documents: each on lines of its own, between a top and an end. */
export interface Layout {
  /** What every item begins with, and nothing else at the beginning of a line. */
  opening: string;
  /** What stands between two items, its line break included. */
  separator: string;
  end: string;
}

/** A document taken apart. */
export interface Parts {
  top: string;
  items: string[];
}

/** Puts a document together. */
export function assemble(layout: Layout, { top, items }: Parts): string {
  return [top, ...(items.length > 0 ? [items.join(layout.separator)] : []), layout.end].join("\n");
}

/** Takes apart what {@link assemble} put together. */
export function disassemble(layout: Layout, body: string): Parts {
  const end = body.length - layout.end.length - 1;
  const start = body.indexOf(`\n${layout.opening}`);
  if (start < 0) return { top: body.slice(0, end), items: [] };
  const between = layout.separator + layout.opening;
  const items = body.slice(start + 1, end).split(between);
  return {
    top: body.slice(0, start),
    items: items.map((item, index) => (index === 0 ? item : layout.opening + item)),
  };
}
