import { type Attrs, type DOMOutputSpec, type MarkSpec, type NodeSpec, Schema } from "prosemirror-model";

/**
 * What the editor can hold: the elements of the sanitizer (`feeds/safe-html.ts`) that people write. What it cannot hold is not
 * opened in it (`opening.ts`), so nothing of an article is lost.
 */

/** Attributes that any block may have. */
const SHARED = ["dir", "lang", "title"] as const;

const attributesOf = (names: readonly string[]): Record<string, { default: null }> =>
  Object.fromEntries([...SHARED, ...names].map((name) => [name, { default: null }]));

const read = (names: readonly string[]) => (element: HTMLElement) =>
  Object.fromEntries([...SHARED, ...names].map((name) => [name, element.getAttribute(name)]));

/** The attributes that are set. */
const written = (attrs: Attrs): Record<string, string> =>
  Object.fromEntries(
    Object.entries(attrs).flatMap(([name, value]) =>
      value === null || value === undefined ? [] : [[name, String(value)]],
    ),
  );

/** A node for an element. */
function element(
  tag: string,
  spec: Omit<NodeSpec, "attrs" | "parseDOM" | "toDOM">,
  names: readonly string[] = [],
): NodeSpec {
  return {
    ...spec,
    attrs: attributesOf(names),
    parseDOM: [{ tag, getAttrs: (dom) => read(names)(dom) }],
    toDOM: ({ attrs }): DOMOutputSpec =>
      spec.content === undefined && !spec.inline ? [tag, written(attrs)] : [tag, written(attrs), 0],
  };
}

const PICTURE = ["src", "alt", "width", "height", "srcset", "sizes"];

const heading = (level: number): NodeSpec =>
  element(`h${level}`, { content: "inline*", group: "block", defining: true });

const nodes: Record<string, NodeSpec> = {
  doc: { content: "block+" },
  p: element("p", { content: "inline*", group: "block" }),
  h1: heading(1),
  h2: heading(2),
  h3: heading(3),
  h4: heading(4),
  h5: heading(5),
  h6: heading(6),
  blockquote: element("blockquote", { content: "block+", group: "block", defining: true }, ["cite"]),
  ul: element("ul", { content: "li+", group: "block" }),
  ol: element("ol", { content: "li+", group: "block" }, ["start", "type", "reversed"]),
  li: element("li", { content: "p block*", defining: true }, ["value"]),
  pre: {
    ...element("pre", { content: "text*", marks: "", group: "block", code: true, defining: true }),
    parseDOM: [{ tag: "pre", preserveWhitespace: "full", getAttrs: (dom) => read([])(dom) }],
  },
  hr: element("hr", { group: "block" }),
  table: element("table", {
    content: "(caption? (thead | tbody | tfoot | tr)+)",
    group: "block",
    isolating: true,
  }),
  caption: element("caption", { content: "inline*" }),
  thead: element("thead", { content: "tr+" }),
  tbody: element("tbody", { content: "tr+" }),
  tfoot: element("tfoot", { content: "tr+" }),
  tr: element("tr", { content: "(td | th)*" }),
  td: element("td", { content: "inline*", isolating: true }, ["colspan", "rowspan"]),
  th: element("th", { content: "inline*", isolating: true }, ["colspan", "rowspan", "scope", "abbr"]),
  figure: element("figure", { content: "pictured figcaption?", group: "block", isolating: true }),
  figcaption: element("figcaption", { content: "inline*" }),
  /** A picture in a figure is a block: ProseMirror does not mix blocks and text in one node. */
  pictured: {
    attrs: attributesOf(PICTURE),
    parseDOM: [{ tag: "img[src]", context: "figure/", priority: 60, getAttrs: (dom) => read(PICTURE)(dom) }],
    toDOM: ({ attrs }) => ["img", written(attrs)],
  },
  img: {
    inline: true,
    group: "inline",
    draggable: true,
    attrs: attributesOf(PICTURE),
    parseDOM: [{ tag: "img[src]", getAttrs: (dom) => read(PICTURE)(dom) }],
    toDOM: ({ attrs }) => ["img", written(attrs)],
  },
  br: { inline: true, group: "inline", selectable: false, parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
  text: { group: "inline" },
};

const mark = (tag: string, others: readonly string[] = []): MarkSpec => ({
  parseDOM: [tag, ...others].map((one) => ({ tag: one })),
  toDOM: () => [tag, 0],
});

const marks: Record<string, MarkSpec> = {
  a: {
    inclusive: false,
    attrs: { href: {}, title: { default: null }, hreflang: { default: null } },
    parseDOM: [
      {
        tag: "a[href]",
        getAttrs: (dom) => ({
          href: dom.getAttribute("href"),
          title: dom.getAttribute("title"),
          hreflang: dom.getAttribute("hreflang"),
        }),
      },
    ],
    toDOM: ({ attrs }) => ["a", written(attrs), 0],
  },
  strong: mark("strong", ["b"]),
  em: mark("em", ["i"]),
  u: mark("u"),
  s: mark("s", ["strike", "del"]),
  code: mark("code"),
  sub: mark("sub"),
  sup: mark("sup"),
  mark: mark("mark"),
  small: mark("small"),
};

export const schema = new Schema({ nodes, marks });
