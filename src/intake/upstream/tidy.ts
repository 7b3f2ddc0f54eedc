import { LIMITS } from "../../model/limits.ts";
import { prefixesIn } from "./namespaces.ts";
import { baseIn, CONTENTS, rewritten, scope, valueIn, written } from "./rewrite.ts";
import { ATOM, RSS, type Shape } from "./shapes.ts";
import { ADDRESS_CHARACTERS, type Attribute, attributesIn, type Markup, markupFrom, nameAt } from "./xml.ts";

/** Limits on repeatable elements: with one name in one parent, and in the whole document. The rest are skipped. */
const MOST_OF_A_NAME = 100;
const MOST_IN_ALL = 40_000;
/** Tags that may lack their `>`. Each costs a scan of the rest of the document. */
const MOST_UNCLOSED = 20;
/** Characters that may be read again after elements without an end tag. */
const RESCANNED_CHARACTERS = 500_000;

const ITEMS: ReadonlySet<string> = new Set(["item", "entry"]);

/** An element whose end has not been read yet. */
interface Open {
  /** The name as written, to match its end tag. */
  raw: string;
  name: string;
  shape: Shape;
  /** How many children of each name were read. */
  counts: Map<string, number>;
  /** Its attributes and children, rewritten. */
  start: string;
  out: string[];
  prefixes: ReadonlyMap<string, string>;
  /** The base of its addresses, if `xml:base` is set on it or around it. */
  base: string | null;
  /** The base of the addresses in its content, if that sets its own. */
  textBase: string | null;
  language: string | null;
  about: string | null;
}

/**
 * Rewrites an XML feed for `feedsmith`: only elements that we use, under the prefixes that `feedsmith` knows, within
 * limits of number and length; addresses made absolute where `xml:base` is set; an explicit type on each text construct;
 * RSS 1.0 as RSS 2.0. Runs in linear time on any input. Returns null when too many tags lack their end.
 * @param text from its root element on
 * @param address where it came from
 */
export function tidied(text: string, address: string): string | null {
  return new Tidying(text, address).result();
}

class Tidying {
  readonly #text: string;
  readonly #address: string;
  readonly #stack: Open[] = [];
  readonly #isAtom: boolean;
  /** The prefix of the root element. Elements with it belong to the feed format, whatever its namespace. */
  readonly #own: string | null;
  readonly #items: string[] = [];
  readonly #head: string[] = [];
  #root: Open | undefined;
  #lists = 0;
  #unclosed = 0;
  #rescanned = 0;

  constructor(text: string, address: string) {
    this.#text = text;
    this.#address = address;
    const root = nameAt(text, 0);
    const [local = "", prefix = null] = root.toLowerCase().split(":").reverse();
    this.#isAtom = local === "feed";
    this.#own = local === "rdf" ? null : prefix;
  }

