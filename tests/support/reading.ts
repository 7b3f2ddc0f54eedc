import { DOMParser, type Node } from "@xmldom/xmldom";
import { XMLParser } from "fast-xml-parser";

/** An element as any XML parser sees it: its own text, and its elements in their order. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  text: string;
  children: XmlElement[];
}

/**
 * The root of an XML document, read by two parsers that know nothing of each other.
 * @throws when one finds the document not well-formed
 */
export function readXml(xml: string): { byXmldom: XmlElement; byFastXmlParser: XmlElement } {
  // XML 1.0 §2.2: neither parser refuses the characters that no document may have.
  const forbidden = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.exec(xml);
  if (forbidden) throw new Error(`U+${forbidden[0].codePointAt(0)?.toString(16)} may stand in no document`);
  return { byXmldom: readWithXmldom(xml), byFastXmlParser: readWithFastXmlParser(xml) };
}

function readWithXmldom(xml: string): XmlElement {
  const parser = new DOMParser({
    onError: (_level, message) => {
      // U+FFFD is a character like any other, though often a sign that bytes were misread.
      if (!message.startsWith("Unicode replacement character")) throw new Error(message);
    },
    // XML 1.0 §2.11; as it comes, it would also take U+0085 and U+2028 for line ends, as XML 1.1 does.
    normalizeLineEndings: (source: string) => source.replace(/\r\n?/g, "\n"),
  });
  const root = parser.parseFromString(xml, "text/xml").documentElement;
  if (!root) throw new Error("there is no root element");
  return fromNode(root);
}

function fromNode(node: Node): XmlElement {
  const children = Array.from(node.childNodes);
  const attributes = "attributes" in node ? Array.from(node.attributes as Iterable<Node>) : [];
  return {
    name: node.nodeName,
    attributes: Object.fromEntries(attributes.map((one) => [one.nodeName, one.nodeValue ?? ""])),
    text: children
      .filter((child) => child.nodeType === child.TEXT_NODE || child.nodeType === child.CDATA_SECTION_NODE)
      .map((child) => child.nodeValue)
      .join(""),
    children: children.filter((child) => child.nodeType === child.ELEMENT_NODE).map(fromNode),
  };
}

type OrderedNode = Record<string, OrderedNode[]> & { ":@"?: Record<string, string>; "#text"?: string };

const fastXmlParser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true, // numeric references, which every XML parser must know, and this one knows on demand
});

function readWithFastXmlParser(xml: string): XmlElement {
  const nodes = fastXmlParser.parse(xml, true) as OrderedNode[];
  const root = nodes.map(fromOrdered).find(({ name }) => !name.startsWith("?"));
  if (!root) throw new Error("there is no root element");
  return root;
}

function fromOrdered(node: OrderedNode): XmlElement {
  const name = Object.keys(node).find((key) => key !== ":@") ?? "";
  const parts = node[name] ?? [];
  return {
    name,
    attributes: node[":@"] ?? {},
    text: parts.map((part) => part["#text"] ?? "").join(""),
    children: parts.filter((part) => part["#text"] === undefined).map(fromOrdered),
  };
}

/** The elements of a name directly within an element. */
export function all(element: XmlElement, name: string): XmlElement[] {
  return element.children.filter((child) => child.name === name);
}

/** Their texts. */
export function texts(element: XmlElement, name: string): string[] {
  return all(element, name).map(({ text }) => text);
}

/** What readers are to show of an HTML text that has no tags. */
export const shownByHtml = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/**
 * Plain texts of a name, as readers show them: one that declares itself HTML is HTML, and so is one in which a
 * reader would take something for the end of an element (RSS titles and names have no type to declare).
 */
export function shownTexts(element: XmlElement, name: string): string[] {
  return all(element, name).map(({ attributes, text }) =>
    attributes.type === "html" || /&lt;\/\w/.test(text) ? shownByHtml(text) : text,
  );
}
