import type { Root } from "hast";
import { fromParse5 } from "hast-util-from-parse5";
import { defaultTreeAdapter, parse, parseFragment } from "parse5";
import { LIMITS } from "./limits.ts";

/** What an element counts for besides its attributes, in the bound of a tree's markup. */
export const ELEMENT_MARKUP = 50;

/**
 * The tree of an HTML page or of a part of one, as a browser would build it, without comments.
 * @param isKept which attributes stay, by their names
 * @throws RangeError when the markup nests or grows without bound
 */
export function htmlTree(
  html: string,
  kind: "page" | "fragment",
  isKept: (attribute: string) => boolean = () => true,
): Root {
  let depth = 0;
  let markup = 0;
  const options = {
    scriptingEnabled: false, // what stands in <noscript> is for readers like ours
    treeAdapter: {
      ...defaultTreeAdapter,
      createElement(...[name, namespace, attributes]: Parameters<typeof defaultTreeAdapter.createElement>) {
        markup += attributes.reduce((sum, one) => sum + one.name.length + one.value.length, ELEMENT_MARKUP);
        if (markup > LIMITS.HTML_MARKUP)
          throw new RangeError("its HTML has too many elements, or formatting left open");
        const kept = attributes.filter((attribute) => isKept(attribute.name));
        return defaultTreeAdapter.createElement(name, namespace, kept);
      },
      appendChild(...[parent, node]: Parameters<typeof defaultTreeAdapter.appendChild>) {
        // Without comments, adjacent texts become one node, so there are no more text nodes than elements.
        if (!defaultTreeAdapter.isCommentNode(node)) defaultTreeAdapter.appendChild(parent, node);
      },
      onItemPush() {
        if (++depth > LIMITS.HTML_DEPTH)
          throw new RangeError(`its HTML has elements more than ${LIMITS.HTML_DEPTH} deep`);
      },
      onItemPop() {
        depth--;
      },
    },
  };
  const document = kind === "page" ? parse(html, options) : parseFragment(html, options);
  return fromParse5(document) as Root; // of a document or fragment, always a root
}
