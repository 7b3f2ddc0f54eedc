import type { Attribute } from "./xml.ts";

/**
 * The prefixes that `feedsmith` uses for namespaces; the empty one is RSS itself. Namespace names are compared without
 * scheme, case and final `/` or `#`, because feeds get those wrong.
 */
const NAMESPACES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    atom: ["www.w3.org/2005/atom", "purl.org/atom/ns"],
    dc: ["purl.org/dc/elements/1.1", "purl.org/dc/elements/1.0", "dublincore.org/documents/dcmi-namespace"],
    dcterms: ["purl.org/dc/terms", "purl.org/dc/dcmitype", "dublincore.org/documents/dcmi-terms"],
    content: ["purl.org/rss/1.0/modules/content"],
    sy: ["purl.org/rss/1.0/modules/syndication"],
    media: [
      "search.yahoo.com/mrss",
      "video.search.yahoo.com/mrss",
      "tools.search.yahoo.com/mrss",
      "www.rssboard.org/media-rss",
      "search.yahoo.com/searchmonkey/media",
    ],
    itunes: ["www.itunes.com/dtds/podcast-1.0.dtd", "itunes.com/dtds/podcast-1.0.dtd"],
    podcast: [
      "podcastindex.org/namespace/1.0",
      "github.com/podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
    ],
    rdf: ["www.w3.org/1999/02/22-rdf-syntax-ns"],
    xhtml: ["www.w3.org/1999/xhtml"],
    "": [
      "purl.org/rss/1.0",
      "purl.org/net/rss1.1",
      "backend.userland.com/rss",
      "backend.userland.com/rss2",
      "backend.userland.com/rss091",
      "backend.userland.com/rss092",
      "blogs.law.harvard.edu/tech/rss",
      "cyber.law.harvard.edu/rss/rss.html",
      "channel.netscape.com/rdf/simple/0.9",
      "my.netscape.com/rdf/simple/0.9",
    ],
  }).flatMap(([prefix, addresses]) => addresses.map((address) => [address, prefix] as const)),
);

/** The prefix for a namespace; undefined when we use nothing of it. */
const knownAs = (address: string): string | undefined =>
  NAMESPACES.get(
    address
      .trim()
      .toLowerCase()
      .replace(/^https?:\/\//, "")
      .replace(/[/#]$/, ""),
  );

/** The prefixes in force in an element with these attributes; the empty one is the default namespace. */
export function prefixesIn(
  attributes: readonly Attribute[],
  outer: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const declared = attributes.flatMap(({ name, value }): [string, string][] => {
    if (name !== "xmlns" && !name.startsWith("xmlns:")) return [];
    const [prefix, known] = [name.slice(6), knownAs(value)];
    // An unknown default namespace counts as that of the feed format.
    if (prefix === "") return [["", known ?? ""]];
    return known === undefined ? [] : [[prefix, known]];
  });
  return declared.length === 0 ? outer : new Map([...outer, ...declared]);
}