  result(): string | null {
    for (let found = this.#next(0); found && this.#items.length < LIMITS.SOURCE_ITEMS; ) {
      const next = this.#read(found);
      found = next === null ? null : this.#next(next);
    }
    if (this.#unclosed > MOST_UNCLOSED) return null;
    while (this.#stack.length > 0) this.#close();
    const start = scope(this.#root?.base ?? null, this.#root?.language ?? null);
    const [head, items] = [this.#head.join(""), this.#items.join("")];
    return this.#isAtom
      ? `<feed xmlns="http://www.w3.org/2005/Atom"${start}>${head}${items}</feed>`
      : `<rss version="2.0"${start}><channel>${head}${items}</channel></rss>`;
  }

  /** The next complete markup. */
  #next(from: number): Markup | null {
    let found = markupFrom(this.#text, from);
    while (found && found.end < 0) {
      if (++this.#unclosed > MOST_UNCLOSED) return null;
      found = markupFrom(this.#text, found.start + 1);
    }
    return found;
  }

  /** Reads a tag, or a whole element if none of its children are used. Returns where to continue; null at the end. */
  #read({ start, end, kind }: Markup): number | null {
    if (kind === "other") return end;
    const raw = nameAt(this.#text, start);
    if (kind === "end") {
      this.#end(raw);
      return this.#stack.length === 0 ? null : end;
    }
    const empty = kind === "empty";
    const tag = this.#text.slice(start + 1 + raw.length, end - (empty ? 2 : 1));
    const parent = this.#stack.at(-1);
    if (!parent) return this.#begin(raw, tag, end);
    // An element may declare the namespace of its own name.
    const own = tag.includes("xmlns") ? prefixesIn(attributesIn(tag), parent.prefixes) : parent.prefixes;
    const name = this.#known(raw, own);
    if (ITEMS.has(name) && parent.name === name) {
      this.#end(parent.raw); // the one before lacks its end tag
      return this.#read({ start, end, kind });
    }
    const within = Object.hasOwn(parent.shape.within, name) ? parent.shape.within[name] : undefined;
    if (!within || !this.#counts(parent, name, true)) return this.#whole(parent, name, raw, tag, end, empty);
    this.#stack.push(this.#opened(raw, within, name, attributesIn(tag), parent));
    if (empty) this.#close();
    return end;
  }

  #begin(raw: string, tag: string, end: number): number {
    const root = this.#opened(raw, this.#isAtom ? ATOM : RSS, "", attributesIn(tag), undefined);
    // The default namespace of the root is that of the feed format, whatever it is.
    this.#root = { ...root, prefixes: new Map([...root.prefixes, ["", ""]]) };
    this.#stack.push(this.#root);
    return end;
  }

  /** Rewrites or skips an element whose children are not used. Returns where it ends; null when it has no end. */
  #whole(parent: Open, name: string, raw: string, tag: string, from: number, empty: boolean): number | null {
    const { textEnd, close } = empty ? { textEnd: from, close: from } : this.#endOf(raw, from, parent);
    if (close < 0) return null;
    const inner = this.#text.slice(from, textEnd);
    const [said, attributes] = [inner.trim() !== "", tag.includes("=") ? attributesIn(tag) : []];
    // A link that has attributes and no text is an Atom link.
    const as = name === "link" && !said && !this.#isAtom ? "atom:link" : name;
    const many = parent.shape.many.has(as);
    const isRead = (said || attributes.length > 0) && (many || parent.shape.one.has(as));
    if (isRead && this.#counts(parent, as, many)) this.#leaf(parent, as, attributes, inner);
    return close;
  }

  /** Counts one more child of a name; false when that is too many. */
  #counts(parent: Open, name: string, many: boolean): boolean {
    const count = parent.counts.get(name) ?? 0;
    const isItem = ITEMS.has(name) || name === "channel";
    if (!isItem && count >= (many ? MOST_OF_A_NAME : 1)) return false;
    if (many && !isItem && ++this.#lists > MOST_IN_ALL) return false;
    parent.counts.set(name, count + 1);
    return true;
  }

  #opened(
    raw: string,
    shape: Shape,
    name: string,
    attributes: readonly Attribute[],
    parent: Open | undefined,
  ): Open {
    const prefixes = prefixesIn(attributes, parent?.prefixes ?? new Map());
    const base = baseIn(attributes, parent?.base ?? null, this.#address);
    const about = attributes.find(({ name }) => this.#known(name, prefixes) === "rdf:about")?.value ?? null;
    const language = valueIn(attributes, "xml:lang") ?? parent?.language ?? null;
    return {
      raw,
      name,
      shape,
      counts: new Map(),
      start: written(attributes, base),
      out: [],
      prefixes,
      base,
      textBase: null,
      language,
      about,
    };
  }

  /** A name with the prefix that `feedsmith` uses for its namespace; names of the feed format have no prefix. */
  #known(raw: string, prefixes: ReadonlyMap<string, string>): string {
    const name = raw.toLowerCase();
    const colon = name.indexOf(":");
    const prefix = colon < 0 ? "" : name.slice(0, colon);
    if (prefix === this.#own || prefix === "rss") return name.slice(colon + 1);
    const known = prefixes.get(prefix) ?? prefix;
    if (known === "" || (known === "atom" && this.#isAtom)) return name.slice(colon + 1);
    return `${known}:${name.slice(colon + 1)}`;
  }

  /**
   * Where the element ends whose start tag ends at `start`; `close` is -1 when it has no end. Elements of one name may
   * nest. In an item that ends first, it is taken to end before the next tag, or with the item.
   */
  #endOf(raw: string, start: number, parent: Open): { textEnd: number; close: number } {
    let depth = 1;
    for (let found = this.#next(start); found; found = this.#next(found.end)) {
      const { kind } = found;
      if (kind === "other" || kind === "empty") continue;
      const name = nameAt(this.#text, found.start);
      if (name === raw) depth += kind === "start" ? 1 : -1;
      if (depth === 0) return { textEnd: found.start, close: found.end };
      if (kind === "end" && name === parent.raw && ITEMS.has(parent.name))
        return this.#without(start, found.start);
    }
    return { textEnd: -1, close: -1 };
  }

  /** Where an element without an end tag ends, in an item that ends at `last`. */
  #without(start: number, last: number): { textEnd: number; close: number } {
    this.#rescanned += last - start;
    const next = this.#rescanned > RESCANNED_CHARACTERS ? last : (this.#next(start)?.start ?? last);
    return { textEnd: next, close: next };
  }

  /** Closes the element of this name and all inside it; a stray end tag closes nothing. */
  #end(raw: string): void {
    if (!this.#stack.some((open) => open.raw === raw)) return;
    while (this.#stack.at(-1)?.raw !== raw) this.#close();
    this.#close();
  }

  #close(): void {
    const open = this.#stack.pop();
    const parent = this.#stack.at(-1);
    if (!open || !parent) return;
    const { name, out, start } = open;
    if (name === "channel") this.#channel(open);
    else if (ITEMS.has(name)) this.#item(open);
    else this.#into(parent).push(`<${name}${start}>${out.join("")}</${name}>`);
  }

  /** Where children of an element are written: those of an Atom feed itself go before its entries. */
  #into = (open: Open): string[] => (open === this.#root && this.#isAtom ? this.#head : open.out);

  #channel({ base, language, out }: Open): void {
    if (this.#root) Object.assign(this.#root, { base, language });
    this.#head.push(out.join(""));
  }

  #item({ name, out, about, counts, base, textBase, language }: Open): void {
    // RSS 1.0 names an item by `rdf:about`.
    const named = about !== null && about.length <= ADDRESS_CHARACTERS && !counts.has("guid");
    const guid = named ? `<guid>${about.replaceAll("<", "&lt;")}</guid>` : "";
    this.#items.push(`<${name}${scope(textBase ?? base, language)}>${guid}${out.join("")}</${name}>`);
  }

  #leaf(parent: Open, name: string, attributes: readonly Attribute[], inner: string): void {
    const [address, isAtom] = [this.#address, this.#isAtom];
    if (!isAtom && CONTENTS.has(name) && valueIn(attributes, "xml:base") !== null)
      parent.textBase = baseIn(attributes, parent.base, address);
    this.#into(parent).push(rewritten(name, attributes, inner, { base: parent.base, address, isAtom }));
  }
}
